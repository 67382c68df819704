"""tf.train.Checkpoint does not see layers that a Keras 3 model or layer keeps in lists or dicts: their weights are neither written nor restored, in silence

Route: tf.train.Checkpoint.write -> tf.train.Checkpoint.restore[rebuilt]. TF 2.21.0 / Keras 3.15.1
Exits with 1 if it shows, with 0 if it does not.
"""

import os
import sys
import tempfile

import numpy as np
import tensorflow as tf
import keras


@keras.saving.register_keras_serializable("example")
class M(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.blocks = [
            keras.layers.Dense(units=2, name="d"),
        ]

    def call(self, inputs):
        x = inputs
        hidden0 = self.blocks[0](x)
        return hidden0

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
    rng.normal(size=(4, 3)).astype("float32"),
]
x = inputs[0]
custom_objects = {}


def make_model(seed):
    """The model, with weights of its own."""
    model = M(name="m")
    model(keras.Input(shape=(3,), name="x"))
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

path = os.path.join(tempfile.mkdtemp(), "model.ckpt")
parts = {"model": model}
if getattr(model, "optimizer", None) is not None:
    parts["optimizer"] = model.optimizer
tf.train.Checkpoint(**parts).write(path)
loaded = make_model(seed=1)
parts = {"model": loaded}
if getattr(loaded, "optimizer", None) is not None:
    parts["optimizer"] = loaded.optimizer
tf.train.Checkpoint(**parts).restore(path).expect_partial()

before = look(model)
after = look(loaded)

if not same(before, after):
    print("shown:", before, "->", after)
    sys.exit(1)
print("not shown:", before, "->", after)
