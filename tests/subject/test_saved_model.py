"""Inputs of a signature reach the inputs of the model that they are for."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from harness.subject.formats.saved_model import _by_name


def fed(names: list[str], values: list[int], takes: str) -> dict[str, int]:
    specs = {name: SimpleNamespace(dtype="float32") for name in names}
    signature = SimpleNamespace(structured_input_signature=((), specs))
    model = {"inputs": [{"name": f"input_{place}"} for place in range(len(values))], "takes": takes}
    context: Any = SimpleNamespace(spec={"model": model}, tf=SimpleNamespace(cast=lambda value, _: value))
    return _by_name(context, signature, values)


@pytest.mark.parametrize("names", [["input_0", "input_1"], ["zeta", "theta"]])
def test_a_signature_is_fed_by_the_names_of_the_inputs_or_the_keys_of_a_dict(names: list[str]) -> None:
    assert fed(names, [1, 2], "dict") == {names[0]: 1, names[1]: 2}


def test_names_that_only_count_are_those_of_the_inputs_in_order() -> None:
    assert fed(["inputs", "inputs_1"], [1, 2], "list") == {"inputs": 1, "inputs_1": 2}


def test_names_that_only_count_follow_the_sorted_keys_of_a_dict() -> None:
    assert fed(["inputs", "inputs_1"], [1, 2], "dict") == {"inputs_1": 1, "inputs": 2}
    assert list(fed(["inputs", "inputs_1"], [1, 2], "dict").values()) == [1, 2]
