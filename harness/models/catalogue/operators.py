"""Operations on symbolic tensors: ``x * 2.0``, ``x[:, 1:]``, ``ops.mean(x)``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.models.catalogue.entry import Args, Entry, Json, Param, Rule, Shape, Tensor, smallest

if TYPE_CHECKING:
    from collections.abc import Sequence

NUMBERS = (2.0, 0.5, 1)
RECENT = ">=2.4"
"""Versions whose functional models can be made of operations, written down and read back."""


def _axes(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    return tuple(range(len(tensors[0].shape), 0, -1))


def _inner_axes(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    """Axes without which something is left."""
    return tuple(range(1, len(tensors[0].shape)))


def _new_axes(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    return tuple(range(1, len(tensors[0].shape) + 2))


def _starts(tensors: Sequence[Tensor], args: Args) -> tuple[Json, ...]:
    return tuple(range(1, min(_length(tensors, args), 3)))


def _stops(tensors: Sequence[Tensor], args: Args) -> tuple[Json, ...]:
    """After the start; from the end as well."""
    length = _length(tensors, args)
    return tuple(stop for stop in (-1, length) if args.get("start", 0) < (stop if stop > 0 else length + stop))


def _indices(tensors: Sequence[Tensor], args: Args) -> tuple[Json, ...]:
    return tuple(range(_length(tensors, args)))[:3]


def _length(tensors: Sequence[Tensor], args: Args) -> int:
    return tensors[0].shape[args["axis"] - 1] or 1


def _sliced(shapes: Sequence[Shape], args: Args) -> tuple[Shape, ...]:
    shape = list(shapes[0])
    place = args["axis"] - 1
    shape[place] = len(range(shape[place] or 0)[args.get("start") : args.get("stop") : args.get("step")])
    return (tuple(shape),)


def _without(shapes: Sequence[Shape], args: Args) -> tuple[Shape, ...]:
    place, shape = args["axis"] - 1, shapes[0]
    kept = (1,) if args.get("keepdims") else ()
    return ((*shape[:place], *kept, *shape[place + 1 :]),)


def _expanded(shapes: Sequence[Shape], args: Args) -> tuple[Shape, ...]:
    place = args["axis"] - 1
    return ((*shapes[0][:place], 1, *shapes[0][place:]),)


def _stacked(shapes: Sequence[Shape], args: Args) -> tuple[Shape, ...]:
    place = args["axis"] - 1
    return ((*shapes[0][:place], len(shapes), *shapes[0][place:]),)


def _joined(shapes: Sequence[Shape], _: Args) -> tuple[Shape, ...]:
    return ((*shapes[0][:-1], sum(shape[-1] or 0 for shape in shapes)),)


def _steps(shapes: Sequence[Shape], _: Args) -> tuple[Shape, ...]:
    return (shapes[0][:1],)


def _wide(tensor: Tensor) -> bool:
    return smallest(tensor.shape) > 1


def _same(first: Tensor, other: Tensor) -> bool:
    return first.shape == other.shape and first.dtype == other.dtype


def _close(first: Tensor, other: Tensor) -> bool:
    return first.shape[:-1] == other.shape[:-1] and first.dtype == other.dtype


def _one(name: str, *required: Param) -> Entry:
    """An operation that keeps the shape."""
    return Entry(f"op.{name}", required=required, operator=True, varying=True, tf=RECENT)


def _changing(name: str, rule: Rule, ranks: tuple[int, ...], *required: Param) -> Entry:
    return Entry(f"op.{name}", rule, ranks, required, operator=True, tf=RECENT)


def _several(name: str, *required: Param) -> Entry:
    return Entry(f"op.{name}", required=required, operator=True, tf=RECENT, arity=(2, 2), joins=_same)


def _values(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    """A number, or one for each channel, none of which half precision has exactly: TensorFlow adds up no two dtypes."""
    if tensors[0].dtype != "float32":
        return NUMBERS
    each = [round(0.3 * (step + 1), 1) for step in range(tensors[0].shape[-1] or 1)]
    return (*NUMBERS, {"$array": each}, {"$tensor": each})


VALUE = Param("value", NUMBERS)
VALUES = Param("value", _values)
AXIS = Param("axis", _axes)
INNER_AXIS = Param("axis", _inner_axes)
KEEP = (Param("keepdims", (True,)),)

MASK = Entry("op.Mask", _steps, (2,), (Param("value", (0.5, 0.0)),), operator=True, standalone=False, tf=RECENT)
"""Which time steps count: what is called with a ``mask`` gets it."""

ENTRIES: tuple[Entry, ...] = (
    _one("Times", VALUES),
    _one("Plus", VALUES),
    _one("From", VALUE),
    _one("Less", VALUES),
    _one("Over", VALUES),
    _one("Negated"),
    _one("Squared"),
    _one("Tanh"),
    _one("Rectified"),
    _one("Clipped", Param("low", (-0.5,)), Param("high", (0.5, 1.0))),
    replace(
        _changing("Slice", _sliced, (1, 2, 3, 4), AXIS),
        accepts=_wide,
        optional=(Param("start", _starts), Param("stop", _stops), Param("step", (2,))),
    ),
    _changing("At", _without, (2, 3, 4), INNER_AXIS, Param("index", _indices)),
    replace(_changing("Mean", _without, (2, 3, 4), INNER_AXIS), optional=KEEP),
    replace(_changing("Largest", _without, (2, 3, 4), INNER_AXIS), optional=KEEP),
    replace(_one("Probabilities"), accepts=_wide, domain=lambda _: "simplex"),
    _changing("Expanded", _expanded, (1, 2), Param("axis", _new_axes)),
    _several("Sum"),
    _several("Difference"),
    _several("Product"),
    _several("Larger"),
    _several("Chosen", Param("value", (0.0, 0.5))),
    replace(_changing("Joined", _joined, (1, 2, 3)), arity=(2, 3), joins=_close),
    replace(_changing("Stacked", _stacked, (1, 2), Param("axis", _new_axes)), arity=(2, 3), joins=_same),
    MASK,
)
