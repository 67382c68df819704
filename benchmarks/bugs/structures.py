"""Ingredients of a bug that are a matter of how models lie inside one another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.models import traits
from harness.models.catalogue import BY_CLASS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from harness.models.spec import Model, ModelSpec

LEVELS = 3


def _nested(spec: ModelSpec) -> Iterator[Model]:
    return (model for model in traits.every_model(spec.model) if model is not spec.model)


def _levels(model: Model) -> int:
    return 1 + max((_levels(layer.model) for layer in model.layers if layer.model is not None), default=0)


def nested(spec: ModelSpec) -> bool:
    """A model inside the model."""
    return any(True for _ in _nested(spec))


def nested_functional(spec: ModelSpec) -> bool:
    """A functional model inside the model."""
    return any(model.kind == "functional" for model in _nested(spec))


def frozen_model(spec: ModelSpec) -> bool:
    """A model of which ``trainable`` has been set to False as a whole: of one inside, shrinking leaves just that."""
    return any(not model.trainable for model in traits.every_model(spec.model))


def nested_mixture(spec: ModelSpec) -> bool:
    """A nested model of several layers with variables, of which one has some that are never trained."""
    return any(_is_mixed(model) for model in _nested(spec))


def _is_mixed(model: Model) -> bool:
    entries = [(BY_CLASS[layer.cls], layer.args) for layer in model.layers if layer.model is None]
    weighted = [entry for entry, args in entries if entry.states or entry.trains(args)]
    return len(weighted) > 1 and any(entry.states for entry in weighted)


def three_levels(spec: ModelSpec) -> bool:
    """Models in models in models."""
    return _levels(spec.model) >= LEVELS


def functional_in_sequential(spec: ModelSpec) -> bool:
    """A functional model as a layer of a sequential one that begins with an ``Input``."""
    return any(
        model.kind == "sequential"
        and model.built == "input"
        and any(_is_functional(layer.model) for layer in model.layers)
        for model in traits.every_model(spec.model)
    )


def _is_functional(model: Model | None) -> bool:
    return model is not None and model.kind == "functional"


def several_outputs(spec: ModelSpec) -> bool:
    """More outputs than one."""
    return len(spec.model.outputs) > 1


def several_inputs(spec: ModelSpec) -> bool:
    """More inputs than one."""
    return len(spec.model.inputs) > 1


STRUCTURES: Mapping[str, Callable[[ModelSpec], bool]] = {
    each.__name__: each
    for each in (
        nested,
        nested_functional,
        frozen_model,
        nested_mixture,
        three_levels,
        functional_in_sequential,
        several_outputs,
        several_inputs,
    )
}
"""By the names that ``bugs.toml`` uses."""
