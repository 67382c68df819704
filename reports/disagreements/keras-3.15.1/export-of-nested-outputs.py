"""A functional model with nested outputs can neither be exported nor saved by tf.saved_model.save, though it can be called

Route: tf.saved_model.save. TF 2.21.0 / Keras 3.15.1
Exits with 1 if it shows, with 0 if it does not.
"""

import os
import sys
import tempfile

import numpy as np
import tensorflow as tf
import keras


rng = np.random.RandomState(0)
inputs = [
    rng.normal(size=(2, 6, 2)).astype("float32"),
    rng.uniform(size=(2, 8, 8, 3)).astype("float32"),
    rng.uniform(size=(2, 8, 8, 3)).astype("float32"),
]
x = inputs
custom_objects = {}


def make_model(seed):
    """The model, with weights of its own."""
    x = keras.Input(shape=(6, 2), name="x")
    x1 = keras.Input(shape=(8, 8, 3), name="x1")
    x2 = keras.Input(shape=(8, 8, 3), name="x2")
    hidden0 = keras.layers.SeparableConv1D(filters=3, kernel_size=2, name="separable_conv1d")(x)
    hidden1 = (lambda *parts: keras.ops.concatenate(parts, axis=-1))(x2, x1)
    model = keras.Model([x, x1, x2], (hidden0, {"rest": [hidden1]}), name="model")
    values = np.random.RandomState(seed)
    for weight in model.weights:
        if "float" in str(weight.dtype):
            weight.assign(values.uniform(0.1, 0.9, size=weight.shape))
    return model


model = make_model(seed=0)

path = os.path.join(tempfile.mkdtemp(), "model")
try:
    tf.saved_model.save(model, path)
except Exception as error:
    shown = type(error).__name__ == "ValueError"
    print("shown:" if shown else "not shown:", f"{type(error).__name__}: {error}")
    sys.exit(int(shown))
print("not shown: nothing was raised")
