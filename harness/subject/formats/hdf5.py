"""Whole models in HDF5, the legacy format."""

from __future__ import annotations

from typing import Any

from . import Saver


def save(context: Any, path: str) -> None:
    context.model.save(path)


def save_without_optimizer(context: Any, path: str) -> None:
    context.model.save(path, include_optimizer=False)


def save_model(context: Any, path: str) -> None:
    context.saving.save_model(context.model, path)


SAVERS = (
    Saver("Model.save(.h5)", save, family="hdf5", suffix=".h5", layout="hdf5"),
    Saver(
        "Model.save(.h5, include_optimizer=False)", save_without_optimizer, family="hdf5", suffix=".h5", layout="hdf5"
    ),
    Saver("saving.save_model(.h5)", save_model, family="hdf5", suffix=".h5", layout="hdf5"),
)

LOADERS = ()
