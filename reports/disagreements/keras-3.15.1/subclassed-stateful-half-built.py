"""A subclassed model with a stateful recurrent layer is only half built when loaded (a warning says so): the weights of the layers after it are not loaded

Route: Model.save(.keras) -> load_model. TF 2.21.0 / Keras 3.15.1
Exits with 1 if it shows, with 0 if it does not.
"""

import os
import sys
import tempfile

import numpy as np
import keras


@keras.saving.register_keras_serializable("example")
class M(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.block_r = keras.layers.SimpleRNN(stateful=True, units=2, name="r")
        self.block_d = keras.layers.Dense(units=2, name="d")

    def call(self, inputs):
        x = inputs
        hidden0 = self.block_r(x)
        hidden1 = self.block_d(hidden0)
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
    rng.normal(size=(4, 3, 2)).astype("float32"),
]
x = inputs[0]
y = rng.normal(size=(4, 2)).astype("float32")
custom_objects = {}


def make_model(seed):
    """The model, with weights of its own."""
    model = M(name="m")
    model(x)
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

path = os.path.join(tempfile.mkdtemp(), "model.keras")
model.save(path)
loaded = keras.models.load_model(path)

before = look(model)
after = look(loaded)

if not same(before, after):
    print("shown:", before, "->", after)
    sys.exit(1)
print("not shown:", before, "->", after)
