"""KerasFileEditor moves a model's own weights where nothing looks for them: from vars to vars/vars

Route: KerasFileEditor(.weights.h5).save -> load_weights[rebuilt]. TF 2.21.0 / Keras 3.15.1
Exits with 1 if it shows, with 0 if it does not.
"""

import os
import sys
import tempfile

import numpy as np
import keras


@keras.saving.register_keras_serializable("example")
class Model(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.gain = self.add_weight(name="gain", shape=(), initializer="ones", trainable=True)
        self.block_dense = keras.layers.Dense(units=1, name="dense")

    def call(self, inputs):
        x = inputs
        hidden0 = self.block_dense(x)
        return hidden0 * keras.ops.cast(self.gain, hidden0.dtype)

    def get_config(self):
        return {"name": self.name, "trainable": self.trainable}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        model = cls(name=config["name"])
        if not config["trainable"]:
            model.trainable = False
        return model


rng = np.random.RandomState(0)
inputs = [
    rng.normal(size=(4, 2)).astype("float32"),
]
x = inputs[0]
custom_objects = {}


def make_model(seed):
    """The model, with weights of its own."""
    model = Model(name="model")
    model(keras.Input(shape=(2,), name="x"))
    values = np.random.RandomState(seed)
    for weight in model.weights:
        if "float" in str(weight.dtype):
            weight.assign(values.uniform(0.1, 0.9, size=weight.shape))
    return model


model = make_model(seed=0)

path = os.path.join(tempfile.mkdtemp(), "model.weights.h5")
model.save_weights(path + ".weights.h5")
keras.saving.KerasFileEditor(path + ".weights.h5").save(path)
try:
    loaded = make_model(seed=1)
    loaded.load_weights(path)
except Exception as error:
    shown = type(error).__name__ == "ValueError"
    print("shown:" if shown else "not shown:", f"{type(error).__name__}: {error}")
    sys.exit(int(shown))
print("not shown: nothing was raised")
