"""Every class that a random model can contain, as data."""

from __future__ import annotations

from harness.models.catalogue import (
    attention,
    convolutional,
    core,
    merging,
    normalization,
    pooling,
    preprocessing,
    recurrent,
    regularization,
    reshaping,
    wrappers,
)
from harness.models.catalogue.entry import Args, Entry, Param, Shape, Tensor

ENTRIES: tuple[Entry, ...] = tuple(
    entry
    for module in (
        core,
        regularization,
        normalization,
        reshaping,
        pooling,
        convolutional,
        recurrent,
        attention,
        merging,
        preprocessing,
        wrappers,
    )
    for entry in module.ENTRIES
)
"""Simplest first."""

BY_CLASS: dict[str, Entry] = {entry.cls: entry for entry in ENTRIES}

__all__ = ["BY_CLASS", "ENTRIES", "Args", "Entry", "Param", "Shape", "Tensor"]
