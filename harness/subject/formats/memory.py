"""Copies that never touch the disk: ``clone_model``, ``pickle`` and ``copy.deepcopy``."""

from __future__ import annotations

import copy
import pickle
from typing import Any

from . import Loader, Saver

WHOLE = ("architecture", "weights", "compile", "optimizer", "predictions", "resume")


def clone_model(context: Any) -> Any:
    return context.models.clone_model(context.model)


def pickle_dumps(context: Any) -> bytes:
    return pickle.dumps(context.model)


def deepcopy(context: Any) -> Any:
    return copy.deepcopy(context.model)


def pickle_loads(context: Any, artifact: bytes) -> Any:
    return pickle.loads(artifact)


def result(context: Any, artifact: Any) -> Any:
    return artifact


SAVERS = (
    Saver("models.clone_model", clone_model, medium="clone", family="clone"),
    Saver("pickle.dumps", pickle_dumps, medium="pickle", family="pickle"),
    Saver("copy.deepcopy", deepcopy, medium="copy", family="copy"),
)

LOADERS = (
    Loader("pickle.loads", pickle_loads, medium="pickle", claims=WHOLE),
    Loader("result", result, medium="clone copy", claims=("architecture",)),
)
