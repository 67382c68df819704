"""The catalogue against the Keras that is installed: nothing is missing, and nothing is asked for that is not there."""

from __future__ import annotations

import inspect
from collections import defaultdict
from typing import Any

import pytest

pytest.importorskip("tensorflow")

from harness.models.catalogue import BY_CLASS
from harness.models.catalogue.losses import LOSSES
from harness.models.catalogue.metrics import METRICS
from harness.models.catalogue.objects import CONSTRAINTS, MATRIX_INITIALIZERS, REGULARIZERS
from harness.models.catalogue.omitted import OMITTED
from harness.models.catalogue.optimizers import OPTIMIZERS, SCHEDULES
from harness.models.features import paths, short
from harness.models.windows import admits
from harness.subject import env

env.prepare()

pytestmark = pytest.mark.tensorflow
keras = env.keras()

KNOWN: dict[str, set[str]] = {
    # RNN has stacked cells among its cells, which have no entry of their own.
    "layers": {short(cls) for cls in BY_CLASS} | {"StackedRNNCells"},
    "optimizers": {item.cls for item in OPTIMIZERS},
    "losses": {item.cls for item in LOSSES},
    "metrics": {item.cls for item in METRICS},
    "initializers": {short(path) for path in paths([*MATRIX_INITIALIZERS])},
    "regularizers": {short(path) for path in paths([*REGULARIZERS])} | {"OrthogonalRegularizer"},
    "constraints": {short(path) for path in paths([*CONSTRAINTS])},
    "optimizers.schedules": {short(path) for path in paths([*SCHEDULES])},
}
NO_PART = ("no layer", "a route", "made by", "gone in Keras 3", "takes feature columns")
"""How reasons begin that a class is not to be in random models at all."""
LEAST = 0.95
"""Share of the public layer classes that random models are made of."""


def _public(space: str) -> dict[str, set[str]]:
    """The classes of a namespace, each with all the names that it goes by."""
    module: Any = keras
    for part in space.split("."):
        module = getattr(module, part)
    found: dict[int, set[str]] = defaultdict(set)
    classes: dict[int, str] = {}
    for name in dir(module):
        value = getattr(module, name)
        if inspect.isclass(value) and not name.startswith("_"):
            found[id(value)].add(name)
            classes[id(value)] = value.__name__
    return {classes[key]: names for key, names in found.items()}


@pytest.mark.parametrize("space", sorted(KNOWN))
def test_every_public_class_is_in_the_catalogue_or_left_out_for_a_reason(space: str) -> None:
    missing = {
        cls
        for cls, names in _public(space).items()
        if not names & KNOWN[space] and not any(f"{space}.{name}" in OMITTED for name in names | {cls})
    }
    assert not missing


def test_nearly_every_layer_class_is_generated() -> None:
    layers = _public("layers")
    concrete = [names for cls, names in layers.items() if "abstract" not in OMITTED.get(f"layers.{cls}", "")]
    known = [names for names in concrete if names & KNOWN["layers"]]
    assert len(known) >= LEAST * len([names for names in concrete if not _needs_more(names)])


def _needs_more(names: set[str]) -> bool:
    """Whether a class needs another framework, is no part of a model, or is of what Keras has given up."""
    reasons = [OMITTED.get(f"layers.{name}", "") for name in names]
    return any("not installed" in reason or reason.startswith(NO_PART) for reason in reasons)


@pytest.mark.skipif(not env.is_keras_3(), reason="Keras 2 takes what no signature has: test_eras.py makes each of them")
@pytest.mark.parametrize("cls", sorted(cls for cls in BY_CLASS if "." not in cls))
def test_no_argument_that_the_class_does_not_take(cls: str) -> None:
    entry = BY_CLASS[cls]
    version = env.describe()["keras"]
    found = getattr(keras.layers, cls, None)
    taken = set() if found is None else _parameters(found)
    assert (found is None) is not admits(entry.keras, version)
    missing = {param.name for param in (*entry.required, *entry.optional) if admits(param.keras, version)} - taken
    assert found is None or not missing


def _parameters(cls: Any) -> set[str]:
    """Names that the constructors of a class and its bases take."""
    inits = [base.__dict__["__init__"] for base in cls.__mro__ if "__init__" in base.__dict__ and base is not object]
    return {name for init in inits for name in inspect.signature(inspect.unwrap(init)).parameters}
