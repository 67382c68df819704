"""A small model, and environments that need not exist, for what crosses from one version to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.campaign.deposit import Artifact, Deposit
from harness.campaign.environments import Interpreter
from harness.models.spec import Layer, ModelSpec
from tests.stacks import dense, stack, trained

if TYPE_CHECKING:
    from pathlib import Path

MODEL = trained(stack("crossed", dense("first", 4, "tanh"), dense("second", 2)))

MODERN = ModelSpec(stack("modern", Layer("norm", "RMSNormalization", {})))
"""Of a class that only new versions have."""


def environment(name: str, tf: str, keras: str) -> Interpreter:
    """An environment that is never started."""
    info: dict[str, Any] = {"tensorflow": tf, "keras": keras, "modules": ["orbax.checkpoint", "yaml"]}
    return Interpreter(name, f"/nowhere/{name}", info)


OLD = environment("old", "2.5.0", "2.5.0")
LATE = environment("late", "2.15.0", "2.15.0")
NEW = environment("new", "2.21.0", "3.15.1")


def deposit(folder: Path, spec: ModelSpec = MODEL) -> Deposit:
    """What the old environment might have left of a model; nothing is written yet."""
    writer = {**OLD.info, "name": "old"}
    outputs = {"built": True, "names": ["y"], "shapes": [[4, 2]]}
    artifact = Artifact("Model.save(.h5)", "0/model.h5", "abc")
    return Deposit(folder, spec, writer, {"built": True}, outputs, frozenset({"weights:[0]"}), (artifact,))
