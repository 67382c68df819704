"""TensorFlow's SavedModel: ``tf.saved_model.save`` and ``Model.export``, for inference."""

from __future__ import annotations

import inspect
from typing import Any, Dict, List

from ..forms import KEYS, arrange
from ..snapshot import Function
from . import Loader, Saver


def save_format_tf(context: Any, path: str) -> None:
    context.model.save(path, save_format="tf")


def save_without_extension(context: Any, path: str) -> None:
    context.model.save(path)


def saved_model_save(context: Any, path: str) -> None:
    context.tf.saved_model.save(context.model, path)


def export(context: Any, path: str) -> None:
    # Before Keras 3.4 there is nothing to be quiet about.
    quiet = {"verbose": False} if "verbose" in inspect.signature(context.model.export).parameters else {}
    context.model.export(path, **quiet)


def saved_model_load(context: Any, path: str) -> Any:
    loaded = context.tf.saved_model.load(path)
    signature = loaded.signatures["serving_default"]
    if hasattr(loaded, "serve"):
        return Function(lambda x: loaded.serve(_packed(context, signature, x)), loaded, signature.variables)
    return Function(
        lambda x: _in_order(context, signature(**_by_name(context, signature, x))), loaded, signature.variables
    )


def tfsm_layer(context: Any, path: str) -> Any:
    return _layer(context, context.keras.layers.TFSMLayer(path))


def tfsm_layer_serving_default(context: Any, path: str) -> Any:
    return _layer(context, context.keras.layers.TFSMLayer(path, call_endpoint="serving_default"))


def _layer(context: Any, layer: Any) -> Function:
    signature = layer._reloaded_obj.signatures["serving_default"]
    return Function(lambda x: _in_order(context, layer(_packed(context, signature, x))), variables=signature.variables)


def _packed(context: Any, signature: Any, x: List[Any]) -> Any:
    return arrange(list(_by_name(context, signature, x).values()), context.spec["model"]["takes"])


def _by_name(context: Any, signature: Any, x: List[Any]) -> Dict[str, Any]:
    """The inputs of a signature in the model's order, by name and of its dtype: a signature casts nothing."""
    specs, model = signature.structured_input_signature[1], context.spec["model"]
    named = ([item["name"] for item in model["inputs"]], KEYS[: len(x)])
    order = next((names for names in named if set(names) == set(specs)), _counted(specs, len(x), model["takes"]))
    return {name: context.tf.cast(value, specs[name].dtype) for name, value in zip(order, x)}


def _counted(specs: Any, count: int, takes: str) -> List[str]:
    """Names that only count the inputs (``inputs``, ``inputs_1``), which TensorFlow flattens: a dict by its keys."""
    keys = sorted(KEYS[:count]) if takes == "dict" else list(KEYS[:count])
    names = dict(zip(keys, sorted(specs)))
    return [names[key] for key in KEYS[:count]]


def _in_order(context: Any, outputs: Any) -> Any:
    """The outputs of a signature in the model's order: Keras 2 names them after its layers."""
    names = getattr(context.model, "output_names", None) or ()
    named = isinstance(outputs, dict) and set(names) == set(outputs)
    return [outputs[name] for name in names] if named else outputs


SAVERS = (
    Saver("Model.save(save_format='tf')", save_format_tf, family="saved_model", layout="saved_model"),
    Saver("Model.save(no extension)", save_without_extension, family="saved_model", layout="saved_model"),
    Saver("tf.saved_model.save", saved_model_save, family="saved_model", layout="saved_model"),
    Saver("Model.export", export, family="saved_model", layout="saved_model", keras=">=2.12"),
)

LOADERS = (
    Loader("tf.saved_model.load", saved_model_load, claims=("predictions",)),
    Loader("TFSMLayer", tfsm_layer, claims=("predictions",), keras=">=3.0"),
    Loader(
        "TFSMLayer(call_endpoint='serving_default')", tfsm_layer_serving_default, claims=("predictions",), keras=">=3.0"
    ),
)
