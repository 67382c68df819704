"""model_from_json takes any JSON, and returns a dict for the index of sharded weights

Route: Model.save_weights(.weights.json, max_shard_size) -> model_from_json. TF 2.21.0 / Keras 3.15.1
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
            keras.layers.Dense(units=2, name="d"),
        ],
        name="m",
    )
    values = np.random.RandomState(seed)
    for weight in model.weights:
        if "float" in str(weight.dtype):
            weight.assign(values.uniform(0.1, 0.9, size=weight.shape))
    return model


model = make_model(seed=0)

path = os.path.join(tempfile.mkdtemp(), "model.weights.json")
largest = max(weight.nbytes for weight in model.get_weights())
model.save_weights(path, max_shard_size=1.01 * max(largest, 64) / 1024**3)
with open(path) as file:
    text = file.read()
loaded = keras.models.model_from_json(text)
if type(loaded).__name__ == "dict":
    print("shown:", type(loaded))
    sys.exit(1)
print("not shown:", type(loaded))
