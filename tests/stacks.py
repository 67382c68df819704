"""Small models of ``Dense`` layers, one after the other: enough to have weights, an optimizer and a loss."""

from __future__ import annotations

from harness.models.spec import Call, Compile, Input, Layer, Model, ModelSpec

COMPILED = Compile(
    optimizer={"$": "optimizers.Adam", "args": {"learning_rate": 0.02}},
    loss={"$": "losses.MeanSquaredError", "args": {}},
    targets=("like",),
)


def dense(name: str, units: int, activation: str = "sigmoid", *, trainable: bool = True) -> Layer:
    """A ``Dense`` layer whose outputs are not large."""
    return Layer(name, "Dense", {"units": units, "activation": activation}, trainable=trainable)


def stack(name: str, *layers: Layer, kind: str = "sequential") -> Model:
    """A model of layers that are called one after the other, on three values."""
    calls = tuple(Call(place, (f"c{place - 1}" if place else "i0",)) for place in range(len(layers)))
    return Model(kind, name, (Input("x", (3,)),), layers, calls, (f"c{len(layers) - 1}",))  # type: ignore[arg-type]


def trained(model: Model) -> ModelSpec:
    """The model, compiled and trained for two steps."""
    return ModelSpec(model, COMPILED, steps=2, seed=5)
