"""Layers that make one tensor of several."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.models.catalogue.entry import Args, Entry, Json, Param, Shape, Tensor, couple
from harness.models.catalogue.objects import DTYPE

if TYPE_CHECKING:
    from collections.abc import Sequence


def _concatenate(shapes: Sequence[Shape], args: Args) -> tuple[Shape, ...]:
    axis = args.get("axis", -1)
    place = axis - 1 if axis > 0 else len(shapes[0]) + axis
    joined = list(shapes[0])
    joined[place] = sum(shape[place] or 0 for shape in shapes)
    return (tuple(joined),)


def _axes(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    """The first axis, where everything else agrees as well."""
    return (1, -1) if len({tensor.shape for tensor in tensors}) == 1 else ()


def _close(first: Tensor, other: Tensor) -> bool:
    return first.shape[:-1] == other.shape[:-1]


def _dot(shapes: Sequence[Shape], _: Args) -> tuple[Shape, ...]:
    if len(shapes[0]) == 1:
        return ((1,),)
    return ((shapes[0][0], shapes[1][0]),)


def _dot_axes(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    rank = len(tensors[0].shape)
    return (rank, -1, couple(rank, rank))


def _aligned(first: Tensor, other: Tensor) -> bool:
    return len(first.shape) == len(other.shape) and first.shape[-1] == other.shape[-1]


def _plain(cls: str, most: int = 3) -> Entry:
    return Entry(cls, optional=(DTYPE,), arity=(2, most))


MANY = 12
"""Most tensors to concatenate."""

ENTRIES: tuple[Entry, ...] = (
    _plain("Add"),
    _plain("Subtract", 2),
    _plain("Multiply"),
    _plain("Average"),
    _plain("Maximum"),
    _plain("Minimum"),
    Entry("Concatenate", _concatenate, optional=(Param("axis", _axes), DTYPE), arity=(2, MANY), joins=_close),
    Entry(
        "Dot",
        _dot,
        ranks=(1, 2),
        required=(Param("axes", _dot_axes),),
        optional=(Param("normalize", (True,)),),
        arity=(2, 2),
        joins=_aligned,
    ),
)
