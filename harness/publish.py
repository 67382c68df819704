"""Publishes a campaign: the compressed journal, what it says, the index of reports and the matrix of the README.

All numbers come from the journal as it is published, so that anybody can check them with it.
"""

from __future__ import annotations

import lzma
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.campaign.journal import encode, read
from harness.report import badge, html, markdown, wording
from harness.report.summary import Summary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from harness.campaign.journal import Record

JOURNAL, MARKDOWN, PAGE, BADGE = "journal.jsonl.xz", "report.md", "report.html", "badge.svg"
INDEX = "README.md"

INDEX_MARKS = ("<!-- reports -->", "<!-- /reports -->")
MATRIX_MARKS = ("<!-- matrix -->", "<!-- /matrix -->")
"""What is between them is written here."""

LONGEST_TEXT = 500
"""Characters of messages that are published; fingerprints, differences and notes stay whole."""


FOLDERS = re.compile(r"(?<![\w./:])(?:[A-Za-z]:)?[/\\](?:[^\s/\\:]+[/\\])+")
"""Of an absolute path, all but the last name: where things are is nobody's business."""


class PublishError(Exception):
    """The report cannot be published; the message is one line that names the file."""


def publish(journals: Sequence[Path], folder: Path, readme: Path | None = None) -> Iterator[Path]:
    """Write everything, and hand out the paths of what was written.

    Args:
        journals: of one campaign.
        folder: its name is that of the report, say its date; the index is beside it.
        readme: shows the matrix of the newest report; by default the one beside the folder of reports, if it has
            the marks for it.

    Raises:
        JournalError: a journal cannot be read.
        PublishError: something cannot be written, or has no place for what is to be written.
    """
    target = readme or folder.resolve().parent.parent / "README.md"
    if readme is not None and not _has(readme, MATRIX_MARKS):
        msg = f"{readme} has no place for the matrix: add a line {MATRIX_MARKS[0]} and a line {MATRIX_MARKS[1]}"
        raise PublishError(msg)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        summary = _compressed(journals, folder / JOURNAL)
        yield folder / JOURNAL
        for name, text in documents(summary, folder).items():
            (folder / name).write_text(text, encoding="utf-8")
            yield folder / name
        yield _indexed(folder, index_line(summary, folder.name))
        if _has(target, MATRIX_MARKS) and newest(folder.parent) == folder.name:
            _replace(target, MATRIX_MARKS, matrix(summary, folder, target))
            yield target
    except OSError as error:
        msg = f"cannot write {error.filename or folder}: {error.strerror or error}"
        raise PublishError(msg) from error


def added_up(journal: Path) -> Summary:
    """What a published journal says.

    Raises:
        JournalError: it cannot be read.
    """
    summary = Summary()
    for record in read(journal):
        summary.add(record)
    return summary


def documents(summary: Summary, folder: Path) -> dict[str, str]:
    """The files beside the journal, by name; the same wherever the folder of reports is."""
    journal = f"{folder.resolve().parent.name}/{folder.name}/{JOURNAL}"
    return {
        MARKDOWN: markdown.render(summary, journal=journal),
        PAGE: html.render(summary, journal=journal),
        BADGE: badge.render(summary),
    }


def index_line(summary: Summary, name: str) -> str:
    """One report in the index."""
    links = f"[{name}]({name}/{MARKDOWN}) ([HTML]({name}/{PAGE}), [journal]({name}/{JOURNAL}))"
    return f"- {links}: {wording.counted(len(summary.environments), 'environment')}; {wording.totals(summary)}"


def matrix(summary: Summary, folder: Path, readme: Path) -> str:
    """What the README shows of a report."""
    link = Path(os.path.relpath(folder.resolve(), readme.resolve().parent)).as_posix()
    lines = [
        f"[Report of {folder.name}]({link}/{MARKDOWN}): {wording.totals(summary)}.",
        "",
        *markdown.environments(summary),
    ]
    return "\n".join(lines)


def newest(folder: Path) -> str:
    """Name of the newest report of a folder; empty if there is none."""
    return max((path.parent.name for path in folder.glob(f"*/{JOURNAL}")), default="")


def block(path: Path, marks: tuple[str, str]) -> str:
    """What a file has between two marks.

    Raises:
        PublishError: it lacks them.
        OSError: it cannot be read.
    """
    found = _pattern(marks).search(path.read_text(encoding="utf-8"))
    if found is None:
        msg = f"{path} has no lines {marks[0]} and {marks[1]}"
        raise PublishError(msg)
    return found[1].strip("\n")


def _compressed(journals: Iterable[Path], path: Path) -> Summary:
    """Write one journal; an old one is replaced only when the new one is whole, for it may be one of those read."""
    summary = Summary()
    unfinished = path.with_name(f"{path.name}.part")
    try:
        with lzma.open(unfinished, "wb") as file:
            for record in (_public(each) for journal in journals for each in read(journal)):
                file.write(encode(record))
                summary.add(record)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return summary


def _public(record: Record) -> Record:
    """A record without what concerns only the machine it was made on, and without the tails of long texts."""
    if record["record"] == "header":
        shown = {**record, "environments": [_without(each, "executable") for each in record["environments"]]}
        if "unusable" in record:
            shown["unusable"] = {name: FOLDERS.sub("", why) for name, why in record["unusable"].items()}
        return shown
    if record["record"] == "finding":
        return {**record, "detail": _shown(record["detail"])}
    if record["record"] != "trial":
        return record
    raised = record["exception"]
    return {
        **record,
        "exception": raised and {**raised, "message": _shown(raised["message"])},
        "warnings": [_shown(text) for text in record["warnings"]],
        "problems": [{**each, "detail": _shown(each["detail"])} for each in record["problems"]],
        # A traceback is told by its end.
        "note": FOLDERS.sub("", record["note"]),
    }


def _shown(text: str) -> str:
    return wording.cut(FOLDERS.sub("", text), LONGEST_TEXT)


def _without(data: Mapping[str, Any], key: str) -> Record:
    return {name: value for name, value in data.items() if name != key}


def _indexed(folder: Path, line: str) -> Path:
    """Put one report into the index, newest first; an older line of the same report goes."""
    index = folder.parent / INDEX
    if not index.exists():
        index.write_text("# Reports\n\n{}\n{}\n".format(*INDEX_MARKS), encoding="utf-8")
    named = f"- [{folder.name}]("
    others = [each for each in block(index, INDEX_MARKS).splitlines() if each.startswith("- [")]
    lines = [line, *(each for each in others if not each.startswith(named))]
    _replace(index, INDEX_MARKS, "\n".join(sorted(lines, reverse=True)))
    return index


def _has(path: Path, marks: tuple[str, str]) -> bool:
    return path.is_file() and _pattern(marks).search(path.read_text(encoding="utf-8")) is not None


def _replace(path: Path, marks: tuple[str, str], text: str) -> None:
    old = path.read_text(encoding="utf-8")
    path.write_text(_pattern(marks).sub(lambda _: f"{marks[0]}\n{text}\n{marks[1]}", old, count=1), encoding="utf-8")


def _pattern(marks: tuple[str, str]) -> re.Pattern[str]:
    begin, end = map(re.escape, marks)
    return re.compile(f"^{begin}$(.*?)^{end}$", re.DOTALL | re.MULTILINE)
