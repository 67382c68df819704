"""From a spec's tables to Keras objects: layers, nested models, and the graph that calls them."""

from __future__ import annotations

import importlib
from typing import Any, Dict, List, Optional, Sequence

from . import env

Json = Any

SPREADS = ("MultiHeadAttention", "GroupQueryAttention", "GroupedQueryAttention")
"""Layers that take their inputs one by one, not as a list."""


def decode(value: Json) -> Any:
    """The object that a JSON value stands for (see :mod:`harness.models.spec` for the tags)."""
    if isinstance(value, list):
        return [decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "$tuple" in value:
        return tuple(decode(item) for item in value["$tuple"])
    if "$fn" in value:
        return lookup(value["$fn"])
    if "$" in value:
        return lookup(value["$"])(**decode(value.get("args", {})))
    return {key: decode(item) for key, item in value.items()}


def lookup(path: str) -> Any:
    """A class or a function by its dotted name: of ``custom``, or of the Keras under test."""
    head, _, rest = path.partition(".")
    if head == "custom":
        return getattr(_custom(), rest)
    found = env.keras()
    if path == "random.SeedGenerator":
        return found.random.SeedGenerator
    for name in path.split("."):
        found = getattr(found, name)
    return found


def _custom() -> Any:
    # The custom classes are built out of this module, and so cannot be imported at its head.
    return importlib.import_module(".custom", __package__)


def make_layers(model: Dict[str, Json], batch: Optional[int]) -> List[Any]:
    """The layers of a model, nested models included, in order."""
    return [_make_layer(layer, batch) for layer in model["layers"]]


def _make_layer(layer: Dict[str, Json], batch: Optional[int]) -> Any:
    if layer["cls"] == "Model":
        made = make_model(layer["model"], batch)
    else:
        made = layer_class(layer["cls"])(name=layer["name"], **decode(layer["args"]))
    if not layer["trainable"]:
        made.trainable = False
    return made


def layer_class(name: str) -> Any:
    """A layer class by its name in a spec."""
    return lookup(name if name.startswith("custom.") else "layers." + name)


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
    inputs = make_inputs(model, batch)
    outputs = run(model, make_layers(model, batch), inputs)
    return env.keras().Model(single(inputs), single(outputs), name=model["name"])


def _subclassed(model: Dict[str, Json], batch: Optional[int]) -> Any:
    return _custom().subclassed(model, batch)


def run(model: Dict[str, Json], layers: Sequence[Any], inputs: Sequence[Any]) -> List[Any]:
    """Call the layers one after another, as the graph says; returns the outputs."""
    tensors = {"i%d" % place: tensor for place, tensor in enumerate(inputs)}
    for number, call in enumerate(model["calls"]):
        made = _call(layers[call["layer"]], [tensors[ref] for ref in call["inputs"]], call["kwargs"])
        for place, tensor in enumerate(made):
            tensors["c%d.%d" % (number, place) if place else "c%d" % number] = tensor
    return [tensors[ref] for ref in model["outputs"]]


def _call(layer: Any, inputs: List[Any], kwargs: Dict[str, Json]) -> List[Any]:
    spreads = type(layer).__name__ in SPREADS
    made = layer(*inputs, **decode(kwargs)) if spreads else layer(single(inputs), **decode(kwargs))
    return list(made) if isinstance(made, (list, tuple)) else [made]


def single(items: Sequence[Any]) -> Any:
    """One thing by itself, several as a list."""
    return items[0] if len(items) == 1 else list(items)
