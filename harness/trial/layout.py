"""What a format promises on disk, read with h5py and zipfile, not with Keras: tells a save bug from a load bug.

Sources of the promises: the docstring of ``keras.saving.save_model`` (a ``.keras`` archive contains the
configuration, the weights and the optimizer's state), the guide "Save, serialize, and export models" (members
``metadata.json``, ``config.json``, ``model.weights.h5``), the guide "Using the SavedModel format"
(``saved_model.pb``, ``variables/``, ``assets/``), and the docstring of ``Model.save_weights`` (sharding).
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from typing import TYPE_CHECKING, Any

from harness.trial.compare import Comparison, Difference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import h5py

Json = Any

ZIP_MEMBERS = ("metadata.json", "config.json", "model.weights.h5")
SAVED_MODEL_MEMBERS = ("saved_model.pb", "variables/variables.index")


def inspect(layout: str, path: Path, snapshot: dict[str, Json]) -> Comparison:
    """Compare what is on disk with what the format promises for the model of ``snapshot``.

    Args:
        layout: name of a reader in :data:`READERS`; any other has no promises.
        path: the artifact.
        snapshot: portrait of the model as it was when saved.
    """
    reader = READERS.get(layout)
    if reader is None:
        return Comparison("absent")
    try:
        missing = list(reader(path, snapshot))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        missing = [("unreadable", f"{type(error).__name__}: {error}")]
    differences = tuple(Difference(f"{layout} {key}", key, "promised", detail) for key, detail in missing)
    return Comparison("changed" if differences else "survived", "structure" if differences else "exact", differences)


def _keras_zip(path: Path, snapshot: dict[str, Json]) -> Iterator[tuple[str, str]]:
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        yield from _absent(ZIP_MEMBERS, names)
        if names.issuperset(ZIP_MEMBERS):
            members = {name: archive.read(name) for name in ZIP_MEMBERS}
            yield from _keras_members(members, snapshot)


def _keras_folder(path: Path, snapshot: dict[str, Json]) -> Iterator[tuple[str, str]]:
    members = {name: (path / name).read_bytes() for name in ZIP_MEMBERS if (path / name).is_file()}
    yield from _absent(ZIP_MEMBERS, set(members))
    if len(members) == len(ZIP_MEMBERS):
        yield from _keras_members(members, snapshot)


def _keras_members(members: dict[str, bytes], snapshot: dict[str, Json]) -> Iterator[tuple[str, str]]:
    yield from _absent(("keras_version", "date_saved"), set(json.loads(members["metadata.json"])), "metadata.json ")
    config = json.loads(members["config.json"])
    yield from _absent(("module", "class_name", "config"), set(config), "config.json ")
    if snapshot["compile"] is not None and config.get("compile_config") is None:
        yield "config.json compile_config missing", "the model is compiled"
    yield from _weights_in(io.BytesIO(members["model.weights.h5"]), snapshot)


def _weights_in(file: Any, snapshot: dict[str, Json]) -> Iterator[tuple[str, str]]:
    held = _digests_of(file)
    yield from _absent_variables(snapshot["weights"], held, "weights")


def _weights_h5(path: Path, snapshot: dict[str, Json]) -> Iterator[tuple[str, str]]:
    yield from _weights_in(path, snapshot)


def _sharded(path: Path, snapshot: dict[str, Json]) -> Iterator[tuple[str, str]]:
    index = json.loads(path.read_text(encoding="utf-8"))
    yield from _absent(("metadata", "weight_map"), set(index))
    shards = sorted({name for names in index.get("weight_map", {}).values() for name in _several(names)})
    yield from _absent(tuple(shards), {entry.name for entry in path.parent.iterdir()})
    held: set[str] = set()
    for shard in shards:
        held |= _digests_of(path.parent / shard)
    yield from _absent_variables(snapshot["weights"], held, "weights")


def _several(names: str | list[str]) -> list[str]:
    return [names] if isinstance(names, str) else names


def _hdf5(path: Path, snapshot: dict[str, Json]) -> Iterator[tuple[str, str]]:
    import h5py

    with h5py.File(path, "r") as file:
        yield from _absent(("keras_version", "backend", "model_config"), set(file.attrs), "attribute ")
        group = file["model_weights"]
        for layer in _names(group.attrs["layer_names"]):
            yield from _absent(tuple(_names(group[layer].attrs["weight_names"])), _datasets(group[layer]), "dataset ")
        held = _digests(group)
    yield from _absent_variables(snapshot["weights"], held, "weights")


def _json(path: Path, _snapshot: dict[str, Json]) -> Iterator[tuple[str, str]]:
    yield from _absent(("class_name", "config"), set(json.loads(path.read_text(encoding="utf-8"))))


def _saved_model(path: Path, _snapshot: dict[str, Json]) -> Iterator[tuple[str, str]]:
    found = {str(entry.relative_to(path)) for entry in path.rglob("*")}
    yield from _absent((*SAVED_MODEL_MEMBERS, "assets"), found)
    if not any(name.startswith("variables/variables.data-") for name in found):
        yield "variables/variables.data missing", "no shard of them"


def _checkpoint(path: Path, _snapshot: dict[str, Json]) -> Iterator[tuple[str, str]]:
    names = (f"{path.name}.index", f"{path.name}.data-00000-of-00001")
    yield from _absent(names, {entry.name for entry in path.parent.iterdir()})


READERS: dict[str, Callable[[Path, dict[str, Json]], Iterator[tuple[str, str]]]] = {
    "keras_zip": _keras_zip,
    "keras_folder": _keras_folder,
    "weights_h5": _weights_h5,
    "weights_sharded": _sharded,
    "hdf5": _hdf5,
    "json": _json,
    "saved_model": _saved_model,
    "checkpoint": _checkpoint,
}


def content(path: Path) -> str:
    """Digest of all that an artifact holds, without the time at which it was written.

    What two calls have written alike need not be read twice.
    """
    entries = [path, *sorted(path.rglob("*"))] if path.is_dir() else [path]
    digest = hashlib.sha256()
    for entry in (entry for entry in entries if entry.is_file()):
        for name, data in _parts(entry):
            digest.update(f"{entry.relative_to(path)}/{name}:{len(data)}:".encode() + data)
    return digest.hexdigest()


def _parts(file: Path) -> Iterator[tuple[str, bytes]]:
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive:
            yield from ((name, _timeless(name, archive.read(name))) for name in sorted(archive.namelist()))
    else:
        yield "", _timeless(file.name, file.read_bytes())


def _timeless(name: str, data: bytes) -> bytes:
    return re.sub(rb'"date_saved": "[^"]*"', b"", data) if name == "metadata.json" else data


def _absent(names: tuple[str, ...], found: set[str], where: str = "") -> Iterator[tuple[str, str]]:
    for name in names:
        if name not in found:
            yield f"{where}{name} missing", "not in the artifact"


def _absent_variables(variables: list[Json], held: set[str], what: str) -> Iterator[tuple[str, str]]:
    for variable in variables:
        if variable["sha"] not in held:
            yield f"{what} lack {variable['owner']}.{variable['name']}", variable["path"]


def _digests_of(file: Any) -> set[str]:
    import h5py

    with h5py.File(file, "r") as opened:
        return _digests(opened)


def _digests(group: h5py.Group) -> set[str]:
    """Digests of all datasets, as the subject digests arrays."""
    return {hashlib.sha256(item[()].tobytes()).hexdigest()[:16] for item in _walk(group)}


def _datasets(group: h5py.Group) -> set[str]:
    return {item.name[len(group.name) + 1 :] for item in _walk(group)}


def _walk(group: h5py.Group) -> Iterator[Any]:
    for item in group.values():
        if hasattr(item, "values"):
            yield from _walk(item)
        else:
            yield item


def _names(attribute: Any) -> list[str]:
    return [name.decode() if isinstance(name, bytes) else str(name) for name in attribute]
