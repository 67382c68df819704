"""Specs are plain data with a stable name."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from harness.models.generate import generate
from harness.models.spec import Call, Compile, Input, InvalidSpecError, Layer, Model, ModelSpec, canonical, from_json

DENSE = ModelSpec(
    Model(
        kind="sequential",
        name="plain",
        inputs=(Input("x", (2,)),),
        layers=(Layer("dense", "Dense", {"units": 1}),),
        calls=(Call(0, ("i0",)),),
        outputs=("c0",),
    ),
    Compile("adam", "mse", ("like",)),
    steps=1,
)


def test_the_id_of_a_spec_never_changes() -> None:
    """Journals and ledgers of years ago name models by it."""
    assert DENSE.id == "21377f620102"


@pytest.mark.parametrize("spec", generate(60, 5), ids=lambda spec: spec.id)
def test_json_brings_back_the_same_spec(spec: ModelSpec) -> None:
    text = json.dumps(spec.to_json())
    again = from_json(json.loads(text))
    assert again == spec
    assert again.id == spec.id


def test_the_id_tells_every_difference() -> None:
    assert len({DENSE.id, replace(DENSE, seed=1).id, replace(DENSE, steps=2).id, replace(DENSE, compile=None).id}) == 4


def test_canonical_json_does_not_depend_on_the_order_of_keys() -> None:
    assert canonical({"b": 1, "a": [1, None]}) == canonical({"a": [1, None], "b": 1}) == '{"a":[1,null],"b":1}'


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"format": 2},
        {"format": 1},
        {**DENSE.to_json(), "surplus": 1},
        {**DENSE.to_json(), "model": {}},
        {**DENSE.to_json(), "model": None},
        {**DENSE.to_json(), "compile": {"targets": []}},
    ],
)
def test_what_is_not_a_spec_is_refused(data: Any) -> None:
    with pytest.raises(InvalidSpecError, match="not a model spec"):
        from_json(data)
