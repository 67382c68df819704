from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from harness.trial.canonical import canonical, connections, variables
from harness.trial.compare import Scope, Side, compare
from tests.trial.miniatures import Snapshot, architecture

if TYPE_CHECKING:
    from harness.trial.compare import Comparison


@pytest.fixture
def snapshot() -> Snapshot:
    return Snapshot()


def compared(before: Side, after: Side, *, near: bool = False) -> dict[str, Comparison]:
    return compare(*canonical(before, after, near=near), Scope())


def settings(**changes: Any) -> dict[str, Any]:
    return {"loss": None, "metrics": None, "weighted_metrics": None, "loss_weights": None, "options": {}, **changes}


def layer(snapshot: Snapshot, before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Keys at which two portraits of a Dense layer differ."""
    sides = [snapshot.side(architecture=architecture(**facts), compile=settings()) for facts in (before, after)]
    return [difference.key for difference in compared(*sides)["architecture"].differences]


OLD_DTYPE = {"config": {"dtype": "float32", "units": 2}}
NEW_DTYPE = {
    "config": {
        "dtype": {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}},
        "units": 2,
        "quantization_config": None,
    }
}
ZEROS = {"class_name": "Zeros", "config": {}}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (OLD_DTYPE, NEW_DTYPE),
        ({"args": {"units": 2}}, {"args": {"units": 2, "lora_rank": None}}),
        ({"args": {"activation": {"$fn": "swish"}}}, {"args": {"activation": {"$fn": "silu"}}}),
        ({"config": {"activation": "relu"}}, {"config": {"activation": {"class_name": "function", "config": "relu"}}}),
        ({"config": {"init": ZEROS}}, {"config": {"init": {**ZEROS, "module": "keras", "registered_name": None}}}),
        ({"class": "harness>Scale"}, {"class": "Scale"}),
        ({"args": {"init": {"class": "Orthogonal"}}}, {"args": {"init": {"class": "OrthogonalInitializer"}}}),
        (
            {"class": "InputLayer", "dtype": "int32", "config": {"dtype": "int32", "batch_input_shape": [None, 3]}},
            {"class": "InputLayer", "dtype": "float32", "config": {"dtype": "int32", "batch_shape": [None, 3]}},
        ),
        ({"config": {"activation": "harness>squash"}}, {"config": {"activation": "squash"}}),
        ({"args": {"axis": [2]}}, {"args": {"axis": -1}}),
        ({"args": {"reduction": "auto"}}, {"args": {"reduction": "sum_over_batch_size"}}),
        ({"args": {"momentum": 0.9}}, {"args": {"momentum": 0.8999999761581421}}),
        ({"args": {"held": "<Reduction>"}}, {"args": {"held": "sum"}}),
    ],
)
def test_what_means_the_same_in_two_versions_is_the_same(
    snapshot: Snapshot, before: dict[str, Any], after: dict[str, Any]
) -> None:
    assert layer(snapshot, before, after) == []
    assert layer(snapshot, after, before) == []


@pytest.mark.parametrize(
    ("before", "after", "key"),
    [
        ({"name": "first"}, {"name": "second"}, "Dense.name"),
        ({"class": "Dense"}, {"class": "EinsumDense"}, "Sequential.layers"),
        ({"args": {"units": 2}}, {"args": {"units": 3}}, "Dense.units"),
        ({"args": {"use_bias": True}}, {"args": {"use_bias": False}}, "Dense.use_bias"),
        ({"args": {"axis": 1}}, {"args": {"axis": 2}}, "Dense.axis"),
        ({"args": {"activation": {"$fn": "relu"}}}, {"args": {"activation": {"$fn": "linear"}}}, "Dense.activation"),
        ({"config": {"activation": "relu"}}, {"config": {"activation": "elu"}}, "Dense.activation"),
        ({"dtype": "float32"}, {"dtype": "mixed_float16"}, "Dense.dtype"),
        ({"trainable": True}, {"trainable": False}, "Dense.trainable"),
        ({"config": {"init": ZEROS}}, {"config": {"init": {"class_name": "Ones", "config": {}}}}, "Dense.init"),
    ],
)
def test_what_differs_in_what_both_versions_have_is_a_difference(
    snapshot: Snapshot, before: dict[str, Any], after: dict[str, Any], key: str
) -> None:
    assert layer(snapshot, before, after) == [key]


def test_the_bytecode_of_another_python_is_no_difference_and_another_function_is(snapshot: Snapshot) -> None:
    ours = {"class": "Lambda", "args": {"function": {"$fn": "scaled"}}, "config": {"function": [["scaled", "00"]]}}
    theirs = {**ours, "config": {"function": ["<code>"]}}
    assert layer(snapshot, ours, theirs) == []
    assert layer(snapshot, ours, {**theirs, "args": {"function": {"$fn": "double"}}}) == ["Lambda.function"]


def test_a_text_is_no_registered_name_for_what_is_in_it(snapshot: Snapshot) -> None:
    assert layer(snapshot, {"config": {"pattern": "(?P<a>x)>end"}}, {"config": {"pattern": "(?P<b>y)>end"}}) != []


@pytest.mark.parametrize("name", ["lstm_cell_3", None])
def test_a_part_may_have_a_name_of_the_version(snapshot: Snapshot, name: str | None) -> None:
    whole: dict[str, Any] = {
        "class": "LSTM",
        "layers": [{**architecture()["layers"][0], "class": "LSTMCell", "name": "lstm_cell"}],
    }
    other = copy.deepcopy(whole)
    other["layers"][0]["name"] = name
    assert layer(snapshot, whole, other) == []
    other["layers"][0]["name"] = "mine"
    assert layer(snapshot, whole, other) == ["LSTMCell.name"]


def test_parts_of_the_same_names_are_paired_by_them_in_whatever_order_they_come(snapshot: Snapshot) -> None:
    part = architecture()["layers"][0]
    forward = {**part, "class": "LSTM", "name": "forward", "args": {"go_backwards": False}}
    backward = {**part, "class": "LSTM", "name": "backward", "args": {"go_backwards": True}}
    whole: dict[str, Any] = {"class": "Bidirectional", "layers": [forward, backward]}
    assert layer(snapshot, whole, {**whole, "layers": [backward, forward]}) == []
    swapped = [{**forward, "args": backward["args"]}, {**backward, "args": forward["args"]}]
    assert layer(snapshot, whole, {**whole, "layers": swapped}) != []


def test_a_layer_that_is_gone_is_a_difference(snapshot: Snapshot) -> None:
    whole, less = architecture(), architecture()
    whole["layers"].append({**copy.deepcopy(whole["layers"][0]), "name": "e"})
    sides = [snapshot.side(architecture=made, compile=settings()) for made in (whole, less)]
    assert [item.key for item in compared(*sides)["architecture"].differences] == ["Sequential.layers.length"]


KERAS_2 = {
    "nodes": [["b", [[["a", 0, 0, {"training": None}], ["x", 0, 0, {}]]]], ["a", [[["x", 0, 0, {}]]]], ["x", []]],
    "inputs": [["x", 0, 0]],
    "outputs": [["b", 0, 0]],
}
TENSOR: dict[str, Any] = {"class_name": "__keras_tensor__", "config": {"keras_history": ["x", 0, 0]}}
OTHER = {"class_name": "__keras_tensor__", "config": {"keras_history": ["a", 0, 0]}}
KERAS_3 = {
    "nodes": [
        ["x", []],
        ["a", [{"args": [TENSOR], "kwargs": {}}]],
        ["b", [{"args": [[OTHER, TENSOR]], "kwargs": {"mask": None}}]],
    ],
    "inputs": ["x", 0, 0],
    "outputs": ["b", 0, 0],
}


def test_connections_are_the_same_in_the_forms_of_keras_2_and_3() -> None:
    assert connections(KERAS_2) == connections(KERAS_3)


def test_another_connection_is_a_difference() -> None:
    crossed = copy.deepcopy(KERAS_3)
    crossed["nodes"][2] = ["b", [{"args": [[TENSOR, OTHER]], "kwargs": {}}]]
    assert connections(KERAS_2) != connections(crossed)


def cast(graph: dict[str, Any], name: str) -> dict[str, Any]:
    """The same model, in which layer ``a`` takes a converted tensor."""
    made = copy.deepcopy(graph)
    taken = made["nodes"][1][1]
    converted = copy.deepcopy(TENSOR)
    converted["config"]["keras_history"] = [name, 0, 0]
    made["nodes"][1][1] = [{"args": [converted], "kwargs": {}}]
    made["nodes"].append([name, taken])
    return made


def test_a_conversion_that_keras_3_makes_between_two_layers_is_no_connection_of_its_own() -> None:
    assert connections(cast(KERAS_3, "cast_4")) == connections(KERAS_3)


@pytest.mark.parametrize(("name", "layers"), [("cast_4", frozenset({"cast_4"})), ("forecast", frozenset[str]())])
def test_a_layer_is_no_conversion_whatever_it_is_called(name: str, layers: frozenset[str]) -> None:
    assert connections(cast(KERAS_3, name), layers) != connections(KERAS_3)


def test_variables_are_paired_by_layer_and_name_in_whatever_order_they_come(snapshot: Snapshot) -> None:
    ours = [snapshot.variable("gamma", [1.0]), snapshot.variable("beta", [2.0])]
    theirs = [snapshot.variable("beta", [2.0], path="d/beta"), snapshot.variable("gamma", [1.0], path="d/gamma")]
    left, right = variables(ours, theirs)
    assert [item["sha"] for item in left] == [item["sha"] for item in right]


def test_swapped_variables_are_a_difference(snapshot: Snapshot) -> None:
    ours = [snapshot.variable("gamma", [1.0]), snapshot.variable("beta", [2.0])]
    theirs = [snapshot.variable("gamma", [2.0]), snapshot.variable("beta", [1.0])]
    sides = [snapshot.side(weights=made, compile=settings()) for made in (ours, theirs)]
    assert compared(*sides)["weights"].observed == "changed"


def test_a_missing_variable_is_a_difference(snapshot: Snapshot) -> None:
    fewer = snapshot.base()["weights"][:1]
    sides = [snapshot.side(compile=settings()), snapshot.side(weights=fewer, compile=settings())]
    assert [item.key for item in compared(*sides)["weights"].differences] == ["variables.count"]


MSE = {"class": "MeanSquaredError", "args": {"reduction": "auto"}, "config": {}}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (settings(loss="mse"), settings(loss={"$fn": "mean_squared_error"})),
        (settings(loss="mse"), settings(loss=[MSE])),
        (settings(loss=[["d", "mse"]]), settings(loss=["mse"])),
        (settings(metrics=["accuracy"]), settings(metrics=[[{"$fn": "binary_accuracy"}]])),
        (settings(loss_weights=[1.0]), settings(loss_weights=None)),
        (settings(metrics=["mae", "mse"]), settings(metrics=[["mean_squared_error"], ["mae"]])),
    ],
)
def test_settings_are_the_same_in_whatever_form(
    snapshot: Snapshot, before: dict[str, Any], after: dict[str, Any]
) -> None:
    assert compared(snapshot.side(compile=before), snapshot.side(compile=after))["compile"].observed == "survived"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (settings(loss="mse"), settings(loss="mae")),
        (settings(metrics=["mae"]), settings(metrics=None)),
        (settings(loss_weights=[1.0, 2.0]), settings(loss_weights=None)),
        (settings(metrics=[{"$fn": "binary_accuracy"}]), settings(metrics=[{"$fn": "categorical_accuracy"}])),
        (
            settings(loss={**MSE, "args": {"reduction": "sum"}}),
            settings(loss={**MSE, "args": {"reduction": "sum_over_batch_size"}}),
        ),
    ],
)
def test_other_settings_are_a_difference(snapshot: Snapshot, before: dict[str, Any], after: dict[str, Any]) -> None:
    assert compared(snapshot.side(compile=before), snapshot.side(compile=after))["compile"].observed == "changed"


def optimizer(snapshot: Snapshot, **changes: Any) -> Side:
    held = {**snapshot.base()["optimizer"], **changes}
    return snapshot.side(optimizer=held, compile=settings())


def test_an_optimizer_of_another_make_with_the_same_slots_is_the_same(snapshot: Snapshot) -> None:
    rate = snapshot.array(0.1)
    slots = [snapshot.variable("m", [0.5, 0.25], owner=""), snapshot.variable("v", [0.125, 1.0], owner="")]
    old = optimizer(
        snapshot,
        args={"learning_rate": {"$array": rate}, "beta_1": {"$array": rate}},
        config={"name": "Adam", "learning_rate": {"$array": rate}, "decay": 0.0},
        variables=[snapshot.variable("iter", 2, dtype="int64"), *slots],
    )
    new = optimizer(
        snapshot,
        args={"learning_rate": {"$array": rate}, "beta_1": 0.1, "use_ema": False, "ema_overwrite_frequency": 100},
        config={"name": "adam", "learning_rate": 0.1, "weight_decay": None},
        variables=[snapshot.variable("learning_rate", 0.1), *reversed(slots)],
    )
    assert compared(old, new)["optimizer"].observed == "survived"


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"iterations": 0}, "optimizer.iterations"),
        ({"class": "SGD"}, "optimizer"),
        ({"config": {"learning_rate": 0.5}}, "optimizer.learning_rate"),
        ({"variables": []}, "variables.count"),
    ],
)
def test_an_optimizer_that_has_lost_something_is_a_difference(
    snapshot: Snapshot, change: dict[str, Any], key: str
) -> None:
    before = optimizer(snapshot, config={"learning_rate": 0.1})
    after = optimizer(snapshot, **{"config": {"learning_rate": 0.1}, **change})
    assert key in [item.key for item in compared(before, after)["optimizer"].differences]


def test_other_slots_are_a_difference(snapshot: Snapshot) -> None:
    zeros = [snapshot.variable("momentum", [0.0, 0.0], owner="")]
    found = compared(optimizer(snapshot), optimizer(snapshot, variables=zeros))["optimizer"]
    assert [item.closeness for item in found.differences] == ["diverged"]


@pytest.mark.parametrize("made_by", ["writer", "reader"])
def test_slots_that_only_one_version_has_made_of_an_optimizer_that_was_never_used_are_no_loss(
    snapshot: Snapshot, made_by: str
) -> None:
    zeros = [snapshot.variable("momentum", [0.0, 0.0], owner="")]
    made = optimizer(snapshot, iterations=0, variables=zeros)
    unmade = optimizer(snapshot, iterations=0, built=False, variables=[])
    sides = (made, unmade) if made_by == "writer" else (unmade, made)
    assert compared(*sides)["optimizer"].observed == "survived"


def test_slots_that_both_versions_have_made_are_compared_though_never_used(snapshot: Snapshot) -> None:
    zeros = [snapshot.variable("momentum", [0.0, 0.0], owner="")]
    found = compared(optimizer(snapshot, iterations=0), optimizer(snapshot, iterations=0, variables=zeros))
    assert found["optimizer"].observed == "changed"


def test_neither_side_is_changed(snapshot: Snapshot) -> None:
    before, after = snapshot.side(compile=settings()), snapshot.side(compile=settings())
    pristine = copy.deepcopy(before.snapshot)
    canonical(before, after, near=False)
    assert before.snapshot == pristine == after.snapshot


@pytest.mark.parametrize(("losses", "same"), [((3e-8, -6e-8), True), ((3e-8, 0.25), False), ((0.5, 0.25), False)])
def test_losses_whose_terms_cancel_out_are_the_same(
    snapshot: Snapshot, losses: tuple[float, float], *, same: bool
) -> None:
    sides = [
        snapshot.side(compile=settings(), evaluate={"value": {"values": [snapshot.array([loss])]}}) for loss in losses
    ]
    assert (compared(*sides)["compile"].observed == "survived") is same
