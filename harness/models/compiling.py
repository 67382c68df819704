"""How a random model is compiled: an optimizer, losses and metrics that fit its outputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.models import traits
from harness.models.arguments import object_arguments
from harness.models.catalogue import losses as losses_of
from harness.models.catalogue import metrics as metrics_of
from harness.models.catalogue.entry import Param, function
from harness.models.catalogue.losses import LOSSES, Loss
from harness.models.catalogue.metrics import METRICS
from harness.models.catalogue.optimizers import DENSE_ONLY, OPTIMIZERS, SINGLE_ONLY, UNMIXED
from harness.models.choice import pick_some, rarely
from harness.models.spec import Compile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.models.catalogue.entry import Json, Tensor
    from harness.models.catalogue.metrics import Metric
    from harness.models.choice import Source
    from harness.models.spec import Model

FORMS = ("string", "object", "function")
LOGITS = Param("from_logits", (True,))
WEIGHTS = (1.0, 0.5, 2.0)
OPTIONS: tuple[dict[str, Json], ...] = (
    {},
    {},
    {},
    {},
    {"run_eagerly": True},
    {"steps_per_execution": 2},
    {"jit_compile": False},
    {"auto_scale_loss": False},
)


@dataclass(frozen=True)
class _Chosen:
    """A loss for one output, and the labels it takes."""

    loss: Json
    labels: str
    steep: bool = False


def compiled(source: Source, model: Model, outputs: Sequence[Tensor]) -> Compile:
    """Arguments of ``compile`` for a model with these outputs."""
    names = traits.output_names(model)
    form = source.one_of(FORMS)
    lone = len(outputs) == 1 and not traits.is_regularized(model)
    chosen = [_loss(source, tensor, form, lone=lone) for tensor in outputs]
    labels = tuple(item.labels for item in chosen)
    metrics = _metrics(source, outputs, labels) if rarely(source, 2) else None
    weighted = _metrics(source, outputs, labels) if metrics and rarely(source, 4) else None
    by_name = names is not None and (model.returns == "dict" or rarely(source, 3 if len(outputs) == 1 else 2))
    return Compile(
        optimizer=_optimizer(source, model, steep=any(item.steep for item in chosen)),
        loss=_arranged([item.loss for item in chosen], names, by_name=by_name, alone=not rarely(source, 8)),
        targets=labels,
        loss_weights=_weights(source, outputs, names, by_name=by_name),
        metrics=_arranged_metrics(metrics, names, by_name=by_name),
        weighted_metrics=_arranged_metrics(weighted, names, by_name=by_name),
        options=source.one_of(OPTIONS),
    )


def _arranged(items: list[Json], names: Sequence[str] | None, *, by_name: bool, alone: bool = True) -> Json:
    """One for each output: as a table, a list, or for a single output by itself."""
    if by_name and names is not None:
        return dict(zip(names, items, strict=True))
    return items[0] if len(items) == 1 and alone else items


def _arranged_metrics(items: list[list[Json]] | None, names: Sequence[str] | None, *, by_name: bool) -> Json:
    if items is None or not any(items):
        return None
    return _arranged(list(items), names, by_name=by_name)


def _weights(source: Source, outputs: Sequence[Tensor], names: Sequence[str] | None, *, by_name: bool) -> Json:
    if not rarely(source, 6 if len(outputs) == 1 else 2):
        return None
    values = [source.one_of(WEIGHTS[::-1]) for _ in outputs]
    return _arranged(list(values), names, by_name=by_name)


def _loss(source: Source, tensor: Tensor, form: str, *, lone: bool) -> _Chosen:
    if not tensor.masked and rarely(source, 10):
        return _Chosen(source.one_of(losses_of.CUSTOM), "like")
    loss = source.one_of([item for item in LOSSES if item.suits(tensor)])
    labels = loss.labels(tensor)
    if form == "object" or not loss.plain or tensor.domain not in loss.domains:
        return _Chosen(_loss_object(source, loss, tensor, lone=lone), labels, loss.steep)
    if form == "function":
        return _Chosen(function(f"losses.{loss.alias}"), labels, loss.steep)
    return _Chosen(_string(source, loss), labels, loss.steep)


def _string(source: Source, loss: Loss) -> str:
    short = losses_of.SHORT.get(loss.alias)
    return source.one_of((short, loss.alias)) if short else loss.alias


def _loss_object(source: Source, loss: Loss, tensor: Tensor, *, lone: bool) -> Json:
    """``lone``: there is nothing else to add it to, so that it may have a dtype of its own."""
    needed = (LOGITS,) if loss.logits and tensor.domain not in loss.domains else ()
    args = object_arguments(
        source, needed, (*loss.optional, *losses_of.COMMON, *((losses_of.DTYPE,) if lone else ())), [tensor]
    )
    return {"$": f"losses.{loss.cls}", "args": args}


def _metrics(source: Source, outputs: Sequence[Tensor], labels: Sequence[str]) -> list[list[Json]]:
    return [_metrics_of(source, tensor, target) for tensor, target in zip(outputs, labels, strict=True)]


def _metrics_of(source: Source, tensor: Tensor, target: str) -> list[Json]:
    fitting = [metric for metric in METRICS if metric.suits(tensor, target)]
    picked = [_metric(source, metric, tensor) for metric in pick_some(source, fitting, source.one_of((1, 1, 2, 3)))]
    if target in metrics_of.FLOATS and not tensor.masked and rarely(source, 10):
        picked.append(source.one_of(metrics_of.CUSTOM))
    if target.partition(":")[0] in {"onehot", "sparse", "unit"} and not tensor.masked and rarely(source, 4):
        picked.insert(0, source.one_of(("accuracy", "acc")))
    return _distinct(picked)


def _distinct(picked: list[Json]) -> list[Json]:
    """Metrics with one name could not be told apart: the first keeps it."""
    names = []
    for item in picked:
        args = item.get("args", {}) if isinstance(item, dict) else {}
        name = args.get("name")
        if name is not None and name in names:
            item["args"] = {key: value for key, value in args.items() if key != "name"}
        names.append(name)
    return picked


def _metric(source: Source, metric: Metric, tensor: Tensor) -> Json:
    form = source.one_of(FORMS)
    if metric.alias and form == "string":
        return metric.alias
    if metric.alias and form == "function":
        return function(f"metrics.{metric.alias}")
    args = object_arguments(source, metric.required, (*metric.optional, *metrics_of.COMMON), [tensor])
    return {"$": f"metrics.{metric.cls}", "args": args}


def _optimizer(source: Source, model: Model, *, steep: bool) -> Json:
    sparse, half = traits.is_sparse(model), traits.is_half(model)
    unfit = (DENSE_ONLY if sparse else ()) + (SINGLE_ONLY if traits.is_mixed(model) else ())
    fitting = [
        item
        for item in OPTIMIZERS
        if (item.sparse or not sparse) and (item.half or not half) and (item.bounded or not steep)
    ]
    optimizer = source.one_of((*fitting[:3], *fitting[:3], *fitting))
    if optimizer.cls in UNMIXED and traits.is_mixed(model):
        optimizer = fitting[0]
    if optimizer.alias and rarely(source, 6):
        return optimizer.alias
    optional = [param for param in optimizer.optional if param.name not in unfit]
    args = object_arguments(source, optimizer.required, optional)
    return {"$": f"optimizers.{optimizer.cls}", "args": args}
