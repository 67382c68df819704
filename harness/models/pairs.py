"""Pairs of features: what models have together, of all that they could."""

from __future__ import annotations

from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

FACTORS: dict[str, tuple[str, ...]] = {
    "kind": ("sequential", "functional", "subclassed"),
    "config": ("registered", "unregistered", "none", "arguments"),
    "holds": ("attributes", "list", "dict", "own", "nested"),
    "built": ("input", "call", "never", "middle"),
    "takes": ("list", "tuple", "dict", "nested"),
    "returns": ("list", "tuple", "dict", "nested"),
}
"""Features with names for values."""
FLAGS = (
    *("frozen", "shared", "renamed", "adapted", "operators", "stateful", "random"),
    *("compiled", "trained", "loss_weights", "weighted_metrics"),
)
SEVERAL = ("inputs", "outputs")
"""Features that are counted, of which one is plain."""

_CODED = tuple(f"{name}={value}" for name in ("config", "holds") for value in FACTORS[name])

NEVER: dict[str, tuple[str, ...]] = {
    "kind=sequential": (
        *_CODED,
        *(f"{name}={form}" for name in ("takes", "returns") for form in FACTORS[name][1:]),
        *("several inputs", "several outputs"),
        "built=middle",
    ),
    "kind=subclassed": ("built=middle",),
    "built=middle": _CODED,
    "kind=functional": (*_CODED, "built=call", "built=never"),
    "built=never": ("trained",),
    "not compiled": ("trained", "loss_weights", "weighted_metrics"),
    # Keras gives losses by output, of a list, a tuple or a dict.
    "returns=nested": ("one of outputs", "compiled", "trained", "loss_weights", "weighted_metrics"),
    "takes=nested": ("one of inputs",),
}
"""What no model has together: with the first, none of the others."""


def together(features: Mapping[str, Any]) -> Iterator[str]:
    """The pairs of a model with these features; of those that an old journal tells."""
    yield from map(" & ".join, combinations(_values(features), 2))


def _values(features: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"{name}={features[name]}" for name in FACTORS if features.get(name, "-") != "-")
    yield from (name if features[name] else f"not {name}" for name in (*FLAGS, "nested") if name in features)
    yield from (f"{'several' if features[name] > 1 else 'one of'} {name}" for name in SEVERAL if name in features)


@cache
def possible() -> frozenset[str]:
    """All pairs that a model can have."""
    values = [tuple(f"{name}={value}" for value in found) for name, found in FACTORS.items()]
    values += [(name, f"not {name}") for name in (*FLAGS, "nested")]
    values += [(f"several {name}", f"one of {name}") for name in SEVERAL]
    never = {frozenset((first, other)) for first, others in NEVER.items() for other in others}
    return frozenset(
        f"{one} & {other}"
        for first, second in combinations(values, 2)
        for one in first
        for other in second
        if frozenset((one, other)) not in never
    )
