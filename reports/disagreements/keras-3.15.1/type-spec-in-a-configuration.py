"""A tf.TensorSpec in the configuration of a layer is written, and cannot be read: its class is looked for among those of Keras alone

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
    """Knows what tensors it is for, as layers of TensorFlow's own libraries do: a ``TypeSpec`` in its configuration."""

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
    rng.normal(size=(4, 2)).astype("float32"),
]
x = inputs[0]
custom_objects = {}


def make_model(seed):
    """The model, with weights of its own."""
    model = keras.Sequential(
        [
            keras.Input(shape=(2,), name="x"),
            keras.layers.Dense(units=1, name="dense"),
            Typed(spec=tf.TensorSpec(dtype="float32", shape=[None, 3]), name="typed"),
        ],
        name="plain",
    )
    values = np.random.RandomState(seed)
    for weight in model.weights:
        if "float" in str(weight.dtype):
            weight.assign(values.uniform(0.1, 0.9, size=weight.shape))
    return model


model = make_model(seed=0)

path = os.path.join(tempfile.mkdtemp(), "model.keras")
model.save(path)
try:
    loaded = keras.models.load_model(path)
except Exception as error:
    shown = type(error).__name__ == "TypeError"
    print("shown:" if shown else "not shown:", f"{type(error).__name__}: {error}")
    sys.exit(int(shown))
print("not shown: nothing was raised")
