from __future__ import annotations

from typing import TYPE_CHECKING

from harness.campaign.journal import Writer, encode, key, read, resumable, trial_to_json
from harness.contract.ledger import Ledger
from harness.contract.rules import Contract
from harness.report.exercise import Exercise
from harness.report.recorder import Recorder
from harness.report.summary import Summary
from tests.report.sample import head, journal, spec_record, trial, violation, write
from tests.report.test_exercise import SCOPE

if TYPE_CHECKING:
    from pathlib import Path


def exercise() -> Exercise:
    return Exercise(Contract(()), Ledger(), SCOPE, lambda _: {})


def test_records_are_written_and_added_up(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    summary = Summary()
    with Writer(path) as writer:
        recorder = Recorder(summary, exercise(), writer)
        for record in (head(), spec_record(), spec_record(), trial_to_json(violation())):
            recorder.emit(record)
        recorder.finish()
    assert [each["record"] for each in read(path)] == ["header", "spec", "trial", "finding", "footer"]
    assert (summary.trials, summary.specs.total(), summary.finished) == (1, 1, 1)


def test_a_run_without_a_journal_is_added_up_too() -> None:
    recorder = Recorder(Summary(), exercise())
    recorder.emit(head())
    recorder.finish()
    assert recorder.summary.finished == 1


def test_a_resumed_run_adds_to_what_there_was(tmp_path: Path) -> None:
    path = write(tmp_path / "run.jsonl", journal(trial(), finished=False))
    old = resumable(path)
    assert old is not None
    with Writer(path, end=old.end) as writer:
        recorder = Recorder(Summary(), exercise(), writer, old)
        recorder.emit(spec_record())
        recorder.emit(trial_to_json(violation(loader="other")))
        recorder.finish()
    assert key(trial_to_json(trial())) in recorder.done
    assert recorder.summary.trials == 2
    assert [each["record"] for each in read(path)] == ["header", "spec", "trial", "trial", "finding", "footer"]
    assert path.read_bytes().startswith(b"".join(encode(each) for each in journal(trial(), finished=False)))
