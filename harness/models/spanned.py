"""How much of Keras models span: of what the versions under test have, how much is in any of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.models import eras
from harness.models.catalogue import BY_CLASS, ENTRIES
from harness.models.catalogue.losses import COMMON as LOSS_COMMON
from harness.models.catalogue.losses import DTYPE, LOSSES, SHORT
from harness.models.catalogue.metrics import COMMON as METRIC_COMMON
from harness.models.catalogue.metrics import METRICS
from harness.models.catalogue.optimizers import OPTIMIZERS, SCHEDULES
from harness.models.compiling import OPTIONS
from harness.models.features import named, paths, short
from harness.models.pairs import possible, together
from harness.models.windows import existing, lacks

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from typing import Any

    from harness.models.catalogue.entry import Param

Versions = tuple[str, str]
"""Of Keras and of TensorFlow."""


PAIRS = "pairs of features"
NEXT = " > "
"""Stands between layers of which one is called on what the other returns."""


@dataclass(frozen=True)
class Span:
    """One row of a coverage table."""

    title: str
    covered: frozenset[str]
    missing: frozenset[str]

    @property
    def total(self) -> int:
        """How much there is."""
        return len(self.covered) + len(self.missing)

    @property
    def percent(self) -> float:
        """How much of it is covered; all of nothing."""
        return 100 * len(self.covered) / self.total if self.total else 100.0


def spans(met: Collection[str], versions: Iterable[Versions]) -> tuple[Span, ...]:
    """What is covered of all that any of the versions has, where ``met`` is what :func:`names` tells of models."""
    there: dict[str, set[str]] = {}
    # In one order: a report is the same whenever it is made.
    for keras, tf in sorted(set(versions)):
        for title, name in _available(keras, tf):
            there.setdefault(title, set()).add(name)
    there[PAIRS] = {*possible()}
    return tuple(Span(title, frozenset(all_ & {*met}), frozenset(all_ - {*met})) for title, all_ in there.items())


def names(features: Mapping[str, Any]) -> Iterator[str]:
    """What a model with these features (of :mod:`harness.models.features`) covers; old journals do not tell all."""
    for key in ("classes", "arguments"):
        yield from features.get(key, ())
    yield from (f"{key} {features[key]}" for key in ("optimizer", "schedule") if key in features)
    yield from (f"loss {_LOSSES.get(name, name)}" for name in features.get("loss", ()))
    yield from (f"metric {_METRICS.get(name, name)}" for name in features.get("metrics", ()))
    yield from together(features)
    yield from features.get("adjacent", ())


def adjacent(met: Iterable[str]) -> int:
    """How many pairs of layers there are, one called on what the other returns."""
    return sum(NEXT in name for name in met)


_LOSSES = {name: loss.cls for loss in LOSSES for name in (loss.alias, SHORT.get(loss.alias, loss.alias))}
_METRICS = {metric.alias: metric.cls for metric in METRICS if metric.alias}


def _available(keras: str, tf: str) -> Iterator[tuple[str, str]]:
    """Titles of rows, and what there is."""
    for title, name, path, argument in _all():
        value = {"$": path, "args": {argument: None} if argument else {}}
        if not lacks(existing("", value), keras, tf):
            yield title, name
    for option in {name for options in OPTIONS for name in options}:
        if not lacks([eras.OPTIONS.get(option, eras.Era())], keras, tf):
            yield "options of compile", f"compile.{option}"


def _all() -> Iterator[tuple[str, str, str, str]]:
    """Title, name, class and argument of everything in the catalogue that is Keras's own."""
    for entry in ENTRIES:
        if not entry.cls.startswith("custom."):
            title = "operations on tensors" if entry.operator else "layers"
            yield title, named(entry.cls), f"layers.{entry.cls}", ""
    for entry in BY_CLASS.values():
        if not entry.cls.startswith("custom."):
            yield from _arguments("layer", named(entry.cls), f"layers.{entry.cls}", (*entry.required, *entry.optional))
    for item in OPTIMIZERS:
        yield "optimizers", f"optimizer {item.cls}", f"optimizers.{item.cls}", ""
        yield from _arguments("optimizer", item.cls, f"optimizers.{item.cls}", (*item.required, *item.optional))
    for path in paths([*SCHEDULES]):
        if not path.startswith("custom."):
            yield "schedules", f"schedule {short(path)}", path, ""
    for loss in LOSSES:
        yield "losses", f"loss {loss.cls}", f"losses.{loss.cls}", ""
        yield from _arguments("loss", loss.cls, f"losses.{loss.cls}", (*loss.optional, *LOSS_COMMON, DTYPE))
    for metric in METRICS:
        params = (*metric.required, *metric.optional, *METRIC_COMMON)
        yield "metrics", f"metric {metric.cls}", f"metrics.{metric.cls}", ""
        yield from _arguments("metric", metric.cls, f"metrics.{metric.cls}", params)


def _arguments(what: str, cls: str, path: str, params: Iterable[Param]) -> Iterator[tuple[str, str, str, str]]:
    for param in params:
        yield f"{what} arguments", f"{cls}.{param.name}", path, param.name
