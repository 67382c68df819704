"""The variables of a model, of any version: Keras 2 refuses to list those of a ``Sequential`` that has none yet."""

from __future__ import annotations

from typing import Any, List

from . import env


def weights(model: Any) -> List[Any]:
    """All weights."""
    return _listed(model, "weights")


def trainable_weights(model: Any) -> List[Any]:
    """Weights that training changes."""
    return _listed(model, "trainable_weights")


def variables(model: Any) -> List[Any]:
    """Weights, and in Keras 3 whatever else the model holds."""
    return _listed(model, "variables")


def _listed(model: Any, name: str) -> List[Any]:
    if env.is_keras_3() or not _is_unbuilt(model):
        return [item for item in getattr(model, name) if not is_handler(item)]
    return _own(model, name) + [variable for layer in model.layers for variable in _listed(layer, name)]


def _is_unbuilt(model: Any) -> bool:
    """Whether it is, or holds, a ``Sequential`` that has no weights yet."""
    if type(model).__name__ == "Sequential" and not getattr(model, "built", True):
        return True
    return any(_is_unbuilt(layer) for layer in getattr(model, "layers", ()))


def _own(model: Any, name: str) -> List[Any]:
    """Those that it has not from a layer."""
    trainable = list(model._trainable_weights)
    return trainable if name == "trainable_weights" else trainable + list(model._non_trainable_weights)


def is_handler(item: Any) -> bool:
    """Whether it is what Keras 2 lists for a vocabulary that was learned, which is no variable: predictions tell."""
    return hasattr(item, "get_tensors")
