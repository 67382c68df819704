"""What is published says what its journal says."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness import publish
from harness.publish import INDEX_MARKS, JOURNAL, MARKDOWN, MATRIX_MARKS

if TYPE_CHECKING:
    from harness.report.summary import Summary

HOME = Path(__file__).resolve().parents[1]
REPORTS = HOME / "reports"
PUBLISHED = sorted(path.parent for path in REPORTS.glob(f"*/{JOURNAL}"))
KNOWN_ISSUE = re.compile(r"^(- \d+ x `[^`]+`).*?(met in .*)?$")

needs_reports = pytest.mark.skipif(not PUBLISHED, reason="nothing has been published in reports/ yet")
each_report = pytest.mark.parametrize("folder", PUBLISHED or [REPORTS], ids=lambda path: path.name)


@cache
def summary_of(folder: Path) -> Summary:
    return publish.added_up(folder / JOURNAL)


def again(folder: Path) -> str:
    path = folder.relative_to(HOME).as_posix()
    return f"make it again: roundtrip publish {path}/{JOURNAL} --to {path}"


def without_titles(text: str) -> list[str]:
    """Lines of a report without the words of the ledger, which goes on."""
    return [
        " ".join(filter(None, found.groups())) if (found := KNOWN_ISSUE.match(line)) else line
        for line in text.splitlines()
    ]


@needs_reports
@each_report
def test_the_report_has_the_numbers_of_its_journal(folder: Path) -> None:
    published = (folder / MARKDOWN).read_text(encoding="utf-8")
    made = publish.documents(summary_of(folder), folder)[MARKDOWN]
    assert without_titles(published) == without_titles(made), again(folder)


@needs_reports
@each_report
def test_the_index_has_the_numbers_of_the_journal(folder: Path) -> None:
    lines = publish.block(REPORTS / "README.md", INDEX_MARKS).splitlines()
    assert publish.index_line(summary_of(folder), folder.name) in lines, again(folder)


@needs_reports
def test_the_readme_has_the_matrix_of_the_newest_report() -> None:
    folder = REPORTS / publish.newest(REPORTS)
    shown = publish.block(HOME / "README.md", MATRIX_MARKS)
    assert shown == publish.matrix(summary_of(folder), folder, HOME / "README.md"), again(folder)


def test_the_index_names_no_report_that_is_not_there() -> None:
    lines = publish.block(REPORTS / "README.md", INDEX_MARKS).splitlines()
    assert [line.partition("[")[2].partition("]")[0] for line in lines] == [path.name for path in reversed(PUBLISHED)]
