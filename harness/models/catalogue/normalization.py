"""Normalisation layers, those that learn and those that do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.models.catalogue.entry import WIDEST, Args, Entry, Json, Param, Tensor, sample
from harness.models.catalogue.objects import DTYPE, variable

if TYPE_CHECKING:
    from collections.abc import Sequence

BETA = tuple(Param(param.name, param.values, unless=("center",)) for param in variable("beta", rank=1))
GAMMA = tuple(Param(param.name, param.values, unless=("scale",)) for param in variable("gamma", rank=1))
EPSILON = Param("epsilon", (0.01, 1e-5))
WIDE_DTYPE = Param("dtype", ("float64", "bfloat16", "mixed_bfloat16"))
"""Not half precision: its exponent does not reach down to the small number that keeps them from dividing by 0."""
AFFINE = (Param("center", (False,)), Param("scale", (False,)), EPSILON, *BETA, *GAMMA, DTYPE)
RENORM = ",".join(f"!=3.{minor}.*" for minor in range(14))
"""Keras 2 has it, and Keras 3 again from 3.14 on."""


def _affine(args: Args) -> bool:
    return bool(args.get("center", True) or args.get("scale", True))


def _axes(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    return (1, [1, 2]) if len(tensors[0].shape) > 1 else (1,)


def _axis(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    return tuple(range(1, len(tensors[0].shape) + 1))


def _last(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    return (len(tensors[0].shape),)


def _groups(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    last = tensors[0].shape[-1] or 1
    return tuple(count for count in (1, 2, 3, last) if last % count == 0)


def _grouped(tensors: Sequence[Tensor], args: Args) -> tuple[Json, ...]:
    """Other axes than the last that can be cut into as many groups."""
    axes = enumerate(tensors[0].shape[:-1], start=1)
    return tuple(axis for axis, size in axes if size is not None and size % args["groups"] == 0)


def _means(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    """None: learned by ``adapt``."""
    return ([0.1 * step for step in range(tensors[0].shape[-1] or 1)], None, 0.5)


def _variances(tensors: Sequence[Tensor], args: Args) -> tuple[Json, ...]:
    if not isinstance(args["mean"], list):
        return (None if args["mean"] is None else 2.0,)
    return ([1.0 + 0.5 * step for step in range(tensors[0].shape[-1] or 1)],)


def _learned_axes(_: Sequence[Tensor], args: Args) -> tuple[Json, ...]:
    if args["mean"] is None:
        return (None, 1)
    return () if isinstance(args["mean"], list) else (None,)


def _lessons(tensors: Sequence[Tensor], args: Args) -> tuple[Json, ...]:
    return (sample(tensors[0]),) if args["mean"] is None else ()


def _narrow(tensor: Tensor) -> bool:
    return (tensor.shape[-1] or 0) <= WIDEST


ENTRIES: tuple[Entry, ...] = (
    Entry(
        "BatchNormalization",
        optional=(
            Param("momentum", (0.5, 0.9)),
            *AFFINE,
            *variable("moving_mean", rank=1)[:1],
            *variable("moving_variance", rank=1)[:1],
            Param("renorm", (True,), keras=RENORM),
            Param("renorm_momentum", (0.8,), needs=("renorm",), keras=RENORM),
            Param("renorm_clipping", ({"rmax": 3.0, "rmin": 0.25, "dmax": 2.0},), needs=("renorm",), keras=RENORM),
            Param("synchronized", (True,), unless=("renorm",), keras=">=2.12"),
            Param("axis", _axis),
        ),
        masks="passes",
        weights=_affine,
        states=True,
    ),
    Entry("LayerNormalization", optional=(Param("axis", _axes), *AFFINE), masks="passes", weights=_affine),
    Entry(
        "GroupNormalization",
        ranks=(2, 3),
        required=(Param("groups", _groups),),
        optional=(Param("axis", _grouped), *AFFINE),
        weights=_affine,
        tf=">=2.11",
    ),
    Entry("UnitNormalization", optional=(Param("axis", _axis), WIDE_DTYPE), tf=">=2.9"),
    Entry("RMSNormalization", optional=(Param("axis", _last), EPSILON, WIDE_DTYPE), weights=True, keras=">=3.9"),
    Entry(
        "Normalization",
        required=(Param("mean", _means), Param("variance", _variances)),
        optional=(Param("axis", _learned_axes), Param("invert", (True,), keras=">=2.10")),
        accepts=_narrow,
        adapt=_lessons,
        states=True,
        tf=">=2.6",
    ),
)
