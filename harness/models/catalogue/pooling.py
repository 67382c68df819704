"""Pooling, global and local."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.models.catalogue.convolutional import (
    SAME,
    STRIDES,
    channels,
    first_where_fitting,
    is_first,
    placed,
    space,
    window,
)
from harness.models.catalogue.entry import IMAGE, SEQUENCE, Args, Entry, Json, Param, Shape, Tensor, pair, smallest
from harness.models.catalogue.objects import DTYPE

if TYPE_CHECKING:
    from collections.abc import Sequence


def _pool(shapes: Sequence[Shape], args: Args) -> tuple[Shape, ...]:
    spatial = space(shapes[0], args)
    sizes = pair(args["pool_size"], len(spatial))
    strides = pair(args.get("strides", args["pool_size"]), len(spatial))
    padding = args.get("padding", "valid")
    pooled = tuple(window(*item, padding) for item in zip(spatial, sizes, strides, strict=True))
    return (placed(pooled, channels(shapes[0], args), args),)


def _global(shapes: Sequence[Shape], args: Args) -> tuple[Shape, ...]:
    shape = shapes[0]
    first = is_first(args)
    if not args.get("keepdims"):
        return ((shape[0] if first else shape[-1],),)
    ones = (1,) * (len(shape) - 1)
    return ((shape[0], *ones) if first else (*ones, shape[-1]),)


def _sizes(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    return tuple(range(1, min(smallest(tensors[0].shape[:-1]), 3) + 1))[::-1]


def _local(cls: str, rank: int) -> Entry:
    # CPUs pool volumes in some precisions only, and so whatever has its channels first.
    dtype = () if rank > IMAGE else (replace(DTYPE, unless=(*DTYPE.unless, "data_format")),)
    first = Param("data_format", first_where_fitting("pool_size"))
    return Entry(cls, _pool, (rank,), (Param("pool_size", _sizes),), (first, STRIDES, SAME, *dtype))


def _whole(cls: str, rank: int) -> Entry:
    average = cls.startswith("GlobalAverage") and rank == SEQUENCE
    first = () if average else (Param("data_format", ("channels_first",)),)
    return Entry(
        cls,
        _global,
        (rank,),
        optional=(Param("keepdims", (True,), unless=("data_format",)), *first, DTYPE),
        masks="stops" if average else "refuses",
        varying=average,
    )


def _adapted(shapes: Sequence[Shape], args: Args) -> tuple[Shape, ...]:
    return (placed(pair(args["output_size"], len(shapes[0]) - 1), channels(shapes[0], args), args),)


def _targets(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    """No more steps than there are, and more than one: for one, Keras also pools over more than there is."""
    return tuple(range(2, min(smallest(tensors[0].shape[:-1]), 3) + 1))


def _adaptive(cls: str, rank: int) -> Entry:
    first = Param("data_format", first_where_fitting("output_size"))
    return Entry(
        cls, _adapted, (rank,), (Param("output_size", _targets),), (first,), accepts=_has_steps, keras=">=3.13"
    )


def _has_steps(tensor: Tensor) -> bool:
    return None not in tensor.shape and smallest(tensor.shape[:-1]) > 1


ENTRIES: tuple[Entry, ...] = (
    _local("MaxPooling1D", 2),
    _local("AveragePooling1D", 2),
    _local("MaxPooling2D", 3),
    _local("AveragePooling2D", 3),
    _local("MaxPooling3D", 4),
    _local("AveragePooling3D", 4),
    _whole("GlobalMaxPooling1D", 2),
    _whole("GlobalAveragePooling1D", 2),
    _whole("GlobalMaxPooling2D", 3),
    _whole("GlobalAveragePooling2D", 3),
    _whole("GlobalMaxPooling3D", 4),
    _whole("GlobalAveragePooling3D", 4),
    _adaptive("AdaptiveMaxPooling1D", 2),
    _adaptive("AdaptiveAveragePooling1D", 2),
    _adaptive("AdaptiveMaxPooling2D", 3),
    _adaptive("AdaptiveAveragePooling2D", 3),
    _adaptive("AdaptiveMaxPooling3D", 4),
    _adaptive("AdaptiveAveragePooling3D", 4),
)
