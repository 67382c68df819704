"""The summary and the progress bar, for people."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table as Grid
from rich.text import Text

from harness.report import matrix, wording
from harness.report.rows import (
    KINDS,
    MOST_ROWS,
    PLAIN,
    UNICODE,
    Row,
    Symbols,
    alike,
    brief,
    rows,
    violated,
    worst_verdict,
)
from harness.trial.records import FACETS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from harness.report.summary import Group, Record, Summary, Table

LONGEST_DIFFERENCE = 400
LONGEST_DESCRIPTION = 400
INDENT = 3

FEW_PROBLEMS = 5
FEW_COUNTS = 5
"""What is written out unless everything is asked for."""

SOME_ROUTES = 2
SOME_FINGERPRINTS = 3
SOME_ENVIRONMENTS = 6
SOME_FURTHER = 3
EVERYTHING = 10**6

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
    """Write the summary: what fits on a few screens, or ``every`` route, problem and issue.

    Args:
        summary: what there is to show.
        console: where.
        every: whether to leave nothing out.
        journal: for the replay lines.
    """
    symbols = UNICODE if console.encoding.lower().startswith("utf") else PLAIN
    if matrix.several(summary):
        _side_by_side(summary, console, symbols, every=every)
    if every or not matrix.several(summary):
        for pair, table in matrix.ordered_tables(summary).items():
            _tables(table, console, symbols, wording.pair(pair, symbols), every=every)
    if summary.tables:
        console.print(Text(wording.legend(symbols), style="dim"))
    _violations(summary, console, symbols, journal, every=every)
    _known(summary, console, every=every)
    _names(console, "Stale known issues (they could have shown, and never did)", summary.stale)
    _names(console, "Rules never exercised", summary.unexercised)
    _named_counts(
        console, "Harness errors (our fault, not Keras's)", summary.errors, EVERYTHING if every else FEW_COUNTS
    )
    _totals(summary, console, every=every or not matrix.several(summary))
    if not every and summary.tables:
        console.print(Text("Every route, problem and issue: --all", style="dim"))


def _heading(console: Console, text: str) -> None:
    console.print()
    console.print(Text(text, style="bold"))


def _side_by_side(summary: Summary, console: Console, symbols: Symbols, *, every: bool) -> None:
    """All environments in two tables, and what became of files across them."""
    standings = matrix.standings(summary)
    if standings:
        shown = [name for name in matrix.COLUMNS if summary.verdicts[name]]
        _heading(console, "Trials by environment and verdict, worst first")
        wide = console.width >= wording.WIDE
        heads = (f"{symbols.verdicts[name]} {name}" if wide else symbols.verdicts[name] for name in shown)
        grid = _grid("environment", "Keras", *heads)
        for each in standings:
            keras = Text(str(summary.environments.get(each.name, {}).get("keras", "?")))
            cells = [Text(str(each.verdicts[name]), _COLOURS[name] if each.verdicts[name] else "dim") for name in shown]
            grid.add_row(Text(each.name), keras, *cells)
        console.print(grid)
        _heading(console, f"Facets by environment: trials with {_loud(symbols)}")
        grid = _grid("environment", *(facet if console.width >= wording.WIDE else facet[:3] for facet in FACETS))
        for each in standings:
            cells = [_signs(matrix.facet_cell(each.facets[facet], symbols), symbols) for facet in FACETS]
            grid.add_row(Text(each.name), *cells)
        console.print(grid)
    _crossed(summary, console, symbols, EVERYTHING if every else FEW_COUNTS)


def _loud(symbols: Symbols) -> str:
    return f"{symbols.marks['violation']} a violation, {symbols.marks['known']} a known issue of it"


def _crossed(summary: Summary, console: Console, symbols: Symbols, most: int) -> None:
    pairs = matrix.worst_pairs(summary)
    if not pairs:
        return
    _heading(console, f"Written by one, read by another ({wording.counted(len(pairs), 'pair')}, worst first)")
    for pair, counted in pairs[:most]:
        line = Text(
            f"{wording.pair(pair, symbols)}: {matrix.counts(counted, symbols)}", _COLOURS[worst_verdict(counted)]
        )
        console.print(Padding(line, (0, 0, 0, 2), expand=False))
    left = pairs[most:]
    if left:
        added: Counter[str] = sum((counted for _, counted in left), Counter())
        console.print(Padding(Text(f"... and {len(left)} more: {matrix.counts(added, symbols)}"), (0, 0, 0, 2)))


def _grid(*heads: str) -> Grid:
    grid = Grid(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    first, *others = heads
    grid.add_column(first, overflow="fold")
    for head in others:
        grid.add_column(head)
    return grid


def _tables(table: Table, console: Console, symbols: Symbols, title: str, *, every: bool) -> None:
    shown = rows(table, every=every)
    if every or len(shown) <= MOST_ROWS:
        _matrix(shown, console, symbols, f"Trials by route and kind ({title})")
        _facets(shown, console, symbols, f"Facets by route ({title}): {', '.join(KINDS)}")
        return
    shown = brief(table)
    _matrix(shown, console, symbols, f"Trials by saver, with all its loaders, and kind ({title})")
    hidden = violated(table) - sum(1 for row in shown if row.loader)
    if hidden:
        console.print(Text(f" ... and {wording.counted(hidden, 'more route')} with violations", style="dim"))
    _facets(
        alike([row for row in shown if row.brief], symbols),
        console,
        symbols,
        f"Facets by saver ({title}): {', '.join(KINDS)}",
    )
    best = f"Each sign: the worst of all loaders; {symbols.marks['lost']} only where none brings it back."
    console.print(Text(best, style="dim"))


def _matrix(shown: list[Row], console: Console, symbols: Symbols, title: str) -> None:
    _heading(console, title)
    grid = Grid(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    grid.add_column("route", overflow="fold")
    for kind in KINDS:
        grid.add_column(kind, min_width=len(kind))
    for row in shown:
        cells = [Text(row.counts(kind, symbols), style=_colour(row, kind)) for kind in KINDS]
        grid.add_row(_label(row, symbols), *cells)
    console.print(grid)


def _facets(every_row: list[Row], console: Console, symbols: Symbols, title: str) -> None:
    shown = [row for row in every_row if row.has_facets]
    if not shown:
        return
    _heading(console, title)
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


def _violations(summary: Summary, console: Console, symbols: Symbols, journal: str, *, every: bool) -> None:
    groups = summary.groups
    if not groups:
        return
    _heading(console, f"Violations ({wording.counted(len(groups), 'distinct one')}, worst first)")
    shown = groups if every else groups[:FEW_PROBLEMS]
    for number, each in enumerate(shown, start=1):
        _violation(number, each, console, symbols, journal, every=every, several=matrix.several(summary))
    left = groups[len(shown) :]
    if left:
        trials = wording.counted(sum(each.count for each in left), "trial")
        console.print(Text(f"... and {len(left)} more, seen in {trials}: --all"))


def _violation(
    number: int, group: Group, console: Console, symbols: Symbols, journal: str, *, every: bool, several: bool
) -> None:
    between = " · " if symbols is UNICODE else " | "
    limit = EVERYTHING if every else console.width - INDENT
    head = Text.assemble(
        f"{number}. ",
        (group.severity, _SEVERITY_COLOURS.get(group.severity, "")),
        f"{between}{group.facet}{between}",
        (wording.cut(group.difference, LONGEST_DIFFERENCE if every else console.width), "bold"),
    )
    console.print(head)
    smallest = group.smallest
    lines = [
        f"{wording.seen(group)}: {wording.routes(group, symbols, EVERYTHING if every else SOME_ROUTES)}",
        f"in {wording.where(group, symbols, EVERYTHING if every else SOME_ENVIRONMENTS)}" if several else "",
        wording.culprit(group),
        wording.cut(wording.further(group, EVERYTHING if every else SOME_FURTHER), limit),
        wording.cut(f"seen: {_one_line(smallest.detail)}", min(limit, LONGEST_DIFFERENCE)) if smallest.detail else "",
        wording.cut(f"smallest model: {smallest.description}", min(limit, LONGEST_DESCRIPTION))
        if smallest.description
        else "",
        wording.fingerprints(group, EVERYTHING if every else SOME_FINGERPRINTS),
    ]
    for line in filter(None, lines):
        console.print(Padding(Text(line), (0, 0, 0, INDENT), expand=False))
    # A command is copied as a whole: the terminal may break it, we may not.
    console.print(Text(f"{' ' * INDENT}{wording.again(group, journal)}"), soft_wrap=True)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _known(summary: Summary, console: Console, *, every: bool) -> None:
    if not summary.known:
        return
    titles = wording.titles()
    named = {f"{name}: {titles[name]}" if name in titles else name: met for name, met in summary.known.items()}
    heading = f"Known issues met ({len(named)})"
    _named_counts(console, heading, named, EVERYTHING if every else FEW_COUNTS, width=None if every else console.width)


def _named_counts(
    console: Console, title: str, counts: Mapping[str, int], most: int, *, width: int | None = None
) -> None:
    if not counts:
        return
    _heading(console, title)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    for name, count in ordered[:most]:
        line = f"{count} x {name}"
        console.print(Padding(Text(wording.cut(line, width - 2) if width else line), (0, 0, 0, 2), expand=False))
    left = ordered[most:]
    if left:
        line = f"... and {len(left)} more, {sum(count for _, count in left)} times: --all"
        console.print(Padding(Text(line), (0, 0, 0, 2), expand=False))


def _names(console: Console, title: str, names: list[str]) -> None:
    if names:
        _heading(console, f"{title}: {len(names)}")
        console.print(Padding(Text(", ".join(names)), (0, 0, 0, 2), expand=False))


def _totals(summary: Summary, console: Console, *, every: bool) -> None:
    console.print()
    for line in wording.unusable(summary):
        console.print(Text(line, style="bold red"))
    for environment in summary.environments.values() if every else ():
        console.print(Text(wording.environment(environment), style="dim"))
    for line in (*wording.coverage(summary), wording.spanned(summary), wording.noise(summary)):
        if line:
            console.print(Text(line, style="dim"))
    console.print(Text(wording.totals(summary), style="bold"))
    if summary.interrupted:
        console.print(Text(wording.interrupted(summary), style="bold yellow"))


class Bar:
    """Progress of a run, on a terminal only; counts records as they come."""

    def __init__(self, console: Console, models: int) -> None:
        """Expect so many ``models``, those of each environment counted."""
        self._met: set[tuple[str, str]] = set()
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

    def update(self, summary: Summary, record: Record) -> None:
        """Show how far the run is; each environment tries all models."""
        if record["record"] == "trial":
            self._met.add((record["spec"], record["writer"]))
        violations = wording.counted(summary.verdicts["violation"], "violation")
        said = f"{wording.counted(summary.trials, 'trial')}, {violations}"
        self._progress.update(self._task, completed=len(self._met), said=said)
