"""Every class that a random model can contain, as data."""

from __future__ import annotations

from harness.models.catalogue import (
    attention,
    convolutional,
    core,
    images,
    merging,
    normalization,
    operators,
    pooling,
    preprocessing,
    recurrent,
    regularization,
    reshaping,
    text,
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
        text,
        images,
        wrappers,
        operators,
    )
    for entry in module.ENTRIES
)
"""Simplest first."""

BY_CLASS: dict[str, Entry] = {entry.cls: entry for entry in ENTRIES}

__all__ = ["BY_CLASS", "ENTRIES", "Args", "Entry", "Param", "Shape", "Tensor"]
