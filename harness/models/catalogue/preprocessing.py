"""Layers that turn raw inputs into numbers that can be learned from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.models.catalogue.entry import Args, Entry, Json, Param, Shape, Tensor, sample
from harness.models.catalogue.text import encoded

if TYPE_CHECKING:
    from collections.abc import Sequence

ROWS = ("one_hot", "multi_hot", "count")
BOUNDARIES = ([0.0], [-0.5, 0.5], [-1.0, 0.0, 1.0], None)
"""None: learned by ``adapt``."""
SUMMED = ("multi_hot", "count")


def _hashed(args: Args) -> str:
    return f"index:{args['num_bins']}" if args.get("output_mode", "int") == "int" else "real"


def _hashes(shapes: Sequence[Shape], args: Args) -> tuple[Shape, ...]:
    return (encoded(shapes[0], args, args["num_bins"]),)


def _bins(args: Args) -> int:
    return int(args["num_bins"]) if args["bin_boundaries"] is None else len(args["bin_boundaries"]) + 1


def _domain(args: Args) -> str:
    return f"index:{_bins(args)}" if args.get("output_mode", "int") == "int" else "real"


def _binned(shapes: Sequence[Shape], args: Args) -> tuple[Shape, ...]:
    return (encoded(shapes[0], args, _bins(args)),)


def _encoding(shapes: Sequence[Shape], args: Args) -> tuple[Shape, ...]:
    return (encoded(shapes[0], {"output_mode": "multi_hot", **args}, args["num_tokens"]),)


def _tokens(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    return (tensors[0].classes, tensors[0].classes + 1)


def _counting(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    return ROWS[:1] if tensors[0].shape[-1] == 1 else ("count",)


def _modes(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    """One value in a row is marked; of more, there is something to count. Keras 3 mistakes the shape of marked rows."""
    return ROWS[:2] if tensors[0].shape[-1] == 1 else ROWS[1:] if len(tensors[0].shape) == 1 else ()


def _summed(_: Sequence[Tensor], args: Args) -> tuple[Json, ...]:
    return (True,) if args.get("output_mode", "multi_hot") in SUMMED else ()


def _sparse_marks(_: Sequence[Tensor], args: Args) -> tuple[Json, ...]:
    """Keras 3 cannot count into sparse tensors."""
    return () if "output_mode" in args else (True,)


def _learned(_: Sequence[Tensor], args: Args) -> tuple[Json, ...]:
    return (3, 4) if args["bin_boundaries"] is None else ()


def _lessons(tensors: Sequence[Tensor], args: Args) -> tuple[Json, ...]:
    return (sample(tensors[0], rows=16),) if args["bin_boundaries"] is None else ()


def _known(tensor: Tensor) -> bool:
    return None not in tensor.shape


MODE = Param("output_mode", _modes, keras=">=2.8")
SPARSE = Param("sparse", _summed, needs=("output_mode",), keras=">=2.8")
DTYPE = Param("dtype", ("float32",), needs=("output_mode",))
"""Rows are integers unless asked for otherwise."""
ROW_OPTIONS = (MODE, DTYPE, SPARSE)

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "CategoryEncoding",
        _encoding,
        (1,),
        (Param("num_tokens", _tokens),),
        (Param("output_mode", _counting), Param("sparse", _sparse_marks, keras="!=3.0.*")),
        takes="index",
        domain=lambda _: "real",
        tf=">=2.6",
    ),
    Entry(
        "Hashing",
        _hashes,
        (1, 2),
        (Param("num_bins", (3, 5)),),
        (
            Param("salt", (1337, 42)),
            Param("mask_value", lambda tensors, _: ("",) if tensors[0].takes == "string" else (0,)),
            *ROW_OPTIONS,
        ),
        takes="key",
        accepts=_known,
        domain=_hashed,
        tf=">=2.6",
    ),
    Entry(
        "HashedCrossing",
        _hashes,
        (1,),
        (Param("num_bins", (3, 5)),),
        (Param("output_mode", ROWS[:1]), DTYPE),
        takes="key",
        accepts=lambda tensor: tensor.shape == (1,),
        arity=(2, 2),
        domain=_hashed,
        raw=True,
        tf=">=2.13",
    ),
    Entry(
        "Discretization",
        _binned,
        (1, 2),
        (Param("bin_boundaries", BOUNDARIES), Param("num_bins", _learned)),
        (Param("epsilon", (0.05,)), *ROW_OPTIONS),
        accepts=_known,
        domain=_domain,
        adapt=_lessons,
        raw=True,
        tf=">=2.6",
    ),
)
