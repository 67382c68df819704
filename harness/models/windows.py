"""Which versions of Keras and TensorFlow have everything that a spec asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from harness.models import traits
from harness.models.catalogue import BY_CLASS
from harness.models.catalogue.losses import LOSSES
from harness.models.catalogue.metrics import METRICS
from harness.models.catalogue.optimizers import OPTIMIZERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.models.catalogue.entry import Entry, Json, Param
    from harness.models.catalogue.metrics import Metric
    from harness.models.catalogue.optimizers import Optimizer
    from harness.models.spec import ModelSpec


class Windows(NamedTuple):
    """Version specifiers (PEP 440), all of which have to hold."""

    keras: frozenset[str]
    tf: frozenset[str]


class _Known(NamedTuple):
    keras: str
    tf: str
    params: tuple[Param, ...]


def windows(spec: ModelSpec) -> Windows:
    """The windows of every class and argument of a spec."""
    found = list(_found(spec))
    return Windows(
        frozenset(keras for keras, _ in found if keras),
        frozenset(tf for _, tf in found if tf),
    )


def _found(spec: ModelSpec) -> Iterator[tuple[str, str]]:
    for layer in traits.every_layer(spec.model):
        if layer.model is None:
            yield from _of(f"layers.{layer.cls}", layer.args)
            yield from _inside(layer.args)
    if spec.compile is not None:
        settings = spec.compile
        for value in (settings.optimizer, settings.loss, settings.metrics, settings.weighted_metrics):
            yield from _inside(value)


def _inside(value: Json) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for item in value:
            yield from _inside(item)
    elif isinstance(value, dict):
        if "$" in value:
            yield from _of(value["$"], value.get("args", {}))
        for item in value.values():
            yield from _inside(item)


def _of(path: str, args: dict[str, Json]) -> Iterator[tuple[str, str]]:
    known = KNOWN.get(path)
    if known is not None:
        yield known.keras, known.tf
        yield from ((param.keras, "") for param in known.params if param.name in args)


def _known(space: str, entries: Iterable[Entry | Optimizer | Metric]) -> dict[str, _Known]:
    return {
        f"{space}.{entry.cls}": _Known(entry.keras, entry.tf, (*entry.required, *entry.optional)) for entry in entries
    }


KNOWN: dict[str, _Known] = {
    **_known("layers", BY_CLASS.values()),
    **_known("optimizers", OPTIMIZERS),
    **{f"losses.{loss.cls}": _Known(loss.keras, loss.tf, loss.optional) for loss in LOSSES},
    **_known("metrics", METRICS),
}
