from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest

from harness.trial.layout import content, inspect
from tests.trial.miniatures import Snapshot

if TYPE_CHECKING:
    from pathlib import Path

KERNEL = np.array([[1.0, 2.0]], "float32")
BIAS = np.array([3.0, 4.0], "float32")
METADATA = {"keras_version": "3.15.1", "date_saved": "2026-11-24@08:00:00"}
CONFIG = {"module": "keras", "class_name": "Sequential", "config": {}, "compile_config": {"loss": "mse"}}


@pytest.fixture
def portrait() -> dict[str, Any]:
    return Snapshot().base()


def weights_file(**datasets: np.ndarray) -> bytes:
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        for name, values in datasets.items():
            file[f"layers/dense/vars/{name}"] = values
    return stream.getvalue()


def archive(path: Path, **changes: Any) -> Path:
    members: dict[str, Any] = {
        "metadata.json": json.dumps(METADATA),
        "config.json": json.dumps(CONFIG),
        "model.weights.h5": weights_file(a=KERNEL, b=BIAS),
        **changes,
    }
    with zipfile.ZipFile(path, "w") as opened:
        for name, data in members.items():
            if data is not None:
                opened.writestr(name, data)
    return path


def keys(layout: str, path: Path, portrait: dict[str, Any]) -> list[str]:
    return [difference.key for difference in inspect(layout, path, portrait).differences]


def test_a_whole_archive_survives(tmp_path: Path, portrait: dict[str, Any]) -> None:
    assert inspect("keras_zip", archive(tmp_path / "m.keras"), portrait).observed == "survived"


def test_a_missing_member_is_named(tmp_path: Path, portrait: dict[str, Any]) -> None:
    path = archive(tmp_path / "m.keras", **{"metadata.json": None})
    assert keys("keras_zip", path, portrait) == ["keras_zip metadata.json missing"]


def test_a_lost_weight_is_named_by_owner_and_name(tmp_path: Path, portrait: dict[str, Any]) -> None:
    path = archive(tmp_path / "m.keras", **{"model.weights.h5": weights_file(a=KERNEL, b=BIAS * 0)})
    assert keys("keras_zip", path, portrait) == ["keras_zip weights lack Dense.bias"]


def test_lost_compile_settings_are_seen(tmp_path: Path, portrait: dict[str, Any]) -> None:
    config = {key: value for key, value in CONFIG.items() if key != "compile_config"}
    path = archive(tmp_path / "m.keras", **{"config.json": json.dumps(config)})
    assert keys("keras_zip", path, portrait) == ["keras_zip config.json compile_config missing"]
    portrait["compile"] = None
    assert inspect("keras_zip", path, portrait).observed == "survived"


@pytest.mark.parametrize("content", [None, b"", b"no zip at all"])
def test_no_file_or_no_archive_is_unreadable(tmp_path: Path, portrait: dict[str, Any], content: bytes | None) -> None:
    path = tmp_path / "m.keras"
    if content is not None:
        path.write_bytes(content)
    assert keys("keras_zip", path, portrait) == ["keras_zip unreadable"]


def test_a_folder_holds_the_same_members(tmp_path: Path, portrait: dict[str, Any]) -> None:
    with zipfile.ZipFile(archive(tmp_path / "m.keras")) as opened:
        opened.extractall(tmp_path / "folder")
    assert inspect("keras_folder", tmp_path / "folder", portrait).observed == "survived"
    (tmp_path / "folder" / "config.json").unlink()
    assert keys("keras_folder", tmp_path / "folder", portrait) == ["keras_folder config.json missing"]


def legacy(path: Path, names: list[str]) -> Path:
    with h5py.File(path, "w") as file:
        file.attrs.update({"keras_version": "3.15.1", "backend": "tensorflow", "model_config": "{}"})
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = ["d"]
        group.create_group("d").attrs["weight_names"] = names
        group["d"]["kernel"], group["d"]["bias"] = KERNEL, BIAS
    return path


def test_hdf5_attributes_and_datasets(tmp_path: Path, portrait: dict[str, Any]) -> None:
    assert inspect("hdf5", legacy(tmp_path / "m.h5", ["kernel", "bias"]), portrait).observed == "survived"


def test_hdf5_dataset_that_is_named_but_not_there(tmp_path: Path, portrait: dict[str, Any]) -> None:
    path = legacy(tmp_path / "m.h5", ["kernel", "gamma"])
    assert keys("hdf5", path, portrait) == ["hdf5 dataset gamma missing"]


def test_shards_must_exist(tmp_path: Path, portrait: dict[str, Any]) -> None:
    index = {
        "metadata": {},
        "weight_map": {"/layers/dense/vars": ["m_0.weights.h5", "m_1.weights.h5"], "/x": "m_0.weights.h5"},
    }
    path = tmp_path / "m.weights.json"
    path.write_text(json.dumps(index))
    (tmp_path / "m_0.weights.h5").write_bytes(weights_file(a=KERNEL))
    assert inspect("weights_sharded", path, portrait).observed == "changed"
    (tmp_path / "m_1.weights.h5").write_bytes(weights_file(a=BIAS))
    assert inspect("weights_sharded", path, portrait).observed == "survived"


def test_saved_model_members(tmp_path: Path, portrait: dict[str, Any]) -> None:
    for name in ("saved_model.pb", "variables/variables.index", "variables/variables.data-00000-of-00001"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert keys("saved_model", tmp_path, portrait) == ["saved_model assets missing"]
    (tmp_path / "assets").mkdir()
    assert inspect("saved_model", tmp_path, portrait).observed == "survived"


def test_checkpoint_files(tmp_path: Path, portrait: dict[str, Any]) -> None:
    (tmp_path / "m.index").touch()
    assert keys("checkpoint", tmp_path / "m", portrait) == ["checkpoint m.data-00000-of-00001 missing"]


def test_a_format_without_promises_is_absent(tmp_path: Path, portrait: dict[str, Any]) -> None:
    assert inspect("", tmp_path, portrait).observed == "absent"


def test_the_time_of_writing_is_no_content(tmp_path: Path) -> None:
    later = json.dumps({**METADATA, "date_saved": "2030-01-01@00:00:00"})
    first = archive(tmp_path / "a.keras")
    assert content(first) == content(archive(tmp_path / "b.keras", **{"metadata.json": later}))


def test_another_weight_is_other_content(tmp_path: Path) -> None:
    other = archive(tmp_path / "b.keras", **{"model.weights.h5": weights_file(a=KERNEL, b=BIAS * 2)})
    assert content(archive(tmp_path / "a.keras")) != content(other)


def test_content_of_a_folder_knows_its_names(tmp_path: Path) -> None:
    for folder, name in (("a", "x"), ("b", "y")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text("same")
    assert content(tmp_path / "a") != content(tmp_path / "b")
