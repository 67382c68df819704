"""Layers that move, cut, pad and repeat."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

from harness.models.catalogue.entry import Args, Entry, Json, Param, Shape, Tensor, couple, pair, plus, times, untag

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST = 6
"""Nothing longer is padded or repeated, lest tensors grow without end."""
CUT = 3
"""Most steps that are cut off an axis."""


def _total(shape: Shape) -> int:
    total = 1
    for dim in shape:
        total *= dim or 0
    return total


def _flatten(shapes: Sequence[Shape], _: Args) -> tuple[Shape, ...]:
    return ((_total(shapes[0]),),)


def _reshape(shapes: Sequence[Shape], args: Args) -> tuple[Shape, ...]:
    target = untag(args["target_shape"])
    known = 1
    for dim in target:
        known *= 1 if dim == -1 else dim
    return (tuple(_total(shapes[0]) // known if dim == -1 else dim for dim in target),)


def _targets(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    size = tensors[0].size
    halves = tuple(couple(part, size // part) for part in (1, 2, 3, 4) if size % part == 0)
    cubes = tuple(couple(part, 1, size // part) for part in (1, 2, 3) if size % part == 0)
    return (couple(size), *halves, *cubes, couple(-1), couple(-1, 1), couple(1, -1))


def _permute(shapes: Sequence[Shape], args: Args) -> tuple[Shape, ...]:
    return (tuple(shapes[0][axis - 1] for axis in untag(args["dims"])),)


def _orders(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    axes = range(1, len(tensors[0].shape) + 1)
    return tuple(couple(*order) for order in permutations(axes))[::-1]


def _edges(value: Json, count: int) -> tuple[tuple[int, int], ...]:
    """Steps before and after each axis, from any of the forms that Keras takes."""
    plain = untag(value)
    if count == 1:
        before, after = pair(plain, 2)
        return ((before, after),)
    sides = plain if isinstance(plain, tuple) else (plain,) * count
    return tuple((side[0], side[1]) if isinstance(side, tuple) else (side, side) for side in sides)


def _change(shape: Shape, edges: tuple[tuple[int, int], ...], sign: int, args: Args) -> Shape:
    if args.get("data_format") == "channels_first":
        return (shape[0], *_moved(shape[1:], edges, sign))
    return (*_moved(shape[:-1], edges, sign), shape[-1])


def _moved(spatial: Shape, edges: tuple[tuple[int, int], ...], sign: int) -> Shape:
    return tuple(plus(dim, sign * (before + after)) for dim, (before, after) in zip(spatial, edges, strict=True))


def _pad(shapes: Sequence[Shape], args: Args) -> tuple[Shape, ...]:
    return (_change(shapes[0], _edges(args.get("padding", 1), len(shapes[0]) - 1), 1, args),)


def _crop(shapes: Sequence[Shape], args: Args) -> tuple[Shape, ...]:
    return (_change(shapes[0], _edges(args["cropping"], len(shapes[0]) - 1), -1, args),)


def _upsample(shapes: Sequence[Shape], args: Args) -> tuple[Shape, ...]:
    shape = shapes[0]
    factors = pair(args.get("size", 2), len(shape) - 1)
    if args.get("data_format") == "channels_first":
        return ((shape[0], *(times(dim, factor) for dim, factor in zip(shape[1:], factors, strict=True))),)
    return ((*(times(dim, factor) for dim, factor in zip(shape[:-1], factors, strict=True)), shape[-1]),)


def _short(tensor: Tensor) -> bool:
    return all(dim is not None and dim <= LONGEST for dim in tensor.shape)


def _croppable(tensor: Tensor) -> bool:
    return all(dim is not None and dim > CUT for dim in tensor.shape[:-1])


def _first(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    """Where the last axis can be cut as well."""
    return ("channels_first",) if (tensors[0].shape[-1] or 0) > CUT else ()


FIRST = Param("data_format", ("channels_first",))
_SQUARES = (1, couple(1, 2), couple(couple(0, 1), couple(2, 0)))

ENTRIES: tuple[Entry, ...] = (
    Entry("Flatten", _flatten, optional=(Param("data_format", ("channels_first",)),)),
    Entry("Reshape", _reshape, required=(Param("target_shape", _targets),)),
    Entry("Permute", _permute, ranks=(2, 3), required=(Param("dims", _orders),)),
    Entry("ZeroPadding1D", _pad, (2,), optional=(Param("padding", (2, couple(0, 1), couple(2, 1))),), accepts=_short),
    Entry("ZeroPadding2D", _pad, (3,), optional=(Param("padding", _SQUARES[1:]), FIRST), accepts=_short),
    Entry(
        "ZeroPadding3D",
        _pad,
        (4,),
        optional=(Param("padding", (couple(1, 0, 1), couple(couple(0, 1), couple(1, 0), couple(1, 1)))), FIRST),
        accepts=_short,
    ),
    Entry(
        "Cropping3D",
        _crop,
        (4,),
        (Param("cropping", (1, couple(1, 0, 1), couple(couple(0, 1), couple(1, 0), couple(0, 1)))),),
        (Param("data_format", _first),),
        accepts=_croppable,
    ),
    Entry(
        "UpSampling3D",
        _upsample,
        (4,),
        optional=(Param("size", (1, couple(1, 2, 1))), Param("data_format", ("channels_first",))),
        accepts=_short,
    ),
    Entry("Cropping1D", _crop, (2,), (Param("cropping", (1, couple(0, 1), couple(1, 2))),), accepts=_croppable),
    Entry(
        "Cropping2D",
        _crop,
        (3,),
        (Param("cropping", (1, couple(1, 0), _SQUARES[2])),),
        (Param("data_format", _first),),
        accepts=_croppable,
    ),
    Entry("UpSampling1D", _upsample, (2,), optional=(Param("size", (3,)),), accepts=_short),
    Entry(
        "UpSampling2D",
        _upsample,
        (3,),
        optional=(
            Param("size", (couple(1, 2), couple(3, 1))),
            Param("interpolation", ("bilinear",)),
            Param("data_format", ("channels_first",), unless=("interpolation",)),
        ),
        accepts=_short,
    ),
)
