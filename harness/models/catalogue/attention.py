"""Attention layers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.models.catalogue.entry import SEQUENCE, WIDEST, Args, Entry, Json, Param, Shape, Tensor, couple
from harness.models.catalogue.objects import ACTIVITY, BIAS, DTYPE, KERNEL, MAPPED_DTYPE, NO_BIAS, SEED

if TYPE_CHECKING:
    from collections.abc import Sequence

DROPOUT = Param("dropout", (0.25,))
SEEDED = Param("seed", SEED.values, needs=("dropout",))


def _attention(shapes: Sequence[Shape], _: Args) -> tuple[Shape, ...]:
    return ((shapes[0][0], shapes[1][-1]),)


def _heads(shapes: Sequence[Shape], args: Args) -> tuple[Shape, ...]:
    return ((*shapes[0][:-1], args.get("output_shape", shapes[0][-1])),)


def _query(shapes: Sequence[Shape], _: Args) -> tuple[Shape, ...]:
    return (shapes[0],)


def _steps(tensor: Tensor) -> bool:
    """More than one step to attend to."""
    return (tensor.shape[0] or 0) > 1 and (tensor.shape[-1] or 0) <= WIDEST


def _aligned(first: Tensor, other: Tensor) -> bool:
    return len(other.shape) == len(first.shape) and first.shape[-1] == other.shape[-1]


def _scaled(args: Args) -> bool:
    return bool(args.get("use_scale")) or args.get("score_mode") == "concat"


def _added(args: Args) -> bool:
    return bool(args.get("use_scale", True))


def _drops(args: Args) -> bool:
    return "dropout" in args


def _windows(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    """Over one axis only."""
    return (2,) if len(tensors[0].shape) == SEQUENCE else ()


def _axes(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    """Along the others, query and value have to be alike."""
    others = {tensor.shape[1:-1] for tensor in tensors}
    return (1, couple(1)) if len(others) == 1 else ()


def _flashes(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    """CPUs have none; Keras does without it where there is more than one axis to attend to."""
    return (True, False) if len(tensors[0].shape) > SEQUENCE else (False,)


_PROJECTIONS = (NO_BIAS, *KERNEL, *BIAS, MAPPED_DTYPE)

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "Attention",
        _attention,
        (2,),
        optional=(Param("use_scale", (True,)), Param("score_mode", ("concat",)), DROPOUT, SEEDED, DTYPE),
        accepts=_steps,
        arity=(2, 3),
        joins=lambda first, other: first.shape == other.shape,
        weights=_scaled,
        random=_drops,
    ),
    Entry(
        "AdditiveAttention",
        _attention,
        (2,),
        optional=(Param("use_scale", (False,)), DROPOUT),
        accepts=_steps,
        arity=(2, 2),
        joins=_aligned,
        weights=_added,
        random=_drops,
    ),
    Entry(
        "MultiHeadAttention",
        _heads,
        (2, 3),
        (Param("num_heads", (1, 2)), Param("key_dim", (2, 3))),
        (
            Param("value_dim", (4,)),
            Param("output_shape", (3, 5)),
            Param("flash_attention", _flashes, keras=">=3.9"),
            Param("attention_axes", _axes),
            Param("sliding_window", _windows, unless=("flash_attention",), keras=">=3.15"),
            ACTIVITY,
            Param("use_gate", (True,), keras=">=3.13"),
            replace(DROPOUT, unless=("flash_attention",)),
            SEEDED,
            *_PROJECTIONS,
        ),
        accepts=_steps,
        arity=(2, 2),
        joins=_aligned,
        weights=True,
        random=_drops,
        tf=">=2.4",
    ),
    Entry(
        "GroupQueryAttention",
        _query,
        (2,),
        (Param("head_dim", (2, 3)), Param("num_query_heads", (2, 4)), Param("num_key_value_heads", (1, 2))),
        (
            Param("flash_attention", (False,), keras=">=3.9"),
            Param("sliding_window", (2,), unless=("flash_attention",), keras=">=3.15"),
            Param("use_gate", (True,), keras=">=3.15"),
            DROPOUT,
            SEEDED,
            ACTIVITY,
            *_PROJECTIONS,
        ),
        accepts=_steps,
        arity=(2, 2),
        joins=_aligned,
        weights=True,
        random=_drops,
        keras=">=3.0",
    ),
)
