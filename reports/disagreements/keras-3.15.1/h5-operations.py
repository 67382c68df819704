"""A functional model with operations on its tensors cannot be loaded from .h5: they are written as layers, and are none

Route: Model.save(.h5, include_optimizer=False) -> load_model. TF 2.21.0 / Keras 3.15.1
Exits with 1 if it shows, with 0 if it does not.
"""

import os
import sys
import tempfile

import numpy as np
import keras


rng = np.random.RandomState(0)
inputs = [
    rng.normal(size=(2, 5)).astype("float32"),
]
x = inputs[0]
custom_objects = {}


def make_model(seed):
    """The model, with weights of its own."""
    x = keras.Input(shape=(5,), name="x")
    hidden0 = (lambda x: keras.ops.square(x))(x)
    model = keras.Model(x, hidden0, name="model")
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
