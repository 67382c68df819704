"""Layers that turn raw inputs into numbers that can be learned from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.models.catalogue.entry import Args, Entry, Json, Param, Shape, Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence


def _index(args: Args) -> str:
    bins = args.get("num_bins") or len(args.get("bin_boundaries", ())) + 1
    return f"index:{bins}"


def _encoding(_: Sequence[Shape], args: Args) -> tuple[Shape, ...]:
    return ((args["num_tokens"],),)


def _tokens(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    return (tensors[0].classes, tensors[0].classes + 1)


ENTRIES: tuple[Entry, ...] = (
    Entry(
        "CategoryEncoding",
        _encoding,
        (1,),
        (Param("num_tokens", _tokens),),
        (Param("output_mode", ("count",)),),
        takes="index",
        tf=">=2.6",
    ),
    Entry(
        "Hashing",
        required=(Param("num_bins", (3, 5)),),
        optional=(Param("salt", (1337, 42)), Param("mask_value", (0,))),
        ranks=(1, 2),
        takes="index",
        domain=_index,
        tf=">=2.6",
    ),
    Entry(
        "Discretization",
        required=(Param("bin_boundaries", ([0.0], [-0.5, 0.5], [-1.0, 0.0, 1.0])),),
        ranks=(1, 2),
        domain=_index,
        raw=True,
        tf=">=2.6",
    ),
)
