"""Questions about a model that its spec alone answers: does it train, is it stateful, what must it run on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.models.catalogue import BY_CLASS
from harness.models.catalogue.entry import computed, policy
from harness.models.spec import KEYS, canonical

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.models.catalogue.entry import Json
    from harness.models.spec import Layer, Model


def every_layer(model: Model) -> Iterator[Layer]:
    """Layers of a model and of the models inside it, nested models included."""
    for layer in model.layers:
        yield layer
        if layer.model is not None:
            yield from every_layer(layer.model)


def every_model(model: Model) -> Iterator[Model]:
    """A model and the models inside it."""
    yield model
    for layer in model.layers:
        if layer.model is not None:
            yield from every_model(layer.model)


def is_float8(model: Model) -> bool:
    """Whether a layer computes in ``float8``, which TensorFlow cannot always train (Keras 3.15: never eagerly)."""
    return any("Float8" in str(layer.args) for layer in every_layer(model))


def is_grouped(model: Model) -> bool:
    """Whether a convolution is in groups, of which TensorFlow has no gradients on CPUs but where it compiles with XLA.

    And that depends on all the other layers (https://github.com/keras-team/keras/issues/15713).
    """
    return any("Conv" in layer.cls and layer.args.get("groups") for layer in every_layer(model))


def trains(model: Model) -> bool:
    """Whether any variable is left to train."""
    own = model.holds == "own"
    return model.trainable and (own or any(layer.trainable and _layer_trains(layer) for layer in model.layers))


def _layer_trains(layer: Layer) -> bool:
    if layer.model is not None:
        return trains(layer.model)
    return BY_CLASS[layer.cls].trains(layer.args)


def has_weights(model: Model) -> bool:
    """Whether the model has variables, trained or not."""
    own = any(item.holds == "own" for item in every_model(model))
    return own or any(
        layer.model is None and (BY_CLASS[layer.cls].states or BY_CLASS[layer.cls].trains(layer.args))
        for layer in every_layer(model)
    )


def is_random(model: Model) -> bool:
    """Whether some layer draws random numbers while training."""
    return any(layer.model is None and BY_CLASS[layer.cls].draws(layer.args) for layer in every_layer(model))


def is_stateful(model: Model) -> bool:
    """Whether some recurrent layer remembers from one batch to the next."""
    return any(mentions(layer.args, "stateful") for layer in every_layer(model))


def is_regularized(model: Model) -> bool:
    """Whether penalties are added to the loss."""
    return any(
        "regularizer" in canonical(layer.args) or (layer.cls == "ActivityRegularization" and layer.args)
        for layer in every_layer(model)
    )


def is_sparse(model: Model) -> bool:
    """Whether some gradients are sparse."""
    return any(
        layer.cls in {"Embedding", "ReversibleEmbedding"} or layer.args.get("sparse") for layer in every_layer(model)
    )


def is_mixed(model: Model) -> bool:
    """Whether variables are of different dtypes."""
    policies = (policy(layer.args) for layer in every_layer(model) if "dtype" in layer.args)
    return any(not name.startswith("mixed") for name in policies)


def is_half(model: Model) -> bool:
    """Whether variables are of half precision."""
    return any(policy(layer.args) in {"float16", "bfloat16"} for layer in every_layer(model))


def is_double(model: Model) -> bool:
    """Whether variables are of double precision."""
    return any(policy(layer.args) == "float64" for layer in every_layer(model))


def output_dtypes(model: Model) -> tuple[str, ...]:
    """The dtype of each output."""
    return tuple(_dtype_of(model, ref) for ref in model.outputs)


def _dtype_of(model: Model, ref: str) -> str:
    """Of a tensor: as its layer computes; operations on tensors keep that of the first."""
    call, _, place = ref[1:].partition(".")
    if ref.startswith("i"):
        return model.inputs[int(call)].dtype
    made = model.calls[int(call)]
    layer = model.layers[made.layer]
    if layer.model is not None:
        return _dtype_of(layer.model, layer.model.outputs[int(place or 0)])
    return _dtype_of(model, made.inputs[0]) if layer.cls.startswith("op.") else computed(layer.args)


def mentions(value: Json, argument: str) -> bool:
    """Whether an argument of this name is set anywhere in a value."""
    if isinstance(value, dict):
        return bool(value.get(argument)) or any(mentions(item, argument) for item in value.values())
    return isinstance(value, list) and any(mentions(item, argument) for item in value)


def output_names(model: Model) -> tuple[str, ...] | None:
    """Names by which losses and metrics can be given; None where outputs have no names of their own."""
    if model.returns == "dict":
        return KEYS[: len(model.outputs)]
    if model.kind != "functional" or model.returns != "list":
        return None
    made = [model.layers[model.calls[_call_of(ref)].layer] for ref in model.outputs]
    if any(layer.cls.startswith("op.") or layer.renamed for layer in made):
        return None
    layers = [layer.name for layer in made]
    plain = all("." not in ref for ref in model.outputs)
    return tuple(layers) if plain and len(set(layers)) == len(layers) else None


def _call_of(ref: str) -> int:
    return int(ref[1:].partition(".")[0])
