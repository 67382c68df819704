"""What the steps of the seed tutorial come to, version by version, and who says so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from packaging.version import Version

KERAS_2_EARLY, KERAS_2_LATE, KERAS_3 = "TF 2.2", "TF 2.15", "Keras 3"
"""TF 2.1 and 2.2, the version that the tutorial was written on; TF 2.13 to 2.15; any Keras 3."""


def era(tensorflow: str, keras: str) -> str | None:
    """The column of the table for a pair of versions; None for those that it does not speak of."""
    if Version(keras.partition("-")[0]).major >= 3:
        return KERAS_3
    release = Version(tensorflow).release[:2]
    if (2, 1) <= release <= (2, 2):
        return KERAS_2_EARLY
    return KERAS_2_LATE if (2, 13) <= release <= (2, 15) else None


@dataclass(frozen=True)
class Returns:
    """A step comes to a value."""

    value: Any
    source: str

    def difference(self, outcome: dict[str, Any]) -> str:
        """What is wrong with an outcome; empty if nothing is."""
        return "" if outcome == {"value": self.value} else f"expected {self.value}, got {outcome} ({self.source})"


@dataclass(frozen=True)
class Raises:
    """A step raises an exception."""

    type: str
    message: str
    """Regular expression that is searched for."""
    source: str

    def difference(self, outcome: dict[str, Any]) -> str:
        """What is wrong with an outcome; empty if nothing is."""
        if outcome.get("raised") == self.type and re.search(self.message, outcome["message"]):
            return ""
        return f"expected {self.type} with {self.message!r}, got {outcome} ({self.source})"


Expected = Returns | Raises

GUIDE = "tensorflow.org/guide/keras/save_and_serialize"
FORMAT = "tensorflow.org/guide/saved_model, The SavedModel format on disk"
K2 = "tf.keras 2.2"
K2L = "tf.keras 2.15"
K3 = "keras 3.15.1"

WHOLE = {"weights": True, "predictions": True, "optimizer": "Nadam", "iterations": 2}
NEW_OPTIMIZER = {**WHOLE, "iterations": 0}
ARCHITECTURE = {"config": True, "weights": False, "compiled": False}
TRAINED = {
    "output": [None, 100, 2],
    "weights": [[256, 2], [2]],
    "optimizer": "Nadam",
    "history": ["accuracy", "auc", "loss"],
    "finite": True,
    "iterations": 2,
}
SHARDS = ["variables", "variables.index"]
FOLDER = {"members": ["assets", "saved_model.pb", "variables"], "variables": SHARDS, "assets": []}
FOLDER_LATE = {
    "members": ["assets", "fingerprint.pb", "keras_metadata.pb", "saved_model.pb", "variables"],
    "variables": SHARDS,
    "assets": [],
}
FROM_2_3 = {
    "class": "Sequential",
    "name": "sequential",
    "layers": ["Dense"],
    "units": 2,
    "activation": "sigmoid",
    "input": [None, 100, 256],
    "output": [None, 100, 2],
}

NO_SAVE_FORMAT = Raises(
    "ValueError", "`save_format` argument is deprecated in Keras 3", f"{K3} keras/src/saving/saving_api.py (save_model)"
)
NO_SAVED_MODEL = Raises(
    "ValueError",
    "File format not supported.*Keras 3 only supports V3 `.keras` files, legacy H5",
    f"{K3} keras/src/saving/saving_api.py (load_model)",
)
NO_YAML_LATE = Raises(
    "RuntimeError", "has been removed due to security risk", f"{K2L} keras/src/engine/training.py (to_yaml)"
)
NO_YAML = Raises("AttributeError", "no attribute 'to_yaml'", f"{K3}: neither to_yaml nor model_from_yaml")
WEIGHTS_NAME = Raises(
    "ValueError",
    r"The filename must end in `\.weights\.h5`",
    f"{K3} keras/src/models/model.py (Model.save_weights: filepath must end in .weights.h5)",
)


def everywhere(value: Any, source: str) -> dict[str, Expected]:
    """The same outcome in all versions."""
    return dict.fromkeys((KERAS_2_EARLY, KERAS_2_LATE, KERAS_3), Returns(value, source))


OUTCOMES: dict[str, dict[str, Expected]] = {
    "build_and_train": everywhere(TRAINED, f"{GUIDE}; keras.io/api/models/model_training_apis"),
    "model_save_tf": {
        KERAS_2_EARLY: Returns(FOLDER, FORMAT),
        KERAS_2_LATE: Returns(FOLDER_LATE, f"{FORMAT} (2.15: fingerprint.pb and keras_metadata.pb beside the others)"),
        KERAS_3: NO_SAVE_FORMAT,
    },
    "save_model_tf": {
        KERAS_2_EARLY: Returns(FOLDER, FORMAT),
        KERAS_2_LATE: Returns(FOLDER_LATE, f"{FORMAT} (2.15: fingerprint.pb and keras_metadata.pb beside the others)"),
        KERAS_3: NO_SAVE_FORMAT,
    },
    "model_save_h5": everywhere("file", f"{GUIDE} (Keras H5 format: a single H5 file)"),
    "save_model_h5": {
        **everywhere("file", f"{GUIDE} (Keras H5 format: a single H5 file)"),
        KERAS_3: Returns("file", f"{K3} keras/src/saving/saving_api.py (save_format is passed over beside .h5)"),
    },
    "load_saved_model": {
        KERAS_2_EARLY: Returns(NEW_OPTIMIZER, "known issue keras2-saved-model-optimizer-state"),
        KERAS_2_LATE: Returns(NEW_OPTIMIZER, "known issue keras2-saved-model-optimizer-state"),
        KERAS_3: NO_SAVED_MODEL,
    },
    "load_h5": everywhere(WHOLE, f"{GUIDE} (architecture, weights, compile(), optimizer and its state)"),
    "json_architecture": {
        **everywhere(ARCHITECTURE, f"{GUIDE} (to_json: architecture alone, freshly initialized, not compiled)"),
        KERAS_3: Returns({**ARCHITECTURE, "compiled": True}, "known issue json-and-clone-keep-compile"),
    },
    "yaml_architecture": {
        KERAS_2_EARLY: Raises(
            "ConstructorError",
            "could not determine a constructor for the tag .*TensorShape",
            f"{K2} keras/engine/sequential.py writes its input shape as a Python object, which PyYAML makes again up to "
            "5.3 (CVE-2020-14343); tf2.2 of tox.ini has 5.4",
        ),
        KERAS_2_LATE: NO_YAML_LATE,
        KERAS_3: NO_YAML,
    },
    "yaml_of_functional": {
        KERAS_2_EARLY: Returns({"config": True}, f"{K2} keras/engine/network.py (to_yaml)"),
        KERAS_2_LATE: NO_YAML_LATE,
        KERAS_3: NO_YAML,
    },
    "weights_tf": {
        KERAS_2_EARLY: Returns(
            {"files": ["checkpoint", "checkpoint", "checkpoint.index"], "weights": True},
            f"{GUIDE} (TF Checkpoint format)",
        ),
        KERAS_2_LATE: Returns(
            {"files": ["checkpoint", "checkpoint", "checkpoint.index"], "weights": True},
            f"{GUIDE} (TF Checkpoint format)",
        ),
        KERAS_3: Raises("TypeError", "unexpected keyword argument 'save_format'", f"{K3} keras/src/models/model.py"),
    },
    "weights_without_extension": {
        KERAS_2_EARLY: Returns(["checkpoint", "weights", "weights.index"], f"{K2} Model.save_weights (default: 'tf')"),
        KERAS_2_LATE: Returns(["checkpoint", "weights", "weights.index"], f"{K2L} Model.save_weights (default: 'tf')"),
        KERAS_3: WEIGHTS_NAME,
    },
    "weights_h5": {
        **everywhere({"path": "file", "weights": True}, f"{GUIDE} (HDF5 format)"),
        KERAS_3: WEIGHTS_NAME,
    },
    "weights_weights_h5": everywhere({"path": "file", "weights": True}, "keras.io/api/models/model_saving_apis"),
    "load_model_of_weights": {
        KERAS_2_EARLY: Raises("ValueError", "No model found in config file", f"{K2} keras/saving/hdf5_format.py"),
        KERAS_2_LATE: Raises("ValueError", "No model config found in the file", f"{K2L} saving/legacy/hdf5_format.py"),
        KERAS_3: Raises("ValueError", "No model config found in the file", f"{K3} legacy/saving/legacy_h5_format.py"),
    },
    "load_model_of_checkpoint": {
        KERAS_2_EARLY: Raises("OSError", "SavedModel file does not exist at", f"{K2} saved_model/loader_impl.py"),
        KERAS_2_LATE: Raises("OSError", "No file or directory found at", f"{K2L} saving/legacy/save.py (load_model)"),
        KERAS_3: NO_SAVED_MODEL,
    },
    "load_weights_of_model": everywhere(
        {"weights": True}, "load_weights looks for model_weights in a whole-model file (hdf5_format.py, all versions)"
    ),
    "default_format": {
        KERAS_2_EARLY: Returns({"kind": "folder", "saved_model": True}, f"{K2} Model.save (default: 'tf' in TF 2.X)"),
        KERAS_2_LATE: Returns({"kind": "folder", "saved_model": True}, f"{K2L} Model.save (default: 'tf' in TF 2.X)"),
        KERAS_3: Raises("ValueError", "Invalid filepath extension for saving", f"{K3} saving/saving_api.py"),
    },
}
"""What is documented, or known not to be so; by step, then by era."""

RECORDED: dict[str, dict[str, Expected]] = {
    "keras_2_3_json": {
        KERAS_2_EARLY: Returns(FROM_2_3, "measured; the Keras of TF 2.2 names itself 2.3.0-tf"),
        KERAS_2_LATE: Returns(FROM_2_3, "measured"),
        KERAS_3: Raises("TypeError", "Could not locate class 'Sequential'", "measured; nothing is documented of it"),
    },
}
"""What was measured where nothing is documented; by step, then by era."""
