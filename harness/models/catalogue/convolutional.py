"""Convolutions, plain, transposed, depthwise and separable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.models.catalogue.entry import (
    IMAGE,
    SEQUENCE,
    Args,
    Entry,
    Json,
    Param,
    Shape,
    Tensor,
    couple,
    pair,
    smallest,
    untag,
)
from harness.models.catalogue.objects import ACTIVATION, ACTIVITY, BIAS, DTYPE, KERNEL, NO_BIAS, variable

if TYPE_CHECKING:
    from collections.abc import Sequence

FILTERS = (1, 2, 3, 4)
LONGEST = 8
"""No transposed convolution of anything longer, lest tensors grow without end."""


def window(size: int | None, kernel: int, stride: int, padding: str, dilation: int = 1) -> int | None:
    """Length of what a sliding window makes of an axis."""
    if size is None:
        return None
    if padding in {"same", "causal"}:
        return -(-size // stride)
    return (size - (kernel - 1) * dilation - 1) // stride + 1


def convolved(shape: Shape, args: Args) -> Shape:
    """Spatial axes after a convolution."""
    count = len(shape) - 1
    kernels, strides = pair(args["kernel_size"], count), pair(args.get("strides", 1), count)
    dilations = pair(args.get("dilation_rate", 1), count)
    padding = args.get("padding", "valid")
    return tuple(
        window(size, kernel, stride, padding, dilation)
        for size, kernel, stride, dilation in zip(shape[:-1], kernels, strides, dilations, strict=True)
    )


def _convolution(shapes: Sequence[Shape], args: Args) -> tuple[Shape, ...]:
    return ((*convolved(shapes[0], args), args["filters"]),)


def _depthwise(shapes: Sequence[Shape], args: Args) -> tuple[Shape, ...]:
    return ((*convolved(shapes[0], args), (shapes[0][-1] or 0) * args.get("depth_multiplier", 1)),)


def _stretched(size: int, kernel: int, stride: int, padding: str, extra: int | None) -> int:
    if extra is None:
        return size * stride if padding == "same" else size * stride + max(kernel - stride, 0)
    pad = kernel // 2 if padding == "same" else 0
    return (size - 1) * stride + kernel - 2 * pad + extra


def _transposed(shapes: Sequence[Shape], args: Args) -> tuple[Shape, ...]:
    count = len(shapes[0]) - 1
    kernels, strides = pair(args["kernel_size"], count), pair(args.get("strides", 1), count)
    extras = pair(args.get("output_padding"), count)
    padding = args.get("padding", "valid")
    spatial = (
        _stretched(size or 0, kernel, stride, padding, extra)
        for size, kernel, stride, extra in zip(shapes[0][:-1], kernels, strides, extras, strict=True)
    )
    return ((*spatial, args["filters"]),)


def kernels(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    """Kernel sizes that fit into every spatial axis."""
    spatial = tensors[0].shape[:-1]
    sizes: tuple[Json, ...] = tuple(range(1, min(smallest(spatial), 3) + 1)) or (1,)
    if len(spatial) == IMAGE - 1 and smallest(spatial) > 1:
        sizes = (*sizes, couple(1, 2), couple(2, 1))
    return sizes


def _strides(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    rank = len(tensors[0].shape)
    return (2, 3) if rank == SEQUENCE else (2, couple(*(2 for _ in range(rank - 1))))


def _dilations(tensors: Sequence[Tensor], args: Args) -> tuple[Json, ...]:
    spatial = tensors[0].shape[:-1]
    reach = (max(pair(args["kernel_size"], len(spatial))) - 1) * 2 + 1
    return (2,) if reach <= smallest(spatial) else ()


def _output_padding(_: Sequence[Tensor], args: Args) -> tuple[Json, ...]:
    strides = untag(args.get("strides", 1))
    least = min(strides) if isinstance(strides, tuple) else strides
    return (1,) if least > 1 else ()


def _short(tensor: Tensor) -> bool:
    return all(dim is not None and dim <= LONGEST for dim in tensor.shape)


def _grow_strides(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    rank = len(tensors[0].shape)
    return (2,) if rank == SEQUENCE else (2, couple(*(2 for _ in range(rank - 1))))


KERNEL_SIZE = Param("kernel_size", kernels)
STRIDES = Param("strides", _strides)
SQUARE_STRIDES = Param("strides", _grow_strides)
SAME = Param("padding", ("same",))
DILATION = Param("dilation_rate", _dilations, unless=("strides",))
DEPTH = Param("depth_multiplier", (2,))
_COMMON = (ACTIVATION, NO_BIAS, *BIAS, ACTIVITY, DTYPE)
_SEPARABLE = (DEPTH, *variable("depthwise"), *variable("pointwise"), *_COMMON)


def _entry(cls: str, rank: int, strides: Param, *, causal: bool = False) -> Entry:
    padding = Param("padding", ("same", "causal")) if causal else SAME
    optional = (strides, padding, DILATION, *KERNEL, *_COMMON)
    return Entry(
        cls, _convolution, (rank,), (Param("filters", FILTERS), KERNEL_SIZE), optional, varying=causal, weights=True
    )


def _transposed_entry(cls: str, rank: int, tf: str) -> Entry:
    return Entry(
        cls,
        _transposed,
        (rank,),
        (Param("filters", FILTERS), KERNEL_SIZE),
        (
            Param("strides", _grow_strides),
            SAME,
            Param("output_padding", _output_padding, needs=("strides",)),
            *KERNEL,
            *_COMMON,
        ),
        accepts=_short,
        weights=True,
        tf=tf,
    )


ENTRIES: tuple[Entry, ...] = (
    _entry("Conv1D", 2, STRIDES, causal=True),
    _entry("Conv2D", 3, STRIDES),
    _entry("Conv3D", 4, STRIDES),
    _transposed_entry("Conv1DTranspose", 2, ">=2.3"),
    _transposed_entry("Conv2DTranspose", 3, ""),
    _transposed_entry("Conv3DTranspose", 4, ""),
    Entry(
        "DepthwiseConv1D",
        _depthwise,
        (2,),
        (KERNEL_SIZE,),
        (SQUARE_STRIDES, SAME, DILATION, DEPTH, *variable("depthwise"), *_COMMON),
        weights=True,
        tf=">=2.8",
    ),
    Entry(
        "DepthwiseConv2D",
        _depthwise,
        (3,),
        (KERNEL_SIZE,),
        (SQUARE_STRIDES, SAME, DILATION, DEPTH, *variable("depthwise"), *_COMMON),
        weights=True,
    ),
    Entry(
        "SeparableConv1D",
        _convolution,
        (2,),
        (Param("filters", FILTERS), KERNEL_SIZE),
        (SQUARE_STRIDES, SAME, DILATION, *_SEPARABLE),
        weights=True,
    ),
    Entry(
        "SeparableConv2D",
        _convolution,
        (3,),
        (Param("filters", FILTERS), KERNEL_SIZE),
        (SQUARE_STRIDES, SAME, DILATION, *_SEPARABLE),
        weights=True,
    ),
)
