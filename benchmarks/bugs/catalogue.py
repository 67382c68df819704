"""Bugs to be hunted: a catalogue of them, and our own facts about what counts as one of them."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from benchmarks.bugs.structures import STRUCTURES
from harness.contract.predicate import matches
from harness.models.features import features
from harness.models.spec import KINDS, canonical
from harness.report.triage import spec_atoms

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.models.spec import Kind, ModelSpec
    from harness.trial.records import Problem, Trial

FACTS = Path(__file__).with_name("bugs.toml")

Role = Literal["bug", "control"]


class CatalogueError(ValueError):
    """The catalogue or the facts cannot be used; the message names what is wrong."""


@dataclass(frozen=True)
class Ingredient:
    """What a model must have for a bug to show, as far as we know."""

    features: tuple[str, ...] = ()
    """As a report names them: ``class Dense``, ``Huber.delta``, ``optimizer=Adam``, ``trained``."""
    text: tuple[str, ...] = ()
    """Regular expressions that are found in the canonical JSON."""
    structures: tuple[str, ...] = ()

    def is_in(self, spec: ModelSpec) -> bool:
        """Whether a model has all of it."""
        return (
            set(self.features) <= set(spec_atoms(features(spec)))
            and all(STRUCTURES[name](spec) for name in self.structures)
            and all(re.search(pattern, canonical(spec.to_json())) for pattern in self.text)
        )


@dataclass(frozen=True)
class Bug:
    """A historical bug, or a look-alike that is none."""

    id: str
    title: str
    role: Role
    kinds: tuple[Kind, ...]
    savers: tuple[str, ...]
    """Patterns, in which ``*`` stands for anything."""
    loaders: tuple[str, ...]
    facets: tuple[str, ...]
    ingredient: Ingredient
    buggy: tuple[str, ...] = ()
    """Names of environments: of one that has the bug; or of a writer and a reader."""
    fixed: tuple[str, ...] = ()
    difference: str = ""
    """A regular expression that the difference has to match."""

    @property
    def crosses(self) -> bool:
        """Whether it takes two versions."""
        return len(self.buggy or self.fixed) > 1

    def concerns(self, saver: str, loader: str) -> bool:
        """Whether a route is one of those where the bug shows; an empty loader for the save."""
        return any(matches(pattern, saver) for pattern in self.savers) and (not loader or self.reads(loader))

    def reads(self, loader: str) -> bool:
        """Whether a loader is one of those that show the bug."""
        return any(matches(pattern, loader) for pattern in self.loaders)

    def counts(self, facet: str, difference: str) -> bool:
        """Whether a problem may be this bug."""
        return facet in self.facets and re.search(self.difference, difference) is not None

    def shown(self, trial: Trial) -> tuple[Problem, ...]:
        """The problems of a trial that may be this bug."""
        if trial.verdict != "violation" or not self.concerns(trial.saver, trial.loader):
            return ()
        return tuple(problem for problem in trial.problems if self.counts(problem.facet, problem.difference))


@dataclass(frozen=True)
class Facts:
    """What ``bugs.toml`` says."""

    seed: int
    budget: int
    """Models of the kinds concerned."""
    margin: int
    """Models with the ingredient that are tried in a fixed environment beyond the one that showed it."""
    tries: int
    """Models with the ingredient that are tried at the most."""
    routes: Mapping[str, Mapping[str, list[str]]]
    facets: Mapping[str, list[str]]
    bugs: Mapping[str, Mapping[str, Any]]
    controls: Mapping[str, Mapping[str, Any]]

    @cached_property
    def known(self) -> frozenset[str]:
        """Ids of bugs and controls."""
        return frozenset(self.bugs) | frozenset(self.controls)


def load_facts(path: Path = FACTS) -> Facts:
    """Our own facts.

    Raises:
        CatalogueError: the file is not valid, or says something that there is not.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        facts = Facts(**data["campaign"], **{key: data[key] for key in ("routes", "facets", "bugs", "controls")})
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        msg = f"{path}: {error}"
        raise CatalogueError(msg) from error
    for name, entry in {**facts.bugs, **facts.controls}.items():
        unknown = set(entry.get("structures", ())) - set(STRUCTURES)
        if unknown:
            msg = f"{path}: {name}: no structure is called {', '.join(sorted(unknown))}"
            raise CatalogueError(msg)
    return facts


def load_catalogue(folder: Path, facts: Facts) -> tuple[Bug, ...]:
    """Every entry of a catalogue that we have facts about, then the controls.

    Raises:
        CatalogueError: there is no catalogue, or it has an entry that we have no facts about.
    """
    path = folder / "catalogue.json"
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        msg = f"{path}: {error}"
        raise CatalogueError(msg) from error
    missing = [entry["id"] for entry in entries if entry["id"] not in facts.bugs]
    if missing:
        msg = f"{FACTS.name} says nothing of {', '.join(missing)}"
        raise CatalogueError(msg)
    bugs = [_bug(entry, facts.bugs[entry["id"]], facts) for entry in entries]
    present = {path.stem for path in (folder / "controls").glob("*.py")}
    return (*bugs, *(_control(name, entry, facts) for name, entry in facts.controls.items() if name in present))


def _bug(entry: Mapping[str, Any], own: Mapping[str, Any], facts: Facts) -> Bug:
    route = facts.routes[own.get("route", entry["route"])]
    return Bug(
        id=entry["id"],
        title=entry["title"],
        role="bug",
        kinds=_kinds(own.get("kinds", [entry["model_kind"]])),
        savers=tuple(own.get("savers", route["savers"])),
        loaders=tuple(own.get("loaders", route["loaders"])),
        facets=tuple(own.get("facets", facts.facets[entry["facet_lost"]])),
        **_common(own),
    )


def _control(name: str, own: Mapping[str, Any], facts: Facts) -> Bug:
    route = facts.routes[own["route"]]
    return Bug(
        id=name,
        title=own["title"],
        role="control",
        kinds=_kinds(own.get("kinds", KINDS)),
        savers=tuple(own.get("savers", route["savers"])),
        loaders=tuple(own.get("loaders", route["loaders"])),
        facets=tuple(own["facets"]),
        **_common(own),
    )


def _common(own: Mapping[str, Any]) -> dict[str, Any]:
    parts = (tuple(own.get(key, ())) for key in ("features", "text", "structures"))
    return {
        "ingredient": Ingredient(*parts),
        "buggy": tuple(own.get("buggy", ())),
        "fixed": tuple(own.get("fixed", ())),
        "difference": own.get("difference", ""),
    }


def _kinds(names: Iterable[str]) -> tuple[Kind, ...]:
    return cast("tuple[Kind, ...]", tuple(name for name in KINDS if name in set(names)))
