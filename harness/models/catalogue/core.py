"""Dense layers, embeddings, activations and the small layers that change nothing but values."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.models.catalogue.entry import (
    IMAGE,
    WIDEST,
    Args,
    Entry,
    Json,
    Param,
    Shape,
    Tensor,
    couple,
    function,
    made,
    untag,
)
from harness.models.catalogue.objects import (
    ACTIVATION,
    ACTIVITY,
    BIAS,
    DTYPE,
    KERNEL,
    NARROW_DTYPE,
    NO_BIAS,
    QUANTIZING_DTYPE,
    VECTOR_INITIALIZERS,
    ranks,
    variable,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

UNITS: tuple[int, ...] = (1, 2, 3, 4, 5, 6)
EQUATIONS = {
    1: (("ab,bc->ac", None), ("ab,bc->ac", "c")),
    2: (("abc,cd->abd", None), ("abc,cd->abd", "d"), ("abc,cd->abd", "bd")),
}


def _scales(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    """A number; a number, a tensor or an array for each channel."""
    each = [round(0.3 * (step + 1), 1) for step in range(tensors[0].shape[-1] or 1)]
    return (0.5, 2.0, 3, each, {"$tensor": each}, {"$array": each})


def _dense(shapes: Sequence[Shape], args: Args) -> tuple[Shape, ...]:
    return ((*shapes[0][:-1], args["units"]),)


def _einsum(_: Sequence[Shape], args: Args) -> tuple[Shape, ...]:
    out = untag(args["output_shape"])
    return (tuple(out) if isinstance(out, (list, tuple)) else (out,),)


def _equations(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    return tuple(dict.fromkeys(equation for equation, _ in EQUATIONS[len(tensors[0].shape)]))


def _einsum_outputs(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    shape = tensors[0].shape
    if len(shape) == 1:
        return UNITS
    return tuple(couple(shape[0], units) for units in UNITS)


def _bias_axes(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    return tuple(axes for _, axes in EQUATIONS[len(tensors[0].shape)] if axes)


def _embedding(shapes: Sequence[Shape], args: Args) -> tuple[Shape, ...]:
    return ((*shapes[0], args["output_dim"]),)


def _vocabulary(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    return (tensors[0].classes, tensors[0].classes + 2)


def _masks(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    """Where the first number of a row is known not to be 0: a row that is all masked has no mean."""
    return (True,) if tensors[0].raw and len(tensors[0].shape) == 1 else ()


def _first_axis(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    return (1,) if len(tensors[0].shape) > 1 and (tensors[0].shape[0] or 0) > 1 else ()


def _softmax_domain(args: Args) -> str:
    return "real" if "axis" in args else "simplex"


def _shared_axes(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    return ([1], [1, 2]) if len(tensors[0].shape) == IMAGE else ([1],)


def _wide(tensor: Tensor) -> bool:
    return (tensor.shape[-1] or 0) > 1


def _repeat(shapes: Sequence[Shape], args: Args) -> tuple[Shape, ...]:
    return ((args["n"], *shapes[0]),)


def _applied(shapes: Sequence[Shape], args: Args) -> tuple[Shape, ...]:
    """A function keeps the shape; a lambda of a loop takes a column."""
    return ((*shapes[0][:-1], 1) if "$loop" in args["function"] else shapes[0],)


def _call_arguments(_: Sequence[Tensor], args: Args) -> tuple[Json, ...]:
    return ({"exponent": 1.5},) if args["function"] == function("custom.power") else ()


def _small(tensor: Tensor) -> bool:
    return (tensor.shape[-1] or 0) <= WIDEST


ENTRIES: tuple[Entry, ...] = (
    Entry(
        "Dense",
        _dense,
        required=(Param("units", UNITS),),
        optional=(
            ACTIVATION,
            NO_BIAS,
            *variable("kernel", rank=2),
            *BIAS,
            ACTIVITY,
            NARROW_DTYPE,
            replace(ranks(1, 2), unless=("kernel_constraint", "kernel_regularizer")),
            Param("lora_alpha", (3,), needs=("lora_rank",), keras=">=3.10"),
        ),
        masks="passes",
        varying=True,
        weights=True,
        sparse=True,
    ),
    Entry(
        "EinsumDense",
        _einsum,
        ranks=(1, 2),
        required=(Param("equation", _equations), Param("output_shape", _einsum_outputs)),
        optional=(
            Param("bias_axes", _bias_axes),
            ACTIVATION,
            *KERNEL,
            *(replace(param, needs=("bias_axes",), unless=()) for param in BIAS),
            ACTIVITY,
            NARROW_DTYPE,
            replace(ranks(1), unless=("kernel_constraint", "kernel_regularizer")),
            Param("lora_alpha", (3,), needs=("lora_rank",), keras=">=3.10"),
        ),
        weights=True,
        tf=">=2.10",
    ),
    Entry(
        "Embedding",
        _embedding,
        ranks=(1, 2),
        required=(Param("input_dim", _vocabulary), Param("output_dim", UNITS)),
        optional=(
            Param("mask_zero", _masks),
            *variable("embeddings", rank=2),
            ACTIVITY,
            QUANTIZING_DTYPE,
            replace(ranks(1), unless=("embeddings_constraint", "embeddings_regularizer")),
            Param("lora_alpha", (3,), needs=("lora_rank",), keras=">=3.10"),
        ),
        takes="index",
        masking=lambda args, _: bool(args.get("mask_zero")),
        varying=True,
        weights=True,
    ),
    Entry(
        "ReversibleEmbedding",
        _embedding,
        (1, 2),
        (Param("input_dim", _vocabulary), Param("output_dim", UNITS)),
        (
            Param("tie_weights", (False,)),
            *variable("embeddings", rank=2),
            Param("logit_soft_cap", (3.0,)),
            QUANTIZING_DTYPE,
        ),
        takes="index",
        weights=True,
        keras=">=3.13",
    ),
    Entry("Activation", required=(ACTIVATION,), optional=(DTYPE,), masks="passes", varying=True),
    Entry(
        "ReLU",
        optional=(Param("max_value", (6.0, 2.5)), Param("negative_slope", (0.2,)), Param("threshold", (0.1,))),
        masks="passes",
        varying=True,
    ),
    Entry("LeakyReLU", optional=(Param("negative_slope", (0.1,), keras=">=3.0"),), masks="passes", varying=True),
    Entry("tf.keras.layers.ThresholdedReLU", optional=(Param("theta", (0.5,)),), masks="passes", varying=True),
    Entry("ELU", optional=(Param("alpha", (0.5,)),), masks="passes", varying=True),
    Entry(
        "PReLU",
        optional=(*variable("alpha", rank=1), Param("shared_axes", _shared_axes)),
        weights=True,
    ),
    Entry("Softmax", optional=(Param("axis", _first_axis),), domain=_softmax_domain, accepts=_wide),
    Entry("RepeatVector", _repeat, ranks=(1,), required=(Param("n", (1, 2, 3)),)),
    Entry("Identity", masks="passes", varying=True, tf=">=2.12"),
    Entry(
        "Rescaling",
        required=(Param("scale", _scales),),
        optional=(Param("offset", (-0.25, 1)), DTYPE),
        varying=True,
        tf=">=2.6",
    ),
    Entry(
        "Masking",
        ranks=(2,),
        optional=(Param("mask_value", (0.5,)),),
        masks="passes",
        masking=lambda *_: True,
        raw=True,
        varying=True,
    ),
    Entry(
        "ActivityRegularization",
        optional=(Param("l1", (0.01,)), Param("l2", (0.02,))),
        masks="passes",
        varying=True,
    ),
    Entry(
        "Lambda",
        _applied,
        required=(
            Param(
                "function",
                (
                    *(function("custom.double"), function("custom.scaled"), function("custom.plain_double")),
                    *(function("custom.power"), {"$loop": 0}),
                ),
            ),
        ),
        optional=(
            Param("arguments", _call_arguments),
            Param("output_shape", lambda tensors, args: (couple(*_applied([tensors[0].shape], args)[0]),)),
            DTYPE,
        ),
    ),
    Entry(
        "custom.Scale",
        required=(Param("factor", (2.0, 0.5)),),
        optional=(
            Param("initializer", VECTOR_INITIALIZERS),
            Param("regularizer", (made("regularizers.L2", l2=0.03), "l1")),
            ACTIVATION,
            DTYPE,
        ),
        weights=True,
    ),
    Entry("custom.PlainScale", required=(Param("factor", (2.0, 0.5)),), weights=True),
    Entry(
        "custom.Block",
        _dense,
        required=(Param("units", UNITS), Param("depth", (1, 2, 3))),
        optional=(Param("holds", ("dict", "nested")), ACTIVATION),
        accepts=_small,
        weights=True,
    ),
    Entry("custom.Stored", required=(Param("factor", (2.0, 0.5)),), weights=True, states=True),
    Entry(
        "custom.Typed",
        required=(
            Param(
                "spec",
                (
                    made("tf.TensorSpec", shape=[None, 3], dtype="float32"),
                    made("tf.TensorSpec", shape=[2], dtype="int32"),
                ),
            ),
        ),
        # TF 2.4 cannot write one as JSON.
        keras=">=2.5",
    ),
    Entry("custom.Penalty", required=(Param("rate", (0.25, 0.5)),)),
    Entry("custom.Noise", required=(Param("stddev", (0.25, 0.5)),), random=True),
)
