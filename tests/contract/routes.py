"""The names of the harness's routes, and the shorthand of the tests of the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.contract.predicate import FEATURES
from harness.contract.rules import Contract, Routes, load_contract
from harness.contract.situation import FeatureValue, Situation
from harness.contract.windows import Window
from harness.subject import routes as declared

if TYPE_CHECKING:
    from pathlib import Path

_FOUND = declared.load(declared.builtin_paths())
ROUTES = Routes(tuple(_FOUND.savers), tuple(_FOUND.loaders))
TODAY = tuple(name for name, saver in _FOUND.savers.items() if "3.15.1" in Window(saver.keras))
"""Savers of the Keras that the shorthand is about."""

PLAIN: dict[str, FeatureValue] = {
    "kind": "sequential",
    "config": "-",
    "holds": "-",
    "built": "input",
    "compiled": True,
    "trained": True,
    "steps": 2,
    "optimizer": "Adam",
    "schedule": "none",
    "loss": frozenset({"mse"}),
    "loss_form": frozenset({"string"}),
    "inputs": 1,
    "outputs": 1,
    "nested": 0,
    "weights": True,
}


def features(**changes: FeatureValue) -> dict[str, FeatureValue]:
    """The features of an ordinary model, with some of them changed."""
    empty: dict[str, FeatureValue] = {
        name: frozenset() if feature.type == "names" else False for name, feature in FEATURES.items()
    }
    return {**empty, **PLAIN, **changes}


def situation(
    saver: str, loader: str = "", *, tf: str = "2.21.0", keras: str = "3.15.1", **changes: FeatureValue
) -> Situation:
    """A trial of an ordinary model, with some of its features changed."""
    kind = str(changes.get("kind", "sequential"))
    if kind == "subclassed":
        changes = {"config": "registered", "holds": "attributes", **changes}
    return Situation(saver, loader, kind, features(**changes), tf, keras)


def rule(body: str, name: str = "a", *, saver: str = "Model.save(.keras)", loader: str = "load_model") -> str:
    """The TOML of a rule with a source, of which the body says the rest."""
    where = f'loader = ["{loader}"]\n' if loader else ""
    return f'[[rule]]\nid = "{name}"\nsaver = ["{saver}"]\n{where}source = ["docs"]\n{body}\n'


def contract_of(folder: Path, *rules: str) -> Contract:
    """The contract of these rules, in one file."""
    path = folder / "rules" / "some.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(rules), encoding="utf-8")
    return load_contract([path], routes=ROUTES)
