"""The seed tutorial, step by step, in the environment under test: ``python steps.py FOLDER``.

Python 3.7 syntax and the API of TensorFlow 2.0. The last line on standard output is a JSON object: for each step, what
came of it, or what it raised. Whether that is right is not decided here.
"""

import json
import os
import sys
from typing import Any, List

import numpy as np
import tensorflow as tf

SHAPE = (100, 256)
SAMPLES = 4

STEPS: List[Any] = []


def step(function):
    STEPS.append(function)
    return function


class Tutorial:
    """The model of the tutorial, trained a little, and a folder to save it to."""

    def __init__(self, folder):
        self.folder = folder
        generator = np.random.RandomState(7)
        self.inputs = generator.uniform(-1, 1, (SAMPLES,) + SHAPE).astype("float32")
        self.targets = generator.randint(0, 2, (SAMPLES, SHAPE[0], 2)).astype("float32")
        self.model = fresh()
        self.history = self.model.fit(
            self.inputs, self.targets, epochs=1, batch_size=2, shuffle=False, verbose=0
        ).history

    def path(self, name):
        return os.path.join(self.folder, name)

    def same_weights(self, other):
        one, two = self.model.get_weights(), other.get_weights()
        return [value.tobytes() for value in one] == [value.tobytes() for value in two]

    def same(self, other):
        """What another model has in common with the tutorial's."""
        optimizer = getattr(other, "optimizer", None)
        return {
            "weights": self.same_weights(other),
            "predictions": bool(
                np.array_equal(*(each.predict(self.inputs, verbose=0) for each in (self.model, other)))
            ),
            "optimizer": type(optimizer).__name__ if optimizer else None,
            "iterations": int(np.asarray(optimizer.iterations)) if optimizer else None,
        }


def fresh():
    """The model as the tutorial builds and compiles it."""
    model = tf.keras.Sequential([tf.keras.layers.Dense(2, activation="sigmoid", input_shape=SHAPE, name="dense")])
    model.compile(optimizer="nadam", loss="binary_crossentropy", metrics=["accuracy", tf.keras.metrics.AUC(name="auc")])
    return model


def members(path):
    """What is directly in a folder, the shards of its variables apart."""
    return {
        "members": sorted(os.listdir(path)),
        "variables": sorted(name.partition(".data-")[0] for name in os.listdir(os.path.join(path, "variables"))),
        "assets": sorted(os.listdir(os.path.join(path, "assets"))),
    }


def kind_of(path):
    return "folder" if os.path.isdir(path) else "file" if os.path.isfile(path) else "nothing"


@step
def build_and_train(tutorial):
    model = tutorial.model
    return {
        "output": list(model.output_shape),
        "weights": [list(value.shape) for value in model.get_weights()],
        "optimizer": type(model.optimizer).__name__,
        "history": sorted(tutorial.history),
        "finite": bool(np.all(np.isfinite(list(tutorial.history.values())))),
        "iterations": int(np.asarray(model.optimizer.iterations)),
    }


@step
def model_save_tf(tutorial):
    tutorial.model.save(tutorial.path("saved_model"), save_format="tf")
    return members(tutorial.path("saved_model"))


@step
def save_model_tf(tutorial):
    tf.keras.models.save_model(tutorial.model, tutorial.path("save_model"), save_format="tf")
    return members(tutorial.path("save_model"))


@step
def model_save_h5(tutorial):
    tutorial.model.save(tutorial.path("model.h5"))
    return kind_of(tutorial.path("model.h5"))


@step
def save_model_h5(tutorial):
    tf.keras.models.save_model(tutorial.model, tutorial.path("save_model.h5"), save_format="h5")
    return kind_of(tutorial.path("save_model.h5"))


def architecture(tutorial, other):
    return {
        "config": config_of(other) == config_of(tutorial.model),
        "weights": tutorial.same_weights(other),
        "compiled": bool(getattr(other, "optimizer", None)),
    }


def config_of(model):
    return json.loads(model.to_json())["config"]


@step
def json_architecture(tutorial):
    return architecture(tutorial, tf.keras.models.model_from_json(tutorial.model.to_json()))


@step
def yaml_architecture(tutorial):
    text = tutorial.model.to_yaml()
    return architecture(tutorial, tf.keras.models.model_from_yaml(text))


@step
def yaml_of_functional(tutorial):
    inputs = tf.keras.Input(SHAPE)
    model = tf.keras.Model(inputs, tf.keras.layers.Dense(2, activation="sigmoid")(inputs))
    text = model.to_yaml()
    return {"config": config_of(tf.keras.models.model_from_yaml(text)) == config_of(model)}


@step
def load_saved_model(tutorial):
    path = tutorial.path("saved_model")
    if not os.path.isdir(path):
        # Where Keras does not write one, TensorFlow still does.
        tf.saved_model.save(tutorial.model, path)
    return tutorial.same(tf.keras.models.load_model(path))


@step
def load_h5(tutorial):
    return tutorial.same(tf.keras.models.load_model(tutorial.path("model.h5")))


@step
def weights_tf(tutorial):
    path = tutorial.path("weights/checkpoint")
    os.makedirs(os.path.dirname(path))
    tutorial.model.save_weights(path, save_format="tf")
    other = fresh()
    other.load_weights(path)
    files = sorted(name.partition(".data-")[0] for name in os.listdir(os.path.dirname(path)))
    return {"files": files, "weights": tutorial.same_weights(other)}


@step
def weights_without_extension(tutorial):
    path = tutorial.path("plain/weights")
    os.makedirs(os.path.dirname(path))
    tutorial.model.save_weights(path)
    return sorted(name.partition(".data-")[0] for name in os.listdir(os.path.dirname(path)))


@step
def weights_h5(tutorial):
    return saved_and_loaded(tutorial, "weights_only.h5")


@step
def weights_weights_h5(tutorial):
    return saved_and_loaded(tutorial, "model.weights.h5")


def saved_and_loaded(tutorial, name):
    path = tutorial.path(name)
    tutorial.model.save_weights(path)
    other = fresh()
    other.load_weights(path)
    return {"path": kind_of(path), "weights": tutorial.same_weights(other)}


@step
def load_model_of_weights(tutorial):
    return tutorial.same(tf.keras.models.load_model(tutorial.path("model.weights.h5")))


@step
def load_model_of_checkpoint(tutorial):
    path = tutorial.path("other/checkpoint")
    os.makedirs(os.path.dirname(path))
    tf.train.Checkpoint(model=tutorial.model).write(path)
    return tutorial.same(tf.keras.models.load_model(path))


@step
def load_weights_of_model(tutorial):
    other = fresh()
    other.load_weights(tutorial.path("model.h5"))
    return {"weights": tutorial.same_weights(other)}


@step
def default_format(tutorial):
    path = tutorial.path("without_extension")
    tutorial.model.save(path)
    return {"kind": kind_of(path), "saved_model": os.path.isfile(os.path.join(path, "saved_model.pb"))}


@step
def keras_2_3_json(tutorial):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "keras_2_3.json")) as file:
        model = tf.keras.models.model_from_json(file.read())
    (layer,) = [each for each in model.layers if type(each).__name__ == "Dense"]
    return {
        "class": type(model).__name__,
        "name": model.name,
        "layers": [type(each).__name__ for each in model.layers],
        "units": layer.units,
        "activation": layer.activation.__name__,
        "input": list(model.input_shape) if model.built else None,
        "output": list(model.output_shape) if model.built else None,
    }


def outcome(function, tutorial):
    try:
        return {"value": function(tutorial)}
    except Exception as error:
        return {"raised": type(error).__name__, "message": str(error)}


def main():
    tutorial = Tutorial(sys.argv[1])
    done = {function.__name__: outcome(function, tutorial) for function in STEPS}
    sys.stdout.write("\n" + json.dumps({"tensorflow": tf.__version__, "steps": done}) + "\n")


if __name__ == "__main__":
    main()
