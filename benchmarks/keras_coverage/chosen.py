"""What tells most about code that saves and loads in little time: small models with much that is rare, on main routes."""

from __future__ import annotations

import json
import random
import re
from typing import TYPE_CHECKING

from harness.campaign.routes import pairs_with
from harness.models import traits
from harness.models.features import features
from harness.models.generate import generate_fitting
from harness.models.having import fitting
from harness.models.selection import greedy
from harness.models.spec import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.campaign.routes import Routes
    from harness.models.spec import ModelSpec

POOL = 400
"""Models to choose from."""
LAYERS = 4
"""That a model may have, those of models inside it included: time goes into layers, and saving is the same for most."""

OWN: tuple[tuple[str, ...], ...] = (
    ("Typed", "TensorSpec"),
    ("Stored",),
    ("lambda",),
    ("StringLookup",),
    ("TextVectorization",),
    ("IntegerLookup",),
    ("Discretization",),
    ("Normalization",),
    ("Block",),
    ("RNN", "LeakyCell"),
    ("Dense", "QuantizedDTypePolicy"),
    ("Embedding", "QuantizedDTypePolicy"),
)
"""Names of what has code of its own for saving, or values in its configuration that JSON has no words for."""

MAIN: dict[str, tuple[str, ...]] = {
    "keras": ("load_model(custom_objects)", "load_model", "load_weights[rebuilt]"),
    "weights": ("load_weights[rebuilt]", "load_weights(skip_mismatch=True)[rebuilt]", "load_weights[renamed]"),
    "hdf5": (
        "load_model(custom_objects)",
        "load_weights(by_name=True)[rebuilt]",
        "load_model",
        "load_weights[rebuilt]",
    ),
    "weights_legacy": ("load_weights[rebuilt]", "load_weights(by_name=True)[renamed]"),
    "json": ("model_from_json(custom_objects)", "load_weights[from_json]"),
    "config": ("from_config(config, custom_objects)",),
    "orbax": ("load_model(custom_objects)", "load_weights[rebuilt]", "load_model"),
    "orbax_weights": ("load_weights[rebuilt]", "load_model"),
    "file_editor": ("load_weights[rebuilt]", "load_model(custom_objects)"),
    "pickle": ("pickle.loads",),
}
"""Loaders for each family of savers, by turns."""
TURNS = 2
"""Of them for each model."""
OTHERS = 8
"""Pairs beside them, any that there are: a loader that is handed a file of another kind has to say so."""

RARE = re.compile(r'"(custom\.\w+|\$\w+|tf\.[\w.]+|dtype_policies\.\w+|op\.\w+|mask|initial_state)"')
"""What a configuration may have beside numbers and strings."""


def chosen(seed: int, versions: tuple[str, str]) -> Iterator[ModelSpec]:
    """Models: first those of :data:`OWN`, then always the one with most that is new for its size, then the others."""
    seen: set[str] = set()
    for spec in _ranked(seed, versions):
        if spec.id not in seen:
            seen.add(spec.id)
            yield spec


def _ranked(seed: int, versions: tuple[str, str]) -> Iterator[ModelSpec]:
    for wanted in OWN:
        yield from generate_fitting(1, seed, KINDS[:2], _small_with(wanted), [versions], wanted)
    pool = generate_fitting(POOL, seed, KINDS, _is_small, [versions])
    yield from greedy(pool, POOL, _what)
    yield from pool


def _is_small(spec: ModelSpec) -> bool:
    return _size(spec) <= LAYERS


def _small_with(wanted: Sequence[str]) -> Callable[[ModelSpec], bool]:
    fits = fitting(wanted)
    return lambda spec: _is_small(spec) and fits(spec)


def _size(spec: ModelSpec) -> int:
    return sum(1 for _ in traits.every_layer(spec.model))


def _what(spec: ModelSpec) -> frozenset[str]:
    """What a model has that saving may treat in a way of its own: no sizes, and no classes like others."""
    found = features(spec)
    flags = {f"{name}={value}" for name, value in found.items() if isinstance(value, (str, bool))}
    forms = {f"{name}={value}" for name in ("loss_form", "metrics_form", "custom") for value in _names(found[name])}
    return frozenset({*flags, *forms, *RARE.findall(json.dumps(spec.to_json()))})


def _names(value: object) -> frozenset[str]:
    assert isinstance(value, frozenset)
    return value


def hand(known: Routes, place: int, seed: int) -> frozenset[tuple[str, str]]:
    """Savers and loaders for the model at a place: one of each family, each with a loader or two, and some others."""
    pairs = [
        (saver.name, loader.name) for saver in known.savers for loader in known.loaders if pairs_with(saver, loader)
    ]
    others = random.Random(f"{seed}/{place}").sample(pairs, OTHERS)  # noqa: S311 - not a secret
    main = (pair for family, loaders in MAIN.items() for pair in _dealt(known, family, loaders, place))
    return frozenset((*main, *others))


def _dealt(known: Routes, family: str, loaders: tuple[str, ...], place: int) -> Iterator[tuple[str, str]]:
    savers = [saver for saver in known.savers if (saver.family or saver.name) == family]
    saver = savers[place % len(savers)]
    taken = {loader.name for loader in known.loaders if pairs_with(saver, loader)}
    fit = [name for name in loaders if name in taken]
    count = min(len(fit), TURNS)
    yield from ((saver.name, fit[(place * count + turn) % len(fit)]) for turn in range(count))
