"""The summary as GitHub-flavoured Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report import wording
from harness.report.rows import KINDS, UNICODE, rows
from harness.trial.records import FACETS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from harness.report.summary import Group, Summary, Table

LONGEST_DIFFERENCE = 1000
LONGEST_HEAD = 120


def render(summary: Summary, *, every: bool = False, journal: str = "") -> str:
    """The whole summary; ``every`` route on a line of its own, ``journal`` for the replay lines."""
    return "\n".join(_lines(summary, every=every, journal=journal)) + "\n"


def _lines(summary: Summary, *, every: bool, journal: str) -> Iterator[str]:
    yield from ("# Save/load conformance", "", wording.totals(summary), "")
    said = (
        *map(wording.environment, summary.environments.values()),
        *wording.coverage(summary),
        wording.noise(summary),
    )
    yield from (f"- {line}" for line in said if line)
    for line in wording.unusable(summary):
        yield from ("", f"**{line}**")
    if summary.interrupted:
        yield from ("", f"**{wording.interrupted(summary)}**")
    for (writer, reader), table in summary.tables.items():
        title = writer if writer == reader else f"{writer} → {reader}"
        yield from ("", f"## {title}", "", *_table(table, every=every))
    yield from _violations(summary.groups, journal)
    yield from _known(summary)
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


def _violations(groups: list[Group], journal: str) -> Iterator[str]:
    if groups:
        yield from ("", f"## Violations ({len(groups)})")
    for each in groups:
        yield from ("", f"### {each.severity} · {each.facet} · {_escaped(wording.cut(each.difference, LONGEST_HEAD))}")
        found = each.smallest
        text = f"{each.difference}\n{found.detail}" if found.detail else each.difference
        yield from ("", *_fenced(wording.cut(text, LONGEST_DIFFERENCE)), "")
        yield f"{wording.seen(each)}; {wording.fingerprints(each, len(each.members))}.<br>"
        yield f"Smallest model: {_escaped(found.description)}. `{wording.again(each, journal)}`"
        yield from ("", *(f"- {_escaped(wording.route(route, UNICODE))}" for route in each.routes))


def _known(summary: Summary) -> Iterator[str]:
    titles = wording.titles() if summary.known else {}
    lines = [f"{count} x `{name}` {_escaped(titles.get(name, ''))}".rstrip() for name, count in _most(summary.known)]
    yield from _listed("Known issues met", lines)


def _section(title: str, items: list[str]) -> Iterator[str]:
    return _listed(title, [_escaped(item) for item in items])


def _listed(title: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield from ("", f"## {title} ({len(lines)})", "", *(f"- {line}" for line in lines))


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
