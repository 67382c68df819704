"""Saving merges LoRA weights into the kernel: the loaded layer has other lora variables than the saved one

Route: ModelCheckpoint(save_weights_only=True). TF 2.21.0 / Keras 3.15.1
Exits with 1 if it shows, with 0 if it does not.
"""

import os
import sys
import tempfile
import zipfile

import h5py
import numpy as np
import keras


rng = np.random.RandomState(0)
inputs = [
    rng.normal(size=(4, 3)).astype("float32"),
]
x = inputs[0]
custom_objects = {}


def make_model(seed):
    """The model, with weights of its own."""
    model = keras.Sequential(
        [
            keras.Input(shape=(3,), name="x"),
            keras.layers.Dense(lora_rank=1, units=2, name="d"),
        ],
        name="m",
    )
    values = np.random.RandomState(seed)
    for weight in model.weights:
        if "float" in str(weight.dtype):
            weight.assign(values.uniform(0.1, 0.9, size=weight.shape))
    return model


def stored(path):
    """The bytes of every array in the file."""
    if zipfile.is_zipfile(path):
        path = zipfile.ZipFile(path).open("model.weights.h5")
    elif os.path.isdir(path):
        path = os.path.join(path, "model.weights.h5")
    found = []
    with h5py.File(path, "r") as file:
        file.visititems(lambda _, item: found.append(item[()].tobytes()) if isinstance(item, h5py.Dataset) else None)
    return found


model = make_model(seed=0)

path = os.path.join(tempfile.mkdtemp(), "model.weights.h5")
callback = keras.callbacks.ModelCheckpoint(path, save_weights_only=True, verbose=0)
callback.set_params({"epochs": 2, "steps": 1, "verbose": 0})
callback.set_model(model)
callback.on_train_begin({})
callback.on_epoch_begin(0, {})
callback.on_epoch_end(0, {"loss": 1.0, "val_loss": 1.0})
callback.on_train_end({})
held = stored(path)
lacking = [weight.name for weight in model.weights if np.array(weight).tobytes() not in held]
if lacking:
    print("shown:", lacking)
    sys.exit(1)
print("not shown:", lacking)
