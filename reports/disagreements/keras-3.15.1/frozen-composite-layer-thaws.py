"""A frozen layer that holds sublayers trains again after loading: the flag reaches only variables that exist already

Route: Model.save(.keras) -> load_model. TF 2.21.0 / Keras 3.15.1
Exits with 1 if it shows, with 0 if it does not.
"""

import os
import sys
import tempfile

import numpy as np
import keras


@keras.saving.register_keras_serializable('example')
class Block(keras.layers.Layer):
    """A few dense layers, held in a list, in a dict or in a list of lists."""

    def __init__(self, units, depth, holds='list', activation=None, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.depth = depth
        self.holds = holds
        self.activation = keras.activations.get(activation)
        stack = [keras.layers.Dense(units, activation=activation) for _ in range(depth)]
        if holds == 'dict':
            self.blocks = {'zyx'[place]: layer for place, layer in enumerate(stack)}
        else:
            self.blocks = [[layer] for layer in stack] if holds == 'nested' else stack

    def _stack(self):
        if self.holds == 'dict':
            return [self.blocks['zyx'[place]] for place in range(self.depth)]
        return [item[0] for item in self.blocks] if self.holds == 'nested' else list(self.blocks)

    def build(self, input_shape):
        shape = tuple(input_shape)
        for layer in self._stack():
            layer.build(shape)
            shape = shape[:-1] + (self.units,)
        super().build(input_shape)

    def call(self, inputs):
        for layer in self._stack():
            inputs = layer(inputs)
        return inputs

    def compute_output_shape(self, input_shape):
        return tuple(input_shape[:-1]) + (self.units,)

    def get_config(self):
        return dict(super().get_config(), units=self.units, depth=self.depth, holds=self.holds, activation=keras.activations.serialize(self.activation))


rng = np.random.RandomState(0)
inputs = [
    rng.normal(size=(4, 3)).astype("float32"),
]
x = inputs[0]
y = rng.normal(size=(4, 2)).astype("float32")
custom_objects = {}


def make_model(seed):
    """The model, with weights of its own."""
    b = Block(depth=1, units=2, name="b")
    b.trainable = False
    model = keras.Sequential(
        [
            keras.Input(shape=(3,), name="x"),
            b,
        ],
        name="m",
    )
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
    """Which weights are trained."""
    training = [id(variable) for variable in model.trainable_weights]
    return [id(variable) in training for variable in model.weights]


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
