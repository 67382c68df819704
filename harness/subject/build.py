"""From a spec to a model with distinct weights, compiled and trained."""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Sequence

from . import data, env, graph, variables
from .forms import arrange, flatten

Json = Any

POSITIVE = ("variance", "gamma", "stddev", "scale", "amax")
"""Parts of names of variables that have to be positive."""
SPREAD = 0.6
"""Weights lie between this and its negative."""
BYTE = 3
"""And so do kernels of integers: their scales are about 1, not such that the largest byte would stand for that."""


class Built(NamedTuple):
    """A model with its data."""

    model: Any
    x: List[Any]
    """One array per input."""
    y: List[Any]
    """One array per output; none where the model is not compiled or not built."""
    spec: Dict[str, Json]
    shapes: List[Sequence[int]]
    """Of its outputs, with the batch; none where the model is not built."""
    counters: Dict[str, int]
    """How often each automatic name had been given before."""


class Absent(NamedTuple):
    """What is known of a live model that is in another environment."""

    built: bool
    output_names: List[str]


def absent(spec: Dict[str, Json], outputs: Dict[str, Json]) -> Built:
    """The data of a model that another environment has built; ``outputs`` is what :func:`known` said of it there."""
    model = Absent(outputs["built"], outputs["names"])
    return Built(model, data.inputs(spec), data.labels(spec, outputs["shapes"]), spec, outputs["shapes"], {})


def known(built: Built) -> Dict[str, Json]:
    """What a reader has to know of a live model that it does not have, as JSON."""
    has_been_built = bool(built.model.built)
    names = getattr(built.model, "output_names", None) if has_been_built else None
    return {
        "built": has_been_built,
        "names": [str(name) for name in names or ()],
        "shapes": [[int(dim) for dim in shape] for shape in built.shapes],
    }


def build(spec: Dict[str, Json], salt: int = 0, train: bool = True) -> Built:
    """Make the model of a spec; ``salt`` gives it other weights, ``train=False`` no training."""
    env.seed_all(spec["seed"])
    counters = env.name_counters()
    x = data.inputs(spec)
    model = graph.make_model(spec["model"], graph.static_batch(spec))
    shapes = _ensure_built(model, spec, x)
    assign(model, spec["seed"], salt)
    finalize(model)
    y = data.labels(spec, shapes)
    if spec["compile"] is not None:
        compile_model(model, spec["compile"])
    if train and spec["steps"]:
        train_model(model, arrange(x, spec["model"]["takes"]), arrange(y, spec["model"]["returns"]), spec["steps"])
    return Built(model, x, y, spec, shapes, counters)


def compile_model(model: Any, settings: Dict[str, Json]) -> None:
    """Compile as the spec says, with new objects."""
    names = ("optimizer", "loss", "loss_weights", "metrics", "weighted_metrics")
    arguments = {name: graph.decode(settings[name]) for name in names if settings[name] is not None}
    arguments.update(graph.decode(settings["options"]))
    model.compile(**arguments)


def train_model(model: Any, x: Any, y: Any, steps: int) -> None:
    """Train on the same batch so many times."""
    for _ in range(steps):
        model.train_on_batch(x, y)


def _ensure_built(model: Any, spec: Dict[str, Json], x: Sequence[Any]) -> List[Sequence[int]]:
    """Build the model the way its spec says; returns the shapes of its outputs."""
    built = spec["model"]["built"]
    if built == "never":
        return []
    if built == "input" and spec["model"]["kind"] == "subclassed":
        model(arrange(graph.make_inputs(spec["model"], graph.static_batch(spec)), spec["model"]["takes"]))
    static = _static_shapes(model, spec["batch"])
    if static is not None and built != "call" and spec["model"]["returns"] == "list":
        return list(static)
    made = model(arrange([tensor(array) for array in x], spec["model"]["takes"]))
    return [tuple(item.shape) for item in flatten(made, spec["model"]["returns"])]


def _static_shapes(model: Any, batch: int) -> Any:
    """Shapes of the outputs where the model knows them, or None."""
    # Keras 3.0 refuses to tell the outputs of a Sequential that has none yet.
    outputs = getattr(model, "outputs", None) if model.built else None
    if not outputs:
        return None
    shapes = [(batch,) + tuple(item.shape)[1:] for item in outputs]
    return None if any(dim is None for shape in shapes for dim in shape) else shapes


def tensor(array: Any) -> Any:
    """An array as a tensor: what a model may be called on directly."""
    import tensorflow as tf

    return tf.convert_to_tensor(array)


def assign(model: Any, seed: int, salt: int = 0) -> None:
    """Give every float variable its own values, no two alike, and kernels of integers some."""
    import numpy as np

    weights = [weight for weight in variables.weights(model) if _is_float(weight) and _is_fixed(weight)]
    sizes = [int(np.prod(tuple(weight.shape))) for weight in weights]
    random = np.random.RandomState((seed * 31 + salt * 7919) % 2**32)
    values = random.permutation((np.arange(sum(sizes)) + random.uniform(0.1, 0.9)) / max(sum(sizes), 1))
    for weight, part in zip(weights, np.split(values, np.cumsum(sizes)[:-1])):
        weight.assign(_fitted(weight, part).reshape(tuple(weight.shape)))
    for weight in variables.weights(model):
        if _is_quantized(weight):
            weight.assign(random.randint(-BYTE, BYTE + 1, size=tuple(weight.shape)).astype("int8"))


def finalize(model: Any) -> None:
    """Let layers that compute with copies of their variables make these copies anew."""
    for layer in leaves(model):
        if hasattr(layer, "adapt_mean"):
            layer.finalize_state()


def _fitted(weight: Any, part: Any) -> Any:
    positive = any(word in _name(weight) for word in POSITIVE)
    return part + 0.5 if positive else (part * 2 - 1) * SPREAD


def _name(weight: Any) -> str:
    return str(weight.name).rpartition("/")[2]


def _is_float(weight: Any) -> bool:
    return "float" in str(weight.dtype)


def _is_quantized(weight: Any) -> bool:
    return "int8" in str(weight.dtype) and "uint8" not in str(weight.dtype)


def _is_fixed(weight: Any) -> bool:
    """Keras 2 has weights of words whose number may change: layers compute with copies of them."""
    return None not in tuple(weight.shape)


def flip_trainable(model: Any) -> None:
    """Turn the ``trainable`` flag of every innermost layer that has weights."""
    for layer in leaves(model):
        if variables.weights(layer):
            layer.trainable = not layer.trainable


def leaves(layer: Any) -> List[Any]:
    """Innermost layers, each once."""
    found = []  # type: List[Any]
    _collect(layer, found)
    return found


def _collect(layer: Any, found: List[Any]) -> None:
    inner = _sublayers(layer)
    for item in inner:
        _collect(item, found)
    if not inner and all(layer is not item for item in found):
        found.append(layer)


def _sublayers(layer: Any) -> List[Any]:
    inner = getattr(layer, "layers", None) if hasattr(layer, "layers") else None
    if isinstance(inner, (list, tuple)) and inner:
        return list(inner)
    return list(getattr(layer, "_layers", ()) or ())
