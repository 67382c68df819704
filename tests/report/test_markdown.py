from __future__ import annotations

from dataclasses import replace

from harness.report.markdown import render
from tests.report.sample import KNOWN, LOST, SPEC, added_up, foot, journal, trial, violation


def test_a_table_has_a_row_for_each_route() -> None:
    lines = render(added_up(*journal(trial(), violation()))).splitlines()
    assert lines[0] == "# Save/load conformance"
    (row,) = (line for line in lines if line.startswith("| → load"))
    assert row.startswith("| → load\\_model | ✓1 ✗1 | · | · |")
    separator = lines[next(number for number, line in enumerate(lines) if line.startswith("| route")) + 1]
    assert separator.count("---") == row.count(" | ") + 1


def test_a_violation_can_be_run_again_from_the_text() -> None:
    text = render(added_up(*journal(violation())), journal="run.jsonl")
    assert "### silent · compile · metrics: ['mae'] -> []" in text
    assert "- Model.save(.h5) → load\\_model" in text
    assert f"`roundtrip replay {SPEC.id} --journal run.jsonl`" in text


def test_a_difference_cannot_break_out_of_its_block() -> None:
    text = render(added_up(*journal(violation(problems=(replace(LOST, difference="a ``` b"),)))))
    assert "````\na ``` b\n````" in text


def test_everything_else_is_listed() -> None:
    summary = added_up(
        *journal(trial(verdict="known", problems=(KNOWN,)), finished=False), foot(stale=["old"], unexercised=["rule"])
    )
    text = render(summary)
    for line in ("## Known issues met (1)", "- 1 x `h5-loses-metrics`", "- old", "- rule"):
        assert line in text


def test_an_interrupted_run_says_so() -> None:
    assert "did not finish" in render(added_up(*journal(trial(), finished=False)))
