"""A format module of deliberately broken savers and loaders: what the harness must catch.

Each breaks one thing of the ``.keras`` route, and is held to the same rules (``faulty.toml`` beside it).
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
import zipfile

import h5py
import numpy as np
from harness_subject.formats import Loader, Saver

WHOLE = ("architecture", "weights", "compile", "optimizer", "predictions", "resume")


def rewritten(path, member, change):
    """Replace one member of a ``.keras`` archive by what ``change`` makes of it."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members[member] = change(members[member])
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def with_h5(path, change):
    """Let ``change`` work on the weights inside a ``.keras`` archive."""

    def edit(data):
        copy = path + ".h5"
        with open(copy, "wb") as stream:
            stream.write(data)
        with h5py.File(copy, "r+") as file:
            change(file)
        with open(copy, "rb") as stream:
            return stream.read()

    rewritten(path, "model.weights.h5", edit)


def with_config(path, change):
    """Let ``change`` work on the configuration inside a ``.keras`` archive."""

    def edit(data):
        config = json.loads(data)
        change(config)
        return json.dumps(config).encode()

    rewritten(path, "config.json", edit)


def datasets(group):
    for item in group.values():
        if isinstance(item, h5py.Dataset):
            yield item
        else:
            yield from datasets(item)


def layer_weights(file):
    return [
        item for item in datasets(file) if "optimizer" not in item.name and item.size > 1 and item.dtype.kind == "f"
    ]


def permutes_weights(context, path):
    context.model.save(path)

    def change(file):
        for item in layer_weights(file):
            item[...] = np.flip(item[...])

    with_h5(path, change)


def casts_to_half(context, path):
    context.model.save(path)

    def change(file):
        for item in layer_weights(file):
            item[...] = item[...].astype("float16").astype(item.dtype)

    with_h5(path, change)


def truncates_last_variable(context, path):
    context.model.save(path)

    def change(file):
        layer_weights(file)[-1][...] = 0

    with_h5(path, change)


def layers_of(config):
    return [layer for layer in config["config"]["layers"] if layer["class_name"] != "InputLayer"]


def renames_layer(context, path):
    context.model.save(path)
    with_config(path, lambda config: layers_of(config)[0]["config"].update(name="another_name"))


def forgets_activation(context, path):
    context.model.save(path)

    def change(config):
        for layer in layers_of(config):
            layer["config"].pop("activation", None)

    with_config(path, change)


def loses_frozen_flag(context, path):
    context.model.save(path)

    def change(config):
        for layer in layers_of(config):
            layer["config"]["trainable"] = True

    with_config(path, change)


def writes_nothing(context, path):
    pass


def damages_live_model(context, path):
    context.model.save(path)
    context.model.set_weights([weight * 0 for weight in context.model.get_weights()])


def crashes(context, path):
    os.kill(os.getpid(), signal.SIGSEGV)


def hangs(context, path):
    time.sleep(3600)


def grows(context, path):
    hoard = []
    while True:
        hoard.append(np.ones((64, 2**20)))


def prints_rubbish(context, path):
    print('{"raised": null}\nrubbish\x00\xff')
    os.write(1, b'{"raised": null}\n\xff\xfe')
    sys.stdout.flush()
    context.model.save(path)


def whole(context, path):
    context.model.save(path)


def loads(context, path):
    return context.saving.load_model(path)


def drops_optimizer(context, path):
    model = context.saving.load_model(path)
    fresh = type(model.optimizer).from_config(model.optimizer.get_config())
    fresh.build(model.trainable_variables)
    model.optimizer = fresh
    return model


def never_compiles(context, path):
    return context.saving.load_model(path, compile=False)


def returns_another_model(context, path):
    return context.keras.models.clone_model(context.model)


def subclassed_to_h5(context, path):
    shutil.copyfile(__file__, path)


def saver(name, run, suffix=".keras", layout=""):
    return Saver(name, run, family="planted " + name, suffix=suffix, layout=layout)


SAVERS = (
    saver("planted: whole", whole, layout="keras_zip"),
    saver("planted: permutes weights", permutes_weights),
    saver("planted: casts to half", casts_to_half),
    saver("planted: truncates last variable", truncates_last_variable),
    saver("planted: truncates last variable, layout", truncates_last_variable, layout="keras_zip"),
    saver("planted: renames layer", renames_layer),
    saver("planted: forgets activation", forgets_activation),
    saver("planted: loses frozen flag", loses_frozen_flag),
    saver("planted: writes nothing", writes_nothing, layout="keras_zip"),
    saver("planted: damages live model", damages_live_model),
    saver("planted: crashes", crashes),
    saver("planted: hangs", hangs),
    saver("planted: grows", grows),
    saver("planted: prints rubbish", prints_rubbish, layout="keras_zip"),
    saver("planted: subclassed to h5", subclassed_to_h5, suffix=".h5"),
)

LOADERS = (
    Loader("planted: loads", loads, claims=WHOLE),
    Loader("planted: drops optimizer", drops_optimizer, claims=WHOLE),
    Loader("planted: never compiles", never_compiles, claims=WHOLE),
    Loader("planted: returns another model", returns_another_model, claims=WHOLE),
)
