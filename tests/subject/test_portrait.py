"""Portraits say what an object is, not how it happens to be written."""

from __future__ import annotations

import base64
import marshal
from typing import Any

import pytest

pytest.importorskip("tensorflow")

import numpy as np

from harness.subject import portrait
from harness.subject.arrays import Arrays


class Lambda:
    """Writes its function as Keras 2 does."""

    def __init__(self, function: Any, *, version: int) -> None:
        # What is written twice in one dump is a reference in some versions, and is not in others.
        raw = marshal.dumps(function.__code__, version)
        self.written: dict[str, Any] = {
            "function": (base64.encodebytes(raw).decode(), None, None),
            "output_shape": (None, 3),
        }

    def get_config(self) -> dict[str, Any]:
        return self.written


def twice(inputs: Any) -> Any:
    return inputs * 2.0


def thrice(inputs: Any) -> Any:
    return inputs * 3.0


def written(function: Any, version: int = marshal.version) -> Any:
    return portrait.config(Lambda(function, version=version), Arrays())


def test_the_code_of_a_lambda_is_what_it_does_not_its_bytes() -> None:
    assert Lambda(twice, version=2).written != Lambda(twice, version=4).written
    assert written(twice, 2) == written(twice, 4)


def test_other_code_is_another_portrait() -> None:
    assert written(twice) != written(thrice)


def test_the_rest_of_the_configuration_of_a_lambda_stays() -> None:
    assert written(twice)["output_shape"] == [None, 3]


def test_code_in_the_native_form_is_read_too() -> None:
    raw = base64.encodebytes(marshal.dumps(twice.__code__)).decode()
    layer = Lambda(twice, version=4)
    layer.written = {"function": {"class_name": "__lambda__", "config": {"code": raw, "defaults": None}}}
    code = portrait.config(layer, Arrays())["function"]["config"]["code"]
    assert code[0] == "twice"


@pytest.mark.parametrize("value", [np.float32(0.25), np.array(0.25, "float32"), np.array(0.25)])
def test_single_numbers_are_numbers(value: Any) -> None:
    assert portrait.of_value(value, Arrays()) == 0.25


def test_what_tensors_are_like_is_no_tensor() -> None:
    import tensorflow as tf

    floats, integers = (portrait.of_value(tf.TensorSpec([None, 3], dtype), None) for dtype in ("float32", "int32"))
    assert set(floats) == {"$spec"}
    assert floats != integers


def test_rows_of_different_lengths_are_not_rows_that_were_filled_up() -> None:
    import tensorflow as tf

    rows = tf.ragged.constant([[1, 2], [3]])
    ragged, padded = (portrait.of_value(item, Arrays()) for item in (rows, rows.to_tensor()))
    assert ragged == "ragged int32 [[1, 2], [3]]"
    assert set(padded) == {"$array"}


def test_longer_arrays_are_arrays() -> None:
    assert "$array" in portrait.of_value(np.zeros(1), Arrays())
