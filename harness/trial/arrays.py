"""How far apart two arrays are: bit for bit first, then by units in the last place and a derived tolerance."""

from __future__ import annotations

from typing import Any, Literal, Protocol

import numpy as np

Closeness = Literal["exact", "ulp", "tolerance", "diverged", "structure"]
ORDER: tuple[Closeness, ...] = ("exact", "ulp", "tolerance", "diverged", "structure")

EPSILON = {"float64": 2.0**-52, "float32": 2.0**-23, "float16": 2.0**-10, "bfloat16": 2.0**-7}
"""Distance from 1.0 to the next number; bfloat16 arrives widened to float32."""

ULPS = 4
"""Within so many units in the last place, two results are the same computation in another order."""

ROUNDINGS_PER_LAYER = 32
"""How many roundings of the largest value one layer may add; a depth of L layers allows L times that."""


class Store(Protocol):
    """Where the arrays of a snapshot are: a mapping, or a file that is read when it is needed."""

    def get(self, name: str, /) -> np.ndarray | None:
        """The array of that name, if it is there."""


def stored_name(portrait: dict[str, Any]) -> str:
    """The name under which the subject's ``npz`` holds the array of a portrait."""
    return f"{portrait['dtype']}-{'x'.join(map(str, portrait['shape']))}-{portrait['sha']}"


def closeness(
    before: dict[str, Any],
    after: dict[str, Any],
    arrays: tuple[Store, Store],
    depth: int,
    floor: float = 0.0,
) -> Closeness:
    """Class of the difference between two array portraits.

    Args:
        before, after: portraits with ``shape``, ``dtype`` and ``sha``.
        arrays: where each of the two is stored.
        depth: number of layers that the values went through.
        floor: epsilon of the coarsest dtype that the values went through, whatever their own.
    """
    if before["shape"] != after["shape"] or before["dtype"] != after["dtype"]:
        return "structure"
    if before["sha"] == after["sha"]:
        return "exact"
    left, right = arrays[0].get(stored_name(before)), arrays[1].get(stored_name(after))
    if left is None or right is None or before["dtype"] not in EPSILON:
        return "diverged"
    epsilon = max(EPSILON[before["dtype"]], min(floor, EPSILON["float32"]))
    return of_values(left.astype(np.float64), right.astype(np.float64), epsilon, depth, floor)


def of_values(left: np.ndarray, right: np.ndarray, epsilon: float, depth: int, floor: float = 0.0) -> Closeness:
    """Class of the difference between two float arrays of one shape; NaN equals NaN.

    A coarse dtype on the way (``floor``) moves a result by some units in its last place, but no more with each layer:
    that would be anything, for a few layers of ``bfloat16``.
    """
    if not np.array_equal(np.isfinite(left), np.isfinite(right)):
        return "diverged"
    finite = np.isfinite(left)
    if not np.array_equal(left[~finite], right[~finite], equal_nan=True):
        return "diverged"
    left, right = left[finite], right[finite]
    distance = np.abs(left - right)
    if np.all(distance <= ULPS * epsilon * np.maximum(np.abs(left), np.abs(right))):
        return "ulp"
    scale = float(np.max(np.abs(left), initial=0.0))
    allowed = max(ROUNDINGS_PER_LAYER * max(depth, 1) * epsilon, ULPS * floor) * scale
    return "tolerance" if np.all(distance <= allowed) else "diverged"


def worst(classes: list[Closeness]) -> Closeness:
    """The largest difference among several."""
    return max(classes, key=ORDER.index, default="exact")
