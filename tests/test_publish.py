from __future__ import annotations

import lzma
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness import publish as publishing
from harness.campaign.journal import read
from harness.cli import main
from harness.publish import BADGE, INDEX_MARKS, JOURNAL, MARKDOWN, MATRIX_MARKS, PAGE, PublishError, block, publish
from harness.report.outcome import Exit
from harness.trial.records import Raised
from tests.report.sample import LOST, SPEC, campaign, journal, own, trial, violation, write

if TYPE_CHECKING:
    from pathlib import Path

RECORDS = campaign(*own("old", trial(), violation()), *own("new", trial()), names=("old", "new"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A checkout with a README that has a place for the matrix."""
    (tmp_path / "README.md").write_text("# Project\n\n{}\n{}\n\nThe end.\n".format(*MATRIX_MARKS), encoding="utf-8")
    return tmp_path


def published(home: Path, name: str, records: list[dict[str, object]]) -> list[Path]:
    source = write(home / f"{name}.jsonl", records)
    return list(publish([source], home / "reports" / name))


def test_everything_is_written_and_named(home: Path) -> None:
    paths = published(home, "2026-11-24", RECORDS)
    folder = home / "reports" / "2026-11-24"
    assert paths == [
        folder / JOURNAL,
        folder / MARKDOWN,
        folder / PAGE,
        folder / BADGE,
        folder.parent / "README.md",
        home / "README.md",
    ]
    assert sorted(path.name for path in folder.iterdir()) == sorted([JOURNAL, MARKDOWN, PAGE, BADGE])


def test_the_matrix_stands_in_the_readme_and_the_rest_of_it_stays(home: Path) -> None:
    published(home, "2026-11-24", RECORDS)
    text = (home / "README.md").read_text(encoding="utf-8")
    assert text.startswith(
        "# Project\n\n<!-- matrix -->\n[Report of 2026-11-24](reports/2026-11-24/report.md): 1 model"
    )
    assert text.endswith("<!-- /matrix -->\n\nThe end.\n")
    assert "| old | 2.21.0 | 3.15.1 | 1 | 1 | 2 |\n| new | 2.21.0 | 3.15.1 | 0 | 1 | 1 |\n" in text


def test_the_index_is_newest_first_and_has_each_report_once(home: Path) -> None:
    for name in ("2026-02-01", "2026-11-24", "2025-12-31", "2026-11-24"):
        published(home, name, RECORDS)
    lines = block(home / "reports" / "README.md", INDEX_MARKS).splitlines()
    assert [line[3:13] for line in lines] == ["2026-11-24", "2026-02-01", "2025-12-31"]
    assert lines[0].endswith("2 environments; 1 model (1 sequential), 3 trials: 2 as-documented, 1 violation")


def test_an_older_report_does_not_take_the_readme(home: Path) -> None:
    published(home, "2026-11-24", RECORDS)
    before = (home / "README.md").read_bytes()
    assert home / "README.md" not in published(home, "2025-01-01", RECORDS)
    assert (home / "README.md").read_bytes() == before


def test_publishing_what_is_published_changes_nothing(home: Path) -> None:
    published(home, "2026-11-24", RECORDS)
    folder = home / "reports" / "2026-11-24"
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    list(publish([folder / JOURNAL], folder))
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before


def test_the_journal_has_every_record_and_nothing_of_the_machine(home: Path) -> None:
    long = Raised("load", "ValueError", "x" * 5000)
    said = violation(exception=long, warnings=("w" * 5000,), problems=(replace(LOST, detail="d" * 5000),))
    records = campaign(*own("old", said, trial()), names=("old",))
    published(home, "2026-11-24", records)
    found = list(read(home / "reports" / "2026-11-24" / JOURNAL))
    assert [each["record"] for each in found] == [each["record"] for each in records]
    assert "executable" not in found[0]["environments"][0]
    assert len(found[2]["exception"]["message"]) == 500
    assert len(found[2]["warnings"][0]) == 500
    assert len(found[2]["problems"][0]["detail"]) == 500
    assert found[3] == records[3]


def test_a_path_of_the_machine_is_cut_to_its_name(home: Path) -> None:
    why = "no interpreter at /home/me/envs/tf2.2/bin/python: see https://example.org/a/b"
    published(home, "2026-11-24", [{**RECORDS[0], "unusable": {"tf2.2": why}}, *RECORDS[1:]])
    (first, *_) = read(home / "reports" / "2026-11-24" / JOURNAL)
    assert first["unusable"] == {"tf2.2": "no interpreter at python: see https://example.org/a/b"}


def test_several_journals_become_one(home: Path) -> None:
    paths = [write(home / f"{name}.jsonl", journal(trial())) for name in "ab"]
    list(publish(paths, home / "reports" / "x"))
    assert publishing.added_up(home / "reports" / "x" / JOURNAL).runs == 2


def test_a_model_is_replayed_from_a_published_journal(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    published(home, "2026-11-24", RECORDS)
    text = (home / "reports" / "2026-11-24" / MARKDOWN).read_text(encoding="utf-8")
    assert f"`roundtrip replay {SPEC.id} --journal reports/2026-11-24/journal.jsonl.xz`" in text
    main(["report", str(home / "reports" / "2026-11-24" / JOURNAL)])
    assert "3 trials: 2 as-documented, 1 violation" in capsys.readouterr().out


def test_a_journal_that_breaks_off_leaves_what_was_published(home: Path) -> None:
    published(home, "2026-11-24", RECORDS)
    target = home / "reports" / "2026-11-24" / JOURNAL
    before = target.read_bytes()
    torn = home / "torn.xz"
    torn.write_bytes(lzma.compress(lzma.decompress(before) * 50)[:-20])
    assert main(["publish", str(torn), "--to", str(target.parent)]) == Exit.UNUSABLE
    assert target.read_bytes() == before
    assert not list(target.parent.glob("*.part"))


def test_a_readme_without_a_place_is_refused_before_anything_is_written(home: Path) -> None:
    readme = home / "OTHER.md"
    readme.write_text("# Other\n", encoding="utf-8")
    source = write(home / "a.jsonl", RECORDS)
    with pytest.raises(PublishError, match=r"OTHER\.md has no place for the matrix: add a line <!-- matrix -->"):
        list(publish([source], home / "reports" / "x", readme))
    assert not (home / "reports").exists()


def test_the_command_names_what_it_wrote(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write(home / "a.jsonl", RECORDS)
    folder = home / "reports" / "2026-11-24"
    assert main(["publish", str(source), "--to", str(folder)]) == Exit.OK
    assert capsys.readouterr().out.splitlines()[0] == f"wrote {folder / JOURNAL}"
    assert main(["publish", str(home / "none.jsonl"), "--to", str(folder)]) == Exit.UNUSABLE
    assert main(["publish", "--to", str(folder)]) == Exit.UNUSABLE


def test_a_traceback_keeps_its_names_and_loses_its_folders(home: Path) -> None:
    note = 'Traceback:\n  File "/home/somebody/venv/lib/keras/saving.py", line 3, in save'
    trials = (trial(verdict="harness-error", note=note), violation(problems=(replace(LOST, detail=note),)))
    published(home, "2026-11-24", campaign(*own("old", *trials), names=("old",)))
    text = (home / "reports" / "2026-11-24" / JOURNAL).read_bytes()
    plain = lzma.decompress(text).decode()
    assert "saving.py" in plain
    assert "somebody" not in plain
