"""What rules and ledger entries can ask about a spec."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.models.catalogue.entry import function, made
from harness.models.features import features
from harness.models.generate import generate
from harness.models.spec import Call, Compile, Layer, Model

from .test_spec import DENSE


def with_layers(*layers: Layer) -> Model:
    calls = tuple(Call(place, (f"c{place - 1}" if place else "i0",)) for place in range(len(layers)))
    return replace(DENSE.model, layers=layers, calls=calls, outputs=(f"c{len(layers) - 1}",))


def test_the_features_of_a_plain_model() -> None:
    assert features(DENSE) == {
        "kind": "sequential",
        "config": "-",
        "holds": "-",
        "built": "input",
        "inputs": 1,
        "outputs": 1,
        "nested": 0,
        "shared": False,
        "frozen": False,
        "weights": True,
        "random": False,
        "stateful": False,
        "takes": "list",
        "returns": "list",
        "renamed": False,
        "adapted": False,
        "operators": False,
        "keywords": frozenset(),
        "classes": frozenset({"Dense"}),
        "activations": frozenset[str](),
        "adjacent": frozenset(),
        "arguments": frozenset({"Dense.units"}),
        "custom": frozenset(),
        "compiled": True,
        "trained": True,
        "steps": 1,
        "optimizer": "Adam",
        "schedule": "none",
        "loss": frozenset({"mse"}),
        "loss_form": frozenset({"string"}),
        "metrics": frozenset(),
        "metrics_form": frozenset({"none"}),
        "loss_weights": False,
        "weighted_metrics": False,
    }


def test_layers_are_adjacent_where_one_takes_what_the_other_returns() -> None:
    inner = replace(DENSE.model, layers=(Layer("relu", "ReLU"), Layer("dense", "Dense", {"units": 1})))
    inner = replace(inner, calls=(Call(0, ("i0",)), Call(1, ("c0",))), outputs=("c1",))
    layers = (Layer("dropout", "Dropout", {"rate": 0.5}), Layer("inner", "Model", model=inner))
    found = features(replace(DENSE, model=with_layers(*layers)))["adjacent"]
    assert found == frozenset({"Dropout > Sequential", "ReLU > Dense"})


def test_every_spec_has_every_feature() -> None:
    names = features(DENSE).keys()
    assert all(features(spec).keys() == names for spec in generate(90, 2))


def test_layers_in_layers_count_as_classes_with_arguments() -> None:
    cell = made("layers.LSTMCell", units=2)
    model = with_layers(Layer("rnn", "RNN", {"cell": made("layers.StackedRNNCells", cells=[cell])}))
    found = features(replace(DENSE, model=model))
    assert found["classes"] == frozenset({"RNN", "StackedRNNCells", "LSTMCell"})
    assert found["arguments"] == frozenset({"RNN.cell", "StackedRNNCells.cells", "LSTMCell.units"})


def test_arguments_of_initializers_and_optimizers_count() -> None:
    dense = Layer("dense", "Dense", {"units": 1, "kernel_initializer": made("initializers.HeNormal", seed=3)})
    optimizer = made("optimizers.SGD", momentum=0.9)
    spec = replace(DENSE, model=with_layers(dense), compile=Compile(optimizer, "mse", ("like",)))
    assert {"HeNormal.seed", "SGD.momentum", "Dense.kernel_initializer"} <= set(_set(features(spec)["arguments"]))


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (Layer("a", "custom.Scale", {"factor": 2.0}), {"registered-layer"}),
        (Layer("a", "custom.PlainScale", {"factor": 2.0}), {"unregistered-layer"}),
        (Layer("a", "Lambda", {"function": function("custom.double")}), {"function"}),
        (Layer("a", "Activation", {"activation": function("custom.plain_squash")}), {"unregistered-function"}),
        (Layer("a", "Activation", {"activation": function("activations.gelu")}), set()),
    ],
)
def test_custom_objects_are_named_by_what_loading_them_takes(layer: Layer, expected: set[str]) -> None:
    assert features(replace(DENSE, model=with_layers(layer)))["custom"] == frozenset(expected)


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ("registered", {"registered-model"}),
        ("unregistered", {"unregistered-model"}),
        ("none", {"unregistered-model", "unconfigured-model"}),
        ("arguments", {"unregistered-model", "unserializable-model"}),
    ],
)
def test_subclassed_models_are_custom(config: str, expected: set[str]) -> None:
    model = replace(DENSE.model, kind="subclassed", config=config)
    found = features(replace(DENSE, model=model))
    assert found["custom"] == frozenset(expected)
    assert (found["config"], found["holds"]) == (config, "attributes")


def test_what_is_inside_a_subclassed_model_is_in_its_code_and_not_written() -> None:
    inside = with_layers(Layer("a", "custom.PlainScale", {"factor": 2.0}))
    model = replace(inside, kind="subclassed", config="registered")
    assert features(replace(DENSE, model=model))["custom"] == frozenset({"registered-model"})


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (Compile("adam", function("custom.plain_pinball"), ("like",)), {"unregistered-loss"}),
        (Compile("adam", made("custom.Pinball"), ("like",)), {"registered-loss"}),
        (Compile("adam", "mse", ("like",), metrics=[made("custom.PlainLargestError")]), {"unregistered-metric"}),
        (Compile("adam", "mse", ("like",), weighted_metrics=[function("custom.spread")]), {"function"}),
        (
            Compile(made("optimizers.SGD", learning_rate=made("custom.Halving")), "mse", ("like",)),
            {"registered-schedule"},
        ),
    ],
)
def test_what_is_compiled_can_be_custom(settings: Compile, expected: set[str]) -> None:
    assert features(replace(DENSE, compile=settings))["custom"] == frozenset(expected)


@pytest.mark.parametrize(
    ("loss", "forms", "names"),
    [
        ("mse", {"string"}, {"mse"}),
        (made("losses.Huber", delta=2.0), {"object"}, {"Huber"}),
        (function("losses.huber"), {"function"}, {"huber"}),
        (["mse", made("losses.Huber")], {"list", "string", "object"}, {"mse", "Huber"}),
        ({"dense": "mse"}, {"dict", "string"}, {"mse"}),
    ],
)
def test_losses_are_told_by_form_and_name(loss: object, forms: set[str], names: set[str]) -> None:
    found = features(replace(DENSE, compile=Compile("adam", loss, ("like",))))
    assert (found["loss_form"], found["loss"]) == (frozenset(forms), frozenset(names))


def test_schedules_are_found_inside_optimizers() -> None:
    rate = made("optimizers.schedules.CosineDecay", initial_learning_rate=0.1, decay_steps=2)
    inner = made("optimizers.Adam", learning_rate=rate)
    settings = Compile(made("optimizers.LossScaleOptimizer", inner_optimizer=inner), "mse", ("like",))
    found = features(replace(DENSE, compile=settings))
    assert (found["optimizer"], found["schedule"]) == ("LossScaleOptimizer", "CosineDecay")


def test_a_frozen_layer_a_shared_layer_and_a_nested_model() -> None:
    inner = replace(DENSE.model, trainable=False)
    nested = replace(DENSE.model, layers=(Layer("inner", "Model", model=inner),))
    shared = replace(DENSE.model, layers=(Layer("relu", "ReLU"),), calls=(Call(0, ("i0",)), Call(0, ("c0",))))
    assert features(replace(DENSE, model=nested))["frozen"] is True
    assert features(replace(DENSE, model=nested))["nested"] == 1
    assert features(replace(DENSE, model=nested))["classes"] == frozenset({"Dense", "Sequential"})
    assert features(replace(DENSE, model=shared))["shared"] is True
    assert features(replace(DENSE, model=shared))["weights"] is False


def _set(value: object) -> frozenset[str]:
    assert isinstance(value, frozenset)
    return value


def test_activations_are_those_given_by_name_anywhere_in_a_layer() -> None:
    cell = made("layers.LSTMCell", units=2, recurrent_activation="hard_sigmoid")
    model = with_layers(Layer("a", "Dense", {"units": 2, "activation": "relu"}), Layer("b", "RNN", {"cell": cell}))
    assert features(replace(DENSE, model=model))["activations"] == frozenset({"relu", "hard_sigmoid"})
