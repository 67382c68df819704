"""get_config of RandomShear writes a range from -x_factor, which its constructor refuses

Route: Model.save(.keras) -> load_model. TF 2.21.0 / Keras 3.15.1
Exits with 1 if it shows, with 0 if it does not.
"""

import os
import sys
import tempfile

import numpy as np
import keras


rng = np.random.RandomState(0)
inputs = [
    rng.uniform(size=(4, 4, 4, 3)).astype("float32"),
]
x = inputs[0]
custom_objects = {}


def make_model(seed):
    """The model, with weights of its own."""
    model = keras.Sequential(
        [
            keras.Input(shape=(4, 4, 3), name="x"),
            keras.layers.RandomShear(x_factor=0.25, y_factor=0.5, name="shear"),
        ],
        name="model",
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
