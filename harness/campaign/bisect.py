"""The first version that shows a finding, by halving what lies between one that does not and one that does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")


@dataclass(frozen=True)
class Bisected(Generic[T]):
    """Where it begins: between two neighbours, unless some in between could not say."""

    last_good: T
    first_bad: T
    skipped: tuple[T, ...] = ()
    """Between the two, and without an answer."""
    tried: int = 0


class NotBisectableError(Exception):
    """The good one shows it, the bad one does not, or one of them cannot say; the message is one line."""


def bisect(versions: Sequence[T], shows: Callable[[T], bool | None], name: Callable[[T], str] = str) -> Bisected[T]:
    """Find the first bad version.

    Args:
        versions: in their order; the first is good, the last is bad.
        shows: whether a version shows it; None where it cannot say (it has not what the model needs, it does not work).
        name: of a version, for the message.

    Raises:
        NotBisectableError: the ends are not what they are said to be.
    """
    answers: dict[int, bool | None] = {}

    def ask(place: int) -> bool | None:
        if place not in answers:
            answers[place] = shows(versions[place])
        return answers[place]

    _check_ends(versions, ask, name)
    good, bad = 0, len(versions) - 1
    while True:
        between = [place for place in range(good + 1, bad) if place not in answers]
        if not between:
            break
        middle = between[len(between) // 2]
        answer = ask(middle)
        if answer is True:
            bad = middle
        elif answer is False:
            good = middle
    skipped = tuple(versions[place] for place in range(good + 1, bad))
    return Bisected(versions[good], versions[bad], skipped, len(answers))


def _check_ends(versions: Sequence[T], ask: Callable[[int], bool | None], name: Callable[[T], str]) -> None:
    for place, expected in ((len(versions) - 1, True), (0, False)):
        answer = ask(place)
        if answer is None:
            msg = f"{name(versions[place])} cannot say: it lacks what the model needs, or does not work"
            raise NotBisectableError(msg)
        if answer is not expected:
            verb = "does not show" if expected else "shows"
            msg = f"{name(versions[place])} {verb} it"
            raise NotBisectableError(msg)
