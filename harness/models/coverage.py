"""What models have covered so far, so that the next one is chosen for what it adds.

Plain random sampling repeats the easy: a hundred models drawn blindly leave half of all arguments at their
defaults, and nothing hides better than behind a default.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.models import traits
from harness.models.features import features, values
from harness.models.pairs import together

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.models.spec import ModelSpec

SETS = ("loss", "metrics", "custom", "loss_form", "metrics_form", "keywords")
SCALARS = (
    "config",
    "holds",
    "built",
    "optimizer",
    "schedule",
    "frozen",
    "takes",
    "returns",
    "renamed",
    "adapted",
    "operators",
    "shared",
    "stateful",
    "nested",
    "inputs",
    "outputs",
    "steps",
)
"""Features that are worth covering for each kind of model."""

PART = 0.25
"""What a pair counts, or one value of several, beside what it is a part of."""

PLAINNESS = 6
"""Layers that a model might have for nothing: what counts is what it adds per layer, beyond these."""


def items(spec: ModelSpec) -> frozenset[str]:
    """Everything that a model covers: classes, those next to each other, arguments, their values, features, pairs."""
    found = features(spec)
    return _whole(spec, found) | _parts(spec, found)


def _whole(spec: ModelSpec, found: Mapping[str, object]) -> frozenset[str]:
    names = {str(name) for key in ("classes", "arguments") for name in _each(found[key])}
    sets = {f"{key}={value}" for key in SETS for value in _each(found[key])}
    return frozenset(names | sets | {f"{spec.kind}: {key}={found[key]}" for key in SCALARS})


def _parts(spec: ModelSpec, found: Mapping[str, object]) -> frozenset[str]:
    """What tells less: a pair than what it is made of, one value of several than their argument."""
    adjacent = (str(pair) for pair in _each(found["adjacent"]))
    return frozenset({*together(found), *adjacent, *values(spec)})


def _each(value: object) -> Iterable[object]:
    return value if isinstance(value, frozenset) else (value,)


@dataclass
class Coverage:
    """How often each item has been covered."""

    seen: Counter[str] = field(default_factory=Counter)

    def best(self, candidates: Iterable[ModelSpec]) -> ModelSpec:
        """The candidate that adds most for its size, counted as covered from now on."""
        chosen = next(iter(self.ranked(candidates)))
        self.add(chosen)
        return chosen

    def ranked(self, candidates: Iterable[ModelSpec]) -> list[ModelSpec]:
        """The candidates by what they add for their size, the best first."""
        return sorted(candidates, key=self.novelty, reverse=True)

    def add(self, spec: ModelSpec) -> None:
        """Count a model as covered."""
        self.seen.update(items(spec))

    def novelty(self, spec: ModelSpec) -> float:
        """What a model would add: a new item counts as one, a known one the less the better it is known."""
        found = features(spec)
        size = sum(1 for _ in traits.every_layer(spec.model))
        return (self._news(_whole(spec, found)) + PART * self._news(_parts(spec, found))) / (size + PLAINNESS)

    def _news(self, covered: Iterable[str]) -> float:
        seen = self.seen
        return sum(1 / (1 + seen[item]) ** 2 for item in covered)
