"""The summary as GitHub-flavoured Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report import wording
from harness.report.rows import KINDS, UNICODE, rows
from harness.trial.records import FACETS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from harness.report.summary import Found, Summary, Table

LONGEST_DIFFERENCE = 1000


def render(summary: Summary, *, every: bool = False, journal: str = "") -> str:
    """The whole summary; ``every`` route on a line of its own, ``journal`` for the replay lines."""
    return "\n".join(_lines(summary, every=every, journal=journal)) + "\n"


def _lines(summary: Summary, *, every: bool, journal: str) -> Iterator[str]:
    yield from ("# Save/load conformance", "", wording.totals(summary), "")
    yield from (f"- {wording.environment(each)}" for each in summary.environments.values())
    if summary.interrupted:
        yield from ("", f"**{wording.interrupted(summary)}**")
    for (writer, reader), table in summary.tables.items():
        title = writer if writer == reader else f"{writer} → {reader}"
        yield from ("", f"## {title}", "", *_table(table, every=every))
    yield from _violations(summary.violations, journal)
    yield from _section("Known issues met", [f"{name}: {count}" for name, count in _most(summary.known)])
    yield from _section("Stale known issues", summary.stale)
    yield from _section("Rules never exercised", summary.unexercised)
    yield from _section("Harness errors", [f"{name}: {count}" for name, count in _most(summary.errors)])


def _table(table: Table, *, every: bool) -> Iterator[str]:
    yield _cells(("route", *KINDS, *FACETS))
    yield _cells("---" for _ in range(1 + len(KINDS) + len(FACETS)))
    for row in rows(table, every=every):
        counts = (row.counts(kind, UNICODE) for kind in KINDS)
        facets = (row.facet(facet, UNICODE) for facet in FACETS)
        yield _cells((row.label(UNICODE).strip(), *counts, *facets))
    yield ""
    yield from (f"{line}<br>" for line in wording.legend(UNICODE).splitlines())
    yield f"Each facet cell: {', '.join(KINDS)}."


def _violations(found: list[Found], journal: str) -> Iterator[str]:
    if found:
        yield from ("", f"## Violations ({len(found)})")
    for each in found:
        difference, count, smallest, again = wording.body(each, journal, LONGEST_DIFFERENCE)
        yield from ("", f"### {each.severity} · {each.facet} · {_escaped(wording.route(each, UNICODE))}", "")
        yield from (*_fenced(difference), "", f"{count}. {_escaped(smallest)}. `{again}`")


def _section(title: str, items: list[str]) -> Iterator[str]:
    if items:
        yield from ("", f"## {title} ({len(items)})", "", *(f"- {_escaped(item)}" for item in items))


def _most(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _cells(values: Iterable[str]) -> str:
    return f"| {' | '.join(_escaped(value) for value in values)} |"


def _fenced(text: str) -> tuple[str, str, str]:
    """A code block that nothing in the text can close."""
    fence = "```"
    while fence in text:
        fence += "`"
    return fence, text, fence


def _escaped(text: str) -> str:
    """Text that Markdown leaves as it is, on one line."""
    return text.replace("\n", " ").replace("|", "\\|").replace("<", "&lt;").replace("_", "\\_").replace("*", "\\*")
