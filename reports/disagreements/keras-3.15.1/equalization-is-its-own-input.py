"""A Sequential model with Equalization that was built by calling it cannot be loaded: compute_output_spec of Equalization returns its input, and the graph has a cycle

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
    rng.uniform(size=(2, 8, 8, 3)).astype("float32"),
]
x = inputs[0]
custom_objects = {}


def make_model(seed):
    """The model, with weights of its own."""
    model = keras.Sequential(
        [
            keras.Input(shape=(8, 8, 3), name="x"),
            keras.layers.Equalization(name="equalization"),
            keras.layers.DepthwiseConv2D(kernel_size=3, name="depthwise_conv2d1"),
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
    shown = type(error).__name__ == "ValueError"
    print("shown:" if shown else "not shown:", f"{type(error).__name__}: {error}")
    sys.exit(int(shown))
print("not shown: nothing was raised")
