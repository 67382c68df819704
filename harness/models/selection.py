"""Few models that together have as much as possible in them: what a collection of files is to be made of."""

from __future__ import annotations

from itertools import combinations, cycle, islice
from itertools import count as count_from
from typing import TYPE_CHECKING

from harness.models import traits
from harness.models.catalogue import BY_CLASS
from harness.models.choice import Dice
from harness.models.coverage import items
from harness.models.features import classes, short
from harness.models.generate import TRIES, draw
from harness.models.spec import KINDS
from harness.models.windows import admits, had, lacking

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from harness.models.spec import ModelSpec

POOL = 4
"""Models to choose from for each that is chosen."""

PATIENCE = 4
"""How many times as many to look through for classes that are rare."""

PAIR, ALONE, CLASS = 1, 1_000, 100_000
"""What counts for how much if it is new: two things in one model, an argument, a layer class."""

CLASSES = frozenset(short(name) for name in BY_CLASS)

PLAINNESS = 4
"""Layers that a model may have before it counts as larger than another."""


def select(count: int, seed: int, versions: tuple[str, str]) -> tuple[ModelSpec, ...]:
    """The models to keep of a version, in the order in which they were chosen: fewer if more would add nothing.

    Args:
        count: how many at the most.
        seed: the same seed gives the same models for the same versions.
        versions: Keras and TensorFlow, which can build all of them.
    """
    drawn = _buildable(seed, versions)
    pool = list(islice(drawn, count * POOL))
    return tuple(greedy([*pool, *_rare(pool, islice(drawn, count * POOL * PATIENCE), versions)], count))


def covered(spec: ModelSpec) -> set[object]:
    """What is covered, alone and together."""
    found = sorted(items(spec))
    return {*found, *combinations(found, 2)}


def greedy(
    pool: Iterable[ModelSpec], count: int, what_of: Callable[[ModelSpec], Collection[object]] = covered
) -> Iterator[ModelSpec]:
    """One after the other, the model that adds most for its size: what no other had.

    Args:
        pool: what to choose from.
        count: how many at the most; fewer if more would add nothing.
        what_of: what a model has; by default what is covered, alone and together.
    """
    left = {spec.id: (spec, frozenset(what_of(spec))) for spec in pool}
    seen: set[object] = set()
    for _ in range(count):
        gains = {name: _gain(spec, what - seen) for name, (spec, what) in left.items()}
        best = max(gains, key=gains.__getitem__, default=None)
        if best is None or gains[best] == 0:
            return
        spec, what = left.pop(best)
        seen |= what
        yield spec


def _rare(pool: Iterable[ModelSpec], more: Iterable[ModelSpec], versions: tuple[str, str]) -> Iterator[ModelSpec]:
    """Of further models those that have a class that none has had, until there is no such class."""
    missing = set(absent(pool, versions))
    for spec in more:
        if not missing:
            return
        found = {name for name in missing if short(name) in classes(spec.model)}
        if found:
            missing -= found
            yield spec


def absent(specs: Iterable[ModelSpec], versions: tuple[str, str]) -> tuple[str, ...]:
    """Layer classes that these versions have and none of the models."""
    found = {name for spec in specs for name in classes(spec.model)}
    return tuple(sorted(name for name in _available(versions) if short(name) not in found))


def _available(versions: tuple[str, str]) -> Iterator[str]:
    for name, entry in BY_CLASS.items():
        if admits(entry.keras, versions[0]) and admits(entry.tf, versions[1]):
            yield name


def _gain(spec: ModelSpec, new: Collection[object]) -> float:
    size = sum(1 for _ in traits.every_layer(spec.model))
    return sum(_weight(item) for item in new) / (size + PLAINNESS)


def _weight(item: object) -> int:
    if not isinstance(item, str):
        return PAIR
    return CLASS if item in CLASSES else ALONE


def _buildable(seed: int, versions: tuple[str, str]) -> Iterator[ModelSpec]:
    attempts = count_from()
    has = had(*versions)
    for kind in cycle(KINDS):
        drawn = (draw(Dice(f"{seed}/{next(attempts)}", admits=has), kind) for _ in range(TRIES))
        found = next((spec for spec in drawn if not lacking(spec, *versions)), None)
        if found is None:
            return
        yield found
