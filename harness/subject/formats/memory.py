"""Copies that never touch the disk: ``clone_model``, ``pickle``, ``copy.deepcopy``, and lists of arrays."""

from __future__ import annotations

import copy
import pickle
from typing import Any, Iterator

from . import Loader, Saver

WHOLE = ("architecture", "weights", "compile", "optimizer", "predictions", "resume")


def clone_model(context: Any) -> Any:
    return context.models.clone_model(context.model)


def clone_model_recursively(context: Any) -> Any:
    """Clone with a function of one's own, which is promised to see every layer of the models inside, too."""
    seen: Any = []

    def clone(layer: Any) -> Any:
        seen.append(layer.__class__.from_config(layer.get_config()))
        return seen[-1]

    cloned = context.models.clone_model(context.model, clone_function=clone, recursive=True)
    missed = [layer.name for layer in _innermost(cloned) if all(layer is not item for item in seen)]
    if missed:
        raise NotClonedError("clone_function has not been called for %d layers, say '%s'" % (len(missed), missed[0]))
    return cloned


class NotClonedError(Exception):
    """Layers of a clone that ``clone_function`` was never asked for."""


def _innermost(model: Any) -> Iterator[Any]:
    """Layers of a model and of the graphs of layers inside it, without inputs."""
    for layer in model.layers:
        # Functional models are of a class that has no public name.
        if type(layer).__name__ in ("Sequential", "Functional"):
            yield from _innermost(layer)
        elif type(layer).__name__ != "InputLayer":
            yield layer


def pickle_dumps(context: Any) -> bytes:
    return pickle.dumps(context.model)


def deepcopy(context: Any) -> Any:
    return copy.deepcopy(context.model)


def get_weights(context: Any) -> Any:
    return context.model.get_weights()


def get_weights_and_slots(context: Any) -> Any:
    optimizer: Any = getattr(context.model, "optimizer", None)
    used = optimizer is not None and optimizer.built
    return context.model.get_weights(), [variable.numpy() for variable in optimizer.variables] if used else []


def set_weights(context: Any, artifact: Any) -> Any:
    context.target.set_weights(artifact)
    return context.target


def set_weights_and_slots(context: Any, artifact: Any) -> Any:
    """Set what an optimizer keeps, too, if it has been used: before, it has no variables to set."""
    weights, slots = artifact
    context.target.set_weights(weights)
    if slots:
        optimizer = context.target.optimizer
        if not optimizer.built:
            optimizer.build(context.target.trainable_variables)
        optimizer.set_weights(slots)
    return context.target


def get_state_tree(context: Any) -> Any:
    return context.model.get_state_tree(value_format="numpy_array")


def set_state_tree(context: Any, artifact: Any) -> Any:
    context.target.set_state_tree(artifact)
    return context.target


def pickle_loads(context: Any, artifact: bytes) -> Any:
    return pickle.loads(artifact)


def result(context: Any, artifact: Any) -> Any:
    return artifact


SAVERS = (
    Saver("models.clone_model", clone_model, medium="clone", family="clone"),
    Saver(
        "models.clone_model(clone_function, recursive=True)",
        clone_model_recursively,
        medium="clone",
        family="clone_recursive",
        keras=">=3.3",
    ),
    Saver("pickle.dumps", pickle_dumps, medium="pickle", family="pickle"),
    Saver("copy.deepcopy", deepcopy, medium="copy", family="copy"),
    Saver("Model.get_weights", get_weights, medium="arrays", family="arrays", keras=">=3.0"),
    Saver("Optimizer.variables", get_weights_and_slots, medium="slots", family="arrays", keras=">=3.0"),
    Saver("Model.get_state_tree", get_state_tree, medium="tree", family="arrays", keras=">=3.6"),
)

LOADERS = (
    Loader("pickle.loads", pickle_loads, medium="pickle", claims=WHOLE),
    Loader("result", result, medium="clone copy", claims=("architecture",)),
    Loader("set_weights[rebuilt]", set_weights, medium="arrays", claims=("weights", "predictions"), target="rebuilt"),
    Loader(
        "Optimizer.set_weights[rebuilt]",
        set_weights_and_slots,
        medium="slots",
        claims=("weights", "optimizer"),
        target="rebuilt",
    ),
    Loader(
        "set_state_tree[namesake]",
        set_state_tree,
        medium="tree",
        claims=("weights", "optimizer", "metrics", "predictions", "resume"),
        target="namesake",
    ),
)
