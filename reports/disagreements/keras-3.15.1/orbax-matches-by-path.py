"""Orbax checkpoints restore by variable path, and pass over in silence what has another path: models without explicit names, and layers whose trainable flag differs, keep their old weights

Route: OrbaxCheckpoint -> load_model. TF 2.21.0 / Keras 3.15.1
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
for _ in range(1):
    model.train_on_batch(x, y)

path = os.path.join(tempfile.mkdtemp(), "model")
callback = keras.callbacks.OrbaxCheckpoint(path, save_on_background=False)
callback.set_params({"epochs": 2, "steps": 1, "verbose": 0})
callback.set_model(model)
callback.on_train_begin({})
callback.on_epoch_begin(0, {})
callback.on_epoch_end(0, {"loss": 1.0, "val_loss": 1.0})
callback.on_train_end({})
loaded = keras.models.load_model(path)

before = look(model)
after = look(loaded)

if not same(before, after):
    print("shown:", before, "->", after)
    sys.exit(1)
print("not shown:", before, "->", after)
