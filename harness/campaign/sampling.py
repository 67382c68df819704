"""Which savers a model meets, where a run cannot afford that every model meets them all."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def share(savers: Sequence[str], count: int, position: int, seed: str) -> frozenset[str]:
    """The savers of the model at a position, among the models of its kind.

    They are dealt from a pack that is shuffled anew whenever it runs out: every saver comes equally often over the
    models, in ever new company, for which saver damages a model for which other depends on who meets whom. A model
    whose hand spans two packs may get one saver fewer.

    Args:
        savers: names of all that there are.
        count: how many a model meets; 0 for all.
        position: 0 for the first model.
        seed: decides the order.
    """
    if not 0 < count < len(savers):
        return frozenset(savers)
    first = position * count
    return frozenset(_card(savers, place, seed) for place in range(first, first + count))


def _card(savers: Sequence[str], place: int, seed: str) -> str:
    pack, card = divmod(place, len(savers))
    return _shuffled(savers, f"{seed}/{pack}")[card]


def _shuffled(savers: Sequence[str], seed: str) -> list[str]:
    return random.Random(seed).sample(savers, len(savers))  # noqa: S311 - not a secret


def among(names: Sequence[str], chosen: Sequence[str]) -> tuple[str, ...]:
    """Those names that were asked for: all if none was."""
    return tuple(name for name in names if not chosen or name in chosen)
