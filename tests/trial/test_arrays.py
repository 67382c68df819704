from __future__ import annotations

import numpy as np
import pytest

from harness.trial.arrays import EPSILON, closeness, of_values, stored_name, worst
from tests.trial.miniatures import Snapshot


def compare(left: object, right: object, dtype: str = "float32", depth: int = 1) -> str:
    snapshot = Snapshot()
    pair = snapshot.array(left, dtype), snapshot.array(right, dtype)
    return closeness(*pair, (snapshot.arrays, snapshot.arrays), depth)


def test_equal_bytes_are_exact() -> None:
    assert compare([1.0, 2.0], [1.0, 2.0]) == "exact"


def test_negative_zero_is_not_exact_but_no_divergence() -> None:
    assert compare([0.0], [-0.0]) == "ulp"


def test_last_place_is_ulp() -> None:
    assert compare([1.0], [np.nextafter(np.float32(1), np.float32(2))]) == "ulp"


def test_roundings_of_the_largest_value_are_within_tolerance_and_grow_with_depth() -> None:
    moved = [1000.0, 1.0 + 100 * 1000 * EPSILON["float32"]]
    assert compare([1000.0, 1.0], moved, depth=1) == "diverged"
    assert compare([1000.0, 1.0], moved, depth=4) == "tolerance"


def test_double_precision_behind_single_precision_is_no_finer_than_it() -> None:
    snapshot = Snapshot()
    pair = snapshot.array([1.0], "float64"), snapshot.array([1.0 + EPSILON["float32"]], "float64")
    both = snapshot.arrays, snapshot.arrays
    assert closeness(*pair, both, 1) == "diverged"
    assert closeness(*pair, both, 1, EPSILON["float32"]) == "ulp"


def test_a_cast_to_half_diverges() -> None:
    values = np.linspace(0.1, 1, 7, dtype="float32")
    assert compare(values, values.astype("float16").astype("float32")) == "diverged"


@pytest.mark.parametrize(("left", "right"), [([1.0], [np.nan]), ([np.inf], [-np.inf]), ([np.nan], [np.inf])])
def test_non_finite_values_match_only_themselves(left: list[float], right: list[float]) -> None:
    assert compare(left, right) == "diverged"


def test_same_non_finite_values_are_no_difference() -> None:
    both = np.array([np.nan, np.inf])
    assert of_values(both, both.copy(), EPSILON["float64"], 1) == "ulp"


def test_other_shape_or_dtype_is_structure() -> None:
    assert compare([1.0], [[1.0]]) == "structure"
    snapshot = Snapshot()
    pair = snapshot.array([1.0], "float32"), snapshot.array([1.0], "float64")
    assert closeness(*pair, (snapshot.arrays, snapshot.arrays), 1) == "structure"


def test_integers_are_exact_or_diverged() -> None:
    assert compare([1], [1], "int32") == "exact"
    assert compare([1], [2], "int32") == "diverged"


def test_arrays_that_were_not_stored_are_not_taken_for_close() -> None:
    snapshot = Snapshot()
    pair = snapshot.array([1.0]), snapshot.array([1.0 + 2**-23])
    assert closeness(*pair, ({}, {}), 1) == "diverged"


def test_stored_name_tells_shapes_and_dtypes_of_equal_bytes_apart() -> None:
    snapshot = Snapshot()
    assert (
        len({stored_name(snapshot.array(v, d)) for v, d in [([0.0], "float32"), ([[0.0]], "float32"), ([0], "int32")]})
        == 3
    )


def test_worst_of_none_is_exact() -> None:
    assert worst([]) == "exact"
    assert worst(["ulp", "diverged", "exact"]) == "diverged"
