"""Where the choices come from: a seeded generator, or Hypothesis (:mod:`harness.models.strategies`)."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

T = TypeVar("T")


def everything(_argument: str, _value: Any) -> bool:
    """Admits whatever there is."""
    return True


DRAWN = 12
"""Options that are drawn where the rarest of them is taken."""


class Source(Protocol):
    """Makes choices; the first option is the simplest, and what shrinking goes towards."""

    def one_of(self, options: Sequence[T]) -> T:
        """One of the options."""

    def rare(self, options: Sequence[T], name: Callable[[T], str], drawn: int = DRAWN) -> T:
        """The one of a few options, drawn blindly, whose name has been covered least."""

    def below(self, count: int) -> int:
        """A number in ``range(count)``."""

    def admits(self, argument: str, value: Any) -> bool:
        """Whether a value of an argument may be chosen at all."""


class Dice:
    """Choices from a seed: fast, and the same on every machine and version."""

    def __init__(
        self,
        seed: str,
        seen: Mapping[str, int] | None = None,
        admits: Callable[[str, Any], bool] = everything,
        wanted: frozenset[str] = frozenset(),
    ) -> None:
        """A source of choices.

        Args:
            seed: the same one makes the same choices.
            seen: how often names have been covered, by which what is rare is told.
            admits: what may be chosen.
            wanted: names that are chosen every other time that they can be.
        """
        self._random = random.Random(seed)  # noqa: S311 - not for secrets
        self._seen = seen
        self._admits = admits
        self._wanted = wanted

    def admits(self, argument: str, value: Any) -> bool:
        return self._admits(argument, value)

    def rare(self, options: Sequence[T], name: Callable[[T], str], drawn: int = DRAWN) -> T:
        favoured = [option for option in options if self._wanted & words(name(option))] if self._wanted else []
        if favoured and self.below(2):
            return self.one_of(favoured)
        if self._seen is None or len(options) == 1:
            return self.one_of(options)
        seen = self._seen
        return min((self.one_of(options) for _ in range(drawn)), key=lambda option: seen.get(name(option), 0))

    def one_of(self, options: Sequence[T]) -> T:
        return options[int(self._random.random() * len(options))]

    def below(self, count: int) -> int:
        return int(self._random.random() * count)


def words(name: str) -> frozenset[str]:
    """Of the name of a class, or of the value that an argument is given."""
    return frozenset(re.findall(r"\w+", name.rpartition(":=")[2]))


def rarely(source: Source, odds: int) -> bool:
    """True once in ``odds``; False is simpler."""
    return source.below(odds) == odds - 1


def pick_some(source: Source, options: Sequence[T], most: int) -> list[T]:
    """``most`` different options (all of them if there are fewer), in the order of the options."""
    left = list(range(len(options)))
    picked = [left.pop(source.below(len(left))) for _ in range(min(most, len(left)))]
    return [options[index] for index in sorted(picked)]
