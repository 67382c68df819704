"""Orbax checkpoints (Keras 3.14 and later, with ``orbax-checkpoint`` installed)."""

from __future__ import annotations

from typing import Any

from . import Saver
from .callbacks import end_of_epoch

WINDOW = ">=3.14"
NEEDS = ("orbax.checkpoint",)


def save(context: Any, path: str) -> None:
    end_of_epoch(context.keras.callbacks.OrbaxCheckpoint(path, save_on_background=False), context.model)


def save_weights_only(context: Any, path: str) -> None:
    callback = context.keras.callbacks.OrbaxCheckpoint(path, save_weights_only=True, save_on_background=False)
    end_of_epoch(callback, context.model)


SAVERS = (
    Saver("OrbaxCheckpoint", save, family="orbax", keras=WINDOW, needs=NEEDS),
    Saver(
        "OrbaxCheckpoint(save_weights_only=True)", save_weights_only, family="orbax_weights", keras=WINDOW, needs=NEEDS
    ),
)

LOADERS = ()
