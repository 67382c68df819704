"""Convolutions, plain, transposed, depthwise and separable."""

from __future__ import annotations

from dataclasses import replace
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
    from collections.abc import Callable, Sequence

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


def is_first(args: Args) -> bool:
    """Whether the channels come before the spatial axes."""
    return args.get("data_format") == "channels_first"


def space(shape: Shape, args: Args) -> Shape:
    """All axes but that of the channels."""
    return shape[1:] if is_first(args) else shape[:-1]


def channels(shape: Shape, args: Args) -> int | None:
    """How many channels there are."""
    return shape[0] if is_first(args) else shape[-1]


def placed(spatial: Shape, count: int | None, args: Args) -> Shape:
    """Spatial axes, with the channels where they belong."""
    return (count, *spatial) if is_first(args) else (*spatial, count)


def convolved(spatial: Shape, args: Args) -> Shape:
    """Spatial axes after a convolution."""
    count = len(spatial)
    kernels, strides = pair(args["kernel_size"], count), pair(args.get("strides", 1), count)
    dilations = pair(args.get("dilation_rate", 1), count)
    padding = args.get("padding", "valid")
    return tuple(
        window(size, kernel, stride, padding, dilation)
        for size, kernel, stride, dilation in zip(spatial, kernels, strides, dilations, strict=True)
    )


def _convolution(shapes: Sequence[Shape], args: Args) -> tuple[Shape, ...]:
    return (placed(convolved(space(shapes[0], args), args), args["filters"], args),)


def _depthwise(shapes: Sequence[Shape], args: Args) -> tuple[Shape, ...]:
    count = (channels(shapes[0], args) or 0) * args.get("depth_multiplier", 1)
    return (placed(convolved(space(shapes[0], args), args), count, args),)


def _stretched(size: int, kernel: int, stride: int, padding: str, extra: int | None) -> int:
    if extra is None:
        return size * stride if padding == "same" else size * stride + max(kernel - stride, 0)
    pad = kernel // 2 if padding == "same" else 0
    return (size - 1) * stride + kernel - 2 * pad + extra


def _transposed(shapes: Sequence[Shape], args: Args) -> tuple[Shape, ...]:
    axes = space(shapes[0], args)
    count = len(axes)
    kernels, strides = pair(args["kernel_size"], count), pair(args.get("strides", 1), count)
    dilations, extras = pair(args.get("dilation_rate", 1), count), pair(args.get("output_padding"), count)
    padding = args.get("padding", "valid")
    spatial = tuple(
        _stretched(size or 0, (kernel - 1) * dilation + 1, stride, padding, extra)
        for size, kernel, stride, dilation, extra in zip(axes, kernels, strides, dilations, extras, strict=True)
    )
    return (placed(spatial, args["filters"], args),)


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


def dilations(tensors: Sequence[Tensor], args: Args) -> tuple[Json, ...]:
    """Dilations with which a kernel fits into every spatial axis."""
    spatial = space(tensors[0].shape, args)
    reach = (max(pair(args["kernel_size"], len(spatial))) - 1) * 2 + 1
    return (2,) if reach <= smallest(spatial) else ()


def _output_padding(_: Sequence[Tensor], args: Args) -> tuple[Json, ...]:
    strides = untag(args.get("strides", 1))
    least = min(strides) if isinstance(strides, tuple) else strides
    return (1,) if least > 1 else ()


def first_where_fitting(size: str) -> Callable[[Sequence[Tensor], Args], tuple[Json, ...]]:
    """Channels first, where a window of the size in this argument then fits as well."""

    def choices(tensors: Sequence[Tensor], args: Args) -> tuple[Json, ...]:
        shape = tensors[0].shape
        sizes = pair(args[size], len(shape) - 1)
        fits = shape[0] is not None and all(
            axis is not None and axis >= least for axis, least in zip(shape[1:], sizes, strict=True)
        )
        return ("channels_first",) if fits else ()

    return choices


def _groups(tensors: Sequence[Tensor], args: Args) -> tuple[Json, ...]:
    """Not of volumes, for which CPUs have no kernels unless functions are compiled."""
    if len(tensors[0].shape) > IMAGE:
        return ()
    count = channels(tensors[0].shape, args) or 1
    return tuple(groups for groups in (2, 3) if count % groups == 0 and args["filters"] % groups == 0)


def _short(tensor: Tensor) -> bool:
    return all(dim is not None and dim <= LONGEST for dim in tensor.shape)


def _grow_strides(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    rank = len(tensors[0].shape)
    return (2,) if rank == SEQUENCE else (2, couple(*(2 for _ in range(rank - 1))))


KERNEL_SIZE = Param("kernel_size", kernels)
STRIDES = Param("strides", _strides)
SQUARE_STRIDES = Param("strides", _grow_strides)
SAME = Param("padding", ("same",))
DILATION = Param("dilation_rate", dilations, unless=("strides",))
DEPTH = Param("depth_multiplier", (2,))
GROUPS = Param("groups", _groups)
SPREAD = Param("dilation_rate", (2,), unless=("strides",))
_COMMON = (ACTIVATION, NO_BIAS, *BIAS, ACTIVITY, DTYPE)
_SEPARABLE = (DEPTH, *variable("depthwise"), *variable("pointwise"), *_COMMON)


def _entry(cls: str, rank: int, strides: Param, *, causal: bool = False) -> Entry:
    padding = Param("padding", ("same", "causal")) if causal else SAME
    optional = (strides, padding, DILATION, GROUPS, *KERNEL, *_COMMON)
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
            SPREAD,
            Param("output_padding", _output_padding, needs=("strides",)),
            *KERNEL,
            *_COMMON[:-1],
            replace(DTYPE, unless=(*DTYPE.unless, "dilation_rate")),
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
