"""What a model is made of, by name: to pick the models that have a class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.models import traits
from harness.models.features import ALIASES, LAMBDAS, short

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.models.spec import Json, ModelSpec


def names(spec: ModelSpec) -> frozenset[str]:
    """Classes, functions and strings that a model names anywhere: ``Dense``, ``HeNormal``, ``relu``, ``lambda``, ``mse``.

    Nested models are named by their kind, ``Functional``, as is the model itself.
    """
    found = {item.kind.title() for item in traits.every_model(spec.model)}
    for layer in traits.every_layer(spec.model):
        if layer.model is None:
            found.add(short(layer.cls))
        found.update(_named(layer.args))
    if spec.compile is not None:
        settings = spec.compile
        for value in (settings.optimizer, settings.loss, settings.metrics, settings.weighted_metrics):
            found.update(ALIASES.get(name, name) for name in _named(value))
    return frozenset(found)


def fitting(wanted: Sequence[str]) -> Callable[[ModelSpec], bool]:
    """Whether a model has all of these names."""
    asked = frozenset(wanted)

    def fits(spec: ModelSpec) -> bool:
        return asked <= names(spec)

    return fits


def _named(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _named(item)
    elif isinstance(value, dict):
        yield from (short(str(value[tag])) for tag in ("$", "$fn") if tag in value)
        if LAMBDAS.keys() & value.keys():
            yield "lambda"
        for key, item in value.items():
            if key not in {"$", "$fn"}:
                yield from _named(item)
