"""What is not plain about a smallest model is what the finding takes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.models.ingredients import conditions, ingredients
from harness.models.reduce import PLAIN, PLAIN_OPTIMIZER
from harness.models.spec import Call, Compile, Input, Layer, Model, ModelSpec
from harness.models.subgraph import PLAIN_LOSS

MODEL = Model("sequential", "m", (Input("x", (2,)),), (PLAIN,), (Call(0, ("i0",)),), ("c0",))
COMPILE = Compile(PLAIN_OPTIMIZER, PLAIN_LOSS, ("like",))


def with_layer(cls: str, args: dict[str, Any], **changes: Any) -> ModelSpec:
    return ModelSpec(replace(MODEL, layers=(Layer("l", cls, args, **changes),)))


def with_compile(**changes: Any) -> ModelSpec:
    return ModelSpec(MODEL, replace(COMPILE, **changes))


@pytest.mark.parametrize(
    ("spec", "found", "when"),
    [
        (ModelSpec(MODEL), (), {}),
        (with_layer("Dense", {"units": 3}), (), {}),
        (with_layer("ReLU", {}), ("ReLU",), {"classes": ["ReLU"]}),
        (
            with_layer("Dense", {"units": 1, "activation": "relu"}),
            ("Dense.activation",),
            {"arguments": ["Dense.activation"]},
        ),
        (with_layer("Dense", {"units": 1}, trainable=False), ("frozen",), {"frozen": True}),
        (ModelSpec(replace(MODEL, kind="subclassed", holds="list")), ("subclassed", "holds=list"), {"holds": ["list"]}),
        (ModelSpec(MODEL, COMPILE), ("compiled",), {"compiled": True}),
        (ModelSpec(MODEL, COMPILE, steps=1), ("compiled", "trained"), {"compiled": True, "trained": True}),
        (with_compile(optimizer={"$": "optimizers.Lamb"}), ("optimizer=Lamb",), {"optimizer": ["Lamb"]}),
        (with_compile(loss="mse"), ("loss='mse'",), {"loss_form": "string"}),
        (
            with_compile(loss={"$": "losses.Huber", "args": {"delta": 3.0}}),
            ("Huber.delta",),
            {"arguments": ["Huber.delta"]},
        ),
        (with_compile(options={"run_eagerly": True}), ("compile.run_eagerly",), {"arguments": ["compile.run_eagerly"]}),
    ],
)
def test_only_what_is_not_plain_is_named(spec: ModelSpec, found: tuple[str, ...], when: dict[str, Any]) -> None:
    assert ingredients(spec) == found
    assert conditions(spec) == when


def test_of_several_options_the_one_that_the_difference_names_is_the_condition() -> None:
    spec = with_layer("Dense", {"units": 1, "activation": "relu", "use_bias": False})
    assert conditions(spec, "Dense.use_bias") == {"arguments": ["Dense.use_bias"]}
