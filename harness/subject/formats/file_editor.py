"""Files that went through ``KerasFileEditor``: written by Keras, opened by the editor and saved again."""

from __future__ import annotations

import contextlib
import io
import os
from typing import Any

from . import Saver


def from_weights(context: Any, path: str) -> None:
    _edited(context, path, context.model.save_weights, ".weights.h5")


def from_model(context: Any, path: str) -> None:
    _edited(context, path, context.model.save, ".keras")


def _edited(context: Any, path: str, write: Any, suffix: str) -> None:
    """Write, open and save again, with nothing edited in between."""
    original = path[: -len(".weights.h5")] + "_original" + suffix
    write(original)
    # It draws the structure of the file on the standard output, which is not a promise to anyone.
    with contextlib.redirect_stdout(io.StringIO()):
        context.keras.saving.KerasFileEditor(original).save(path)
    os.remove(original)


SAVERS = (
    Saver("KerasFileEditor(.weights.h5).save", from_weights, family="file_editor", suffix=".weights.h5", keras=">=3.5"),
    Saver("KerasFileEditor(.keras).save", from_model, family="file_editor", suffix=".weights.h5", keras=">=3.5"),
)

LOADERS = ()
