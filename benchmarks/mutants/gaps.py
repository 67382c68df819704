"""What no model can show, found without running any: classes that are never drawn, and configuration never set."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.mutants.sample import AREAS, descendants, every
from harness.models.choice import Dice
from harness.models.features import features
from harness.models.generate import draw
from harness.models.having import names

if TYPE_CHECKING:
    from pathlib import Path

KEY = re.compile(r"[\"'](\w+)[\"']")
OBJECTS = ("layers", "optimizers", "losses", "metrics", "initializers and the like")


@dataclass(frozen=True)
class Drawn:
    """What many models have and set."""

    names: frozenset[str]
    arguments: frozenset[str]
    """``Class.argument``."""


@dataclass(frozen=True)
class Gaps:
    """What is written by some ``get_config`` of an area, and not by that of any model."""

    area: str
    never_drawn: tuple[str, ...]
    never_set: tuple[str, ...]


def drawn(count: int, seed: int) -> Drawn:
    """What so many random models have and set."""
    specs = [draw(Dice(f"{seed}/{number}")) for number in range(count)]
    found: set[str] = set()
    for spec in specs:
        arguments = features(spec)["arguments"]
        assert isinstance(arguments, frozenset)
        found |= arguments
    return Drawn(frozenset(name for spec in specs for name in names(spec)), frozenset(found))


def gaps(keras: Path, have: Drawn) -> list[Gaps]:
    """The gaps of each area."""
    return [_gaps(keras, area, have) for area in AREAS if area in OBJECTS]


def _gaps(keras: Path, area: str, have: Drawn) -> Gaps:
    classes: set[str] = set()
    keys: set[str] = set()
    for mutant in every(keras, area):
        owner, _, method = mutant.function.partition(".")
        dropped = KEY.search(mutant.diff.partition("\n-")[2])
        if mutant.operator != "drop-key" or method != "get_config" or dropped is None:
            continue
        family = descendants(keras).get(owner, frozenset({owner})) & have.names
        if not family:
            classes.add(owner)
        elif not any(f"{name}.{dropped[1]}" in have.arguments for name in family):
            keys.add(f"{owner}.{dropped[1]}")
    return Gaps(area, tuple(sorted(classes)), tuple(sorted(keys)))
