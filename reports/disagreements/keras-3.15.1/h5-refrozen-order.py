"""load_weights from .h5 into a model with other trainable flags mixes up the weights, or raises

Route: Model.save(.h5, include_optimizer=False) -> load_weights[refrozen]. TF 2.21.0 / Keras 3.15.1
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
    n = keras.Sequential(
        [
            keras.Input(shape=(3,), name="x"),
            keras.layers.BatchNormalization(name="b1"),
            keras.layers.BatchNormalization(name="b2"),
        ],
        name="m",
    )
    model = keras.Sequential(
        [
            keras.Input(shape=(3,), name="x"),
            n,
        ],
        name="m",
    )
    values = np.random.RandomState(seed)
    for weight in model.weights:
        if "float" in str(weight.dtype):
            weight.assign(values.uniform(0.1, 0.9, size=weight.shape))
    return model


def same(before, after):
    """Whether two values are equal, arrays and what holds them included."""
    if isinstance(before, (list, tuple)):
        is_list = isinstance(after, (list, tuple))
        return is_list and len(before) == len(after) and all(map(same, before, after))
    if isinstance(before, np.ndarray):
        return before.shape == np.shape(after) and bool(np.all(before == after))
    return before == after


def look(model):
    """All weights."""
    return [np.array(variable) for variable in model.weights]


model = make_model(seed=0)

path = os.path.join(tempfile.mkdtemp(), "model.h5")
model.save(path, include_optimizer=False)
loaded = make_model(seed=1)
for layer in loaded.layers:
    if layer.weights:
        layer.trainable = not layer.trainable
loaded.load_weights(path)

before = look(model)
after = look(loaded)

if not same(before, after):
    print("shown:", before, "->", after)
    sys.exit(1)
print("not shown:", before, "->", after)
