"""Callbacks that save: driven through their documented hooks, so that saving does not train the model on."""

from __future__ import annotations

from typing import Any

from ..env import is_keras_3
from . import Loader, Saver
from .checkpoint import create_slots


def model_checkpoint(context: Any, path: str) -> None:
    end_of_epoch(context.keras.callbacks.ModelCheckpoint(path, verbose=0), context.model)


def model_checkpoint_weights(context: Any, path: str) -> None:
    end_of_epoch(context.keras.callbacks.ModelCheckpoint(path, save_weights_only=True, verbose=0), context.model)


def backup(context: Any, path: str) -> None:
    end_of_epoch(context.keras.callbacks.BackupAndRestore(path, delete_checkpoint=False), context.model)


def restore(context: Any, path: str) -> Any:
    callback = context.keras.callbacks.BackupAndRestore(path, delete_checkpoint=False)
    _begin(callback, context.target)
    if not is_keras_3():
        create_slots(context.target)
    return context.target


def _begin(callback: Any, model: Any) -> None:
    callback.set_params({"epochs": 2, "steps": 1, "verbose": 0})
    callback.set_model(model)
    callback.on_train_begin({})


def end_of_epoch(callback: Any, model: Any) -> None:
    _begin(callback, model)
    callback.on_epoch_begin(0, {})
    callback.on_epoch_end(0, {"loss": 1.0, "val_loss": 1.0})
    callback.on_train_end({})


SAVERS = (
    Saver(
        "ModelCheckpoint(.keras)",
        model_checkpoint,
        family="keras",
        suffix=".keras",
        layout="keras_zip",
        keras=">=2.13",
    ),
    Saver(
        "ModelCheckpoint(save_weights_only=True)",
        model_checkpoint_weights,
        family="weights",
        suffix=".weights.h5",
        layout="weights_h5",
        keras=">=2.13",
    ),
    Saver("BackupAndRestore", backup, family="backup", keras=">=2.10"),
)

LOADERS = (
    Loader(
        "BackupAndRestore[rebuilt]",
        restore,
        claims=("weights", "optimizer", "predictions", "resume"),
        target="rebuilt",
        keras=">=2.10",
    ),
)
