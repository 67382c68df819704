"""The rows of the matrix, whatever they are shown with."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from harness.report.summary import MARKS, Mark, Route, Table
from harness.trial.records import FACETS, VERDICTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

KINDS = ("sequential", "functional", "subclassed")

MOST_ROWS = 40
"""Rows that are read at a glance; beyond that, a saver has one row with all its loaders."""

MOST_ALONE = 5
"""Routes with violations that have a row of their own even then."""

AT_BEST: tuple[Mark, ...] = ("violation", "known", "unknown", "survived", "lost", "absent")
"""The first that occurs stands for several loaders: what one of them is to lose, another may bring back."""

QUIET = frozenset({"undocumented", "not-applicable"})
"""Verdicts that say nothing of a route."""

UNDOCUMENTED = "undocumented"
REFUSED = "refused, as documented"


class Symbols(NamedTuple):
    """Signs of verdicts and marks; the plain ones are for terminals without Unicode."""

    verdicts: Mapping[str, str]
    marks: Mapping[str, str]
    arrow: str
    nothing: str


UNICODE = Symbols(
    verdicts={
        "as-documented": "✓",
        "known": "k",
        "undocumented": "?",
        "not-applicable": "·",
        "violation": "✗",
        "harness-error": "!",
    },
    marks={"violation": "✗", "known": "k", "unknown": "?", "lost": "○", "survived": "✓", "absent": "-"},
    arrow="→",
    nothing="·",
)

PLAIN = Symbols(
    verdicts={**UNICODE.verdicts, "as-documented": "+", "violation": "X", "not-applicable": "."},
    marks={**UNICODE.marks, "violation": "X", "lost": "o", "survived": "+"},
    arrow="->",
    nothing=".",
)


@dataclass(frozen=True)
class Row:
    """One route, or several that say nothing."""

    saver: str
    loader: str
    """Empty for the save itself."""
    verdicts: Mapping[str, Counter[str]]
    """By kind."""
    facets: Mapping[str, Mapping[str, Counter[Mark]]]
    """By facet, then by kind."""
    merged: int = 0
    """How many loaders this row stands for, where it is not of one route; of a brief one, how many savers more."""
    common: str = ""
    """What those have in common."""
    brief: bool = False
    """Whether it stands for a saver with all its loaders."""

    def label(self, symbols: Symbols) -> str:
        """The saver, or below it the loader."""
        if self.brief:
            return f"{self.saver} (+ {self.merged} alike)" if self.merged else self.saver
        if self.merged:
            return f" {symbols.arrow} {self.merged} more: {self.common}"
        return f" {symbols.arrow} {self.loader}" if self.loader else self.saver

    def counts(self, kind: str, symbols: Symbols) -> str:
        """What the trials of one kind came to: ``✓17 k2 ✗1``."""
        counted = self.verdicts.get(kind, Counter[str]())
        if self.brief and counted.keys() - {"not-applicable"}:
            counted = Counter({verdict: counted[verdict] for verdict in counted if verdict != "not-applicable"})
        shown = [f"{symbols.verdicts[verdict]}{counted[verdict]}" for verdict in VERDICTS if counted[verdict]]
        return " ".join(shown) or symbols.nothing

    def facet(self, name: str, symbols: Symbols) -> str:
        """The worst that became of a facet, one sign for each kind."""
        by_kind = self.facets.get(name, {})
        return "".join(_worst(by_kind.get(kind), symbols, AT_BEST if self.brief else MARKS) for kind in KINDS)

    @property
    def has_facets(self) -> bool:
        """Whether anything was looked at."""
        return any(any(self.facets.get(name, {}).values()) for name in FACETS)


def rows(table: Table, *, every: bool = False) -> list[Row]:
    """Savers by name, each with its loaders; the dull ones together unless ``every``."""
    return [row for saver in _savers(table) for row in _of_saver(table, saver, every=every)]


def brief(table: Table) -> list[Row]:
    """Savers, each with all its loaders in one row, and below it those with the most violations."""
    alone = set(_most_violated(table)[:MOST_ALONE])
    shown = []
    for saver in _savers(table):
        shown.append(_with_loaders(table, saver))
        shown += [_row(table, route) for route in table.verdicts if route in alone and route[0] == saver]
    return shown


def alike(savers: list[Row], symbols: Symbols) -> list[Row]:
    """Savers with the same facets in one row."""
    together: dict[tuple[str, ...], list[Row]] = {}
    for row in savers:
        together.setdefault(tuple(row.facet(name, symbols) for name in FACETS), []).append(row)
    return [replace(first, merged=len(others)) for first, *others in together.values()]


def violated(table: Table) -> int:
    """How many loads of a saver's work have violations."""
    return len(_most_violated(table))


def worst_verdict(counts: Iterable[str]) -> str:
    """The verdict to colour a cell by."""
    order = ("violation", "harness-error", "known", "as-documented", "undocumented", "not-applicable")
    return min(counts, key=order.index, default="not-applicable")


def _savers(table: Table) -> list[str]:
    """By name: a run tries them in another order for each model."""
    return sorted({saver for saver, _ in table.verdicts}, key=str.casefold)


def _most_violated(table: Table) -> list[Route]:
    counted = {
        route: sum(verdicts["violation"] for verdicts in by_kind.values())
        for route, by_kind in table.verdicts.items()
        if route[1]
    }
    return sorted((route for route in counted if counted[route]), key=lambda route: -counted[route])


def _with_loaders(table: Table, saver: str) -> Row:
    routes = [route for route in table.verdicts if route[0] == saver]
    verdicts: dict[str, Counter[str]] = {kind: Counter() for kind in KINDS}
    facets: dict[str, dict[str, Counter[Mark]]] = {name: {kind: Counter() for kind in KINDS} for name in FACETS}
    for route in routes:
        for kind, counted in table.verdicts[route].items():
            verdicts[kind].update(counted)
        for name, by_kind in table.facets.get(route, {}).items():
            for kind, marked in by_kind.items():
                facets[name][kind].update(marked)
    return Row(saver, "", verdicts, facets, brief=True)


def _of_saver(table: Table, saver: str, *, every: bool) -> list[Row]:
    dull: dict[str, list[str]] = {REFUSED: [], UNDOCUMENTED: []}
    shown = [_row(table, (saver, ""))]
    for loader in (loader for name, loader in table.verdicts if name == saver and loader):
        common = None if every else _dullness(table, (saver, loader))
        if common is None:
            shown.append(_row(table, (saver, loader)))
        else:
            dull[common].append(loader)
    return shown + [_merged(table, saver, loaders, common) for common, loaders in dull.items() if loaders]


def _dullness(table: Table, route: Route) -> str | None:
    """Why a route needs no row of its own: nothing is documented, or nothing but a refusal."""
    verdicts = {verdict for counted in table.verdicts[route].values() for verdict in counted}
    if verdicts <= QUIET:
        return UNDOCUMENTED
    refused = verdicts <= {*QUIET, "as-documented"} and not table.facets.get(route)
    return REFUSED if refused else None


def _row(table: Table, route: Route) -> Row:
    return Row(*route, table.verdicts.get(route, {}), table.facets.get(route, {}))


def _merged(table: Table, saver: str, loaders: list[str], common: str) -> Row:
    verdicts: dict[str, Counter[str]] = {kind: Counter() for kind in KINDS}
    for loader in loaders:
        for kind, counted in table.verdicts[saver, loader].items():
            verdicts[kind].update(counted)
    return Row(saver, "", verdicts, {}, merged=len(loaders), common=common)


def _worst(counted: Counter[Mark] | None, symbols: Symbols, order: tuple[Mark, ...]) -> str:
    for mark in order:
        if counted and counted[mark]:
            return symbols.marks[mark]
    return symbols.nothing
