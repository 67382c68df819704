"""The documented outcome of every route, read from TOML and checked, and which of it applies to a trial."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.contract.predicate import Predicate, parse_predicate
from harness.contract.tables import (
    ContractError,
    Entry,
    InvalidEntryError,
    choices,
    known_keys,
    read_entries,
    regex,
    sources,
    text,
    texts,
    unique_ids,
)
from harness.trial.records import FACETS, Expected

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from harness.contract.situation import Situation

RULES = Path(__file__).with_name("rules")
ERROR = "error"
"""Beside the facets: whether the call raises at all."""
OUTCOMES: tuple[Expected, ...] = ("survives", "lost", "any")
KEYS = (
    "id",
    "saver",
    "loader",
    "kind",
    "when",
    "unless",
    "keras",
    "tf",
    "writer",
    "writer_keras",
    "writer_tf",
    "expect",
    "raises",
    "source",
    "note",
    "overrides",
)


@dataclass(frozen=True)
class Routes:
    """Names of the savers and loaders that exist."""

    savers: tuple[str, ...]
    loaders: tuple[str, ...]


@dataclass(frozen=True)
class Raises:
    """A documented exception; the message is a regular expression that is searched for."""

    type: str
    message: str

    def explains(self, exception: str, message: str) -> bool:
        """Whether an exception of this class name and with this message is the documented one."""
        return exception == self.type and re.search(self.message, message) is not None


@dataclass(frozen=True)
class Rule:
    """One promise: where it holds, what it is, and where it is made."""

    id: str
    savers: tuple[str, ...]
    loaders: tuple[str, ...]
    """Empty: the save itself."""
    predicate: Predicate
    expect: Mapping[str, Expected]
    raises: Raises | None
    source: tuple[str, ...]
    note: str = ""
    overrides: tuple[str, ...] = ()
    where: str = ""

    @property
    def routes(self) -> tuple[tuple[str, str], ...]:
        """Every (saver, loader) that the rule speaks of."""
        return tuple((saver, loader) for saver in self.savers for loader in self.loaders or ("",))

    def conflicts(self, other: Rule) -> bool:
        """Whether the two, both applying, would say different things of the same."""
        if self.raises is not None and other.raises is not None:
            return False
        return self.raises is not None or other.raises is not None or bool(self.expect.keys() & other.expect.keys())


@dataclass(frozen=True)
class Expectation:
    """The documented outcome of one trial; without ``rules`` it is undocumented.

    ``facets`` has what a rule speaks of, and nothing else: where all rules are silent, the judge falls back on
    what the call is for.
    """

    facets: Mapping[str, Expected]
    """Only those that some rule speaks of: silence is not the same as a documented ``any``."""
    raises: tuple[Raises, ...] = ()
    """Any one of them is as documented."""
    rules: tuple[str, ...] = ()


@dataclass(frozen=True)
class Contract:
    """All rules, valid and free of contradictions."""

    rules: tuple[Rule, ...]
    routes: Routes = field(default=Routes((), ()))

    def expectation(self, situation: Situation) -> Expectation:
        """What the documentation says of a trial: the rules that apply, less those that another of them overrides."""
        matching = [
            rule
            for rule in self._by_route.get((situation.saver, situation.loader), ())
            if rule.predicate.holds(situation)
        ]
        overridden = {name for rule in matching for name in self._overridden[rule.id]}
        valid = [rule for rule in matching if rule.id not in overridden]
        facets: dict[str, Expected] = {}
        for rule in valid:
            facets.update(rule.expect)
        raises = tuple(rule.raises for rule in valid if rule.raises is not None)
        return Expectation(facets, raises, tuple(rule.id for rule in valid))

    @cached_property
    def _by_route(self) -> dict[tuple[str, str], list[Rule]]:
        found: dict[tuple[str, str], list[Rule]] = {}
        for rule in self.rules:
            for route in rule.routes:
                found.setdefault(route, []).append(rule)
        return found

    @cached_property
    def _overridden(self) -> dict[str, frozenset[str]]:
        return overridden(self.rules)


def load_contract(paths: Sequence[Path] | None = None, *, routes: Routes) -> Contract:
    """Read and check rules, by default those that come with the harness.

    Raises:
        ContractError: the first thing that is wrong, with its file and line.
    """
    files = sorted(RULES.glob("*.toml")) if paths is None else paths
    entries = [entry for path in files for entry in read_entries(path, "rule")]
    unique_ids(entries)
    rules = tuple(_rule(entry, routes) for entry in entries)
    _check_overrides(entries, rules)
    _check_overlaps(entries, rules)
    return Contract(rules, routes)


def overridden(rules: Iterable[Rule]) -> dict[str, frozenset[str]]:
    """For each rule the rules that it overrides, directly or through another."""
    direct = {rule.id: rule.overrides for rule in rules}
    return {name: frozenset(_reachable(name, direct)) for name in direct}


def _reachable(start: str, direct: Mapping[str, tuple[str, ...]]) -> set[str]:
    found: set[str] = set()
    pending = list(direct[start])
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending += direct.get(name, ())
    return found


def _rule(entry: Entry, routes: Routes) -> Rule:
    known_keys(entry, KEYS)
    data = entry.data
    with entry.located():
        savers = choices(texts(data, "saver"), routes.savers, "saver")
        if not savers:
            msg = "missing saver"
            raise InvalidEntryError(msg)
        return Rule(
            id=str(entry.id),
            savers=savers,
            loaders=_loaders(data, routes),
            predicate=parse_predicate(data),
            expect=_expect(data),
            raises=_raises(data),
            source=sources(data),
            note=text(data, "note"),
            overrides=texts(data, "overrides"),
            where=entry.where,
        )


def _loaders(data: dict[str, Any], routes: Routes) -> tuple[str, ...]:
    loaders = choices(texts(data, "loader"), routes.loaders, "loader")
    if "loader" in data and not loaders:
        msg = "loader is empty; leave it out for the save itself"
        raise InvalidEntryError(msg)
    return loaders


def _expect(data: dict[str, Any]) -> dict[str, Expected]:
    if ("expect" in data) == ("raises" in data):
        msg = "needs either expect or raises"
        raise InvalidEntryError(msg)
    expect = data.get("expect", {})
    if not isinstance(expect, dict) or ("expect" in data and not expect):
        msg = "expect must be a table of facets"
        raise InvalidEntryError(msg)
    choices(expect, (*FACETS, ERROR), "facet")
    choices([str(value) for value in expect.values()], OUTCOMES, "outcome")
    if expect.get(ERROR, "any") != "any":
        msg = f"error can only be any: what is documented to fail has raises, not {expect[ERROR]}"
        raise InvalidEntryError(msg)
    return dict(expect)


def _raises(data: dict[str, Any]) -> Raises | None:
    if "raises" not in data:
        return None
    raises = data["raises"]
    if not isinstance(raises, dict) or set(raises) != {"type", "message"}:
        msg = "raises must be a table of type and message"
        raise InvalidEntryError(msg)
    if not (text(raises, "type") and text(raises, "message")):
        msg = "raises must name a type and a message"
        raise InvalidEntryError(msg)
    return Raises(raises["type"], regex(raises["message"], "raises.message"))


def _check_overrides(entries: Sequence[Entry], rules: Sequence[Rule]) -> None:
    ids = [rule.id for rule in rules]
    reach = overridden(rules)
    for entry, rule in zip(entries, rules, strict=True):
        with entry.located():
            choices(rule.overrides, ids, "rule in overrides:")
        if rule.id in reach[rule.id]:
            raise entry.error("overrides itself, directly or through another rule")


def _check_overlaps(entries: Sequence[Entry], rules: Sequence[Rule]) -> None:
    reach = overridden(rules)
    for (_, first), (entry, second) in combinations(zip(entries, rules, strict=True), 2):
        common = _common_route(first, second)
        if common is None or first.id in reach[second.id] or second.id in reach[first.id]:
            continue
        if first.conflicts(second) and first.predicate.overlaps(second.predicate):
            raise entry.error(
                f'overlaps rule "{first.id}" ({first.where}) for {_shown(common)}; {_about(first, second)}'
            )


def _common_route(first: Rule, second: Rule) -> tuple[str, str] | None:
    common = set(first.routes) & set(second.routes)
    return min(common) if common else None


def _shown(route: tuple[str, str]) -> str:
    saver, loader = route
    return f"{saver} -> {loader}" if loader else saver


def _about(first: Rule, second: Rule) -> str:
    if first.raises is not None or second.raises is not None:
        return "one raises where the other does not; add overrides, or conditions that exclude each other"
    facets = ", ".join(sorted(first.expect.keys() & second.expect.keys()))
    return f"both speak of {facets}; add overrides, or conditions that exclude each other"


__all__ = ["Contract", "ContractError", "Expectation", "Raises", "Routes", "Rule", "load_contract", "overridden"]
