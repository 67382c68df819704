"""The format of a model saved without an extension: HDF5 in TensorFlow 1.x, SavedModel with the behaviour of 2.x.

Source: tf.keras 1.15 tensorflow_core/python/keras/saving/save.py:80 (save_format defaults to 'tf' in TF 2.X, and 'h5'
in TF 1.X). The harness itself runs 1.15 with the behaviour of 2.x, so this is a script of its own.
"""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import h5py
import pytest

from tests.tutorial.test_seed_tutorial import DEADLINE, QUIET, named

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.tensorflow

SCRIPT = """
import sys
import tensorflow as tf
{behaviour}
model = tf.keras.Sequential([tf.keras.layers.Dense(2, activation="sigmoid", input_shape=(256,))])
model.compile("sgd", "mse")
model.save(sys.argv[1])
"""


def saved_without_extension(behaviour: str, folder: Path) -> Path:
    executable, variables = named("tf1.15")
    path = folder / "model"
    command = [executable, "-c", SCRIPT.format(behaviour=behaviour), str(path)]
    # Another TensorFlow in this process has switched the behaviour of 2.x on for all that it starts.
    surroundings = {**os.environ, **QUIET, "TF2_BEHAVIOR": "0", **variables}
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, env=surroundings, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return path


def test_tensorflow_1_saves_one_hdf5_file(tmp_path: Path) -> None:
    path = saved_without_extension("", tmp_path)
    with h5py.File(path) as file:
        assert "model_config" in file.attrs
        assert "model_weights" in file


def test_the_behaviour_of_2_saves_a_saved_model(tmp_path: Path) -> None:
    path = saved_without_extension("tf.compat.v1.enable_v2_behavior()", tmp_path)
    assert sorted(item.name for item in path.iterdir()) == ["assets", "saved_model.pb", "variables"]
