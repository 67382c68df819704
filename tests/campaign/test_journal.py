from __future__ import annotations

import errno
import io
import json
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.campaign.journal import (
    JournalError,
    Writer,
    check_same_run,
    done_keys,
    encode,
    key,
    read,
    read_lines,
    resumable,
    trial_from_json,
    trial_to_json,
)
from harness.trial.records import FACETS, SEVERITIES, VERDICTS, Facet, Problem, Raised, Trial
from tests.report.sample import ENVIRONMENT, foot, head, journal, spec_record, trial, violation, write

if TYPE_CHECKING:
    from harness.campaign.journal import Record

facets = st.builds(
    Facet,
    expected=st.sampled_from(("survives", "lost", "any")),
    observed=st.sampled_from(("survived", "lost", "changed", "absent", "unknown")),
    classed=st.text(),
)
problems = st.builds(Problem, facet=st.sampled_from(FACETS), severity=st.sampled_from(SEVERITIES))
trials = st.builds(
    Trial,
    verdict=st.sampled_from(VERDICTS),
    severity=st.none() | st.sampled_from(SEVERITIES),
    facets=st.dictionaries(st.sampled_from(FACETS), facets),
    exception=st.none() | st.builds(Raised),
    warnings=st.lists(st.text()).map(tuple),
    rules=st.lists(st.text()).map(tuple),
    problems=st.lists(problems).map(tuple),
    seconds=st.floats(0, 1e6),
)


@given(trials)
def test_a_trial_comes_back_from_its_line(original: Trial) -> None:
    assert trial_from_json(json.loads(encode(trial_to_json(original)))) == original


def test_the_line_of_a_trial_has_its_fingerprint_and_the_class_of_its_facets() -> None:
    record = trial_to_json(violation())
    assert record["fingerprint"] == "f00d"
    assert record["facets"]["compile"] == {"expected": "survives", "observed": "changed", "class": "structure"}


@pytest.mark.parametrize("missing", ["spec", "facets", "problems"])
def test_a_trial_record_that_lacks_a_field_is_refused(missing: str) -> None:
    record = trial_to_json(violation())
    del record[missing]
    with pytest.raises(JournalError, match=missing):
        trial_from_json(record)


def test_what_is_written_is_on_disk_before_the_next_record(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    with Writer(path) as writer:
        for number, record in enumerate(journal(trial()), start=1):
            writer.write(record)
            assert len(path.read_bytes().splitlines()) == number
    assert [each["record"] for each in read(path)] == ["header", "spec", "trial", "footer"]


def test_sets_are_written_as_sorted_lists() -> None:
    assert json.loads(encode({"record": "spec", "features": {"classes": frozenset("ba")}}))["features"] == {
        "classes": ["a", "b"]
    }


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object()])
def test_what_is_not_json_is_refused(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        encode({"record": "trial", "seconds": value})


def test_an_existing_journal_is_not_overwritten(tmp_path: Path) -> None:
    path = write(tmp_path / "run.jsonl", journal(trial()))
    before = path.read_bytes()
    with pytest.raises(JournalError, match=r"run\.jsonl already exists"):
        Writer(path)
    assert path.read_bytes() == before


def test_an_empty_file_may_become_a_journal(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.touch()
    with Writer(path) as writer:
        writer.write(head())
    assert [each["record"] for each in read(path)] == ["header"]


def test_a_journal_that_nothing_was_written_to_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    with Writer(path):
        assert path.exists()
    assert not path.exists()


@pytest.mark.parametrize("name", ["missing/run.jsonl", "."])
def test_a_path_that_cannot_be_written_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(JournalError, match=r"^cannot write .*: .*directory$"):
        Writer(tmp_path / name)


def test_a_device_may_take_the_journal() -> None:
    with Writer(Path(os.devnull)) as writer:
        writer.write(head())
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


class _FullDisk:
    """A file that takes half of a record and then no more."""

    def __init__(self, file: Any, room: int) -> None:
        self.file, self.room = file, room

    def write(self, data: memoryview) -> int:
        if not self.room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = int(self.file.write(data[: self.room]))
        self.room -= written
        return written

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)


def test_a_full_disk_keeps_what_was_measured_and_no_torn_line(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    writer = Writer(path)
    writer.write(head())
    whole = path.read_bytes()
    disk = writer._file
    writer._file = _FullDisk(disk, room=10)  # type: ignore[assignment]
    with pytest.raises(JournalError, match=r"cannot write .*run\.jsonl: No space left on device; .* kept"):
        writer.write(spec_record())
    disk.close()
    assert path.read_bytes() == whole


def test_a_torn_last_line_is_passed_over(tmp_path: Path) -> None:
    path = write(tmp_path / "run.jsonl", journal(trial(), finished=False))
    with path.open("ab") as file:
        file.write(encode(trial_to_json(violation()))[:-30])
    assert [each["record"] for each in read(path)] == ["header", "spec", "trial"]


@given(st.data())
def test_a_journal_cut_anywhere_gives_the_records_before_the_cut(data: st.DataObject) -> None:
    records = journal(trial(), violation())
    whole = b"".join(encode(record) for record in records)
    cut = data.draw(st.integers(len(encode(records[0])), len(whole)))
    found = list(read_lines(io.BytesIO(whole[:cut]), "run"))
    assert found == [json.loads(encode(record)) for record in records[: len(found)]]
    assert len(found) >= whole[:cut].count(b"\n")


def test_a_line_that_is_no_record_inside_a_journal_is_an_error(tmp_path: Path) -> None:
    path = write(tmp_path / "run.jsonl", journal(trial()))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], b"torn\n", *lines[2:]]))
    with pytest.raises(JournalError, match="line 3: not a record"):
        list(read(path))


@pytest.mark.parametrize(
    ("records", "problem"),
    [
        ([spec_record()], "line 1: not a journal: no header"),
        ([head(), {"record": "rumour"}], "line 2: unknown record 'rumour'"),
        ([{**head(), "environments": 3}], "line 1: a header without 'environments'"),
        ([head(), {"record": "trial"}], "line 2: a trial without 'spec'"),
        ([head(), {**trial_to_json(trial()), "facets": []}], "line 2: a trial without 'facets'"),
        ([head(format=2)], "line 1: format 2, this version reads 1"),
    ],
)
def test_what_is_not_a_journal_is_refused(tmp_path: Path, records: list[Record], problem: str) -> None:
    path = write(tmp_path / "run.jsonl", records)
    with pytest.raises(JournalError, match=problem):
        list(read(path))


def test_a_file_without_any_record_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_text("hello")
    with pytest.raises(JournalError, match="no header"):
        list(read(path))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match=r"cannot read .*none\.jsonl: No such file"):
        list(read(tmp_path / "none.jsonl"))


def test_two_journals_one_after_the_other_are_one_input(tmp_path: Path) -> None:
    path = write(tmp_path / "both.jsonl", [*journal(trial()), *journal(violation())])
    assert [each["record"] for each in read(path)] == ["header", "spec", "trial", "footer"] * 2


def test_a_torn_journal_may_be_followed_by_another(tmp_path: Path) -> None:
    torn = b"".join(encode(record) for record in journal(trial(), violation(), finished=False))[:-30]
    path = tmp_path / "both.jsonl"
    path.write_bytes(torn + b"".join(encode(record) for record in journal(trial())))
    assert [each["record"] for each in read(path)] == ["header", "spec", "trial", "header", "spec", "trial", "footer"]


def test_done_trials_are_known_by_spec_route_and_environments(tmp_path: Path) -> None:
    done = trial()
    path = write(tmp_path / "run.jsonl", journal(done))
    assert done_keys(path) == {(done.spec, done.saver, done.loader, "tf2.21", "tf2.21")}


def test_a_resumed_journal_goes_on_after_its_last_whole_record(tmp_path: Path) -> None:
    path = write(tmp_path / "run.jsonl", journal(trial(), finished=False))
    with path.open("ab") as file:
        file.write(b'{"record":"tri')
    old = resumable(path)
    assert old is not None
    assert not old.complete
    assert old.done == {key(trial_to_json(trial()))}
    assert old.specs == {trial().spec}
    with Writer(path, end=old.end) as writer:
        writer.write(foot())
    assert [each["record"] for each in read(path)] == ["header", "spec", "trial", "footer"]


def test_a_last_record_without_its_line_end_is_run_again(tmp_path: Path) -> None:
    path = write(tmp_path / "run.jsonl", journal(trial(), finished=False))
    path.write_bytes(path.read_bytes()[:-1])
    old = resumable(path)
    assert old is not None
    assert not old.done


def test_a_journal_with_a_footer_is_complete(tmp_path: Path) -> None:
    old = resumable(write(tmp_path / "run.jsonl", journal(trial())))
    assert old is not None
    assert old.complete


def test_there_is_nothing_to_resume_in_a_new_or_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    assert resumable(path) is None
    path.touch()
    assert resumable(path) is None


def test_a_file_that_is_no_journal_is_not_resumed(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("no line end")
    with pytest.raises(JournalError, match="not a journal"):
        resumable(path)


def test_several_journals_in_one_file_are_not_resumed(tmp_path: Path) -> None:
    path = write(tmp_path / "both.jsonl", [*journal(trial()), *journal(violation())])
    with pytest.raises(JournalError, match="holds 2 runs"):
        resumable(path)


def test_the_same_request_may_be_resumed_with_other_jobs(tmp_path: Path) -> None:
    check_same_run(tmp_path, head(), head(arguments={"models": 2, "saver": [], "jobs": 7}))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seed": 1}, "seed 0, now 1"),
        ({"arguments": {"models": 3, "saver": [], "jobs": 1}}, "--models 2, now 3"),
        ({"arguments": {"models": 2, "saver": ["x"], "jobs": 1}}, r'--saver none, now \["x"\]'),
        ({"environments": [{**ENVIRONMENT, "keras": "3.16.0"}]}, r"3\.15\.1.*now.*3\.16\.0"),
    ],
)
def test_another_request_is_not_mixed_into_a_journal(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(JournalError, match=f"cannot resume .*run.jsonl: it was run with .*{message}"):
        check_same_run(tmp_path / "run.jsonl", head(), head(**changes))
