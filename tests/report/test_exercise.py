from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.campaign.journal import trial_to_json
from harness.contract.ledger import ENOUGH, Issue, Ledger
from harness.contract.predicate import Predicate, parse_predicate
from harness.contract.rules import Contract, Rule
from harness.report.exercise import Exercise, Scope
from tests.report.sample import ENVIRONMENT, KNOWN, added_up, head, journal, trial

SCOPE = Scope(("Model.save(.h5)",), ("load_model",), ("sequential",), {"tf2.21": ENVIRONMENT})


def rule(name: str, predicate: Predicate | None = None, **changes: Any) -> Rule:
    routes = {"savers": ("Model.save(.h5)",), "loaders": ("load_model",)}
    return Rule(
        id=name,
        predicate=predicate or Predicate(),
        expect={"weights": "survives"},
        raises=None,
        source=("docs",),
        **{**routes, **changes},
    )


def issue(name: str, **conditions: Any) -> Issue:
    return Issue(
        id=name,
        title=name,
        savers=("Model.save*",),
        loaders=("load_model",),
        predicate=parse_predicate(conditions),
        facets=("compile",),
        difference="metrics",
        severities=(),
        source=("docs",),
        model=Path("known/m.json"),
    )


def exercise(*entries: Rule | Issue) -> Exercise:
    rules = tuple(each for each in entries if isinstance(each, Rule))
    issues = tuple(each for each in entries if isinstance(each, Issue))
    return Exercise(Contract(rules), Ledger(issues), SCOPE, lambda _: {"compiled": True})


def test_a_rule_that_no_trial_met_is_unexercised() -> None:
    summary = added_up(*journal(trial(rules=("met",))))
    assert exercise(rule("met"), rule("unmet")).unexercised(summary) == ["unmet"]


@pytest.mark.parametrize(
    "beyond",
    [
        rule("r", savers=("other",)),
        rule("r", loaders=("other",)),
        rule("r", parse_predicate({"kind": ["functional", "subclassed"]})),
        rule("r", parse_predicate({"keras": "<3"})),
        rule("r", parse_predicate({"tf": ">=2.22"})),
    ],
)
def test_a_rule_that_the_run_could_not_meet_is_not_held_against_it(beyond: Rule) -> None:
    assert exercise(beyond).unexercised(added_up(head())) == []


def test_a_rule_for_the_save_itself_needs_no_loader() -> None:
    assert exercise(rule("r", loaders=())).unexercised(added_up(head())) == ["r"]


@pytest.mark.parametrize(
    ("entry", "stale"),
    [
        (issue("expected"), ["expected"]),
        (issue("other-models", when={"compiled": False}), []),
        (issue("other-versions", keras="<3"), []),
        (issue("h5-loses-metrics"), []),
    ],
)
def test_an_issue_is_stale_if_it_was_to_be_expected_and_never_showed(entry: Issue, stale: list[str]) -> None:
    followed = exercise(entry)
    records = journal(trial(verdict="known", problems=(KNOWN,)))
    for record in records:
        if record["record"] == "trial":
            for _ in range(ENOUGH):
                followed.add(record)
    assert followed.stale(added_up(*records)) == stale


def test_a_trial_that_says_nothing_makes_no_issue_stale() -> None:
    followed = exercise(issue("expected"))
    followed.add(trial_to_json(trial(verdict="harness-error")))
    assert followed.stale(added_up(head())) == []
