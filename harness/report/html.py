"""The summary as one HTML file that needs nothing else."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from harness.report import matrix, wording
from harness.report.rows import KINDS, UNICODE, worst_verdict
from harness.report.summary import MARKS
from harness.report.templating import template, text
from harness.trial.records import FACETS, VERDICTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.report.summary import Group, Mark, Pair, Route, Summary, Table

MOST_ROUTES = 25
"""Routes of one problem that are written out; the table of routes has the others."""

LONGEST_DIFFERENCE = 1000
MOST_FURTHER = 10

NO_MARK = "."
LETTERS = {mark: mark[0] for mark in MARKS} | {"survived": "+"}
"""How the data of the page writes what became of a facet; the page's script has the inverse."""


@dataclass(frozen=True)
class Cell:
    """One cell of a matrix: a sign and a number for the eye, words for who cannot see the colour or the sign."""

    text: str
    verdict: str
    words: str


@dataclass(frozen=True)
class Item:
    """One problem or known issue, as the page shows and filters it."""

    anchor: str
    group: Group
    fingerprints: list[tuple[str, str]]
    """Each with its fragment, but for the one that the item itself has."""
    environments: dict[str, int]
    """Trials that show it, by environment or pair."""
    routes: list[tuple[str, str]]
    """Names and anchors of those that show it most."""
    more: int
    """Routes beyond these."""
    facets: list[str]
    kinds: list[str]
    names: list[int]
    """Numbers of the environments, for the filter."""
    numbers: list[int]
    """Numbers of all routes, for the filter."""
    seen: str
    again: str
    difference: str
    cause: list[str]
    """Of a violation: what the models that show it have in common, and what else shows with it."""
    issue: wording.Titled | None = None


def render(summary: Summary, *, journal: str = "") -> str:
    """The page; ``journal`` is for the replay lines."""
    page = _Page(summary, journal)
    script = text("report.js")
    return template("report.html").render(
        css=Markup(text("report.css")),  # noqa: S704 - a file of this package
        js=Markup(script),  # noqa: S704 - the same
        digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        data=page.data(),
        **page.contents(),
    )


class _Page:
    """What the template shows, in the order in which environments and routes are numbered."""

    def __init__(self, summary: Summary, journal: str) -> None:
        self.summary, self.journal = summary, journal
        self.anchors: Counter[str] = Counter()
        self.standings = matrix.standings(summary)
        worst_first = [each.name for each in self.standings]
        self.names = list(dict.fromkeys([*worst_first, *summary.environments, *matrix.crossed(summary)]))
        routes = {route for table in summary.tables.values() for route in table.verdicts}
        self.routes = sorted(routes, key=lambda route: (route[0].casefold(), route))
        self.numbers = {route: number for number, route in enumerate(self.routes)}
        self.pairs = sorted(summary.tables, key=self._rank)

    def _rank(self, pair: Pair) -> tuple[bool, int, int]:
        """An environment's own files come before those of another one."""
        writer, reader = pair
        return writer != reader, self.names.index(writer), self.names.index(reader)

    def contents(self) -> dict[str, Any]:
        """Everything that needs no script."""
        summary = self.summary
        titles = wording.issues() if summary.problems else {}
        return {
            "totals": wording.totals(summary),
            "warnings": [
                *wording.unusable(summary),
                *([wording.interrupted(summary)] if summary.interrupted else []),
            ],
            "notes": [
                line for line in (*wording.coverage(summary), wording.spanned(summary), wording.noise(summary)) if line
            ],
            "columns": [name for name in matrix.COLUMNS if summary.verdicts[name]],
            "signs": UNICODE.verdicts,
            "facets": FACETS,
            "kinds": KINDS,
            "verdicts": VERDICTS,
            "legend": wording.legend(UNICODE).splitlines(),
            "environments": [self._environment(each) for each in self.standings],
            "names": self.names,
            "described": [wording.environment(each) for each in summary.environments.values()],
            "savers": [(saver, list(self._of_saver(saver))) for saver in matrix.savers(summary)],
            "cross": list(self._cross()),
            "crossed": matrix.crossed(summary),
            "violations": [self._item(each) for each in summary.groups],
            "known": [
                self._item(each, name, titles.get(name, wording.Titled(name, "", ())))
                for name, each in summary.issues.items()
            ],
            "stale": summary.stale,
            "unexercised": summary.unexercised,
            "errors": summary.errors.most_common(),
        }

    def data(self) -> dict[str, Any]:
        """What the page's script makes the table of routes of."""
        return {
            "names": self.names,
            "pairs": [[self.names.index(name) for name in pair] for pair in self.pairs],
            "routes": [[*route, route_anchor(route)] for route in self.routes],
            "kinds": KINDS,
            "verdicts": VERDICTS,
            "signs": [UNICODE.verdicts[verdict] for verdict in VERDICTS],
            "facets": FACETS,
            "marks": {LETTERS[mark]: [UNICODE.marks[mark], mark] for mark in MARKS},
            "cells": [cell for number, pair in enumerate(self.pairs) for cell in self._cells(number, pair)],
        }

    def _cells(self, number: int, pair: Pair) -> Iterator[list[Any]]:
        """Pair, route, kind, a number for each verdict, and a letter for each facet."""
        table = self.summary.tables[pair]
        for route, by_kind in table.verdicts.items():
            for kind, counted in by_kind.items():
                counts = [counted[verdict] for verdict in VERDICTS]
                yield [number, self.numbers[route], KINDS.index(kind), counts, _letters(table, route, kind)]

    def _environment(self, standing: matrix.Standing) -> dict[str, Any]:
        info = self.summary.environments.get(standing.name, {})
        return {
            "name": standing.name,
            "anchor": f"environment-{anchor(standing.name)}",
            "versions": f"{info.get('tensorflow', '?')} / {info.get('keras', '?')}",
            "verdicts": standing.verdicts,
            "trials": standing.verdicts.total(),
            "facets": [(name, _facet(standing.facets[name])) for name in FACETS],
        }

    def _of_saver(self, saver: str) -> Iterator[Cell]:
        for standing in self.standings:
            yield _cell(matrix.of_saver(self.summary, standing.name, saver))

    def _cross(self) -> Iterator[tuple[str, list[Cell | None]]]:
        crossed = matrix.crossed(self.summary)
        for writer in crossed:
            yield (
                writer,
                [
                    None if reader == writer else _cell(matrix.of_pair(self.summary, writer, reader))
                    for reader in crossed
                ],
            )

    def _anchor(self, name: str) -> str:
        """A fragment of this page; where one problem is part of two findings, the second has a number, too."""
        self.anchors[name] += 1
        return name if self.anchors[name] == 1 else f"{name}-{self.anchors[name]}"

    def _item(self, group: Group, known: str = "", issue: wording.Titled | None = None) -> Item:
        routes = group.routes
        pairs = group.pairs.most_common()
        smallest = group.smallest
        prefix = f"issue-{anchor(known)}" if known else "finding"
        named = [(found.fingerprint, self._anchor(f"{prefix}-{found.fingerprint}")) for found in group.members]
        return Item(
            anchor=prefix if known else named[0][1],
            group=group,
            fingerprints=named if known else [(named[0][0], ""), *named[1:]],
            environments={wording.pair(pair, UNICODE): count for pair, count in pairs},
            routes=[(wording.route(route, UNICODE), route_anchor(route)) for route in routes[:MOST_ROUTES]],
            more=max(len(routes) - MOST_ROUTES, 0),
            facets=list(dict.fromkeys(found.facet for found in group.members)),
            kinds=[kind for kind in KINDS if any(place.kind == kind for place in group.places)],
            names=sorted({self.names.index(end) for pair, _ in pairs for end in pair}),
            numbers=sorted(self.numbers[route] for route in routes),
            seen=wording.seen(group),
            again=wording.again(group, self.journal) if smallest.spec else "",
            difference=wording.cut(
                f"{group.difference}\n{smallest.detail}" if smallest.detail else group.difference, LONGEST_DIFFERENCE
            ),
            cause=[
                line for line in (wording.culprit(group), wording.further(group, MOST_FURTHER)) if line and not issue
            ],
            issue=issue,
        )


def anchor(name: str) -> str:
    """What a fragment may hold of a name, and enough of a digest to tell it from others."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"


def route_anchor(route: Route) -> str:
    """The fragment of a route: the same in every report."""
    return f"route-{anchor(' -> '.join(route))}"


def _letters(table: Table, route: Route, kind: str) -> str:
    by_facet = table.facets.get(route, {})
    return "".join(_letter(by_facet[name].get(kind, ()) if name in by_facet else ()) for name in FACETS)


def _letter(counted: Iterable[Mark]) -> str:
    return LETTERS[min(counted, key=MARKS.index)] if counted else NO_MARK


def _cell(counted: Counter[str]) -> Cell:
    words = ", ".join(f"{counted[verdict]} {verdict}" for verdict in matrix.COLUMNS if counted[verdict])
    return Cell(matrix.cell(counted, UNICODE), worst_verdict(counted) if counted else "", words or "nothing tried")


def _facet(counted: Counter[Mark]) -> Cell:
    words = ", ".join(f"{counted[mark]} {mark}" for mark in MARKS if counted[mark])
    verdict = next((name for name in ("violation", "known") if name in counted), "as-documented" if counted else "")
    return Cell(matrix.facet_cell(counted, UNICODE), verdict, words or "never looked at")
