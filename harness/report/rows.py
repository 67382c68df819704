"""The rows of the matrix, whatever they are shown with."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from harness.report.summary import MARKS, Mark, Route, Table
from harness.trial.records import FACETS, VERDICTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

KINDS = ("sequential", "functional", "subclassed")

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
    """How many loaders this row stands for, where it is not of one route."""
    common: str = ""
    """What those have in common."""

    def label(self, symbols: Symbols) -> str:
        """The saver, or below it the loader."""
        if self.merged:
            return f" {symbols.arrow} {self.merged} more: {self.common}"
        return f" {symbols.arrow} {self.loader}" if self.loader else self.saver

    def counts(self, kind: str, symbols: Symbols) -> str:
        """What the trials of one kind came to: ``✓17 k2 ✗1``."""
        counted = self.verdicts.get(kind, Counter[str]())
        shown = [f"{symbols.verdicts[verdict]}{counted[verdict]}" for verdict in VERDICTS if counted[verdict]]
        return " ".join(shown) or symbols.nothing

    def facet(self, name: str, symbols: Symbols) -> str:
        """The worst that became of a facet, one sign for each kind."""
        by_kind = self.facets.get(name, {})
        return "".join(_worst(by_kind.get(kind), symbols) for kind in KINDS)

    @property
    def has_facets(self) -> bool:
        """Whether anything was looked at."""
        return any(self.facets.get(name) for name in FACETS)


def rows(table: Table, *, every: bool = False) -> list[Row]:
    """Savers in the order they were met, each with its loaders; the dull ones together unless ``every``."""
    savers = dict.fromkeys(saver for saver, _ in table.verdicts)
    return [row for saver in savers for row in _of_saver(table, saver, every=every)]


def worst_verdict(counts: Iterable[str]) -> str:
    """The verdict to colour a cell by."""
    order = ("violation", "harness-error", "known", "as-documented", "undocumented", "not-applicable")
    return min(counts, key=order.index, default="not-applicable")


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


def _worst(counted: Counter[Mark] | None, symbols: Symbols) -> str:
    for mark in MARKS:
        if counted and counted[mark]:
            return symbols.marks[mark]
    return symbols.nothing
