"""get_config of a DTypePolicyMap without default_policy takes the names from the policies in it: what is saved has no dtypes, and the live layers have lost theirs

Route: Model.save(.keras). TF 2.21.0 / Keras 3.15.1
Exits with 1 if it shows, with 0 if it does not.
"""

import os
import sys
import tempfile

import numpy as np
import keras


rng = np.random.RandomState(0)
inputs = [
    rng.normal(size=(4, 4, 2)).astype("float32"),
]
x = inputs[0]
custom_objects = {}


def make_model(seed):
    """The model, with weights of its own."""
    x = keras.Input(shape=(4, 2), name="x")
    hidden0 = keras.layers.MultiHeadAttention(dtype=keras.dtype_policies.DTypePolicyMap(policy_map={".*value": keras.dtype_policies.DTypePolicy(name="mixed_bfloat16")}), key_dim=3, num_heads=2, name="attention")(x, x)
    model = keras.Model(x, hidden0, name="model")
    values = np.random.RandomState(seed)
    for weight in model.weights:
        if "float" in str(weight.dtype):
            weight.assign(values.uniform(0.1, 0.9, size=weight.shape))
    return model


def plain(value):
    """What can be compared of an option: objects by class and configuration, functions by name."""
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return [[key, plain(value[key])] for key in sorted(value)]
    if hasattr(value, "get_config"):
        return [type(value).__name__, str(value.get_config())]
    return getattr(value, "__name__", value)


def option(thing, *names):
    """An option of a Keras object, under its name or with an underscore; None where it has none."""
    for name in names:
        kept = getattr(thing, "_fn_kwargs", {})
        thing = getattr(thing, name, getattr(thing, "_" + name, kept.get(name) if isinstance(kept, dict) else None))
    return plain(thing)


def walk(layer):
    """A layer and all that it holds."""
    inside = layer._flatten_layers(include_self=False, recursive=False)
    return [layer] + [item for child in inside for item in walk(child)]


def same(before, after):
    """Whether two values are equal, arrays and what holds them included."""
    if isinstance(before, (list, tuple)):
        is_list = isinstance(after, (list, tuple))
        return is_list and len(before) == len(after) and all(map(same, before, after))
    if isinstance(before, np.ndarray):
        return before.shape == np.shape(after) and bool(np.all(before == after))
    return before == after


def look(model):
    """One option of all EinsumDense layers."""
    return [item.dtype_policy.name for item in walk(model) if type(item).__name__ == "EinsumDense"]


model = make_model(seed=0)

path = os.path.join(tempfile.mkdtemp(), "model.keras")
before = look(model)
model.save(path)
after = look(model)

if not same(before, after):
    print("shown:", before, "->", after)
    sys.exit(1)
print("not shown:", before, "->", after)
