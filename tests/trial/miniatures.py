"""Small snapshots to compare: the portrait of a Dense layer, and changes to it."""

from __future__ import annotations

import copy
import hashlib
from typing import Any

import numpy as np

from harness.trial.arrays import stored_name
from harness.trial.compare import Side


class Snapshot:
    """Builds a snapshot whose arrays are stored, as the subject would."""

    def __init__(self) -> None:
        self.arrays: dict[str, np.ndarray] = {}

    def array(self, values: Any, dtype: str = "float32") -> dict[str, Any]:
        array = np.asarray(values, dtype)
        portrait = {"shape": list(array.shape), "dtype": dtype, "sha": hashlib.sha256(array.tobytes()).hexdigest()[:16]}
        self.arrays[stored_name(portrait)] = array
        return portrait

    def variable(self, name: str, values: Any, owner: str = "Dense", **facts: Any) -> dict[str, Any]:
        facts = {"holder": "d", "path": f"m/d/{name}", "trainable": True, **facts}
        return {"owner": owner, "name": name, **facts, **self.array(values)}

    def side(self, **changes: Any) -> Side:
        """A compiled and trained model of one Dense layer, with some facets replaced."""
        return Side(copy.deepcopy({**self.base(), **changes}), self.arrays)

    def base(self) -> dict[str, Any]:
        return {
            "function": False,
            "built": True,
            "architecture": architecture(),
            "weights": [self.variable("kernel", [[1.0, 2.0]]), self.variable("bias", [3.0, 4.0])],
            "state": [],
            "compile": {"loss": "mse", "metrics": ["mae"]},
            "writes": {"loss": "mse", "optimizer": {"class_name": "Adam"}},
            "optimizer": {
                "class": "Adam",
                "args": {"learning_rate": 0.1},
                "config": {"name": "adam"},
                "built": True,
                "iterations": 2,
                "variables": [self.variable("momentum", [0.5, 0.25], owner="")],
            },
            "metrics": [{"name": "loss", "class": "Mean", "variables": [self.array(1.5)]}],
            "predictions": {"value": [{**self.array([[0.1, 0.2]]), "tensor": "Tensor"}]},
            "evaluate": {"value": {"names": ["loss"], "values": [self.array(0.75)]}},
            "resume": {"value": [self.variable("kernel", [[1.1, 2.1]])]},
        }


def architecture(**layer: Any) -> dict[str, Any]:
    dense = {
        "class": "Dense",
        "name": "d",
        "trainable": True,
        "dtype": "float32",
        "args": {"units": 2, "activation": {"$fn": "relu"}},
        "config": {"units": 2, "activation": "relu"},
        "graph": None,
        "layers": [],
        **layer,
    }
    return {
        "class": "Sequential",
        "name": "m",
        "trainable": True,
        "dtype": "float32",
        "args": {},
        "config": {},
        "graph": None,
        "layers": [dense],
    }
