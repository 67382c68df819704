"""Loading a .h5 file with a loss that is neither registered nor passed raises an error that does not say so

Route: Model.save(.h5) -> load_model. TF 2.21.0 / Keras 3.15.1
Exits with 1 if it shows, with 0 if it does not.
"""

import os
import sys
import tempfile

import numpy as np
import tensorflow as tf
import keras


def _pinball(y_true, y_pred, quantile):
    import tensorflow as tf
    error = tf.cast(y_true, y_pred.dtype) - y_pred
    return tf.reduce_mean(tf.maximum(quantile * error, (quantile - 1.0) * error), axis=-1)


def plain_pinball(y_true, y_pred):
    """A loss, not registered."""
    return _pinball(y_true, y_pred, 0.6)


rng = np.random.RandomState(0)
inputs = [
    rng.normal(size=(4, 3)).astype("float32"),
]
x = inputs[0]
y = rng.normal(size=(4, 2)).astype("float32")
custom_objects = {"plain_pinball": plain_pinball}


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
        loss=plain_pinball,
        metrics=[keras.metrics.RootMeanSquaredError()],
    )
    return model


model = make_model(seed=0)

path = os.path.join(tempfile.mkdtemp(), "model.h5")
model.save(path)
try:
    loaded = keras.models.load_model(path)
except Exception as error:
    shown = type(error).__name__ == "TypeError"
    print("shown:" if shown else "not shown:", f"{type(error).__name__}: {error}")
    sys.exit(int(shown))
print("not shown: nothing was raised")
