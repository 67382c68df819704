"""A subclassed model that must have text or integers (Hashing with a mask of text, a sparse CategoryEncoding) is not built when loaded (a warning says so): its weights are not loaded

Route: Model.save(.keras) -> load_model. TF 2.21.0 / Keras 3.15.1
Exits with 1 if it shows, with 0 if it does not.
"""

import os
import sys
import tempfile

import numpy as np
import tensorflow as tf
import keras


@keras.saving.register_keras_serializable("example")
class Model(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.block_hashing = keras.layers.Hashing(mask_value="", num_bins=3, output_mode="multi_hot", name="hashing")
        self.block_dense = keras.layers.Dense(units=1, name="dense")

    def call(self, inputs):
        x = inputs
        hidden0 = self.block_hashing(x)
        hidden1 = self.block_dense(hidden0)
        return hidden1

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
    tf.constant(rng.choice(['oak', 'ash', 'elm', 'fir', 'yew'], size=(2, 2))),
]
x = inputs[0]
custom_objects = {}


def make_model(seed):
    """The model, with weights of its own."""
    model = Model(name="model")
    model(x)
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

path = os.path.join(tempfile.mkdtemp(), "model.keras")
model.save(path)
loaded = keras.models.load_model(path)

before = look(model)
after = look(loaded)

if not same(before, after):
    print("shown:", before, "->", after)
    sys.exit(1)
print("not shown:", before, "->", after)
