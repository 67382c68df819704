from __future__ import annotations

from dataclasses import replace

from harness.report.markdown import render
from tests.report.sample import KNOWN, LOST, SPEC, added_up, campaign, foot, journal, own, trial, violation


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


SEVERAL = added_up(
    *campaign(
        *own("old", trial(), trial(verdict="known", problems=(replace(KNOWN, known="h5-string-loss"),))),
        *own("worst", violation()),
        replace(violation(), writer="old", reader="worst"),
        names=("old", "worst"),
    )
)


def test_several_environments_are_side_by_side_worst_first() -> None:
    text = render(SEVERAL)
    assert "| worst | 2.21.0 | 3.15.1 | 1 | 0 | 0 | 1 |\n| old | 2.21.0 | 3.15.1 | 0 | 1 | 1 | 2 |" in text
    assert "| saver | worst | old |\n| --- | --- | --- |\n| Model.save(.h5) | ✗1 | k1 |" in text
    assert "| written by ↓ read by → | old | worst |\n| --- | --- | --- |\n| old |  | ✗1 |" in text
    assert "| route |" not in text


def test_each_environment_has_its_table_only_when_asked_for() -> None:
    lines = render(SEVERAL, every=True).splitlines()
    assert [line for line in lines if line in {"## worst", "## old", "## old → worst"}] == [
        "## worst",
        "## old",
        "## old → worst",
    ]
    assert sum(line.startswith("| route |") for line in lines) == 3


def test_problems_say_in_which_environments_they_were_seen() -> None:
    text = render(SEVERAL)
    assert "Environments: worst (1), old → worst (1).<br>" in text
    assert "- 1 x `h5-string-loss` compile(loss=" in text
    assert "; met in old (1)" in text


def test_one_environment_alone_is_not_said_everywhere() -> None:
    assert "Environments:" not in render(added_up(*journal(violation())))


def test_the_routes_of_one_problem_are_not_all_written_out() -> None:
    text = render(added_up(*journal(*(violation(loader=f"loader {number}") for number in range(30)))))
    assert text.count("\n- Model.save(.h5) → loader") == 25
    assert "\n- and 5 more\n" in text
