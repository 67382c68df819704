"""KerasFileEditor drops the TF-IDF weights of TextVectorization, which its inner StringLookup holds: the file cannot be loaded

Route: KerasFileEditor(.keras).save -> load_weights[rebuilt]. TF 2.21.0 / Keras 3.15.1
Exits with 1 if it shows, with 0 if it does not.
"""

import os
import sys
import tempfile

import numpy as np
import tensorflow as tf
import keras


rng = np.random.RandomState(0)
inputs = [
    tf.constant(rng.choice(['oak', 'ash', 'elm', 'fir', 'yew'], size=(2,))),
]
x = inputs[0]
custom_objects = {}


def make_model(seed):
    """The model, with weights of its own."""
    model = keras.Sequential(
        [
            keras.Input(shape=(), dtype="string", name="x"),
            keras.layers.TextVectorization(idf_weights=[0.5, 0.75], output_mode="tf_idf", vocabulary=["oak", "elm"], name="text"),
        ],
        name="model",
    )
    values = np.random.RandomState(seed)
    for weight in model.weights:
        if "float" in str(weight.dtype):
            weight.assign(values.uniform(0.1, 0.9, size=weight.shape))
    return model


model = make_model(seed=0)

path = os.path.join(tempfile.mkdtemp(), "model.weights.h5")
model.save(path + ".keras")
keras.saving.KerasFileEditor(path + ".keras").save(path)
try:
    loaded = make_model(seed=1)
    loaded.load_weights(path)
except Exception as error:
    shown = type(error).__name__ == "ValueError"
    print("shown:" if shown else "not shown:", f"{type(error).__name__}: {error}")
    sys.exit(int(shown))
print("not shown: nothing was raised")
