"""A model compiled with ScheduleFreeAdamW and not yet trained trains otherwise once it is loaded or copied: its optimizer takes its starting point from weights that are not loaded yet

Route: copy.deepcopy -> result. TF 2.21.0 / Keras 3.15.1
Exits with 1 if it shows, with 0 if it does not.
"""

import copy
import os
import sys
import tempfile

import numpy as np
import keras


rng = np.random.RandomState(0)
inputs = [
    rng.normal(size=(2, 8, 8, 6)).astype("float32"),
]
x = inputs[0]
y = rng.normal(size=(2, 8, 2)).astype("float32")
custom_objects = {}


def make_model(seed):
    """The model, with weights of its own."""
    model = keras.Sequential(
        [
            keras.Input(shape=(8, 8, 6), name="x"),
            keras.layers.ConvLSTM1D(filters=2, kernel_size=1, name="conv_lstm1d"),
        ],
        name="model",
    )
    values = np.random.RandomState(seed)
    for weight in model.weights:
        if "float" in str(weight.dtype):
            weight.assign(values.uniform(0.1, 0.9, size=weight.shape))
    model.compile(optimizer=keras.optimizers.ScheduleFreeAdamW(), loss=keras.losses.MeanSquaredError())
    return model


def same(before, after):
    """Whether two values are equal, arrays and what holds them included."""
    if isinstance(before, (list, tuple)):
        is_list = isinstance(after, (list, tuple))
        return is_list and len(before) == len(after) and all(map(same, before, after))
    if isinstance(before, np.ndarray):
        return before.shape == np.shape(after) and bool(np.allclose(before, after, rtol=1e-3, atol=1e-5))
    return before == after


def look(model):
    """Weights after one more training step, with all random state set alike."""
    for variable in model.variables:
        if "seed_generator" in variable.path:
            variable.assign([7, 7])
    model.train_on_batch(x, y)
    return [np.array(variable) for variable in model.weights]


model = make_model(seed=0)

path = os.path.join(tempfile.mkdtemp(), "model")
copy_of_model = copy.deepcopy(model)
loaded = copy_of_model

before = look(model)
after = look(loaded)

if not same(before, after):
    print("shown:", before, "->", after)
    sys.exit(1)
print("not shown:", before, "->", after)
