"""Several environments side by side: which fares worst, and with whose files."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.trial.records import FACETS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.report.rows import Symbols
    from harness.report.summary import Mark, Pair, Route, Summary, Table

COLUMNS = ("violation", "known", "as-documented", "undocumented", "not-applicable", "harness-error")
"""Verdicts, the worst of Keras first."""


@dataclass(frozen=True)
class Standing:
    """What the trials of one environment with its own files came to."""

    name: str
    verdicts: Counter[str] = field(default_factory=Counter)
    facets: Mapping[str, Counter[Mark]] = field(default_factory=dict)

    @property
    def rank(self) -> tuple[int, int, int]:
        """The worst is the smallest."""
        return -self.verdicts["violation"], -self.verdicts["harness-error"], -self.verdicts["known"]


def standings(summary: Summary) -> list[Standing]:
    """All environments with trials of their own, worst first; where they are alike, in the order of the run."""
    found = [_standing(writer, table) for (writer, reader), table in _by_run(summary).items() if writer == reader]
    return sorted(found, key=lambda each: each.rank)


def ordered_tables(summary: Summary) -> dict[Pair, Table]:
    """Tables of an environment's own files, worst first, then those across environments."""
    own = {(each.name, each.name): summary.tables[each.name, each.name] for each in standings(summary)}
    return {**own, **{pair: table for pair, table in _by_run(summary).items() if pair not in own}}


def worst_pairs(summary: Summary) -> list[tuple[Pair, Counter[str]]]:
    """Writers with other readers, and what came of it; worst first."""
    found = [(pair, verdicts(table)) for pair, table in _by_run(summary).items() if pair[0] != pair[1]]
    return sorted(found, key=lambda each: Standing("", each[1]).rank)


def several(summary: Summary) -> bool:
    """Whether there is anything to put side by side."""
    return len(summary.tables) > 1


def savers(summary: Summary) -> list[str]:
    """All that were tried, by name."""
    return sorted({saver for table in summary.tables.values() for saver, _ in table.verdicts}, key=str.casefold)


def of_saver(summary: Summary, environment: str, saver: str) -> Counter[str]:
    """Verdicts of a saver with all its loaders, in one environment."""
    table = summary.tables.get((environment, environment))
    return Counter() if table is None else verdicts(table, (route for route in table.verdicts if route[0] == saver))


def of_pair(summary: Summary, writer: str, reader: str) -> Counter[str]:
    """Verdicts of what one environment read that another wrote."""
    table = summary.tables.get((writer, reader))
    return Counter() if table is None else verdicts(table)


def crossed(summary: Summary) -> list[str]:
    """Environments that read, or were read by, another one; in the order of the run."""
    met = {name for pair in summary.tables if pair[0] != pair[1] for name in pair}
    return [name for name in _ordered(summary) if name in met]


def verdicts(table: Table, routes: Iterable[Route] | None = None) -> Counter[str]:
    """Verdicts of some routes, or of all."""
    added: Counter[str] = Counter()
    for route in table.verdicts if routes is None else routes:
        for counted in table.verdicts[route].values():
            added.update(counted)
    return added


def counts(counted: Counter[str], symbols: Symbols) -> str:
    """All verdicts, the worst first: ``✗3 k5 ✓12``."""
    return " ".join(f"{symbols.verdicts[name]}{counted[name]}" for name in COLUMNS if counted[name])


def cell(counted: Counter[str], symbols: Symbols) -> str:
    """The worst verdict and how often it was: ``✗3``; of those that nobody need look at, the sign alone."""
    for verdict in ("violation", "harness-error", "known"):
        if counted[verdict]:
            return f"{symbols.verdicts[verdict]}{counted[verdict]}"
    quiet = ("as-documented", "undocumented", "not-applicable")
    return next((symbols.verdicts[verdict] for verdict in quiet if counted[verdict]), "")


def facet_cell(counted: Counter[Mark], symbols: Symbols) -> str:
    """What became of a facet: how often it was violated or known to be, or the sign that nothing was."""
    loud: tuple[Mark, ...] = ("violation", "known")
    shown = [f"{symbols.marks[mark]}{counted[mark]}" for mark in loud if counted[mark]]
    quiet: tuple[Mark, ...] = ("survived", "lost", "unknown", "absent")
    return " ".join(shown) or next((symbols.marks[mark] for mark in quiet if counted[mark]), "")


def _by_run(summary: Summary) -> dict[Pair, Table]:
    """Tables in the order in which the run names the environments: that of their trials is chance."""
    order = {name: number for number, name in enumerate(_ordered(summary))}
    return dict(sorted(summary.tables.items(), key=lambda item: (order[item[0][0]], order[item[0][1]])))


def _ordered(summary: Summary) -> list[str]:
    named = dict.fromkeys(summary.environments)
    named.update(dict.fromkeys(name for pair in summary.tables for name in pair))
    return list(named)


def _standing(name: str, table: Table) -> Standing:
    facets: dict[str, Counter[Mark]] = {facet: Counter() for facet in FACETS}
    for by_facet in table.facets.values():
        for facet, by_kind in by_facet.items():
            for counted in by_kind.values():
                facets[facet].update(counted)
    return Standing(name, verdicts(table), facets)
