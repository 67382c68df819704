"""What rules and ledger entries can ask about a spec."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from harness.models import traits
from harness.models.spec import references
from harness.models.subgraph import call_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from harness.models.catalogue.entry import Json
    from harness.models.spec import Compile, Layer, Model, ModelSpec

FeatureValue: TypeAlias = "str | bool | int | frozenset[str]"
"""A number of outputs, a class name, whether something is so, or a set of names."""

CUSTOM = {
    "Scale": "registered-layer",
    "Block": "registered-layer",
    "Stored": "registered-layer",
    "Typed": "registered-layer",
    "Noise": "registered-layer",
    "LeakyCell": "registered-layer",
    "PlainScale": "unregistered-layer",
    "Pinball": "registered-loss",
    "PlainPinball": "unregistered-loss",
    "LargestError": "registered-metric",
    "TwoErrors": "registered-metric",
    "PlainLargestError": "unregistered-metric",
    "Halving": "registered-schedule",
}
"""Custom classes; what begins with ``unregistered`` is what loading needs ``custom_objects`` for."""

SUBCLASSED = {
    "registered": ("registered-model",),
    "unregistered": ("unregistered-model",),
    "none": ("unregistered-model", "unconfigured-model"),
    "arguments": ("unregistered-model", "unserializable-model"),
}


def features(spec: ModelSpec) -> dict[str, FeatureValue]:
    """The features of a spec, all of them, always under the same names."""
    model = spec.model
    return {
        "kind": model.kind,
        "config": model.config if model.kind == "subclassed" else "-",
        "holds": model.holds if model.kind == "subclassed" else "-",
        "built": model.built,
        "inputs": len(model.inputs),
        "outputs": len(model.outputs),
        "nested": depth(model),
        "shared": any(_is_shared(item) for item in traits.every_model(model)),
        "frozen": _is_frozen(model),
        "takes": model.takes,
        "returns": model.returns,
        "renamed": any(layer.renamed for layer in traits.every_layer(model)),
        "adapted": any(layer.adapt is not None for layer in traits.every_layer(model)),
        "operators": any(layer.cls.startswith("op.") for layer in traits.every_layer(model)),
        "keywords": frozenset(keywords(model)),
        "weights": traits.has_weights(model),
        "random": traits.is_random(model),
        "stateful": traits.is_stateful(model),
        "classes": classes(model),
        "adjacent": frozenset(adjacent(model)),
        "arguments": frozenset(_spec_arguments(spec)),
        "activations": frozenset(_activations([layer.args for layer in traits.every_layer(model)])),
        "custom": frozenset(_custom(spec)),
        "compiled": spec.compile is not None,
        "trained": spec.steps > 0,
        "steps": spec.steps,
        **_compile_features(spec.compile),
    }


def depth(model: Model) -> int:
    """How many models there are inside one another; 0 for a model without models inside."""
    return max((1 + depth(layer.model) for layer in model.layers if layer.model is not None), default=0)


def classes(model: Model) -> frozenset[str]:
    """Every layer class anywhere: in wrappers, as cells, as activations; nested models by their kind."""
    found = {named(layer.cls) for layer in traits.every_layer(model) if layer.model is None}
    nested = {item.kind.title() for item in traits.every_model(model) if item is not model}
    held = {short(path) for layer in traits.every_layer(model) for path in paths(layer.args) if _is_layer(path)}
    return frozenset(found | nested | held)


def adjacent(model: Model) -> Iterator[str]:
    """``Dense > Dropout`` wherever one is called on what the other returns; nested models by their kind."""
    for each in traits.every_model(model):
        names = [_called(each.layers[call.layer]) for call in each.calls]
        for call, name in zip(each.calls, names, strict=True):
            makers = (call_of(ref) for ref in (*call.inputs, *references(call.kwargs)))
            yield from (f"{names[maker]} > {name}" for maker in makers if maker is not None)


def _called(layer: Layer) -> str:
    return named(layer.cls) if layer.model is None else layer.model.kind.title()


def _is_layer(path: str) -> bool:
    return path.startswith("layers.") or CUSTOM.get(short(path), "").endswith("-layer")


def keywords(model: Model) -> Iterator[str]:
    """``training``, ``mask`` and whatever else layers are called with by name."""
    for item in traits.every_model(model):
        for call in item.calls:
            yield from call.kwargs


def named(cls: str) -> str:
    """A class as features have it; operations keep what tells them from layers."""
    return cls if cls.startswith("op.") else short(cls)


def short(path: str) -> str:
    """The last part of a dotted name."""
    return path.rpartition(".")[2]


def paths(value: Json) -> Iterator[str]:
    """Names of the classes and functions anywhere in a value."""
    if isinstance(value, list):
        for item in value:
            yield from paths(item)
    elif isinstance(value, dict):
        yield from (str(value[tag]) for tag in ("$", "$fn") if tag in value)
        for item in value.values():
            yield from paths(item)


def _is_frozen(model: Model) -> bool:
    layers = all(layer.trainable for layer in traits.every_layer(model))
    return not layers or not all(item.trainable for item in traits.every_model(model))


def _is_shared(model: Model) -> bool:
    called = [call.layer for call in model.calls]
    return len(called) != len(set(called))


def _spec_arguments(spec: ModelSpec) -> Iterator[str]:
    yield from (f"{named(path)}.{name}" for path, name, _ in _settings(spec))
    if spec.compile is not None:
        yield from (f"compile.{name}" for name in spec.compile.options)


def values(spec: ModelSpec) -> Iterator[str]:
    """``Class.argument := value`` for everything that is set, in layers and in what a model is compiled with."""
    return (valued(path, name, value) for path, name, value in _settings(spec))


def valued(path: str, name: str, value: Json) -> str:
    """How a value of an argument is called, by the dotted name of its class."""
    return f"{short(path)}.{name} := {value}"


def _settings(spec: ModelSpec) -> Iterator[tuple[str, str, Json]]:
    """The dotted name of a class, an argument and its value, for all that is set."""
    for layer in traits.every_layer(spec.model):
        yield from ((layer.cls, name, value) for name, value in layer.args.items())
        yield from _given(layer.args)
    if spec.compile is not None:
        for value in _compile_values(spec.compile):
            yield from _given(value)


def _activations(value: Json) -> Iterator[str]:
    """Names of the activations that are given by name anywhere in a value."""
    if isinstance(value, list):
        for item in value:
            yield from _activations(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name.endswith("activation") and isinstance(item, str):
                yield item
            yield from _activations(item)


def _compile_values(settings: Compile) -> tuple[Json, ...]:
    return settings.optimizer, settings.loss, settings.metrics, settings.weighted_metrics


def _given(value: Json) -> Iterator[tuple[str, str, Json]]:
    """The same for every object anywhere in a value."""
    if isinstance(value, list):
        for item in value:
            yield from _given(item)
    elif isinstance(value, dict):
        if "$" in value:
            yield from ((value["$"], name, item) for name, item in value.get("args", {}).items())
        for item in value.values():
            yield from _given(item)


LAMBDAS = {"$loop": ("python-lambda",), "$default": ("python-lambda", "lambda-with-a-default")}
"""What a Python lambda is called, by the tag of its kind."""


def _custom(spec: ModelSpec) -> Iterator[str]:
    """What the written model mentions; the inside of a subclassed model is in its code, and not written."""
    for layer in _written(spec.model):
        if short(layer.cls) in CUSTOM:
            yield CUSTOM[short(layer.cls)]
        yield from _custom_in(layer.args, "function")
        if layer.cls == "Lambda":
            yield from (name for tag, names in LAMBDAS.items() if tag in layer.args["function"] for name in names)
    for model in (spec.model, *(layer.model for layer in _written(spec.model) if layer.model is not None)):
        if model.kind == "subclassed":
            yield from SUBCLASSED[model.config]
    if spec.compile is not None:
        yield from _custom_in(spec.compile.optimizer, "function")
        yield from _custom_in(spec.compile.loss, "loss")
        yield from _custom_in([spec.compile.metrics, spec.compile.weighted_metrics], "metric")


def _written(model: Model) -> Iterator[Layer]:
    for layer in () if model.kind == "subclassed" else model.layers:
        yield layer
        if layer.model is not None:
            yield from _written(layer.model)


def _custom_in(value: Json, role: str) -> Iterator[str]:
    for path in paths(value):
        if path.startswith("custom."):
            yield CUSTOM.get(short(path)) or _function(short(path), role)


def _function(name: str, role: str) -> str:
    return f"unregistered-{role}" if name.startswith("plain_") else "function"


def _compile_features(settings: Compile | None) -> Mapping[str, FeatureValue]:
    if settings is None:
        return {
            "optimizer": "none",
            "schedule": "none",
            "loss": frozenset(),
            "loss_form": frozenset(),
            "metrics": frozenset(),
            "metrics_form": frozenset({"none"}),
            "loss_weights": False,
            "weighted_metrics": False,
        }
    metrics = [settings.metrics, settings.weighted_metrics]
    return {
        "optimizer": _optimizer_name(settings.optimizer),
        "schedule": next((short(path) for path in paths(settings.optimizer) if _is_schedule(path)), "none"),
        "loss": frozenset(_names(settings.loss)),
        "loss_form": frozenset(_forms(settings.loss)),
        "metrics": frozenset(name for value in metrics for name in _names(value)),
        "metrics_form": frozenset(form for value in metrics for form in _forms(value)) or frozenset({"none"}),
        "loss_weights": settings.loss_weights is not None,
        "weighted_metrics": settings.weighted_metrics is not None,
    }


ALIASES = {name.lower(): name for name in ("SGD", "RMSprop", "Adam", "AdamW", "Adadelta", "Adagrad", "Adamax")} | {
    name.lower(): name for name in ("Adafactor", "Nadam", "Ftrl", "Lion", "Lamb", "Muon")
}
"""Optimizers that are given as strings."""


def _optimizer_name(value: Json) -> str:
    return ALIASES[value] if isinstance(value, str) else short(str(value["$"]))


def _is_schedule(path: str) -> bool:
    return path.startswith("optimizers.schedules.") or CUSTOM.get(short(path)) == "registered-schedule"


def _names(value: Json) -> Iterator[str]:
    """Losses or metrics as they are written: strings as they are, classes and functions by name."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _names(item)
    elif isinstance(value, dict):
        tag = next((tag for tag in ("$", "$fn") if tag in value), None)
        if tag is not None:
            yield short(str(value[tag]))
        else:
            for item in value.values():
                yield from _names(item)


def _forms(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield "string"
    elif isinstance(value, list):
        yield "list"
        for item in value:
            yield from _forms(item)
    elif isinstance(value, dict):
        yield "object" if "$" in value else "function" if "$fn" in value else "dict"
        if "$" not in value and "$fn" not in value:
            for item in value.values():
                yield from _forms(item)
