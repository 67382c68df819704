"""A spec says which versions it can be built in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.models.catalogue.entry import made
from harness.models.spec import Call, Compile, Input, Layer
from harness.models.windows import existing, had, lacking, lacks, windows

from .test_spec import DENSE

OLD = ("2.15.0", "2.15.1")


def test_a_plain_model_can_be_built_anywhere() -> None:
    assert windows(DENSE) == (frozenset(), frozenset())


def test_classes_and_arguments_ask_for_versions() -> None:
    layers = (Layer("dense", "Dense", {"units": 1, "lora_rank": 1}),)
    settings = Compile(
        made("optimizers.Muon", use_ema=True), made("losses.BinaryFocalCrossentropy", alpha=0.3), ("like",)
    )
    found = windows(replace(DENSE, model=replace(DENSE.model, layers=layers), compile=settings))
    assert found.keras == {">=3.2", ">=3.10", ">=2.11"}
    assert found.tf == {">=2.8", ">=2.10"}


def test_layers_inside_layers_ask_too() -> None:
    inner = made("layers.SpectralNormalization", layer=made("layers.Dense", units=1))
    layers = (Layer("steps", "TimeDistributed", {"layer": inner}),)
    assert windows(replace(DENSE, model=replace(DENSE.model, layers=layers))).tf == {">=2.13"}


def test_strings_functions_and_options_ask_too() -> None:
    layers = (Layer("dense", "Dense", {"units": 1, "activation": "mish", "dtype": "mixed_float16"}),)
    settings = Compile(
        "lion", "huber", ("like",), metrics=[{"$fn": "metrics.kl_divergence"}], options={"jit_compile": True}
    )
    found = windows(replace(DENSE, model=replace(DENSE.model, layers=layers), compile=settings))
    assert found.tf == {">=2.13", ">=2.5", ">=2.3", ">=2.8"}
    assert found.keras == {">=3.0", "!=3.0.*,!=3.1.*,!=3.2.*"}


def test_a_graph_from_the_middle_of_another_asks_for_keras_3() -> None:
    spec = replace(DENSE, model=replace(DENSE.model, kind="functional", built="middle"))
    assert lacking(spec, "2.15.0", "2.15.1") == ("Keras >=3.0",)
    assert not had("2.15.0", "2.15.1")("built", "middle")
    assert had("3.0.5", "2.16.2")("built", "middle")


def test_a_graph_has_always_taken_a_dict_but_not_always_been_trained_on_one() -> None:
    trained = replace(DENSE, model=replace(DENSE.model, kind="functional", takes="dict"))
    assert lacking(trained, "2.2.4-tf", "2.0.4") == ("TensorFlow >=2.2",)
    assert lacking(replace(trained, compile=None, steps=0), "2.2.4-tf", "2.0.4") == ()


def test_what_versions_lack_is_named() -> None:
    spec = replace(DENSE, compile=Compile("lion", "huber", ("like",)))
    assert lacking(spec, "2.2.4-tf", "2.0.4") == ("Keras >=3.0", "TensorFlow >=2.3")
    assert lacking(spec, "3.15.1", "2.21.0") == ()
    assert lacking(spec, "3.16.0.dev2026", "2.22.0rc0") == ()


def test_what_exists_may_work_only_later() -> None:
    value = made("metrics.AUC", dtype="float64")
    assert lacks(existing("metrics", value), "2.8.0", "2.8.4") == ()
    spec = replace(DENSE, compile=Compile("sgd", "mse", ("unit",), metrics=[[value]]))
    assert lacking(spec, "2.8.0", "2.8.4") == ("TensorFlow >=2.10",)


def test_names_may_work_only_later_too() -> None:
    spec = replace(DENSE, compile=Compile("sgd", "mse", ("onehot",), metrics=[["kl_divergence"]]))
    assert lacking(spec, "2.15.0", "2.15.1") == ("Keras >=3.0",)


def test_rows_of_labels_have_classes_at_the_top_later_than_single_labels() -> None:
    for metric in ("top_k_categorical_accuracy", {"$fn": "metrics.top_k_categorical_accuracy"}):
        settings = Compile("sgd", "mse", ("onehot",), metrics=[[metric]])
        rows = replace(DENSE.model, inputs=(Input("rows", (3, 2)),))
        assert lacking(replace(DENSE, compile=settings), "2.8.0", "2.8.4") == ()
        assert lacking(replace(DENSE, model=rows, compile=settings), "2.8.0", "2.8.4") == ("TensorFlow >=2.9",)


def test_what_a_layer_computes_in_asks_for_versions() -> None:
    layers = (Layer("image", "Conv2D", {"filters": 1, "kernel_size": 1, "dtype": "mixed_bfloat16"}),)
    found = windows(replace(DENSE, model=replace(DENSE.model, layers=layers)))
    assert found.tf == {">=2.5", ">=2.11"}


def test_losses_ask_for_versions_by_the_dtype_of_the_output_that_they_are_for() -> None:
    smoothed = made("losses.BinaryCrossentropy", label_smoothing=0.1)
    layers = (Layer("dense", "Dense", {"units": 1, "dtype": "float64"}),)
    double = replace(DENSE, model=replace(DENSE.model, layers=layers), compile=Compile("sgd", smoothed, ("unit",)))
    assert lacking(double, "2.6.0", "2.6.5") == ("TensorFlow >=2.8",)
    assert lacking(replace(double, model=DENSE.model), "2.6.0", "2.6.5") == ()


def test_orthogonal_matrices_in_half_precision_ask_for_keras_3() -> None:
    for args in ({}, {"recurrent_initializer": made("initializers.Orthogonal")}):
        layers = (Layer("steps", "LSTM", {"units": 1, "dtype": "float16", **args}),)
        spec = replace(DENSE, model=replace(DENSE.model, layers=layers))
        assert lacking(spec, "2.15.0", "2.15.1") == ("Keras >=3.0",)


def test_a_stateful_layer_has_to_know_its_batch_size_before_it_is_called_in_keras_2() -> None:
    layers = (Layer("steps", "LSTM", {"units": 1, "stateful": True}),)
    model = replace(DENSE.model, kind="sequential", layers=layers)
    assert lacking(replace(DENSE, model=replace(model, built="call")), "2.15.0", "2.15.1") == ("Keras >=3.0",)
    assert lacking(replace(DENSE, model=replace(model, built="input")), "2.15.0", "2.15.1") == ()


def test_a_sequential_that_begins_with_an_embedding_is_built_at_once_in_keras_2() -> None:
    layers = (Layer("words", "Embedding", {"input_dim": 5, "output_dim": 2}),)
    model = replace(DENSE.model, layers=layers)
    assert lacking(replace(DENSE, model=replace(model, built="call")), "2.15.0", "2.15.1") == ("Keras >=3.0",)
    assert lacking(replace(DENSE, model=replace(model, built="input")), "2.15.0", "2.15.1") == ()


def test_what_is_left_of_a_shape_is_known_from_tensorflow_2_4_on() -> None:
    rest = Layer("rest", "Reshape", {"target_shape": {"$tuple": [1, -1]}})
    assert lacking(replace(DENSE, model=replace(DENSE.model, layers=(rest,))), "2.2.4-tf", "2.0.4") == (
        "TensorFlow >=2.4",
    )


def test_a_version_is_asked_for_what_is_chosen_for_it() -> None:
    old, new = had("2.2.4-tf", "2.0.4"), had("3.15.1", "2.21.0")
    choices: list[tuple[str, object]] = [
        ("layer", {"$": "layers.Rescaling"}),
        ("units", {"$": "layers.Dense", "args": {"units": 1, "lora_rank": 2}}),
        ("metrics", {"$": "metrics.R2Score"}),
        ("optimizer", "adafactor"),
        ("compile", {"jit_compile": False}),
        ("form", ["functional", "returns", "dict"]),
    ]
    assert not any(old(argument, value) for argument, value in choices)
    assert all(new(argument, value) for argument, value in choices)
    assert old("units", {"$": "layers.Dense", "args": {"units": 1}})
    assert old("form", ["functional", "returns", "list"])
    assert old("form", ["functional", "takes", "dict"])


def test_weights_by_output_of_a_single_output_are_not_for_the_first_versions_of_keras_3() -> None:
    weighed = Compile("sgd", {"out": "mse"}, ("like",), loss_weights={"out": 0.5})
    one = replace(DENSE, compile=weighed)
    assert lacking(one, "3.0.5", "2.16.2")
    assert not lacking(one, "3.6.0", "2.18.1")
    assert not lacking(one, "2.15.0", "2.15.1")
    two = replace(one, model=replace(DENSE.model, outputs=DENSE.model.outputs * 2))
    assert not lacking(two, "3.0.5", "2.16.2")


def test_settings_by_the_keys_of_what_a_graph_returns_came_later_than_graphs_that_return_dicts() -> None:
    graph = replace(DENSE.model, kind="functional", returns="dict")
    losses = replace(DENSE, model=graph, compile=Compile("sgd", {"zeta": "mse"}, ("like",)))
    assert lacking(losses, "3.3.3", "2.18.1")
    assert not lacking(losses, "3.6.0", "2.18.1")
    metrics = replace(losses, compile=Compile("sgd", {"zeta": "mse"}, ("like",), metrics={"zeta": ["mae"]}))
    assert lacking(metrics, "3.9.2", "2.19.0")
    assert not lacking(metrics, "3.12.0", "2.20.0")
    assert not lacking(metrics, "2.15.0", "2.15.1")


def test_lookups_mark_each_of_several_values_in_late_versions_only() -> None:
    layer = Layer("lookup", "StringLookup", {"vocabulary": ["oak"], "output_mode": "one_hot"})
    for length, versions in ((1, ("3.0.5", "3.15.1")), (3, ("3.15.1",))):
        inputs = (replace(DENSE.model.inputs[0], shape=(length,), dtype="string", domain="words"),)
        spec = replace(DENSE, model=replace(DENSE.model, inputs=inputs, layers=(layer,)))
        assert tuple(version for version in ("3.0.5", "3.15.1") if not lacking(spec, version, "2.21.0")) == versions


def test_axes_of_initializers_came_with_keras_3_15() -> None:
    layers = (Layer("d", "Dense", {"units": 1, "kernel_initializer": made("initializers.HeNormal", input_axes=[0])}),)
    spec = replace(DENSE, model=replace(DENSE.model, layers=layers))
    assert lacking(spec, "3.12.0", "2.20.0") == ("Keras >=3.15",)
    assert lacking(spec, "3.15.1", "2.21.0") == ()


def test_channels_come_first_in_keras_3_only_where_cpus_have_no_such_kernels() -> None:
    args = {"filters": 1, "kernel_size": 1, "data_format": "channels_first"}
    assert lacks(existing("layer", made("layers.Conv2D", **args)), "2.15.0", "2.15.1") == ()
    spec = replace(DENSE, model=replace(DENSE.model, layers=(Layer("c", "Conv2D", args),)))
    assert lacking(spec, "2.15.0", "2.15.1") == ("Keras >=3.0",)


@pytest.mark.parametrize(
    ("cls", "args", "shape", "without"),
    [
        ("BatchNormalization", {"axis": 1}, (4, 4, 2), ("2.2.4", "2.0.4")),
        ("GroupNormalization", {"groups": 1, "axis": 1}, (4, 2), ("2.12.0", "2.12.1")),
        ("SpectralNormalization", {"layer": made("layers.Dense", units=1)}, (4, 2), ("3.0.5", "2.16.2")),
        ("MultiHeadAttention", {"num_heads": 1, "key_dim": 2, "output_shape": 3}, (4, 2), ("3.6.0", "2.16.2")),
        ("RandomFlip", {"data_format": "channels_first"}, (4, 4, 2), ("3.6.0", "2.16.2")),
        ("Dense", {"units": 2, "dtype": "int4_from_float32"}, (4,), ("3.9.0", "2.16.2")),
        ("RNN", {"cell": made("layers.GRUCell", units=1), "unroll": True, "zero_output_for_mask": True}, (4, 2), OLD),
        ("op.Plus", {"value": {"$array": [0.3, 0.6]}}, (2,), OLD),
        ("Equalization", {}, (8, 8, 3), ("3.15.1", "2.21.0")),
    ],
)
def test_what_did_not_work_is_asked_of_other_versions(
    cls: str, args: dict[str, object], shape: tuple[int, ...], without: tuple[str, str]
) -> None:
    inputs = (replace(DENSE.model.inputs[0], shape=shape),)
    model = replace(DENSE.model, kind="functional", inputs=inputs, layers=(Layer("it", cls, args),))
    assert lacking(replace(DENSE, model=model), *without)


def test_a_product_is_not_handed_to_a_subclassed_model_inside_by_keras_3() -> None:
    inner = replace(DENSE.model, kind="subclassed", config="registered")
    layers = (Layer("twice", "op.Times", {"value": 2.0}), Layer("inside", "Model", {}, model=inner))
    calls = (Call(0, ("i0",)), Call(1, ("c0",)))
    model = replace(DENSE.model, kind="functional", layers=layers, calls=calls, outputs=("c1",))
    assert lacking(replace(DENSE, model=model), "3.15.1", "2.21.0") == ("Keras <3.0",)
    other = (replace(layers[0], cls="op.Plus"), layers[1])
    assert lacking(replace(DENSE, model=replace(model, layers=other)), "3.15.1", "2.21.0") == ()


def test_texts_lose_the_batch_size_that_a_stateful_layer_of_keras_2_wants() -> None:
    layers = (Layer("words", "TextVectorization", {}), Layer("steps", "LSTM", {"units": 1, "stateful": True}))
    spec = replace(DENSE, model=replace(DENSE.model, kind="functional", layers=layers))
    assert "Keras >=3.0" in lacking(spec, *OLD)
    assert lacking(replace(spec, model=replace(spec.model, layers=layers[1:])), *OLD) == ()


def test_sparse_rows_of_class_numbers_need_an_input_of_integers() -> None:
    layers = (Layer("rows", "CategoryEncoding", {"num_tokens": 9, "sparse": True}),)
    numbers = (replace(DENSE.model.inputs[0], dtype="int32", domain="index:5"),)
    built = {
        built: lacking(
            replace(DENSE, model=replace(DENSE.model, inputs=numbers, layers=layers, built=built)), "3.15.1", "2.21.0"
        )
        for built in ("input", "call")
    }
    assert built == {"input": (), "call": ("Keras <3.0",)}
