"""tf.keras.layers.ThresholdedReLU cannot be loaded from .h5: there it is no layer of Keras

Route: Model.save(.h5, include_optimizer=False) -> load_model. TF 2.21.0 / Keras 3.15.1
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
    rng.normal(size=(2, 2)).astype("float32"),
]
x = inputs[0]
custom_objects = {}


def make_model(seed):
    """The model, with weights of its own."""
    model = keras.Sequential(
        [
            keras.Input(shape=(2,), name="x"),
            tf.keras.layers.ThresholdedReLU(name="thresholded_re_lu"),
        ],
        name="model",
    )
    values = np.random.RandomState(seed)
    for weight in model.weights:
        if "float" in str(weight.dtype):
            weight.assign(values.uniform(0.1, 0.9, size=weight.shape))
    return model


model = make_model(seed=0)

path = os.path.join(tempfile.mkdtemp(), "model.h5")
model.save(path, include_optimizer=False)
try:
    loaded = keras.models.load_model(path)
except Exception as error:
    shown = type(error).__name__ == "ValueError"
    print("shown:" if shown else "not shown:", f"{type(error).__name__}: {error}")
    sys.exit(int(shown))
print("not shown: nothing was raised")
