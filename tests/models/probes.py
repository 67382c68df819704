"""Everything that the catalogue can write into a spec, one thing at a time, with the versions that should have it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.models import eras
from harness.models.catalogue import BY_CLASS, ENTRIES
from harness.models.catalogue import losses as losses_of
from harness.models.catalogue import metrics as metrics_of
from harness.models.catalogue.entry import Entry, Param, Tensor, function
from harness.models.catalogue.losses import LOSSES
from harness.models.catalogue.metrics import METRICS
from harness.models.catalogue.objects import ACTIVATIONS
from harness.models.catalogue.optimizers import OPTIMIZERS
from harness.models.compiling import OPTIONS
from harness.models.grammar import INPUTS
from harness.models.windows import existing, lacks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.models.catalogue.entry import Json
    from harness.models.catalogue.losses import Loss
    from harness.models.catalogue.metrics import Metric

TENSORS = [Tensor("i0", shape, domain, raw=True) for shape, domain in [*INPUTS, ((4, 4, 2), "unit"), ((3,), "simplex")]]
RESULT = Tensor("c0", (4,), "simplex")


@dataclass(frozen=True, eq=False)
class Probe:
    """What a subject is asked to make (its ``make`` request), and what an argument is called in eras."""

    item: Json
    argument: str = ""

    def lacks(self, keras: str, tf: str) -> tuple[str, ...]:
        """What the windows say that these versions lack of it."""
        if "option" in self.item:
            return lacks([eras.OPTIONS.get(self.item["option"], eras.Era())], keras, tf)
        return lacks(existing(self.argument, self.item.get("get", self.item.get("make"))), keras, tf)


def probes() -> list[Probe]:
    """Every class, every argument of it with every value, every string and function."""
    found = {str(probe): probe for probe in (*_layers(), *_compiled(), *_strings())}
    return list(found.values())


def _layers() -> Iterator[Probe]:
    for entry in ENTRIES:
        if entry.operator:
            # No class of Keras.
            continue
        tensors = [next((tensor for tensor in TENSORS if entry.suits(tensor)), Tensor("i0", (3,)))] * 2
        inner = tensors if entry.inner is None else [entry.inner(tensor) for tensor in tensors]
        for args in _arguments(entry.required, entry.optional, tensors, inner):
            yield Probe({"make": {"$": _path(entry), "args": args}})


def _path(entry: Entry) -> str:
    return entry.cls if entry.cls.startswith(("custom.", "tf.")) else f"layers.{entry.cls}"


def _arguments(
    required: Sequence[Param], optional: Sequence[Param], tensors: Sequence[Tensor], inner: Sequence[Tensor]
) -> Iterator[dict[str, Json]]:
    """The required arguments, each optional one beside them, and each value of each."""
    plain: dict[str, Json] = {}
    for param in required:
        # Some are left out, by what the others are.
        if values := _values(param, tensors, inner, plain):
            plain[param.name] = values[0]
    yield plain
    by_name = {param.name: param for param in (*required, *optional)}
    for param in (*required, *optional):
        found = {name: _values(by_name[name], tensors, inner, plain) for name in param.needs}
        if not all(found.values()):
            continue
        needed = {name: values[0] for name, values in found.items()}
        later = required[required.index(param) + 1 :] if param in required else ()
        for value in _values(param, tensors, inner, {**plain, **needed}):
            yield _settled({**plain, **needed, param.name: value}, later, tensors, inner)


def _settled(
    args: dict[str, Json], later: Sequence[Param], tensors: Sequence[Tensor], inner: Sequence[Tensor]
) -> dict[str, Json]:
    """The arguments, with required ones that come after the one that was changed as they are then."""
    for param in later:
        args.pop(param.name, None)
        if values := _values(param, tensors, inner, args):
            args[param.name] = values[0]
    return args


def _values(param: Param, tensors: Sequence[Tensor], inner: Sequence[Tensor], args: dict[str, Json]) -> list[Json]:
    return [*(_held(cls, inner) for cls in param.layers), *param.choices(tensors, args)]


def _held(cls: str, inner: Sequence[Tensor]) -> Json:
    entry = BY_CLASS[cls]
    return {"$": _path(entry), "args": next(_arguments(entry.required, (), inner, inner))}


def _compiled() -> Iterator[Probe]:
    for loss in LOSSES:
        yield from _objects(f"losses.{loss.cls}", (), (*loss.optional, *losses_of.COMMON, losses_of.DTYPE))
    for metric in METRICS:
        yield from _objects(f"metrics.{metric.cls}", metric.required, (*metric.optional, *metrics_of.COMMON))
    for optimizer in OPTIMIZERS:
        yield from _objects(f"optimizers.{optimizer.cls}", optimizer.required, optimizer.optional)
    for options in OPTIONS:
        yield from (Probe({"option": name}) for name in options)


def _objects(path: str, required: Sequence[Param], optional: Sequence[Param]) -> Iterator[Probe]:
    for args in _arguments(required, optional, [RESULT], [RESULT]):
        yield Probe({"make": {"$": path, "args": args}})


def _strings() -> Iterator[Probe]:
    for activation in ACTIVATIONS:
        if isinstance(activation, str):
            yield Probe({"get": activation, "of": "activations"}, "activation")
    yield from _named(LOSSES, "losses", "loss")
    yield from _named(METRICS, "metrics", "metrics")
    for optimizer in OPTIMIZERS:
        if optimizer.alias:
            yield Probe({"get": optimizer.alias, "of": "optimizers"}, "optimizer")


def _named(items: Sequence[Loss] | Sequence[Metric], space: str, argument: str) -> Iterator[Probe]:
    for item in items:
        if item.alias and getattr(item, "plain", True):
            yield Probe({"get": item.alias, "of": space}, argument)
            yield Probe({"make": function(f"{space}.{item.alias}")}, argument)
    if space == "losses":
        yield from (Probe({"get": short, "of": space}, argument) for short in losses_of.SHORT.values())
