"""A tf.RaggedTensor in the configuration of a layer comes back as a tensor whose rows have been filled up with zeros

Route: Model.save(.keras) -> load_model. TF 2.21.0 / Keras 3.15.1
Exits with 1 if it shows, with 0 if it does not.
"""

import os
import sys
import tempfile

import numpy as np
import tensorflow as tf
import keras


@keras.saving.register_keras_serializable('example')
class Typed(keras.layers.Layer):
    """Knows what it is for, as layers of TensorFlow's own libraries do: a ``TypeSpec`` or a tensor in its configuration."""

    def __init__(self, spec, **kwargs):
        super().__init__(**kwargs)
        self.spec = spec

    def call(self, inputs):
        return inputs * 1.0

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return dict(super().get_config(), spec=self.spec)

    @classmethod
    def from_config(cls, config):
        spec = config['spec']
        made = keras.saving.deserialize_keras_object(spec) if isinstance(spec, dict) else spec
        return cls(**dict(config, spec=made))


rng = np.random.RandomState(0)
inputs = [
    rng.normal(size=(4, 3)).astype("float32"),
]
x = inputs[0]
custom_objects = {}


def make_model(seed):
    """The model, with weights of its own."""
    model = keras.Sequential(
        [
            keras.Input(shape=(3,), name="x"),
            Typed(spec=tf.ragged.constant(pylist=[[1, 2], [3]]), name="t"),
        ],
        name="m",
    )
    values = np.random.RandomState(seed)
    for weight in model.weights:
        if "float" in str(weight.dtype):
            weight.assign(values.uniform(0.1, 0.9, size=weight.shape))
    return model


def plain(value):
    """What can be compared of an option: objects by class and configuration, functions by name."""
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return [[key, plain(value[key])] for key in sorted(value)]
    if hasattr(value, "get_config"):
        return [type(value).__name__, str(value.get_config())]
    return getattr(value, "__name__", value)


def option(thing, *names):
    """An option of a Keras object, under its name or with an underscore; None where it has none."""
    for name in names:
        kept = getattr(thing, "_fn_kwargs", {})
        thing = getattr(thing, name, getattr(thing, "_" + name, kept.get(name) if isinstance(kept, dict) else None))
    return plain(thing)


def walk(layer):
    """A layer and all that it holds."""
    inside = layer._flatten_layers(include_self=False, recursive=False)
    return [layer] + [item for child in inside for item in walk(child)]


def same(before, after):
    """Whether two values are equal, arrays and what holds them included."""
    if isinstance(before, (list, tuple)):
        is_list = isinstance(after, (list, tuple))
        return is_list and len(before) == len(after) and all(map(same, before, after))
    if isinstance(before, np.ndarray):
        return before.shape == np.shape(after) and bool(np.all(before == after))
    return before == after


def look(model):
    """One option of all Typed layers."""
    return [option(item, "spec") for item in walk(model) if type(item).__name__ == "Typed"]


model = make_model(seed=0)

path = os.path.join(tempfile.mkdtemp(), "model.keras")
model.save(path)
loaded = keras.models.load_model(path)

before = look(model)
after = look(loaded)

if not same(before, after):
    print("shown:", before, "->", after)
    sys.exit(1)
print("not shown:", before, "->", after)
