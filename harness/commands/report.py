"""Commands that read journals: ``report`` and ``publish``."""

from __future__ import annotations

import sys
from importlib.resources import files as resources
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.console import Refusal, printed, refusing, show
from harness.report.outcome import outcome

if TYPE_CHECKING:
    from harness.report.summary import Summary


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--markdown", type=click.Path(path_type=Path), help="Write the summary as Markdown, too ('-': only that)."
)
@click.option("--html", type=click.Path(path_type=Path), help="Write it as one HTML page, with filters and links.")
@click.option("--junit", type=click.Path(path_type=Path), help="Write JUnit XML: a case per route, kind, environment.")
@click.option("--badge", type=click.Path(path_type=Path), help="Write the outcome as a small SVG.")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of a journal's lines, and do nothing else.")
@click.option("--strict", is_flag=True, help="Exit with 1 for stale known issues, too.")
@click.option("--all", "every", is_flag=True, help="Show every route, problem and known issue.")
def report(
    files: tuple[Path, ...],
    markdown: Path | None,
    html: Path | None,
    junit: Path | None,
    badge: Path | None,
    schema: bool,
    strict: bool,
    every: bool,
) -> int:
    """Add up journals ('-': standard input) and print what they say, with the exit code of a run.

    A journal may be compressed with gzip or xz; with Python 3.14, with zstd.
    """
    if schema:
        return printed(_schema().splitlines())
    if not files:
        raise Refusal("name at least one journal")
    summary = _added_up(files)
    journal = str(files[0]) if len(files) == 1 and str(files[0]) != "-" else ""
    if markdown is not None:
        _write_markdown(summary, markdown, journal, every=every)
    _write_others(summary, html, junit, badge, journal)
    if str(markdown) != "-":
        show(summary, journal, every=every)
    return outcome(summary, strict=strict)


@click.command()
@click.argument("journals", nargs=-1, required=True, metavar="JOURNAL...", type=click.Path(path_type=Path))
@click.option("--to", "folder", required=True, type=click.Path(path_type=Path), help="Folder, say reports/2026-11-24.")
@click.option(
    "--readme",
    type=click.Path(path_type=Path),
    help="README that shows the matrix of the newest report.  [default: the one beside the folder of reports]",
)
def publish(journals: tuple[Path, ...], folder: Path, readme: Path | None) -> int:
    """Publish journals: compressed, as Markdown and HTML, in the index, and as the matrix of the README.

    Exits with 0 whatever the journals say.
    """
    from harness.campaign.journal import JournalError
    from harness.publish import PublishError
    from harness.publish import publish as write

    with refusing(JournalError, PublishError):
        return printed(f"wrote {path}" for path in write(journals, folder, readme))


def _added_up(files: tuple[Path, ...]) -> Summary:
    from harness.campaign.journal import JournalError, read, read_lines
    from harness.report.summary import Summary

    summary = Summary()
    with refusing(JournalError):
        for path in files:
            lines = read_lines(sys.stdin.buffer, "standard input") if str(path) == "-" else read(path)
            before = summary.runs
            for record in lines:
                summary.add(record)
            if summary.runs == before:
                raise Refusal(f"{'standard input' if str(path) == '-' else path} is empty: no run was written to it")
    return summary


def _write_markdown(summary: Summary, path: Path, journal: str, *, every: bool) -> None:
    from harness.report.markdown import render

    text = render(summary, every=every, journal=journal)
    if str(path) == "-":
        printed(text.splitlines())
    else:
        _write(path, text.encode())


def _write_others(summary: Summary, html: Path | None, junit: Path | None, badge: Path | None, journal: str) -> None:
    if html is not None:
        from harness.report.html import render as page

        _write(html, page(summary, journal=journal).encode())
    if junit is not None:
        from harness.report.junit import render as cases

        _write(junit, cases(summary))
    if badge is not None:
        from harness.report.badge import render as picture

        _write(badge, picture(summary).encode())


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise Refusal(f"cannot write {path}: {error.strerror or error}") from error


def _schema() -> str:
    return resources("harness.report").joinpath("schema.json").read_text(encoding="utf-8")
