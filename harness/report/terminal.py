"""The summary and the progress bar, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table as Grid
from rich.text import Text

from harness.report import wording
from harness.report.rows import KINDS, PLAIN, UNICODE, Row, Symbols, rows, worst_verdict
from harness.trial.records import FACETS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from harness.report.summary import Found, Summary, Table

MOST_PROBLEMS = 50
"""Distinct problems written out in full; the journal has all of them."""

LONGEST_DIFFERENCE = 400

_COLOURS = {
    "violation": "bold red",
    "harness-error": "bold magenta",
    "known": "yellow",
    "as-documented": "green",
    "undocumented": "dim",
    "not-applicable": "dim",
}
_SEVERITY_COLOURS = {"silent": "bold red", "crash": "red", "timeout": "red", "unexpected-success": "yellow"}


def show(summary: Summary, console: Console, *, every: bool = False, journal: str = "") -> None:
    """Write the whole summary; ``every`` route on a line of its own, ``journal`` for the replay lines."""
    symbols = UNICODE if console.encoding.lower().startswith("utf") else PLAIN
    for (writer, reader), table in summary.tables.items():
        title = writer if writer == reader else f"{writer} {symbols.arrow} {reader}"
        _matrix(table, console, symbols, title, every=every)
        _facets(table, console, symbols, title, every=every)
    if summary.tables:
        console.print(Text(wording.legend(symbols), style="dim"))
    _violations(summary, console, symbols, journal)
    _named_counts(console, "Known issues met", summary.known)
    _names(console, "Stale known issues (no longer seen: remove them)", summary.stale)
    _names(console, "Rules never exercised", summary.unexercised)
    _named_counts(console, "Harness errors (our fault, not Keras's)", summary.errors)
    _totals(summary, console)


def _heading(console: Console, text: str) -> None:
    console.print()
    console.print(Text(text, style="bold"))


def _matrix(table: Table, console: Console, symbols: Symbols, title: str, *, every: bool) -> None:
    _heading(console, f"Trials by route and kind ({title})")
    grid = Grid(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    grid.add_column("route", overflow="fold")
    for kind in KINDS:
        grid.add_column(kind, min_width=len(kind))
    for row in rows(table, every=every):
        cells = [Text(row.counts(kind, symbols), style=_colour(row, kind)) for kind in KINDS]
        grid.add_row(_label(row, symbols), *cells)
    console.print(grid)


def _facets(table: Table, console: Console, symbols: Symbols, title: str, *, every: bool) -> None:
    shown = [row for row in rows(table, every=every) if row.has_facets]
    if not shown:
        return
    _heading(console, f"Facets by route ({title}); in each cell {', '.join(KINDS)}")
    grid = Grid(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    grid.add_column("route", overflow="fold")
    for facet in FACETS:
        grid.add_column(facet if console.width >= wording.WIDE else facet[:3], no_wrap=True)
    saver = ""
    for row in shown:
        if row.loader and row.saver != saver:
            grid.add_row(Text(row.saver))
        saver = row.saver
        grid.add_row(_label(row, symbols), *(_signs(row.facet(facet, symbols), symbols) for facet in FACETS))
    console.print(grid)


def _label(row: Row, symbols: Symbols) -> Text:
    return Text(row.label(symbols), style="dim" if row.merged else "")


def _colour(row: Row, kind: str) -> str:
    return _COLOURS[worst_verdict(row.verdicts.get(kind, ()))]


def _signs(signs: str, symbols: Symbols) -> Text:
    text = Text(signs)
    text.highlight_words([symbols.marks["violation"]], "bold red")
    text.highlight_words([symbols.marks["known"]], "yellow")
    text.highlight_words([symbols.marks["survived"]], "green")
    return text


def _violations(summary: Summary, console: Console, symbols: Symbols, journal: str) -> None:
    found = summary.violations
    if not found:
        return
    _heading(console, f"Violations ({wording.counted(len(found), 'distinct one')}, worst first)")
    for number, each in enumerate(found[:MOST_PROBLEMS], start=1):
        _violation(number, each, console, symbols, journal)
    if len(found) > MOST_PROBLEMS:
        console.print(f"... and {len(found) - MOST_PROBLEMS} more, in the journal")


def _violation(number: int, found: Found, console: Console, symbols: Symbols, journal: str) -> None:
    head = Text.assemble(
        f"{number}. ",
        (found.severity, _SEVERITY_COLOURS.get(found.severity, "")),
        f" · {found.facet} · " if symbols is UNICODE else f" | {found.facet} | ",
        (wording.route(found, symbols), "bold"),
    )
    console.print(head)
    *lines, again = wording.body(found, journal, LONGEST_DIFFERENCE)
    for line in lines:
        console.print(Padding(Text(line), (0, 0, 0, 3), expand=False))
    # A command is copied as a whole: the terminal may break it, we may not.
    console.print(Text(f"   {again}"), soft_wrap=True)


def _named_counts(console: Console, title: str, counts: Mapping[str, int]) -> None:
    if counts:
        _heading(console, title)
        for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
            console.print(Padding(Text(f"{count} x {name}"), (0, 0, 0, 2), expand=False))


def _names(console: Console, title: str, names: list[str]) -> None:
    if names:
        _heading(console, f"{title}: {len(names)}")
        console.print(Padding(Text(", ".join(names)), (0, 0, 0, 2), expand=False))


def _totals(summary: Summary, console: Console) -> None:
    console.print()
    for environment in summary.environments.values():
        console.print(Text(wording.environment(environment), style="dim"))
    console.print(Text(wording.totals(summary), style="bold"))
    if summary.interrupted:
        console.print(Text(wording.interrupted(summary), style="bold yellow"))


class Bar:
    """Progress of a run, on a terminal only; counts records as they come."""

    def __init__(self, console: Console, models: int) -> None:
        """Expect ``models`` specs."""
        self._progress = Progress(
            TextColumn("models"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[said]}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task("models", total=models, said="starting TensorFlow")

    def __enter__(self) -> Bar:  # noqa: PYI034 - final in all but name
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def update(self, summary: Summary) -> None:
        """Show how far the run is."""
        violations = wording.counted(summary.verdicts["violation"], "violation")
        said = f"{wording.counted(summary.trials, 'trial')}, {violations}"
        self._progress.update(self._task, completed=summary.specs.total(), said=said)
