"""A Lambda whose function is a Python lambda with a default cannot be loaded, with safe_mode=False either: its defaults come back as a list

Route: Model.save(.keras) -> load_model(custom_objects, safe_mode=False). TF 2.21.0 / Keras 3.15.1
Exits with 1 if it shows, with 0 if it does not.
"""

import os
import sys
import tempfile

import numpy as np
import keras


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
            keras.layers.Lambda(function=lambda inputs, factor=0.5: inputs * factor, name="t"),
            keras.layers.Dense(units=1, name="d"),
        ],
        name="m",
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
    loaded = keras.models.load_model(path, custom_objects=custom_objects, safe_mode=False)
except Exception as error:
    shown = type(error).__name__ == "TypeError"
    print("shown:" if shown else "not shown:", f"{type(error).__name__}: {error}")
    sys.exit(int(shown))
print("not shown: nothing was raised")
