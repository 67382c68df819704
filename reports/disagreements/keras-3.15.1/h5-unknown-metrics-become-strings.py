"""load_model of a .h5 file does not miss a metric that is neither registered nor passed: it keeps its name as a string, and fails when it is used

Route: Model.save(.h5) -> load_model. TF 2.21.0 / Keras 3.15.1
Exits with 1 if it shows, with 0 if it does not.
"""

import os
import sys
import tempfile

import numpy as np
import tensorflow as tf
import keras


def plain_spread(y_true, y_pred):
    """A metric, not registered."""
    import tensorflow as tf
    return tf.reduce_min(abs(tf.cast(y_true, y_pred.dtype) - y_pred), axis=-1)


rng = np.random.RandomState(0)
inputs = [
    rng.normal(size=(4, 3)).astype("float32"),
]
x = inputs[0]
y = rng.normal(size=(4, 2)).astype("float32")
custom_objects = {"plain_spread": plain_spread}


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
    model.compile(
        optimizer=keras.optimizers.SGD(momentum=0.5),
        loss=keras.losses.MeanSquaredError(),
        metrics=[plain_spread],
    )
    return model


model = make_model(seed=0)

path = os.path.join(tempfile.mkdtemp(), "model.h5")
model.save(path)
try:
    loaded = keras.models.load_model(path)
except Exception as error:
    print("not shown:", f"{type(error).__name__}: {error}")
    sys.exit(0)
print("shown: no TypeError, though it is documented")
sys.exit(1)
