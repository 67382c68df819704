"""What each saver and loader is as lines of a script. ``path``, ``model``, ``loaded`` and ``make_model`` are theirs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class NotWritableError(Exception):
    """There is no script for a route: of a format of another package, say. The message names it."""


@dataclass(frozen=True)
class Lines:
    """Statements, and the modules that they take beside ``keras`` and ``numpy``."""

    text: str
    modules: tuple[str, ...] = ()

    @property
    def lines(self) -> list[str]:
        """One statement each."""
        return self.text.splitlines()


def _hooks(callback: str, *, on: str = "model") -> str:
    """A callback driven through its hooks, as ``fit`` would, without training the model on."""
    return (
        f"callback = {callback}\n"
        'callback.set_params({"epochs": 2, "steps": 1, "verbose": 0})\n'
        f"callback.set_model({on})\n"
        "callback.on_train_begin({})"
    )


def _at_epoch_end(callback: str) -> str:
    return (
        f"{_hooks(callback)}\n"
        "callback.on_epoch_begin(0, {})\n"
        'callback.on_epoch_end(0, {"loss": 1.0, "val_loss": 1.0})\n'
        "callback.on_train_end({})"
    )


_SAVE = "model.save(path)"
_NO_OPTIMIZER = "model.save(path, include_optimizer=False)"
_SAVE_MODEL = "keras.models.save_model(model, path)"
_FOLDER = "model.save(path, zipped=False)"
_SAVE_WEIGHTS = "model.save_weights(path)"
_CHECKPOINT = """parts = {"model": %s}
if getattr(%s, "optimizer", None) is not None:
    parts["optimizer"] = %s.optimizer
"""

_EDITED = """model.%s(path + "%s")
keras.saving.KerasFileEditor(path + "%s").save(path)"""

_CLONED = """seen = []
def clone(layer):
    seen.append(layer.__class__.from_config(layer.get_config()))
    return seen[-1]
def innermost(model):
    for layer in model.layers:
        if type(layer).__name__ in ("Sequential", "Functional"):
            yield from innermost(layer)
        elif type(layer).__name__ != "InputLayer":
            yield layer
copy_of_model = keras.models.clone_model(model, clone_function=clone, recursive=True)
missed = [layer.name for layer in innermost(copy_of_model) if all(layer is not item for item in seen)]
if missed:
    raise AssertionError("clone_function has not been called for %d layers, say '%s'" % (len(missed), missed[0]))"""

_SLOTS = """weights = model.get_weights()
slots = [variable.numpy() for variable in model.optimizer.variables] if model.optimizer.built else []"""

_SET_SLOTS = """loaded.set_weights(weights)
if slots and not loaded.optimizer.built:
    loaded.optimizer.build(loaded.trainable_variables)
if slots:
    loaded.optimizer.set_weights(slots)"""

_TAKEN_BACK = """def with_weights(found, path=""):
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
editor.save(path)"""

SAVERS: Mapping[str, Lines] = {
    "Model.save(.keras)": Lines(_SAVE),
    "Model.save(.keras, include_optimizer=False)": Lines(_NO_OPTIMIZER),
    "Model.save(zipped=False)": Lines(_FOLDER),
    "Model.save(zipped=False, overwrite=True)": Lines(f"{_FOLDER}\nmodel.save(path, zipped=False, overwrite=True)"),
    "saving.save_model(.keras)": Lines(_SAVE_MODEL),
    "ModelCheckpoint(.keras)": Lines(_at_epoch_end("keras.callbacks.ModelCheckpoint(path, verbose=0)")),
    "ModelCheckpoint(save_weights_only=True)": Lines(
        _at_epoch_end("keras.callbacks.ModelCheckpoint(path, save_weights_only=True, verbose=0)")
    ),
    "BackupAndRestore": Lines(_at_epoch_end("keras.callbacks.BackupAndRestore(path, delete_checkpoint=False)")),
    "OrbaxCheckpoint": Lines(_at_epoch_end("keras.callbacks.OrbaxCheckpoint(path, save_on_background=False)")),
    "OrbaxCheckpoint(save_weights_only=True)": Lines(
        _at_epoch_end("keras.callbacks.OrbaxCheckpoint(path, save_weights_only=True, save_on_background=False)")
    ),
    "Model.save(.h5)": Lines(_SAVE),
    "Model.save(.h5, include_optimizer=False)": Lines(_NO_OPTIMIZER),
    "saving.save_model(.h5)": Lines(_SAVE_MODEL),
    "Model.save_weights(.weights.h5)": Lines(_SAVE_WEIGHTS),
    "Model.save_weights(.weights.json, max_shard_size)": Lines(
        "largest = max(weight.nbytes for weight in model.get_weights())\n"
        "model.save_weights(path, max_shard_size=1.01 * max(largest, 64) / 1024**3)"
    ),
    "KerasFileEditor(.weights.h5).save": Lines(_EDITED % ("save_weights", ".weights.h5", ".weights.h5")),
    "KerasFileEditor(.keras).save": Lines(_EDITED % ("save", ".keras", ".keras")),
    "KerasFileEditor(.weights.h5).save, edits taken back": Lines(_TAKEN_BACK),
    "Model.save_weights(.h5)": Lines(_SAVE_WEIGHTS),
    "Model.save_weights(no extension)": Lines(_SAVE_WEIGHTS),
    "tf.train.Checkpoint.write": Lines(
        _CHECKPOINT % ("model", "model", "model") + "tf.train.Checkpoint(**parts).write(path)", ("tf",)
    ),
    "Model.to_json": Lines("text = model.to_json()"),
    "Model.to_yaml": Lines("text = model.to_yaml()"),
    "Model.get_config": Lines("config = model.get_config()"),
    "models.clone_model": Lines("copy_of_model = keras.models.clone_model(model)"),
    "models.clone_model(clone_function, recursive=True)": Lines(_CLONED),
    "pickle.dumps": Lines("data = pickle.dumps(model)", ("pickle",)),
    "copy.deepcopy": Lines("copy_of_model = copy.deepcopy(model)", ("copy",)),
    "Model.get_weights": Lines("weights = model.get_weights()"),
    "Optimizer.variables": Lines(_SLOTS),
    "Model.get_state_tree": Lines('tree = model.get_state_tree(value_format="numpy_array")'),
    "Model.save(save_format='tf')": Lines('model.save(path, save_format="tf")'),
    "Model.save(no extension)": Lines(_SAVE),
    "tf.saved_model.save": Lines("tf.saved_model.save(model, path)", ("tf",)),
    "Model.export": Lines("model.export(path)"),
}

_TARGET = {
    "rebuilt": "loaded = make_model(seed=1)",
    "refrozen": """loaded = make_model(seed=1)
for layer in loaded.layers:
    if layer.weights:
        layer.trainable = not layer.trainable""",
    "renamed": """loaded = make_model(seed=1)
for layer in loaded.layers:
    if isinstance(layer, keras.Model):
        layer._name = layer.name + "_elsewhere"
        if hasattr(keras, "version"):
            layer.name = layer._name""",
    "namesake": """loaded = make_model(seed=1)
if getattr(model, "optimizer", None) is not None and model.optimizer.built:
    loaded.optimizer.build(loaded.trainable_variables)
if len(loaded.metrics_variables) < len(model.metrics_variables):
    loaded.test_on_batch(x, y)
    loaded.reset_metrics()""",
    "from_json": "loaded = keras.models.model_from_json(model.to_json(), custom_objects=custom_objects)",
}
_ENDPOINT = """signature = layer._reloaded_obj.signatures["serving_default"]
specs = signature.structured_input_signature[1]
feeds = [tf.cast(value, specs[name].dtype) for name, value in zip(sorted(specs), inputs)]
loaded = lambda: layer(feeds[0] if len(feeds) == 1 else feeds)"""
_SERVE = """artifact = tf.saved_model.load(path)
signature = artifact.signatures["serving_default"]
specs = signature.structured_input_signature[1]
feeds = {name: tf.cast(value, specs[name].dtype) for name, value in zip(sorted(specs), inputs)}
loaded = lambda: signature(**feeds)"""

LOADERS: Mapping[str, Lines] = {
    "load_model": Lines("loaded = keras.models.load_model(path)"),
    "load_model(compile=False)": Lines("loaded = keras.models.load_model(path, compile=False)"),
    "load_model(custom_objects)": Lines("loaded = keras.models.load_model(path, custom_objects=custom_objects)"),
    "load_model(custom_objects, safe_mode=False)": Lines(
        "loaded = keras.models.load_model(path, custom_objects=custom_objects, safe_mode=False)"
    ),
    **{
        f"load_weights[{target}]": Lines(f"{making}\nloaded.load_weights(path)")
        for target, making in _TARGET.items()
        if target != "namesake"
    },
    "load_weights(skip_mismatch=True)[rebuilt]": Lines(
        f"{_TARGET['rebuilt']}\nloaded.load_weights(path, skip_mismatch=True)"
    ),
    **{
        f"load_weights(by_name=True)[{target}]": Lines(f"{_TARGET[target]}\nloaded.load_weights(path, by_name=True)")
        for target in ("rebuilt", "renamed")
    },
    "BackupAndRestore[rebuilt]": Lines(
        f"{_TARGET['rebuilt']}\n"
        + _hooks("keras.callbacks.BackupAndRestore(path, delete_checkpoint=False)", on="loaded")
    ),
    "tf.train.Checkpoint.restore[rebuilt]": Lines(
        f"{_TARGET['rebuilt']}\n"
        + _CHECKPOINT % ("loaded", "loaded", "loaded")
        + "tf.train.Checkpoint(**parts).restore(path).expect_partial()",
        ("tf",),
    ),
    "model_from_json": Lines("loaded = keras.models.model_from_json(text)"),
    "model_from_json(custom_objects)": Lines(
        "loaded = keras.models.model_from_json(text, custom_objects=custom_objects)"
    ),
    "model_from_yaml": Lines("loaded = keras.models.model_from_yaml(text)"),
    "model_from_yaml(custom_objects)": Lines(
        "loaded = keras.models.model_from_yaml(text, custom_objects=custom_objects)"
    ),
    "from_config": Lines("loaded = type(model).from_config(config)"),
    "from_config(custom_objects)": Lines(
        "with keras.utils.custom_object_scope(custom_objects):\n    loaded = type(model).from_config(config)"
    ),
    "from_config(config, custom_objects)": Lines(
        "loaded = type(model).from_config(config, custom_objects=custom_objects)"
    ),
    "pickle.loads": Lines("loaded = pickle.loads(data)", ("pickle",)),
    "result": Lines("loaded = copy_of_model"),
    "set_weights[rebuilt]": Lines(f"{_TARGET['rebuilt']}\nloaded.set_weights(weights)"),
    "Optimizer.set_weights[rebuilt]": Lines(f"{_TARGET['rebuilt']}\n{_SET_SLOTS}"),
    "set_state_tree[namesake]": Lines(f"{_TARGET['namesake']}\nloaded.set_state_tree(tree)"),
    "tf.saved_model.load": Lines(_SERVE, ("tf",)),
    "TFSMLayer": Lines(f"layer = keras.layers.TFSMLayer(path)\n{_ENDPOINT}", ("tf",)),
    "TFSMLayer(call_endpoint='serving_default')": Lines(
        f'layer = keras.layers.TFSMLayer(path, call_endpoint="serving_default")\n{_ENDPOINT}', ("tf",)
    ),
}

FUNCTIONS = frozenset({"tf.saved_model.load", "TFSMLayer", "TFSMLayer(call_endpoint='serving_default')"})
"""Loaders whose ``loaded`` is no model: a function that computes the outputs."""


def saving(saver: str) -> Lines:
    """Statements of a saver.

    Raises:
        NotWritableError: there are none.
    """
    return _of(saver, SAVERS)


def loading(loader: str, saver: str) -> Lines:
    """Statements of a loader, of what this saver wrote.

    Raises:
        NotWritableError: there are none.
    """
    found = _of(loader, LOADERS)
    if "(text" in found.text and not saver.startswith("Model.to_"):
        # Whatever the file is for, it is read as text.
        return Lines(f"with open(path) as file:\n    text = file.read()\n{found.text}", found.modules)
    if "(path" in found.text and saver in {"Model.to_json", "Model.to_yaml"}:
        return Lines(f'with open(path, "w") as file:\n    file.write(text)\n{found.text}', found.modules)
    return found


def _of(name: str, known: Mapping[str, Lines]) -> Lines:
    if name not in known:
        msg = f"no script can be written for {name!r}"
        raise NotWritableError(msg)
    return known[name]
