"""The summary as GitHub-flavoured Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report import matrix, wording
from harness.report.rows import KINDS, UNICODE, rows
from harness.trial.records import FACETS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from harness.report.summary import Group, Summary, Table

LONGEST_DIFFERENCE = 1000
LONGEST_HEAD = 120
MOST_ROUTES = 25


def render(summary: Summary, *, every: bool = False, journal: str = "") -> str:
    """The whole summary; ``every`` route on a line of its own, ``journal`` for the replay lines."""
    return "\n".join(_lines(summary, every=every, journal=journal)) + "\n"


def _lines(summary: Summary, *, every: bool, journal: str) -> Iterator[str]:
    yield from ("# Save/load conformance", "", wording.totals(summary), "")
    versions = [wording.environment(each) for each in summary.environments.values()]
    said = (*([] if matrix.several(summary) else versions), *wording.coverage(summary), wording.noise(summary))
    yield from (f"- {line}" for line in said if line)
    for line in wording.unusable(summary):
        yield from ("", f"**{line}**")
    if summary.interrupted:
        yield from ("", f"**{wording.interrupted(summary)}**")
    if matrix.several(summary):
        yield from side_by_side(summary)
    if every or not matrix.several(summary):
        for pair, table in matrix.ordered_tables(summary).items():
            yield from ("", f"## {wording.pair(pair, UNICODE)}", "", *_table(table, every=every))
    yield from _violations(summary.groups, journal, several=matrix.several(summary))
    yield from _known(summary)
    yield from _covered(summary)
    yield from _section("Stale known issues", summary.stale)
    yield from _section("Rules never exercised", summary.unexercised)
    if matrix.several(summary):
        yield from _section("Versions", versions)
    yield from _section("Harness errors", [f"{name}: {count}" for name, count in _most(summary.errors)])


def side_by_side(summary: Summary) -> Iterator[str]:
    """All environments in a few tables."""
    yield from ("", "## Environments, worst first", "", *environments(summary))
    yield from ("", "What became of each facet (✗ trials with a violation of it, k with a known issue):", "")
    yield from _grid(
        ("environment", *FACETS),
        (
            (each.name, *(matrix.facet_cell(each.facets[name], UNICODE) for name in FACETS))
            for each in matrix.standings(summary)
        ),
    )
    yield from ("", "The worst that came of each saver, with all its loaders:", "", *_savers(summary))
    if matrix.crossed(summary):
        yield from ("", "## Across versions", "", *crossed(summary))
    yield from ("", *(f"{line}<br>" for line in wording.legend(UNICODE).splitlines()))


def environments(summary: Summary) -> Iterator[str]:
    """The matrix of environments and verdicts."""
    shown = [name for name in matrix.COLUMNS if summary.verdicts[name]]
    signed = [f"{UNICODE.verdicts[name]} {name}" for name in shown]
    yield from _grid(
        ("environment", "TensorFlow", "Keras", *signed, "trials"),
        (
            (
                each.name,
                *(str(summary.environments.get(each.name, {}).get(name, "?")) for name in ("tensorflow", "keras")),
                *(str(each.verdicts[name]) for name in shown),
                str(each.verdicts.total()),
            )
            for each in matrix.standings(summary)
        ),
    )


def crossed(summary: Summary) -> Iterator[str]:
    """The matrix of writers and readers."""
    names = matrix.crossed(summary)
    yield from ("The worst that came of what one environment wrote (rows) and another read (columns):", "")
    yield from _grid(
        ("written by ↓ read by →", *names),
        ((writer, *(_crossing(summary, writer, reader) for reader in names)) for writer in names),
    )


def _crossing(summary: Summary, writer: str, reader: str) -> str:
    return "" if writer == reader else matrix.cell(matrix.of_pair(summary, writer, reader), UNICODE)


def _savers(summary: Summary) -> Iterator[str]:
    names = [each.name for each in matrix.standings(summary)]
    yield from _grid(
        ("saver", *names),
        (
            (saver, *(matrix.cell(matrix.of_saver(summary, name, saver), UNICODE) for name in names))
            for saver in matrix.savers(summary)
        ),
    )


def _grid(head: Iterable[str], body: Iterable[Iterable[str]]) -> Iterator[str]:
    head = tuple(head)
    yield _cells(head)
    yield _cells("---" for _ in head)
    yield from map(_cells, body)


def _table(table: Table, *, every: bool) -> Iterator[str]:
    yield from _grid(
        ("route", *KINDS, *FACETS),
        (
            (
                row.label(UNICODE).strip(),
                *(row.counts(kind, UNICODE) for kind in KINDS),
                *(row.facet(facet, UNICODE) for facet in FACETS),
            )
            for row in rows(table, every=every)
        ),
    )
    yield ""
    yield from (f"{line}<br>" for line in wording.legend(UNICODE).splitlines())
    yield f"Each facet cell: {', '.join(KINDS)}."


def _violations(groups: list[Group], journal: str, *, several: bool) -> Iterator[str]:
    if groups:
        yield from ("", f"## Violations ({len(groups)})")
    for each in groups:
        yield from ("", f"### {each.severity} · {each.facet} · {escaped(wording.cut(each.difference, LONGEST_HEAD))}")
        found = each.smallest
        text = f"{each.difference}\n{found.detail}" if found.detail else each.difference
        yield from ("", *fenced(wording.cut(text, LONGEST_DIFFERENCE)), "")
        yield f"{wording.seen(each)}; {wording.fingerprints(each, len(each.members))}.<br>"
        if several:
            yield f"Environments: {escaped(wording.where(each, UNICODE, len(each.pairs)))}.<br>"
        for line in filter(None, (wording.culprit(each), wording.further(each, len(each.members)))):
            yield f"{escaped(line)}.<br>"
        yield f"Smallest model: {escaped(found.description)}. `{wording.again(each, journal)}`"
        shown = each.routes[:MOST_ROUTES]
        yield from ("", *(f"- {escaped(wording.route(route, UNICODE))}" for route in shown))
        if len(each.routes) > len(shown):
            yield f"- and {len(each.routes) - len(shown)} more"


def _known(summary: Summary) -> Iterator[str]:
    ledger = wording.issues() if summary.known else {}
    lines = []
    for name, group in summary.issues.items():
        issue = ledger.get(name, wording.Titled("", "", ()))
        said = f"{summary.known[name]} x `{name}` {escaped(issue.title)}".rstrip()
        if matrix.several(summary):
            window = f"known in {issue.window or 'all versions'}; " if issue.title else ""
            said += f"<br>{escaped(f'{window}met in {wording.where(group, UNICODE, len(group.pairs))}')}"
        lines.append(said)
    yield from _listed("Known issues met", lines)


def _covered(summary: Summary) -> Iterator[str]:
    if summary.spans:
        yield from ("", "## What models had of what Keras has there", "")
        yield from _grid(
            ("", "covered", "of", "%", "not covered"),
            (
                (
                    row.title,
                    str(len(row.covered)),
                    str(row.total),
                    f"{row.percent:.1f}",
                    wording.cut(", ".join(sorted(row.missing)), LONGEST_HEAD),
                )
                for row in summary.spans
            ),
        )
        if summary.adjacent:
            yield from ("", f"And {wording.counted(summary.adjacent, 'pair')} of layers that follow each other.")


def _section(title: str, items: list[str]) -> Iterator[str]:
    return _listed(title, [escaped(item) for item in items])


def _listed(title: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield from ("", f"## {title} ({len(lines)})", "", *(f"- {line}" for line in lines))


def _most(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _cells(values: Iterable[str]) -> str:
    return f"| {' | '.join(escaped(value) for value in values)} |"


def fenced(text: str) -> tuple[str, str, str]:
    """A code block that nothing in the text can close."""
    fence = "```"
    while fence in text:
        fence += "`"
    return fence, text, fence


def escaped(text: str) -> str:
    """Text that Markdown leaves as it is, on one line."""
    return text.replace("\n", " ").replace("|", "\\|").replace("<", "&lt;").replace("_", "\\_").replace("*", "\\*")
