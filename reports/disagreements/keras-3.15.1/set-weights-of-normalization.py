"""set_weights leaves what an adapted Normalization computes with as it was: finalize_state is not called

Route: Model.get_weights -> set_weights[rebuilt]. TF 2.21.0 / Keras 3.15.1
Exits with 1 if it shows, with 0 if it does not.
"""

import os
import sys
import tempfile

import numpy as np
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
            keras.layers.Normalization(mean=None, variance=None, name="n"),
        ],
        name="model",
    )
    values = np.random.RandomState(seed)
    for weight in model.weights:
        if "float" in str(weight.dtype):
            weight.assign(values.uniform(0.1, 0.9, size=weight.shape))
    return model


def flat(value):
    """All items of a setting, however it was given."""
    if isinstance(value, dict):
        value = list(value.values())
    return [item for part in value for item in flat(part)] if isinstance(value, (list, tuple)) else [value]


def same(before, after):
    """Whether two values are equal, arrays and what holds them included."""
    if isinstance(before, (list, tuple)):
        is_list = isinstance(after, (list, tuple))
        return is_list and len(before) == len(after) and all(map(same, before, after))
    if isinstance(before, np.ndarray):
        return before.shape == np.shape(after) and bool(np.allclose(before, after, rtol=1e-3, atol=1e-5))
    return before == after


def look(model):
    """What the model predicts."""
    return [np.array(output) for output in flat(model() if not hasattr(model, 'layers') else model(x, training=False))]


model = make_model(seed=0)

path = os.path.join(tempfile.mkdtemp(), "model")
weights = model.get_weights()
loaded = make_model(seed=1)
loaded.set_weights(weights)

before = look(model)
after = look(loaded)

if not same(before, after):
    print("shown:", before, "->", after)
    sys.exit(1)
print("not shown:", before, "->", after)
