"""LossScaleOptimizer.set_weights sets its own variables only, not those of the optimizer inside, which its variables have

Route: Optimizer.variables -> Optimizer.set_weights[rebuilt]. TF 2.21.0 / Keras 3.15.1
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
y = rng.normal(size=(2, 1)).astype("float32")
custom_objects = {}


def make_model(seed):
    """The model, with weights of its own."""
    model = keras.Sequential(
        [
            keras.Input(shape=(2,), name="x"),
            keras.layers.Dense(units=1, name="dense"),
        ],
        name="model",
    )
    values = np.random.RandomState(seed)
    for weight in model.weights:
        if "float" in str(weight.dtype):
            weight.assign(values.uniform(0.1, 0.9, size=weight.shape))
    model.compile(
        optimizer=keras.optimizers.LossScaleOptimizer(inner_optimizer=keras.optimizers.Adam()),
        loss=keras.losses.mean_absolute_error,
    )
    return model


def variables_of(optimizer):
    """Its variables: an attribute or a method, by version."""
    return optimizer.variables() if callable(optimizer.variables) else optimizer.variables


def same(before, after):
    """Whether two values are equal, arrays and what holds them included."""
    if isinstance(before, (list, tuple)):
        is_list = isinstance(after, (list, tuple))
        return is_list and len(before) == len(after) and all(map(same, before, after))
    if isinstance(before, np.ndarray):
        return before.shape == np.shape(after) and bool(np.all(before == after))
    return before == after


def look(model):
    """The state of the optimizer."""
    return [np.array(variable) for variable in variables_of(model.optimizer)]


model = make_model(seed=0)
for _ in range(1):
    model.train_on_batch(x, y)

path = os.path.join(tempfile.mkdtemp(), "model")
weights = model.get_weights()
slots = [variable.numpy() for variable in model.optimizer.variables] if model.optimizer.built else []
loaded = make_model(seed=1)
loaded.set_weights(weights)
if slots and not loaded.optimizer.built:
    loaded.optimizer.build(loaded.trainable_variables)
if slots:
    loaded.optimizer.set_weights(slots)

before = look(model)
after = look(loaded)

if not same(before, after):
    print("shown:", before, "->", after)
    sys.exit(1)
print("not shown:", before, "->", after)
