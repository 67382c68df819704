"""What KerasFileEditor has dropped of the layers inside other layers is passed over by load_weights with skip_mismatch

Route: KerasFileEditor(.weights.h5).save, edits taken back -> load_weights(skip_mismatch=True)[rebuilt]. TF 2.21.0 / Keras 3.15.1
Exits with 1 if it shows, with 0 if it does not.
"""

import os
import sys
import tempfile

import numpy as np
import keras


rng = np.random.RandomState(0)
inputs = [
    rng.normal(size=(4, 2, 2)).astype("float32"),
]
x = inputs[0]
custom_objects = {}


def make_model(seed):
    """The model, with weights of its own."""
    model = keras.Sequential(
        [
            keras.Input(shape=(2, 2), name="x"),
            keras.layers.SimpleRNN(units=6, name="rnn"),
        ],
        name="model",
    )
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

path = os.path.join(tempfile.mkdtemp(), "model.weights.h5")
def with_weights(found, path=""):
    for name, value in found.items():
        if isinstance(value, dict):
            inner = f"{path}/{name}" if path else name
            if value and not any(isinstance(item, dict) for item in value.values()):
                return inner, value
            deeper = with_weights(value, inner)
            if deeper:
                return deeper
    return None


model.save_weights(path + ".weights.h5")
editor = keras.saving.KerasFileEditor(path + ".weights.h5")
found = with_weights(editor.weights_dict)
if found:
    name, weights = found
    folder, _, last = name.rpartition("/")
    editor.rename_object(name, "elsewhere")
    editor.rename_object(f"{folder}/elsewhere" if folder else "elsewhere", last)
    first = next(iter(weights))
    taken = {first: weights[first]}
    editor.delete_weight(name, first)
    editor.add_weights(name, taken)
    editor.delete_object(name)
    editor.add_object(name, weights)
editor.save(path)
loaded = make_model(seed=1)
loaded.load_weights(path, skip_mismatch=True)

before = look(model)
after = look(loaded)

if not same(before, after):
    print("shown:", before, "->", after)
    sys.exit(1)
print("not shown:", before, "->", after)
