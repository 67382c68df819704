"""Dropout and noise."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.models.catalogue.entry import SEQUENCE, Args, Entry, Json, Param, Tensor, couple
from harness.models.catalogue.objects import DTYPE, SEED

if TYPE_CHECKING:
    from collections.abc import Sequence

RATES = (0.5, 0.25)


def _noise_shape(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    shape = tensors[0].shape
    return (couple(None, *(1 for _ in shape[:-1]), shape[-1]),)


def _known_shape(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    shape = tensors[0].shape
    return (couple(*(1 for _ in shape), shape[-1]),)


NOISE_SHAPE = Param("noise_shape", _noise_shape)


def _entry(cls: str, argument: str, *more: Param) -> Entry:
    return Entry(
        cls,
        required=(Param(argument, RATES),),
        optional=(SEED, *more, DTYPE),
        masks="passes",
        varying=True,
        random=True,
    )


def _spatial(cls: str, rank: int) -> Entry:
    first = () if rank == SEQUENCE else (Param("data_format", ("channels_first",)),)
    return Entry(cls, ranks=(rank,), required=(Param("rate", RATES),), optional=(SEED, *first, DTYPE), random=True)


ENTRIES: tuple[Entry, ...] = (
    _entry("Dropout", "rate", NOISE_SHAPE),
    _entry("GaussianNoise", "stddev"),
    _entry("GaussianDropout", "rate"),
    _entry("AlphaDropout", "rate", NOISE_SHAPE),
    _spatial("SpatialDropout1D", 2),
    _spatial("SpatialDropout2D", 3),
    _spatial("SpatialDropout3D", 4),
    replace(_entry("tf.keras.layers.AlphaDropout", "rate", Param("noise_shape", _known_shape)), keras=">=3.0"),
)
