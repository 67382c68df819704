"""After BackupAndRestore a model with BatchNormalization(renorm=True) and a random image layer trains otherwise, though weights and optimizer came back

Route: BackupAndRestore -> BackupAndRestore[rebuilt]. TF 2.21.0 / Keras 3.15.1
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
        self.block_random_gaussian_blur = keras.layers.RandomGaussianBlur(name="random_gaussian_blur")
        self.block_batch_normalization1 = keras.layers.BatchNormalization(renorm=True, name="batch_normalization1")

    def call(self, inputs):
        x, x1 = inputs
        hidden0 = self.block_random_gaussian_blur(x1)
        hidden1 = self.block_batch_normalization1(x)
        return [hidden0, hidden1]

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
    rng.normal(size=(2, 7, 3)).astype("float32"),
    rng.normal(size=(2, 8, 8, 1)).astype("float32"),
]
x = inputs
y = [
    rng.normal(size=(2, 8, 8, 1)).astype("float32"),
    rng.normal(size=(2, 7, 3)).astype("float32"),
]
custom_objects = {}


def make_model(seed):
    """The model, with weights of its own."""
    model = Model(name="model")
    model([keras.Input(shape=(7, 3), name="x"), keras.Input(shape=(8, 8, 1), name="x1")])
    values = np.random.RandomState(seed)
    for weight in model.weights:
        if "float" in str(weight.dtype):
            weight.assign(values.uniform(0.1, 0.9, size=weight.shape))
    model.compile(
        optimizer=keras.optimizers.SGD(),
        loss=[keras.losses.MeanSquaredError(), keras.losses.MeanSquaredError()],
    )
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
callback = keras.callbacks.BackupAndRestore(path, delete_checkpoint=False)
callback.set_params({"epochs": 2, "steps": 1, "verbose": 0})
callback.set_model(model)
callback.on_train_begin({})
callback.on_epoch_begin(0, {})
callback.on_epoch_end(0, {"loss": 1.0, "val_loss": 1.0})
callback.on_train_end({})
loaded = make_model(seed=1)
callback = keras.callbacks.BackupAndRestore(path, delete_checkpoint=False)
callback.set_params({"epochs": 2, "steps": 1, "verbose": 0})
callback.set_model(loaded)
callback.on_train_begin({})

before = look(model)
after = look(loaded)

if not same(before, after):
    print("shown:", before, "->", after)
    sys.exit(1)
print("not shown:", before, "->", after)
