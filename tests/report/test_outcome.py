from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.report.outcome import Exit, outcome
from tests.report.sample import KNOWN, added_up, foot, journal, trial, violation

if TYPE_CHECKING:
    from harness.trial.records import Trial

KNOWN_TRIAL = trial(verdict="known", problems=(KNOWN,))
ERROR = trial(verdict="harness-error", note="build failed")


@pytest.mark.parametrize(
    ("trials", "expected"),
    [
        ((trial(), KNOWN_TRIAL, trial(verdict="undocumented")), Exit.OK),
        ((trial(), violation()), Exit.VIOLATIONS),
        ((trial(), violation(), ERROR), Exit.UNUSABLE),
        ((), Exit.NOTHING),
        ((trial(verdict="not-applicable"),), Exit.NOTHING),
    ],
)
def test_the_exit_code_says_what_came_out(trials: tuple[Trial, ...], expected: Exit) -> None:
    assert outcome(added_up(*journal(*trials))) is expected


@pytest.mark.parametrize(("floor", "expected"), [(0, Exit.OK), (0.1, Exit.UNUSABLE), (100, Exit.UNUSABLE)])
def test_a_run_that_covers_less_than_was_asked_for_has_failed(floor: float, expected: Exit) -> None:
    assert outcome(added_up(*journal(trial())), floor=floor) is expected


def test_violations_weigh_more_than_what_was_not_covered() -> None:
    assert outcome(added_up(*journal(trial(), violation())), floor=100) is Exit.VIOLATIONS


@pytest.mark.parametrize(("strict", "expected"), [(False, Exit.OK), (True, Exit.VIOLATIONS)])
def test_stale_issues_count_only_when_strict(strict: bool, expected: Exit) -> None:
    summary = added_up(*journal(trial(), finished=False), foot(stale=["old"]))
    assert outcome(summary, strict=strict) is expected
