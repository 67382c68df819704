"""Files that went through ``KerasFileEditor``: written by Keras, opened by the editor and saved again."""

from __future__ import annotations

import contextlib
import io
import os
from typing import Any, Callable, Dict, Optional

from . import Saver


def from_weights(context: Any, path: str) -> None:
    _edited(context, path, context.model.save_weights, ".weights.h5")


def from_model(context: Any, path: str) -> None:
    _edited(context, path, context.model.save, ".keras")


def edits_taken_back(context: Any, path: str) -> None:
    _edited(context, path, context.model.save_weights, ".weights.h5", _there_and_back)


def _nothing(_: Any) -> None:
    pass


def _there_and_back(editor: Any) -> None:
    """Every edit that there is, each followed by the one that takes it back, on an object that has weights."""
    name = _object(editor.weights_dict)
    if name is None:
        return
    folder, _, last = name.rpartition("/")
    elsewhere = folder + "/elsewhere" if folder else "elsewhere"
    editor.rename_object(name, "elsewhere")
    editor.rename_object(elsewhere, last)
    weights = _at(editor.weights_dict, name)
    first = next(iter(weights))
    taken = {first: weights[first]}
    editor.delete_weight(name, first)
    editor.add_weights(name, taken)
    weights = dict(_at(editor.weights_dict, name))
    editor.delete_object(name)
    editor.add_object(name, weights)


def _object(found: Dict[str, Any], path: str = "") -> Optional[str]:
    """Path of an object with weights, and nothing else."""
    for name, value in found.items():
        if isinstance(value, dict):
            inner = path + "/" + name if path else name
            if value and not any(isinstance(item, dict) for item in value.values()):
                return inner
            deeper = _object(value, inner)
            if deeper is not None:
                return deeper
    return None


def _at(found: Dict[str, Any], path: str) -> Dict[str, Any]:
    for name in path.split("/"):
        found = found[name]
    return found


def _edited(context: Any, path: str, write: Any, suffix: str, edit: Callable[[Any], None] = _nothing) -> None:
    """Write, open, edit and save again."""
    original = path[: -len(".weights.h5")] + "_original" + suffix
    write(original)
    # It draws the structure of the file on the standard output, which is not a promise to anyone.
    with contextlib.redirect_stdout(io.StringIO()):
        editor = context.keras.saving.KerasFileEditor(original)
        edit(editor)
        editor.save(path)
    os.remove(original)


SAVERS = (
    Saver("KerasFileEditor(.weights.h5).save", from_weights, family="file_editor", suffix=".weights.h5", keras=">=3.5"),
    Saver("KerasFileEditor(.keras).save", from_model, family="file_editor", suffix=".weights.h5", keras=">=3.5"),
    Saver(
        "KerasFileEditor(.weights.h5).save, edits taken back",
        edits_taken_back,
        family="file_editor",
        suffix=".weights.h5",
        keras=">=3.5",
    ),
)

LOADERS = ()
