"""A subclassed model of strings cannot be called once it is exported: its signature takes floats

Route: Model.export -> tf.saved_model.load. TF 2.21.0 / Keras 3.15.1
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
        self.block_text_vectorization = keras.layers.TextVectorization(output_mode="multi_hot", vocabulary=["fir"], name="text_vectorization")

    def call(self, inputs):
        x = inputs
        hidden0 = self.block_text_vectorization(x)
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
    tf.constant(rng.choice(['oak', 'ash', 'elm', 'fir', 'yew'], size=(2,))),
]
x = inputs[0]
custom_objects = {}


def make_model(seed):
    """The model, with weights of its own."""
    model = Model(name="model")
    model(keras.Input(shape=(), dtype="string", name="x"))
    values = np.random.RandomState(seed)
    for weight in model.weights:
        if "float" in str(weight.dtype):
            weight.assign(values.uniform(0.1, 0.9, size=weight.shape))
    return model


def flat(value):
    """All items of a setting, however it was given."""
    if isinstance(value, dict):
        value = list(value.values())
    return [item for part in value for item in flat(part)] if isinstance(value, (list, tuple)) else [value]


def same(before, after):
    """Whether two values are equal, arrays and what holds them included."""
    if isinstance(before, (list, tuple)):
        is_list = isinstance(after, (list, tuple))
        return is_list and len(before) == len(after) and all(map(same, before, after))
    if isinstance(before, np.ndarray):
        return before.shape == np.shape(after) and bool(np.allclose(before, after, rtol=1e-3, atol=1e-5))
    return before == after


def look(model):
    """What the model predicts."""
    return [np.array(output) for output in flat(model() if not hasattr(model, 'layers') else model(x, training=False))]


model = make_model(seed=0)

path = os.path.join(tempfile.mkdtemp(), "model")
model.export(path)
artifact = tf.saved_model.load(path)
signature = artifact.signatures["serving_default"]
specs = signature.structured_input_signature[1]
feeds = {name: tf.cast(value, specs[name].dtype) for name, value in zip(sorted(specs), inputs)}
loaded = lambda: signature(**feeds)
try:
    look(loaded)
except Exception as error:
    shown = type(error).__name__ == "UnimplementedError"
    print("shown:" if shown else "not shown:", f"{type(error).__name__}: {error}")
    sys.exit(int(shown))
print("not shown: nothing was raised")
