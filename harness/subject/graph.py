"""From a spec's tables to Keras objects: layers, nested models, and the graph that calls them."""

from __future__ import annotations

import importlib
from typing import Any, Callable, Dict, List, Optional, Sequence

from . import data, env, operators, portrait
from .forms import arrange, flatten

Json = Any

SPREADS = ("MultiHeadAttention", "GroupQueryAttention", "GroupedQueryAttention")
"""Layers that take their inputs one by one, not as a list."""


def decode(value: Json) -> Any:
    """The object that a JSON value stands for (see :mod:`harness.models.spec` for the tags)."""
    if isinstance(value, list):
        return [decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    tag = next((tag for tag in TAGS if tag in value), None)
    if tag is not None:
        return TAGS[tag](value[tag])
    if "$" in value:
        return portrait.made(lookup(value["$"]), decode(value.get("args", {})))
    return {key: decode(item) for key, item in value.items()}


def _tensor(values: Json) -> Any:
    import tensorflow as tf

    return tf.constant(values, dtype="float32")


def _array(values: Json) -> Any:
    import numpy as np

    return np.array(values, dtype="float32")


def _batch(item: Dict[str, Json]) -> Any:
    return data.batch(item, item["rows"], item["seed"])


def _column(place: int) -> Any:
    return _custom().column(place)


def lookup(path: str) -> Any:
    """A class or a function by its dotted name: of ``custom``, or of the Keras under test."""
    head, _, rest = path.partition(".")
    if head == "custom":
        return getattr(_custom(), rest)
    found = env.keras()
    if head == "tf":
        import tensorflow as tf

        # Some classes of Keras 3 are not the same in the namespaces ``keras`` and ``tf.keras``.
        found, path = tf, rest
    for name in path.split("."):
        found = getattr(found, name)
    return found


TAGS: Dict[str, Callable[[Json], Any]] = {
    "$tuple": lambda items: tuple(decode(items)),
    "$fn": lookup,
    "$tensor": _tensor,
    "$array": _array,
    "$batch": _batch,
    "$loop": _column,
    "$default": lambda value: _custom().scaling(value),
}
"""What makes the values that are tagged otherwise than by a class."""


def _custom() -> Any:
    # The custom classes are built out of this module, and so cannot be imported at its head.
    return importlib.import_module(".custom", __package__)


def make_layers(model: Dict[str, Json], batch: Optional[int]) -> List[Any]:
    """The layers of a model, nested models included, in order."""
    return [_make_layer(layer, batch) for layer in model["layers"]]


def _make_layer(layer: Dict[str, Json], batch: Optional[int]) -> Any:
    if is_operator(layer):
        return operator(layer)
    if layer["cls"] == "Model":
        made = make_model(layer["model"], batch)
    else:
        made = portrait.made(layer_class(layer["cls"]), dict(decode(layer["args"]), name=layer["name"]))
    if layer["adapt"] is not None:
        made.adapt(decode(layer["adapt"]))
    if not layer["trainable"]:
        made.trainable = False
    return made


def operator(layer: Dict[str, Json]) -> operators.Operator:
    """An operation on tensors, with its arguments."""
    return operators.Operator(str(layer["cls"]).partition(".")[2], decode(layer["args"]))


def is_operator(layer: Dict[str, Json]) -> bool:
    """Whether it is an operation on tensors, which no model holds."""
    return str(layer["cls"]).startswith("op.")


def rename(model: Dict[str, Json], layers: Sequence[Any]) -> None:
    """Give layers of a model that has been built the names that their users think of later."""
    for layer, made in zip(model["layers"], layers):
        if layer["renamed"]:
            set_name(made, layer["renamed"])


def set_name(layer: Any, name: str) -> None:
    """Give a layer another name; in Keras 2, that takes what everybody takes for it."""
    layer._name = name
    if env.is_keras_3():
        layer.name = name


def layer_class(name: str) -> Any:
    """A layer class by its name in a spec."""
    return lookup(name if name.startswith(("custom.", "tf.")) else "layers." + name)


def static_batch(spec: Dict[str, Json]) -> Optional[int]:
    """The batch size, if a stateful layer anywhere asks for a static one: then all inputs must have it."""
    return int(spec["batch"]) if mentions(spec["model"], "stateful") else None


def make_model(model: Dict[str, Json], batch: Optional[int]) -> Any:
    """A model, with its weights if its kind has them by now."""
    made = {"sequential": _sequential, "functional": _functional, "subclassed": _subclassed}[model["kind"]](
        model, batch
    )
    if not model["trainable"]:
        made.trainable = False
    return made


def make_inputs(model: Dict[str, Json], batch: Optional[int]) -> List[Any]:
    """Symbolic inputs."""
    return [
        env.keras().Input(shape=tuple(item["shape"]), batch_size=batch, dtype=item["dtype"], name=item["name"])
        for item in model["inputs"]
    ]


def mentions(value: Json, argument: str) -> bool:
    """Whether an argument of this name is set anywhere in a value."""
    if isinstance(value, dict):
        return bool(value.get(argument)) or any(mentions(item, argument) for item in value.values())
    return isinstance(value, list) and any(mentions(item, argument) for item in value)


def _sequential(model: Dict[str, Json], batch: Optional[int]) -> Any:
    first = make_inputs(model, batch) if model["built"] == "input" else []
    return env.keras().Sequential([*first, *make_layers(model, batch)], name=model["name"])


def _functional(model: Dict[str, Json], batch: Optional[int]) -> Any:
    inputs, layers = make_inputs(model, batch), make_layers(model, batch)
    if model["built"] == "middle":
        inputs = [env.keras().layers.Identity()(tensor) for tensor in inputs]
    outputs = run(model, layers, inputs)
    made = env.keras().Model(arrange(inputs, model["takes"]), arrange(outputs, model["returns"]), name=model["name"])
    rename(model, layers)
    return made


def _subclassed(model: Dict[str, Json], batch: Optional[int]) -> Any:
    return _custom().subclassed(model, batch)


def run(model: Dict[str, Json], layers: Sequence[Any], inputs: Sequence[Any]) -> List[Any]:
    """Call the layers one after another, as the graph says; returns the outputs."""
    tensors = {"i%d" % place: tensor for place, tensor in enumerate(inputs)}
    for number, call in enumerate(model["calls"]):
        made = _call(model["layers"][call["layer"]], layers[call["layer"]], call, tensors)
        for place, tensor in enumerate(made):
            tensors["c%d.%d" % (number, place) if place else "c%d" % number] = tensor
    return [tensors[ref] for ref in model["outputs"]]


def _call(layer: Dict[str, Json], made: Any, call: Dict[str, Json], tensors: Dict[str, Any]) -> List[Any]:
    """One call of a layer on tensors; returns its outputs."""
    inputs = [tensors[ref] for ref in call["inputs"]]
    kwargs = {name: _resolved(value, tensors) for name, value in call["kwargs"].items()}
    nested = layer["model"] or {"takes": "list", "returns": "list"}
    if is_operator(layer) or type(made).__name__ in SPREADS:
        return flatten(made(*inputs, **kwargs), "list")
    return flatten(made(arrange(inputs, nested["takes"]), **kwargs), nested["returns"])


def _resolved(value: Json, tensors: Dict[str, Any]) -> Any:
    if isinstance(value, list):
        return [_resolved(item, tensors) for item in value]
    if isinstance(value, dict) and "$ref" in value:
        return tensors[value["$ref"]]
    return decode(value)
