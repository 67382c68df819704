"""A small model, and environments that need not exist, for what crosses from one version to another."""

from __future__ import annotations

from typing import Any

from harness.campaign.environments import Interpreter
from harness.models.spec import Call, Compile, Input, Layer, Model, ModelSpec

MODEL = ModelSpec(
    Model(
        kind="sequential",
        name="crossed",
        inputs=(Input("x", (3,)),),
        layers=(
            Layer("first", "Dense", {"units": 4, "activation": "tanh"}),
            Layer("second", "Dense", {"units": 2, "activation": "sigmoid"}),
        ),
        calls=(Call(0, ("i0",)), Call(1, ("c0",))),
        outputs=("c1",),
    ),
    Compile(
        optimizer={"$": "optimizers.Adam", "args": {"learning_rate": 0.02}},
        loss={"$": "losses.MeanSquaredError", "args": {}},
        targets=("like",),
    ),
    steps=2,
    seed=5,
)

MODERN = ModelSpec(
    Model(
        kind="sequential",
        name="modern",
        inputs=(Input("x", (3,)),),
        layers=(Layer("norm", "RMSNormalization", {}),),
        calls=(Call(0, ("i0",)),),
        outputs=("c0",),
    )
)
"""Of a class that only new versions have."""


def environment(name: str, tf: str, keras: str) -> Interpreter:
    """An environment that is never started."""
    info: dict[str, Any] = {"tensorflow": tf, "keras": keras, "modules": ["orbax.checkpoint", "yaml"]}
    return Interpreter(name, f"/nowhere/{name}", info)


OLD = environment("old", "2.5.0", "2.5.0")
LATE = environment("late", "2.15.0", "2.15.0")
NEW = environment("new", "2.21.0", "3.15.1")
