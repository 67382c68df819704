"""What it took to show bugs that Keras and TensorFlow have had in saving and loading.

By the issue or commit: what a model needed to have, and how to tell that a spec has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from harness.models import traits
from harness.models.features import depth, features, paths, short
from harness.models.spec import canonical

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.models.spec import ModelSpec


class Ingredient(NamedTuple):
    """What a bug needed."""

    bug: str
    needs: str
    has: Callable[[ModelSpec], bool]


def _set(spec: ModelSpec, feature: str) -> frozenset[str]:
    found = features(spec)[feature]
    assert isinstance(found, frozenset)
    return found


def classes(*names: str) -> Callable[[ModelSpec], bool]:
    return lambda spec: set(names) <= _set(spec, "classes")


def arguments(*names: str) -> Callable[[ModelSpec], bool]:
    return lambda spec: set(names) <= _set(spec, "arguments")


def feature(**wanted: object) -> Callable[[ModelSpec], bool]:
    return lambda spec: all(features(spec)[name] == value for name, value in wanted.items())


def both(*parts: Callable[[ModelSpec], bool]) -> Callable[[ModelSpec], bool]:
    return lambda spec: all(part(spec) for part in parts)


def mentions(text: str) -> Callable[[ModelSpec], bool]:
    return lambda spec: text in canonical(spec.to_json())


def optimizer(name: str) -> Callable[[ModelSpec], bool]:
    return lambda spec: features(spec)["optimizer"] == name


def compiled(*names: str) -> Callable[[ModelSpec], bool]:
    """Objects, functions or strings among losses and metrics."""
    return lambda spec: set(names) <= _set(spec, "loss") | _set(spec, "metrics")


def trained(spec: ModelSpec) -> bool:
    return spec.steps > 0


def loss_form(form: str) -> Callable[[ModelSpec], bool]:
    return lambda spec: form in _set(spec, "loss_form")


def several_outputs(spec: ModelSpec) -> bool:
    return len(spec.model.outputs) > 1


def nested_frozen(spec: ModelSpec) -> bool:
    return any(not model.trainable for model in traits.every_model(spec.model) if model is not spec.model)


def layer_as_activation(spec: ModelSpec) -> bool:
    values = [layer.args.get("activation") for layer in traits.every_layer(spec.model)]
    return any(str(path).startswith("layers.") for value in values for path in paths(value))


def adapted(cls: str) -> Callable[[ModelSpec], bool]:
    return lambda spec: any(
        short(layer.cls) == cls and layer.adapt is not None for layer in traits.every_layer(spec.model)
    )


def several_normalizations(spec: ModelSpec) -> bool:
    inner = [layer.model for layer in spec.model.layers if layer.model is not None]
    return any([layer.cls for layer in model.layers].count("BatchNormalization") > 1 for model in inner)


def functional_in_sequential(spec: ModelSpec) -> bool:
    return any(
        model.kind == "sequential"
        and model.built == "input"
        and any(layer.model is not None and layer.model.kind == "functional" for layer in model.layers)
        for model in traits.every_model(spec.model)
    )


def late_lambdas(spec: ModelSpec) -> bool:
    return any(
        sum("$loop" in str(layer.args) for layer in model.layers) > 1 for model in traits.every_model(spec.model)
    )


INGREDIENTS = (
    Ingredient("tf#44670", "Dense, Adam, fit before save", both(classes("Dense"), optimizer("Adam"), trained)),
    Ingredient(
        "tf#45573",
        "softmax, sparse_categorical_crossentropy, metrics=['accuracy']",
        both(compiled("accuracy"), mentions('"sparse:'), mentions('"softmax"')),
    ),
    Ingredient("keras#14938", "a weight of a subclassed model itself", feature(kind="subclassed", holds="own")),
    Ingredient(
        "tf#33686",
        "several outputs, losses and their weights as dicts",
        both(several_outputs, loss_form("dict"), feature(loss_weights=True)),
    ),
    Ingredient(
        "tf#36492",
        "several outputs, list of loss objects",
        both(several_outputs, loss_form("list"), loss_form("object")),
    ),
    Ingredient("keras#17199", "Rescaling with a tensor", mentions('"$tensor"')),
    Ingredient(
        "keras f5452d5",
        "Normalization(invert=True, mean, variance)",
        arguments("Normalization.invert", "Normalization.mean", "Normalization.variance"),
    ),
    Ingredient("keras d9ba764", "AUC(from_logits=True)", arguments("AUC.from_logits")),
    Ingredient("tf#28668", "Sequential without Input, built by a call", feature(kind="sequential", built="call")),
    Ingredient("tf#34950", "nested model with two BatchNormalization", several_normalizations),
    Ingredient("keras#12470", "nested model, frozen", nested_frozen),
    Ingredient("keras#13744", "nested model", lambda spec: depth(spec.model) > 0),
    Ingredient("keras#7107", "a layer as an activation", layer_as_activation),
    Ingredient(
        "tf lr schedule", "ExponentialDecay, Adam", both(optimizer("Adam"), feature(schedule="ExponentialDecay"))
    ),
    Ingredient("keras#18949", "Adam(use_ema=True)", arguments("Adam.use_ema")),
    Ingredient("keras#19615", "Bidirectional(LSTM)", classes("Bidirectional", "LSTM")),
    Ingredient("keras 230777a", "Dense(activity_regularizer=)", arguments("Dense.activity_regularizer")),
    Ingredient("keras 723f8a0", "initializer with a SeedGenerator", arguments("SeedGenerator.seed")),
    Ingredient("keras 0be3e78", "functional model in a Sequential after an Input", functional_in_sequential),
    Ingredient("keras#20168", "Normalization, adapted", adapted("Normalization")),
    Ingredient(
        "keras#20971",
        "Discretization(num_bins=), adapted",
        both(adapted("Discretization"), arguments("Discretization.num_bins")),
    ),
    Ingredient("keras#21120", "three levels of nesting", lambda spec: depth(spec.model) >= 2),
    Ingredient("keras#23029", "Attention(dropout, seed)", arguments("Attention.dropout", "Attention.seed")),
    Ingredient(
        "keras#23014",
        "Conv2DTranspose(strides=2, output_padding=1)",
        arguments("Conv2DTranspose.strides", "Conv2DTranspose.output_padding"),
    ),
    Ingredient("keras#23286 Huber", "loss=Huber(delta=)", arguments("Huber.delta")),
    Ingredient(
        "keras#23286 cosine",
        "loss=CosineSimilarity(axis=1) of a sequence",
        both(arguments("CosineSimilarity.axis"), compiled("CosineSimilarity")),
    ),
    Ingredient("keras#23375", "CategoryEncoding(sparse=True)", arguments("CategoryEncoding.sparse")),
    Ingredient("keras c1dfba3", "Adam", optimizer("Adam")),
    Ingredient("keras#21975", "SeedGenerator(name=)", arguments("SeedGenerator.name")),
    Ingredient("keras#20367", "Pipeline of layers", classes("Pipeline", "Rescaling")),
    Ingredient("keras op constant", "x * 2.0 and 1 - x", classes("op.Times", "op.From")),
    Ingredient("keras#13574", "several lambdas made in a loop", late_lambdas),
    Ingredient(
        "tf-keras#795",
        "dict of inputs that sorts otherwise",
        lambda spec: spec.model.takes == "dict" and len(spec.model.inputs) > 1,
    ),
    Ingredient("keras#10894", "layer renamed once the model is built", feature(renamed=True)),
    Ingredient(
        "keras flash attention",
        "MultiHeadAttention(flash_attention=True)",
        both(arguments("MultiHeadAttention.flash_attention"), mentions('"flash_attention":true')),
    ),
    Ingredient("keras SimpleRNN seed", "SimpleRNN(dropout, seed)", arguments("SimpleRNN.dropout", "SimpleRNN.seed")),
    Ingredient("keras loss dtype", "MeanSquaredError(dtype='float64')", arguments("MeanSquaredError.dtype")),
    Ingredient("tf stateful state", "LSTM(stateful=True), trained", both(arguments("LSTM.stateful"), trained)),
    Ingredient("tf dropout seed", "Dropout(seed=)", arguments("Dropout.seed")),
    Ingredient(
        "tf.keras AlphaDropout",
        "tf.keras.layers.AlphaDropout(noise_shape=)",
        lambda spec: any(
            layer.cls == "tf.keras.layers.AlphaDropout" and "noise_shape" in layer.args
            for layer in traits.every_layer(spec.model)
        ),
    ),
    Ingredient(
        "keras#22891",
        "list of lists of layers",
        lambda spec: features(spec)["holds"] == "nested" or mentions('"holds":"nested"')(spec),
    ),
    Ingredient("tf#41929", "nested functional model", classes("Functional")),
    Ingredient("keras#20379", "tuples as arguments", mentions('"$tuple"')),
    Ingredient(
        "keras#22119", "lookups with vocabularies", both(classes("StringLookup"), arguments("StringLookup.vocabulary"))
    ),
    Ingredient(
        "keras#23286 ignore_class",
        "SparseCategoricalCrossentropy(ignore_class=)",
        arguments("SparseCategoricalCrossentropy.ignore_class"),
    ),
    Ingredient("loss scale", "LossScaleOptimizer", optimizer("LossScaleOptimizer")),
)
