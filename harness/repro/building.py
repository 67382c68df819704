"""A model as a person would write it: constructor calls, tensors with names, a class of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.models import traits
from harness.models.infer import tensors_of
from harness.repro.custom import registration
from harness.repro.forms import arranged, single, unpacked
from harness.repro.operations import is_operation, operation
from harness.repro.source import arguments, call, expression, identifier, indented, name_of, string

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.models.catalogue.entry import Json
    from harness.models.spec import Call, Layer, Model, ModelSpec

SPREADS = ("MultiHeadAttention", "GroupQueryAttention", "GroupedQueryAttention")
"""Layers that take their inputs one by one, not as a list."""


@dataclass
class Written:
    """Lines of a script: classes go before what makes the model."""

    classes: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    """Of the classes, unregistered ones included."""
    unregistered: list[str] = field(default_factory=list)


class Builder:
    """Writes models, nested ones first."""

    def __init__(self, spec: ModelSpec, *, keras3: bool) -> None:
        self.keras3 = keras3
        self.batch = spec.batch if traits.is_stateful(spec.model) else None
        self.written = Written()

    def write(self, model: Model, variable: str) -> None:
        """Lines that make a model and assign it to a variable."""
        writers = {"sequential": self._sequential, "functional": self._functional, "subclassed": self._subclassed}
        writers[model.kind](model, variable)
        if not model.trainable:
            self.written.lines.append(f"{variable}.trainable = False")

    def input_(self, model: Model, place: int) -> str:
        """A symbolic input."""
        item = model.inputs[place]
        batch = "" if self.batch is None else f", batch_size={self.batch}"
        dtype = "" if item.dtype == "float32" else f", dtype={string(item.dtype)}"
        return f"keras.Input(shape={tuple(item.shape)!r}{batch}{dtype}, name={string(item.name)})"

    def _sequential(self, model: Model, variable: str) -> None:
        first = [self.input_(model, 0)] if model.built == "input" else []
        layers = [self._layer(layer) for layer in model.layers]
        self.written.lines += [
            f"{variable} = keras.Sequential(",
            "    [",
            *(f"        {each}," for each in (*first, *layers)),
            "    ],",
            f"    name={string(model.name)},",
            ")",
        ]

    def _layer(self, layer: Layer, *, named: bool = False) -> str:
        """An expression for a layer; what takes more than one goes before, into a variable."""
        variable = identifier(layer.name)
        if layer.model is not None:
            self.write(layer.model, variable)
            if not layer.trainable and layer.model.trainable:
                self.written.lines.append(f"{variable}.trainable = False")
            return variable
        made = self.construct(layer)
        if layer.trainable and not named:
            return made
        self.written.lines.append(f"{variable} = {made}")
        if not layer.trainable:
            self.written.lines.append(f"{variable}.trainable = False")
        return variable

    def construct(self, layer: Layer) -> str:
        """The constructor call of a layer; an operation is a function."""
        if is_operation(layer.cls):
            return operation(layer.cls, layer.args, keras3=self.keras3)
        cls = layer.cls if layer.cls.startswith(("custom.", "tf.")) else f"layers.{layer.cls}"
        args = arguments(layer.args)
        return f"{name_of(cls)}({args}{', ' if args else ''}name={string(layer.name)})"

    def _functional(self, model: Model, variable: str) -> None:
        prefix = "" if variable == "model" else f"{variable}_"
        tensors = {f"i{place}": f"{prefix}{identifier(item.name)}" for place, item in enumerate(model.inputs)}
        for place in range(len(model.inputs)):
            made = self.input_(model, place)
            made = f"keras.layers.Identity()({made})" if model.built == "middle" else made
            self.written.lines.append(f"{tensors[f'i{place}']} = {made}")
        often = [each.layer for each in model.calls]
        layers = {
            place: self._layer(layer, named=often.count(place) > 1)
            for place, layer in enumerate(model.layers)
            if place in often
        }
        for number, each in enumerate(model.calls):
            self.written.lines += _applied(model, number, each, layers[each.layer], tensors, prefix)
        inputs = [tensors[f"i{place}"] for place in range(len(model.inputs))]
        outputs = [tensors[ref] for ref in model.outputs]
        forms = arranged(inputs, model.takes), arranged(outputs, model.returns)
        parts = [*forms, f"name={string(model.name)}"]
        self.written.lines += call(f"{variable} = keras.Model", parts)

    def _subclassed(self, model: Model, variable: str) -> None:
        name = "".join(word.title() for word in identifier(model.name).split("_"))
        # A name may begin with a number, a class may not.
        name = name if name.isidentifier() else f"Model{name}"
        name = name if name not in self.written.names else f"{name}{len(self.written.names)}"
        self.written.names.append(name)
        if model.config != "registered":
            self.written.unregistered.append(name)
        # What its layers need is made in its constructor, not where it is used.
        outside, self.written.lines = self.written.lines, []
        held = self._held(model)
        inside, self.written.lines = self.written.lines, outside
        self.written.classes += ["", "", *self._class(model, name, [*inside, *held])]
        takes = "{}, " if model.config == "arguments" else ""
        self.written.lines.append(f"{variable} = {name}({takes}name={string(model.name)})")

    def _held(self, model: Model) -> list[str]:
        layers = [self._layer(layer) for layer in model.layers]
        names = [layer.name for layer in model.layers]
        if model.holds == "list":
            return ["self.blocks = [", *(f"    {layer}," for layer in layers), "]"]
        if model.holds == "dict":
            items = zip(names, layers, strict=True)
            return ["self.blocks = {", *(f"    {string(key)}: {layer}," for key, layer in items), "}"]
        own = 'self.gain = self.add_weight(name="gain", shape=(), initializer="ones", trainable=True)'
        held = [f"self.{attribute(key)} = {layer}" for key, layer in zip(names, layers, strict=True)]
        return [own, *held] if model.holds == "own" else held

    def _class(self, model: Model, name: str, held: list[str]) -> list[str]:
        registered = [f"@{registration(keras3=self.keras3)}"] if model.config == "registered" else []
        takes = ", settings" if model.config == "arguments" else ""
        lines = [f"def __init__(self{takes}, **kwargs):", *indented(["super().__init__(**kwargs)", *held])]
        lines += ["", "def call(self, inputs):", *indented(self._call(model))]
        if model.config in {"registered", "unregistered"}:
            lines += ["", *CONFIGURED]
        return [*registered, f"class {name}(keras.Model):", *indented(lines)]

    @staticmethod
    def _call(model: Model) -> list[str]:
        tensors = {f"i{place}": identifier(item.name) for place, item in enumerate(model.inputs)}
        names = [tensors[f"i{place}"] for place in range(len(model.inputs))]
        lines = unpacked(names, model.takes, "inputs")
        for number, each in enumerate(model.calls):
            lines += _applied(model, number, each, _inside(model, each.layer), tensors, "")
        outputs = [tensors[ref] for ref in model.outputs]
        if model.holds == "own":
            outputs = [f"{output} * keras.ops.cast(self.gain, {output}.dtype)" for output in outputs]
        return [*lines, f"return {arranged(outputs, model.returns)}"]


CONFIGURED = [
    "def get_config(self):",
    '    return {"name": self.name, "trainable": self.trainable}',
    "",
    "@classmethod",
    "def from_config(cls, config, custom_objects=None):",
    '    model = cls(name=config["name"])',
    '    if not config["trainable"]:',
    "        model.trainable = False",
    "    return model",
]


def attribute(name: str) -> str:
    """A layer's name as that of an attribute of a model."""
    return identifier(f"block_{name}")


def _inside(model: Model, place: int) -> str:
    """How a subclassed model reaches one of its layers."""
    if model.holds == "list":
        return f"self.blocks[{place}]"
    if model.holds == "dict":
        return f"self.blocks[{string(model.layers[place].name)}]"
    return f"self.{attribute(model.layers[place].name)}"


def _argument(value: Json, tensors: Mapping[str, str]) -> str:
    """A keyword argument of a call, in which tensors of the graph may be."""
    if isinstance(value, list):
        return f"[{', '.join(_argument(item, tensors) for item in value)}]"
    return tensors[value["$ref"]] if isinstance(value, dict) and "$ref" in value else expression(value)


def _applied(model: Model, number: int, made: Call, layer: str, tensors: dict[str, str], prefix: str) -> list[str]:
    """Lines that call a layer, and name what it returns."""
    taken = [tensors[ref] for ref in made.inputs]
    returned = [ref for ref in tensors_of(model) if ref == f"c{number}" or ref.startswith(f"c{number}.")]
    for place, ref in enumerate(returned):
        tensors[ref] = f"{prefix}hidden{number}{f'_{place}' if place else ''}"
    called = model.layers[made.layer]
    spread = called.cls in SPREADS or is_operation(called.cls)
    inner = called.model
    parts = taken if spread else [single(taken) if inner is None else arranged(taken, inner.takes)]
    parts = [*parts, *(f"{key}={_argument(value, tensors)}" for key, value in made.kwargs.items())]
    names = [tensors[ref] for ref in returned]
    result = f"{layer}({', '.join(parts)})"
    if inner is None or inner.returns == "list":
        return [f"{', '.join(names)} = {result}"]
    return [f"returned = {result}", *unpacked(names, inner.returns, "returned")]
