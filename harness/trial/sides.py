"""Is it the save or the load that loses something? The artifact says so, read without Keras.

What is not on disk was not saved; what is on disk and does not come back was not loaded.
"""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any, Literal

from harness.trial.layout import inspect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

Json = Any
Side = Literal["save", "load", ""]

VARIABLES = ("weights", "predictions")
"""Facets that are lost with the weights."""


def side(layout: str, path: Path, facet: str, difference: str, live: dict[str, Json]) -> Side:
    """Which side loses it; empty where the artifact cannot tell.

    Args:
        layout: of the artifact, as its saver declares it.
        path: of the artifact.
        facet: of the problem.
        difference: of the problem: ``Dense.activation``, ``compile.loss.delta``.
        live: portrait of the model when it was saved.
    """
    if facet in {"layout", "purity"}:
        return "save"
    if facet in VARIABLES:
        return _of_weights(layout, path, live)
    written = CONFIGURATIONS.get(layout)
    if written is None or facet not in {"architecture", "compile"} or "." not in difference or " " in difference:
        return ""
    option = difference.rpartition(".")[2]
    try:
        return "load" if any(option in table for table in _tables(list(written(path)))) else "save"
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        return ""


def _of_weights(layout: str, path: Path, live: dict[str, Json]) -> Side:
    compared = inspect(layout, path, live)
    sides: Mapping[str, Side] = {"survived": "load", "changed": "save"}
    # That a SavedModel has its files says nothing of what is in them.
    return sides.get(compared.observed, "") if layout in HOLD_DIGESTS else ""


HOLD_DIGESTS = frozenset({"keras_zip", "keras_folder", "weights_h5", "weights_sharded", "hdf5"})


def _keras_zip(path: Path) -> Iterator[Json]:
    with zipfile.ZipFile(path) as archive:
        yield json.loads(archive.read("config.json"))


def _keras_folder(path: Path) -> Iterator[Json]:
    yield json.loads((path / "config.json").read_text(encoding="utf-8"))


def _json(path: Path) -> Iterator[Json]:
    yield json.loads(path.read_text(encoding="utf-8"))


def _hdf5(path: Path) -> Iterator[Json]:
    import h5py

    with h5py.File(path, "r") as file:
        for name in ("model_config", "training_config"):
            if name in file.attrs:
                yield json.loads(file.attrs[name])


CONFIGURATIONS: Mapping[str, Callable[[Path], Iterator[Json]]] = {
    "keras_zip": _keras_zip,
    "keras_folder": _keras_folder,
    "json": _json,
    "hdf5": _hdf5,
}


def _tables(value: Json) -> Iterator[Mapping[str, Json]]:
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from _tables(item)
    elif isinstance(value, list):
        for item in value:
            yield from _tables(item)
