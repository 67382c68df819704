"""Architecture alone: JSON, YAML and configurations."""

from __future__ import annotations

import copy
import io
from typing import Any

from . import Loader, Saver


def to_json(context: Any, path: str) -> None:
    _write(path, context.model.to_json())


def to_yaml(context: Any, path: str) -> None:
    _write(path, context.model.to_yaml())


def get_config(context: Any) -> Any:
    return type(context.model), context.model.get_config()


def model_from_json(context: Any, path: str) -> Any:
    return context.models.model_from_json(_read(path))


def model_from_json_with_custom_objects(context: Any, path: str) -> Any:
    return context.models.model_from_json(_read(path), custom_objects=context.custom_objects)


def model_from_yaml(context: Any, path: str) -> Any:
    return context.models.model_from_yaml(_read(path))


def model_from_yaml_with_custom_objects(context: Any, path: str) -> Any:
    return context.models.model_from_yaml(_read(path), custom_objects=context.custom_objects)


def from_config(context: Any, artifact: Any) -> Any:
    # Some classes take their configuration apart: the next loader needs it whole.
    cls, config = artifact
    return cls.from_config(copy.deepcopy(config))


def from_config_in_scope(context: Any, artifact: Any) -> Any:
    cls, config = artifact
    with context.saving.custom_object_scope(context.custom_objects):
        return cls.from_config(copy.deepcopy(config))


def from_config_with_custom_objects(context: Any, artifact: Any) -> Any:
    cls, config = artifact
    return cls.from_config(copy.deepcopy(config), custom_objects=context.custom_objects)


def _write(path: str, text: str) -> None:
    with io.open(path, "w", encoding="utf-8") as stream:
        stream.write(text)


def _read(path: str) -> str:
    with io.open(path, encoding="utf-8") as stream:
        return stream.read()


SAVERS = (
    Saver("Model.to_json", to_json, family="json", suffix=".json", layout="json"),
    Saver("Model.to_yaml", to_yaml, family="yaml", suffix=".yaml"),
    Saver("Model.get_config", get_config, medium="config", family="config"),
)

LOADERS = (
    Loader("model_from_json", model_from_json, claims=("architecture",)),
    Loader("model_from_json(custom_objects)", model_from_json_with_custom_objects, claims=("architecture",)),
    Loader("model_from_yaml", model_from_yaml, claims=("architecture",), keras="<3.0"),
    Loader(
        "model_from_yaml(custom_objects)",
        model_from_yaml_with_custom_objects,
        claims=("architecture",),
        keras="<3.0",
    ),
    Loader("from_config", from_config, medium="config", claims=("architecture",)),
    Loader("from_config(custom_objects)", from_config_in_scope, medium="config", claims=("architecture",)),
    Loader(
        "from_config(config, custom_objects)",
        from_config_with_custom_objects,
        medium="config",
        claims=("architecture",),
    ),
)
