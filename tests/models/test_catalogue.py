"""Catalogue entries are well formed, whatever they are asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from packaging.specifiers import SpecifierSet

from harness.models.arguments import layer_arguments
from harness.models.catalogue import BY_CLASS, ENTRIES
from harness.models.catalogue.convolutional import window
from harness.models.catalogue.entry import Param, Tensor, computed, couple, is_quantized, made, pair, policy, untag
from harness.models.catalogue.losses import LOSSES
from harness.models.catalogue.metrics import METRICS
from harness.models.catalogue.optimizers import OPTIMIZERS
from harness.models.choice import Dice
from harness.models.grammar import INPUTS
from harness.models.sketch import outputs

if TYPE_CHECKING:
    from harness.models.catalogue.entry import Entry, Json, Shape

TENSORS = [
    Tensor("i0", shape, domain, raw=True) for shape, domain in [*INPUTS, ((4, 4, 4, 2), "real"), ((3,), "simplex")]
]


def _name(entry: Entry) -> str:
    return entry.cls


def test_there_are_at_least_forty_classes() -> None:
    assert len(BY_CLASS) >= 80


def test_no_class_is_there_twice() -> None:
    assert len(BY_CLASS) == len(ENTRIES)


def test_the_simplest_layer_comes_first() -> None:
    assert ENTRIES[0].cls == "Dense"


@pytest.mark.parametrize("entry", ENTRIES, ids=_name)
def test_no_argument_is_there_twice(entry: Entry) -> None:
    names = [param.name for param in (*entry.required, *entry.optional)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("entry", ENTRIES, ids=_name)
def test_arguments_depend_on_arguments_that_come_before(entry: Entry) -> None:
    seen: set[str] = set()
    for param in (*entry.required, *entry.optional):
        assert set(param.needs) <= seen
        seen.add(param.name)


@pytest.mark.parametrize("entry", [entry for entry in ENTRIES if entry.standalone], ids=_name)
def test_every_class_suits_some_input(entry: Entry) -> None:
    assert any(entry.suits(tensor) for tensor in TENSORS)


@pytest.mark.parametrize("entry", ENTRIES, ids=_name)
def test_required_arguments_always_have_a_value(entry: Entry) -> None:
    for tensor in TENSORS:
        if entry.suits(tensor):
            tensors = [tensor] * entry.arity[0]
            args = layer_arguments(Dice("0"), entry, tensors)
            for param in entry.required:
                # What has nothing to choose from here is not needed here: a size beside a vocabulary.
                assert param.name in args or not (param.layers or param.choices(tensors, args))


@pytest.mark.parametrize("entry", ENTRIES, ids=_name)
def test_shapes_are_positive_whatever_the_arguments(entry: Entry) -> None:
    for tensor in TENSORS:
        for seed in range(20 if entry.suits(tensor) else 0):
            tensors = [tensor] * entry.arity[0]
            args = layer_arguments(Dice(str(seed)), entry, tensors)
            for output in outputs(entry, args, tensors):
                assert all(dim is None or dim > 0 for dim in output.shape), (args, output)


@pytest.mark.parametrize("entry", ENTRIES, ids=_name)
def test_unknown_lengths_stay_unknown_or_go(entry: Entry) -> None:
    tensor = Tensor("i0", (None, 3), raw=True)
    if entry.suits(tensor) and entry.varying:
        args = layer_arguments(Dice("1"), entry, [tensor])
        assert all(dim is None or dim > 0 for output in outputs(entry, args, [tensor]) for dim in output.shape)


@pytest.mark.parametrize("item", [*ENTRIES, *OPTIMIZERS, *LOSSES, *METRICS], ids=_name)
def test_version_windows_can_be_read(item: Entry) -> None:
    params: tuple[Param, ...] = (*getattr(item, "required", ()), *item.optional)
    for text in (item.keras, item.tf, *(param.keras for param in params)):
        SpecifierSet(text)


@pytest.mark.parametrize(
    ("cls", "shape", "args", "expected"),
    [
        ("Dense", (3, 2), {"units": 5}, (3, 5)),
        ("Conv1D", (6, 2), {"filters": 3, "kernel_size": 3}, (4, 3)),
        ("Conv1D", (6, 2), {"filters": 3, "kernel_size": 3, "padding": "causal"}, (6, 3)),
        ("Conv1D", (6, 2), {"filters": 3, "kernel_size": 2, "strides": 2}, (3, 3)),
        ("Conv1D", (6, 2), {"filters": 3, "kernel_size": 2, "dilation_rate": 2}, (4, 3)),
        ("Conv1D", (None, 2), {"filters": 3, "kernel_size": 2}, (None, 3)),
        ("Conv2D", (5, 4, 1), {"filters": 2, "kernel_size": couple(1, 2), "padding": "same"}, (5, 4, 2)),
        ("Conv2DTranspose", (4, 4, 1), {"filters": 2, "kernel_size": 2}, (5, 5, 2)),
        ("Conv2DTranspose", (4, 4, 1), {"filters": 2, "kernel_size": 3, "strides": 2}, (9, 9, 2)),
        (
            "Conv2DTranspose",
            (4, 4, 1),
            {"filters": 2, "kernel_size": 3, "strides": 2, "output_padding": 1},
            (10, 10, 2),
        ),
        ("Conv1DTranspose", (4, 1), {"filters": 2, "kernel_size": 3, "strides": 2, "padding": "same"}, (8, 2)),
        ("Conv2D", (3, 5, 4), {"filters": 2, "kernel_size": 2, "data_format": "channels_first"}, (2, 4, 3)),
        ("Conv2DTranspose", (4, 4, 1), {"filters": 2, "kernel_size": 2, "dilation_rate": 2}, (6, 6, 2)),
        ("Conv1DTranspose", (3, 6), {"filters": 2, "kernel_size": 2, "data_format": "channels_first"}, (2, 7)),
        ("DepthwiseConv1D", (3, 6), {"kernel_size": 2, "data_format": "channels_first"}, (3, 5)),
        ("MaxPooling2D", (3, 6, 5), {"pool_size": 2, "data_format": "channels_first"}, (3, 3, 2)),
        ("AdaptiveMaxPooling1D", (3, 6), {"output_size": 2, "data_format": "channels_first"}, (3, 2)),
        ("ConvLSTM1D", (3, 2, 5), {"filters": 3, "kernel_size": 2, "data_format": "channels_first"}, (3, 4)),
        ("ConvLSTM1D", (3, 5, 2), {"filters": 3, "kernel_size": 2, "strides": 2}, (2, 3)),
        ("DepthwiseConv2D", (4, 4, 2), {"kernel_size": 2, "depth_multiplier": 2}, (3, 3, 4)),
        ("MaxPooling1D", (5, 2), {"pool_size": 2}, (2, 2)),
        ("AveragePooling2D", (5, 4, 2), {"pool_size": 2, "padding": "same"}, (3, 2, 2)),
        ("GlobalMaxPooling2D", (5, 4, 2), {"keepdims": True}, (1, 1, 2)),
        ("GlobalMaxPooling2D", (5, 4, 2), {"data_format": "channels_first"}, (5,)),
        ("Reshape", (6, 2), {"target_shape": couple(-1, 3)}, (4, 3)),
        ("Permute", (5, 4, 2), {"dims": couple(3, 1, 2)}, (2, 5, 4)),
        ("ZeroPadding1D", (4, 2), {}, (6, 2)),
        ("ZeroPadding2D", (4, 4, 2), {"padding": couple(couple(0, 1), couple(2, 0))}, (5, 6, 2)),
        ("ZeroPadding2D", (4, 4, 2), {"data_format": "channels_first"}, (4, 6, 4)),
        ("Cropping1D", (6, 2), {"cropping": couple(1, 2)}, (3, 2)),
        ("UpSampling2D", (2, 3, 1), {"size": couple(3, 1)}, (6, 3, 1)),
        ("LSTM", (4, 3), {"units": 2, "return_sequences": True}, (4, 2)),
        ("ConvLSTM1D", (4, 5, 2), {"filters": 3, "kernel_size": 2}, (4, 3)),
        ("Embedding", (4,), {"input_dim": 5, "output_dim": 3}, (4, 3)),
        ("RepeatVector", (3,), {"n": 2}, (2, 3)),
        ("TimeDistributed", (4, 5, 2), {"layer": made("layers.Flatten")}, (4, 10)),
        ("Bidirectional", (4, 3), {"layer": made("layers.GRU", units=2)}, (4,)),
        ("Bidirectional", (4, 3), {"layer": made("layers.GRU", units=2), "merge_mode": "sum"}, (2,)),
        ("RNN", (4, 3), {"cell": made("custom.LeakyCell", units=2), "return_sequences": True}, (4, 2)),
    ],
)
def test_shape_rules(cls: str, shape: Shape, args: dict[str, Json], expected: Shape) -> None:
    assert BY_CLASS[cls].rule([shape], args)[0] == expected


def test_states_are_outputs_too() -> None:
    assert BY_CLASS["LSTM"].rule([(4, 3)], {"units": 2, "return_state": True}) == ((2,), (2,), (2,))


def test_attention_takes_its_steps_from_the_query_and_its_width_from_the_value() -> None:
    assert BY_CLASS["Attention"].rule([(4, 3), (6, 3)], {}) == ((4, 3),)


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "padding", "expected"), [(5, 3, 2, "same", 3), (5, 3, 2, "valid", 2)]
)
def test_windows(size: int, kernel: int, stride: int, padding: str, expected: int) -> None:
    assert window(size, kernel, stride, padding) == expected


def test_tagged_tuples() -> None:
    assert untag(couple(couple(0, 1), 2)) == ((0, 1), 2)
    assert pair(3, 2) == pair(couple(3, 3), 2) == (3, 3)


def _choices(cls: str, name: str, shape: Shape, args: dict[str, Json]) -> tuple[Json, ...]:
    entry = BY_CLASS[cls]
    param = next(param for param in (*entry.required, *entry.optional) if param.name == name)
    return param.choices([Tensor("i0", shape)], args)


def test_channels_come_first_only_where_the_window_fits_into_what_is_then_left() -> None:
    assert _choices("MaxPooling2D", "data_format", (4, 4, 2), {"pool_size": 2}) == ("channels_first",)
    assert _choices("MaxPooling2D", "data_format", (4, 4, 2), {"pool_size": 3}) == ()
    assert _choices("AveragePooling1D", "data_format", (None, 3), {"pool_size": 1}) == ()


def test_groups_divide_channels_and_filters() -> None:
    assert _choices("Conv1D", "groups", (5, 6), {"filters": 2}) == (2,)
    assert _choices("Conv1D", "groups", (5, 6), {"filters": 4, "data_format": "channels_first"}) == ()
    assert _choices("Conv3D", "groups", (3, 3, 3, 2), {"filters": 2}) == ()


def test_channels_that_come_first_leave_an_axis_over_which_nothing_may_be_to_normalise() -> None:
    assert "softmax" not in _choices("Conv1D", "activation", (2, 2), {"filters": 3, "data_format": "channels_first"})


def test_a_group_normalization_groups_other_axes_that_can_be_cut() -> None:
    assert _choices("GroupNormalization", "axis", (4, 3, 6), {"groups": 2}) == (1,)


def test_a_metric_takes_no_more_of_the_largest_than_there_are() -> None:
    (precision,) = [metric for metric in METRICS if metric.cls == "Precision"]
    (top,) = [param for param in precision.optional if param.name == "top_k"]
    assert top.choices([Tensor("c0", (3,))], {}) == (2, 1)
    assert top.choices([Tensor("c0", (1,))], {}) == ()
    assert top.choices([Tensor("c0", (4, 3))], {}) == ()


@pytest.mark.parametrize(
    ("value", "name", "precision", "quantized"),
    [
        ("mixed_float16", "mixed_float16", "float16", False),
        (made("dtype_policies.DTypePolicy", name="float64"), "float64", "float64", False),
        (made("dtype_policies.DTypePolicyMap", default_policy="float64"), "float64", "float64", False),
        (
            made("dtype_policies.QuantizedDTypePolicy", mode="int8", source_name="mixed_bfloat16"),
            "mixed_bfloat16",
            "bfloat16",
            True,
        ),
    ],
)
def test_policies_may_be_objects(value: Json, name: str, precision: str, quantized: bool) -> None:
    args = {"dtype": value}
    assert (policy(args), computed(args), is_quantized(args)) == (name, precision, quantized)


def test_what_is_sparse_is_not_multiplied_in_integers() -> None:
    (param,) = [param for param in BY_CLASS["Dense"].optional if param.name == "dtype"]
    dense, sparse = (
        [is_quantized({"dtype": value}) for value in param.choices([Tensor("i0", (3,), sparse=sparse)], {"units": 2})]
        for sparse in (False, True)
    )
    assert any(dense)
    assert not any(sparse)


def test_arrays_are_for_tensors_of_their_dtype() -> None:
    (param,) = BY_CLASS["op.Plus"].required
    assert {"$array": [0.3, 0.6]} in param.choices([Tensor("i0", (4, 2))], {})
    assert all(isinstance(value, (int, float)) for value in param.choices([Tensor("i0", (2,), dtype="float16")], {}))


def test_no_kernel_of_integers_is_trained_through_smaller_matrices() -> None:
    quantized = made("dtype_policies.QuantizedDTypePolicy", mode="int8", source_name="float32")
    for cls, shape in (("Dense", (4,)), ("EinsumDense", (4,)), ("Embedding", (4,))):
        assert _choices(cls, "lora_rank", shape, {"dtype": quantized}) == ()
        assert _choices(cls, "lora_rank", shape, {})


def test_attention_along_one_axis_is_among_tensors_that_are_alike_along_the_other() -> None:
    (param,) = [param for param in BY_CLASS["MultiHeadAttention"].optional if param.name == "attention_axes"]
    query, value = Tensor("i0", (5, 6, 1)), Tensor("i1", (8, 8, 1))
    assert param.choices([query, query], {})
    assert param.choices([query, value], {}) == ()
