"""The native ``.keras`` format, zipped and as a folder, and what ``load_model`` reads."""

from __future__ import annotations

from typing import Any

from . import Loader, Saver

WHOLE = ("architecture", "weights", "compile", "optimizer", "predictions", "resume")
MODEL = ("architecture", "weights", "predictions")


def save(context: Any, path: str) -> None:
    context.model.save(path)


def save_without_optimizer(context: Any, path: str) -> None:
    context.model.save(path, include_optimizer=False)


def save_folder(context: Any, path: str) -> None:
    context.model.save(path, zipped=False)


def save_folder_over(context: Any, path: str) -> None:
    context.model.save(path, zipped=False)
    context.model.save(path, zipped=False, overwrite=True)


def save_model(context: Any, path: str) -> None:
    context.saving.save_model(context.model, path)


def load_model(context: Any, path: str) -> Any:
    return context.saving.load_model(path)


def load_model_uncompiled(context: Any, path: str) -> Any:
    return context.saving.load_model(path, compile=False)


def load_model_with_custom_objects(context: Any, path: str) -> Any:
    return context.saving.load_model(path, custom_objects=context.custom_objects)


def load_model_with_lambdas(context: Any, path: str) -> Any:
    return context.saving.load_model(path, custom_objects=context.custom_objects, safe_mode=False)


SAVERS = (
    Saver("Model.save(.keras)", save, family="keras", suffix=".keras", layout="keras_zip", keras=">=2.13"),
    Saver(
        "Model.save(.keras, include_optimizer=False)",
        save_without_optimizer,
        family="keras",
        suffix=".keras",
        layout="keras_zip",
        keras=">=2.13",
    ),
    Saver("Model.save(zipped=False)", save_folder, family="keras", layout="keras_folder", keras=">=3.4"),
    Saver(
        "Model.save(zipped=False, overwrite=True)",
        save_folder_over,
        family="keras",
        layout="keras_folder",
        keras=">=3.4",
    ),
    Saver("saving.save_model(.keras)", save_model, family="keras", suffix=".keras", layout="keras_zip", keras=">=2.13"),
)

LOADERS = (
    Loader("load_model", load_model, claims=WHOLE),
    Loader("load_model(compile=False)", load_model_uncompiled, claims=MODEL),
    Loader("load_model(custom_objects)", load_model_with_custom_objects, claims=WHOLE),
    Loader("load_model(custom_objects, safe_mode=False)", load_model_with_lambdas, claims=WHOLE, keras=">=2.13"),
)
