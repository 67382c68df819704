"""The state of seed generators is not saved: random layers start anew after loading

Route: Model.save(zipped=False) -> load_model. TF 2.21.0 / Keras 3.15.1
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
y = rng.normal(size=(4, 2)).astype("float32")
custom_objects = {}


def make_model(seed):
    """The model, with weights of its own."""
    model = keras.Sequential(
        [
            keras.Input(shape=(3,), name="x"),
            keras.layers.Dropout(rate=0.5, seed=3, name="r"),
            keras.layers.Dense(units=2, name="d"),
        ],
        name="m",
    )
    values = np.random.RandomState(seed)
    for weight in model.weights:
        if "float" in str(weight.dtype):
            weight.assign(values.uniform(0.1, 0.9, size=weight.shape))
    model.compile(optimizer=keras.optimizers.SGD(momentum=0.5), loss=keras.losses.MeanSquaredError())
    return model


def flat(value):
    """All items of a setting, however it was given."""
    if isinstance(value, dict):
        value = list(value.values())
    return [item for part in value for item in flat(part)] if isinstance(value, (list, tuple)) else [value]


def walk(layer):
    """A layer and all that it holds."""
    inside = layer._flatten_layers(include_self=False, recursive=False)
    return [layer] + [item for child in inside for item in walk(child)]


def same(before, after):
    """Whether two values are equal, arrays and what holds them included."""
    if isinstance(before, (list, tuple)):
        is_list = isinstance(after, (list, tuple))
        return is_list and len(before) == len(after) and all(map(same, before, after))
    if isinstance(before, np.ndarray):
        return before.shape == np.shape(after) and bool(np.all(before == after))
    return before == after


def look(model):
    """All variables, and the states of recurrent layers."""
    variables = list(model.variables)
    variables += [state for layer in walk(model) for state in flat(getattr(layer, 'states', None) or [])]
    return [np.array(variable) for variable in variables]


model = make_model(seed=0)
for _ in range(1):
    model.train_on_batch(x, y)

path = os.path.join(tempfile.mkdtemp(), "model")
model.save(path, zipped=False)
loaded = keras.models.load_model(path)

before = look(model)
after = look(loaded)

if not same(before, after):
    print("shown:", before, "->", after)
    sys.exit(1)
print("not shown:", before, "->", after)
