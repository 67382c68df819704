"""A spec in a line or a few, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.models.catalogue.entry import Json
    from harness.models.spec import Call, Compile, Input, Layer, Model, ModelSpec


def describe(spec: ModelSpec) -> str:
    """For example ``Sequential[Dense(units=2), Dropout(rate=0.5)] compile(Adam(), loss="mse") steps=1``."""
    parts = [describe_model(spec.model)]
    if spec.compile is not None:
        parts += [_compile(spec.compile), f"steps={spec.steps}"]
    return " ".join(parts)


def describe_model(model: Model) -> str:
    """The layers, and how they are put together where it is more than a chain."""
    traits = [
        model.built if model.built != "input" else "",
        "frozen" if not model.trainable else "",
        f"config={model.config}, holds={model.holds}" if model.kind == "subclassed" else "",
        f"takes={model.takes}" if model.takes != "list" else "",
        f"returns={model.returns}" if model.returns != "list" else "",
    ]
    noted = ", ".join(trait for trait in traits if trait)
    body = ", ".join(map(_layer, model.layers)) if _is_chain(model) else _graph(model)
    return f"{model.kind.title()}{f'({noted})' if noted else ''}[{body}]"


def _is_chain(model: Model) -> bool:
    refs = ["i0", *(f"c{number}" for number in range(len(model.calls)))]
    feeds = [call.inputs == (ref,) and not call.kwargs for call, ref in zip(model.calls, refs, strict=False)]
    layers = [call.layer for call in model.calls] == list(range(len(model.layers)))
    return len(model.inputs) == 1 and all(feeds) and layers and model.outputs == (refs[-1],)


def _graph(model: Model) -> str:
    inputs = ", ".join(f"i{place}{_input(item)}" for place, item in enumerate(model.inputs))
    calls = "; ".join(
        f"c{number} = {_layer(model.layers[call.layer])}({_call(call)})"
        if _first(model, number)
        else f"c{number} = {model.layers[call.layer].name}({_call(call)})"
        for number, call in enumerate(model.calls)
    )
    return f"{inputs}; {calls} -> {', '.join(model.outputs)}"


def _call(call: Call) -> str:
    keywords = [f"{name}={describe_value(value)}" for name, value in call.kwargs.items()]
    return ", ".join([*call.inputs, *keywords])


def _first(model: Model, number: int) -> bool:
    """Whether a call is the first one of its layer: only there is the layer written out."""
    return all(call.layer != model.calls[number].layer for call in model.calls[:number])


def _input(item: Input) -> str:
    return str(tuple(item.shape)) + ("" if item.domain == "real" else f":{item.domain}")


def _layer(layer: Layer) -> str:
    frozen = "" if layer.trainable else "~"
    if layer.model is not None:
        return frozen + describe_model(layer.model)
    later = f" renamed {layer.renamed}" if layer.renamed else ""
    adapted = ".adapt()" if layer.adapt is not None else ""
    return f"{frozen}{layer.cls.rpartition('.')[2]}({_arguments(layer.args)}){adapted}{later}"


def _arguments(args: dict[str, Json]) -> str:
    return ", ".join(f"{name}={describe_value(value)}" for name, value in args.items())


def describe_value(value: Json) -> str:
    """A JSON value as Python would write the object."""
    if isinstance(value, list):
        return f"[{', '.join(map(describe_value, value))}]"
    if not isinstance(value, dict):
        return f'"{value}"' if isinstance(value, str) else repr(value)
    if "$tuple" in value:
        return f"({', '.join(map(describe_value, value['$tuple']))})"
    tag = next((tag for tag in ("$ref", "$fn") if tag in value), None)
    if tag is not None:
        return str(value[tag]).rpartition(".")[2]
    if "$" in value:
        return f"{str(value['$']).rpartition('.')[2]}({_arguments(value.get('args', {}))})"
    return f"{{{', '.join(f'{key}: {describe_value(item)}' for key, item in value.items())}}}"


def _compile(settings: Compile) -> str:
    parts = [describe_value(settings.optimizer), f"loss={describe_value(settings.loss)}"]
    for name in ("loss_weights", "metrics", "weighted_metrics"):
        value = getattr(settings, name)
        if value is not None:
            parts.append(f"{name}={describe_value(value)}")
    parts += [f"{name}={describe_value(value)}" for name, value in settings.options.items()]
    return f"compile({', '.join(parts)})"
