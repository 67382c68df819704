"""The artifact tells a save that lost something from a load that did not bring it back."""

from __future__ import annotations

import hashlib
import json
import zipfile
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest

from harness.trial.sides import side

if TYPE_CHECKING:
    from pathlib import Path

VALUE = np.arange(3, dtype="float32")
LIVE = {
    "weights": [
        {"owner": "Dense", "name": "kernel", "path": "p", "sha": hashlib.sha256(VALUE.tobytes()).hexdigest()[:16]}
    ],
    "compile": None,
}


def archive(folder: Path, config: object, value: np.ndarray = VALUE) -> Path:
    path = folder / "model.keras"
    with h5py.File(folder / "weights.h5", "w") as file:
        file["kernel"] = value
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("metadata.json", json.dumps({"keras_version": "3", "date_saved": "now"}))
        made.writestr("config.json", json.dumps({"module": "m", "class_name": "c", "config": config}))
        made.write(folder / "weights.h5", "model.weights.h5")
    return path


@pytest.mark.parametrize(
    ("config", "expected"),
    [({"layers": [{"config": {"delta": 3.0}}]}, "load"), ({"layers": [{"config": {"name": "huber"}}]}, "save")],
)
def test_an_option_is_lost_by_the_load_if_it_is_in_the_file(tmp_path: Path, config: object, expected: str) -> None:
    path = archive(tmp_path, config)
    assert side("keras_zip", path, "compile", "compile.loss.delta", LIVE) == expected


@pytest.mark.parametrize(("value", "expected"), [(VALUE, "load"), (VALUE + 1, "save")])
def test_weights_are_lost_by_the_load_if_they_are_in_the_file(tmp_path: Path, value: np.ndarray, expected: str) -> None:
    path = archive(tmp_path, {}, value)
    assert side("keras_zip", path, "weights", "Dense.kernel diverged", LIVE) == expected


def test_what_is_missing_on_disk_is_the_saves(tmp_path: Path) -> None:
    assert side("keras_zip", archive(tmp_path, {}), "layout", "keras_zip weights lack Dense.kernel", LIVE) == "save"


@pytest.mark.parametrize(
    ("layout", "facet", "difference"),
    [
        ("saved_model", "weights", "Dense.kernel diverged"),
        ("", "architecture", "Dense.activation"),
        ("keras_zip", "optimizer", "momentum diverged"),
        ("keras_zip", "compile", "evaluate diverged"),
        ("json", "architecture", "Dense.activation"),
    ],
)
def test_an_artifact_that_cannot_tell_says_nothing(tmp_path: Path, layout: str, facet: str, difference: str) -> None:
    assert side(layout, archive(tmp_path, {}), facet, difference, LIVE) == ""
