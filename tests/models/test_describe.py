"""A spec can be read aloud."""

from __future__ import annotations

from dataclasses import replace

from harness.models.catalogue.entry import couple, function, made
from harness.models.describe import describe, describe_value
from harness.models.generate import generate
from harness.models.spec import Call, Compile, Layer

from .test_spec import DENSE


def test_a_chain_of_layers() -> None:
    assert describe(DENSE) == 'Sequential[Dense(units=1)] compile("adam", loss="mse") steps=1'


def test_a_model_that_is_not_compiled() -> None:
    assert describe(replace(DENSE, compile=None)) == "Sequential[Dense(units=1)]"


def test_frozen_layers_and_models_that_are_built_late() -> None:
    layers = (Layer("dense", "Dense", {"units": 1, "activation": "relu"}, trainable=False),)
    model = replace(DENSE.model, layers=layers, built="call")
    assert describe(replace(DENSE, model=model, compile=None)) == 'Sequential(call)[~Dense(units=1, activation="relu")]'


def test_a_graph_with_a_shared_layer() -> None:
    model = replace(DENSE.model, kind="functional", calls=(Call(0, ("i0",)), Call(0, ("c0",))), outputs=("c1",))
    text = describe(replace(DENSE, model=model, compile=None))
    assert text == "Functional[i0(2,); c0 = Dense(units=1)(i0); c1 = dense(c0) -> c1]"


def test_a_model_inside_a_subclassed_model() -> None:
    layers = (Layer("inner", "Model", model=DENSE.model),)
    model = replace(DENSE.model, kind="subclassed", layers=layers, config="none", holds="list")
    text = describe(replace(DENSE, model=model, compile=None))
    assert text == "Subclassed(config=none, holds=list)[Sequential[Dense(units=1)]]"


def test_everything_that_is_compiled() -> None:
    settings = Compile("sgd", ["mse"], ("like",), [2.0], ["mae"], ["acc"], {"run_eagerly": True})
    text = describe(replace(DENSE, compile=settings))
    assert 'loss=["mse"], loss_weights=[2.0], metrics=["mae"], weighted_metrics=["acc"], run_eagerly=True' in text


def test_values_are_written_as_python_would() -> None:
    assert describe_value(made("losses.Huber", delta=2.0)) == "Huber(delta=2.0)"
    assert describe_value(couple(1, None)) == "(1, None)"
    assert describe_value(function("custom.double")) == "double"
    assert describe_value({"out": "mse"}) == '{out: "mse"}'


def test_every_spec_can_be_described() -> None:
    assert all(describe(spec) for spec in generate(90, 8))
