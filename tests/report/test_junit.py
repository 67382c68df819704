from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import junitparser

from harness.report.junit import render
from tests.report.sample import KNOWN, LOST, added_up, campaign, own, trial, violation

if TYPE_CHECKING:
    from pathlib import Path

    from harness.trial.records import Trial


def suites(path: Path, *trials: Trial) -> dict[str, Any]:
    """What junitparser makes of the XML, by the suites' names."""
    path.write_bytes(render(added_up(*campaign(*trials))))
    return {suite.name: suite for suite in junitparser.JUnitXml.fromfile(str(path))}


def test_there_is_a_case_for_each_route_kind_and_environment(tmp_path: Path) -> None:
    trials = [trial(), trial(), trial(kind="functional"), trial(loader="")]
    found = suites(tmp_path / "r.xml", *own("old", *trials), *own("new", trial()))
    assert [(case.classname, case.name) for case in found["old"]] == [
        ("old", "Model.save(.h5) -> load_model [sequential]"),
        ("old", "Model.save(.h5) -> load_model [functional]"),
        ("old", "Model.save(.h5) [sequential]"),
    ]
    assert (found["old"].tests, found["new"].tests) == (3, 1)
    assert found["old"].time == 2.0


def test_who_wrote_and_who_read_is_a_suite(tmp_path: Path) -> None:
    assert list(suites(tmp_path / "r.xml", replace(trial(), writer="old", reader="new"))) == ["old -> new"]


def test_verdicts_become_outcomes(tmp_path: Path) -> None:
    trials = [
        trial(saver="a", verdict="known", problems=(KNOWN,)),
        trial(saver="b", verdict="undocumented"),
        trial(saver="c", verdict="not-applicable"),
        trial(saver="d", verdict="harness-error", note="x"),
        violation(saver="e"),
        trial(saver="e"),
    ]
    (suite,) = suites(tmp_path / "r.xml", *own("old", *trials)).values()
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (5, 1, 1, 1)
    outcomes = {case.name[0]: [type(each).__name__ for each in case.result] for case in suite}
    assert outcomes == {"a": [], "b": [], "c": ["Skipped"], "d": ["Error"], "e": ["Failure"]}


def test_a_failure_says_what_was_lost_there_and_nothing_of_elsewhere(tmp_path: Path) -> None:
    elsewhere = violation(problems=(replace(LOST, difference="elsewhere", fingerprint="beef"),))
    found = suites(tmp_path / "r.xml", *own("old", violation(), trial()), *own("new", elsewhere))
    (case,) = found["old"]
    (failure,) = case.result
    assert failure.type == "silent"
    assert failure.message == "1 as-documented, 1 violation; compile: metrics: ['mae'] -> []"
    assert "fingerprint f00d" in failure.text
    assert "elsewhere" not in failure.text


def test_what_has_no_place_in_xml_does_not_break_it(tmp_path: Path) -> None:
    bad = violation(saver="s\x00<&\"'>", problems=(replace(LOST, difference="a\x1b[0m\ud800 ]]> <b>\U0001f600"),))
    (suite,) = suites(tmp_path / "r.xml", *own("old", bad)).values()
    (case,) = suite
    assert case.name == "s\ufffd<&\"'> -> load_model [sequential]"
    assert "a\ufffd[0m\ufffd ]]> <b>\U0001f600" in case.result[0].text


def test_an_environment_that_could_not_be_run_is_an_error(tmp_path: Path) -> None:
    first, *others = campaign(*own("old", trial()), names=("old",))
    path = tmp_path / "r.xml"
    path.write_bytes(render(added_up({**first, "unusable": {"gone": "no interpreter"}}, *others)))
    found = {suite.name: suite for suite in junitparser.JUnitXml.fromfile(str(path))}
    assert (found["gone"].errors, found["old"].errors) == (1, 0)
    ((error,),) = [case.result for case in found["gone"]]
    assert error.message == "no interpreter"
