from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.campaign.journal import trial_to_json
from harness.report import summary as summaries
from harness.report.summary import marks, size
from harness.trial.records import Facet, Raised
from tests.report.sample import (
    KNOWN,
    LOST,
    added_up,
    foot,
    head,
    journal,
    model_spec,
    spec_record,
    trial,
    violation,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.report.summary import Mark
    from harness.trial.records import Trial


def test_trials_are_counted_by_route_kind_and_verdict() -> None:
    summary = added_up(*journal(trial(), trial(), violation(), trial(kind="functional")))
    counted = summary.tables["tf2.21", "tf2.21"].verdicts["Model.save(.h5)", "load_model"]
    assert {kind: dict(verdicts) for kind, verdicts in counted.items()} == {
        "sequential": {"as-documented": 2, "violation": 1},
        "functional": {"as-documented": 1},
    }
    assert summary.trials == 4
    assert summary.verdicts == {"as-documented": 3, "violation": 1}


def test_facets_are_counted_by_route_and_kind() -> None:
    summary = added_up(*journal(trial(), violation()))
    counted = summary.tables["tf2.21", "tf2.21"].facets["Model.save(.h5)", "load_model"]
    assert counted["compile"]["sequential"] == {"lost": 1, "violation": 1}
    assert counted["weights"]["sequential"] == {"survived": 1}


def test_each_pair_of_writer_and_reader_has_its_own_table() -> None:
    assert list(added_up(*journal(trial(), trial(reader="tf2.22"))).tables) == [
        ("tf2.21", "tf2.21"),
        ("tf2.21", "tf2.22"),
    ]


@pytest.mark.parametrize(
    ("judged", "expected"),
    [
        (trial(facets={"weights": Facet("any", "absent")}), {"weights": "absent"}),
        (trial(facets={"weights": Facet("any", "unknown")}), {"weights": "unknown"}),
        (trial(facets={"weights": Facet("any", "changed")}), {"weights": "lost"}),
        (violation(), {"compile": "violation"}),
        (violation(problems=(KNOWN,)), {"compile": "known"}),
        (violation(problems=(LOST, KNOWN)), {"compile": "violation"}),
        (violation(problems=(replace(LOST, facet="error"),), facets={}), {}),
    ],
)
def test_a_facet_is_marked_by_what_became_of_it(judged: Trial, expected: Mapping[str, Mark]) -> None:
    assert marks(trial_to_json(judged)) == expected


def test_a_problem_is_counted_once_for_each_trial() -> None:
    summary = added_up(*journal(violation(problems=(LOST, LOST)), violation()))
    (found,) = summary.violations
    assert (found.fingerprint, found.count, found.route) == ("f00d", 2, ("Model.save(.h5)", "load_model"))


def test_the_smallest_model_has_the_fewest_layers_then_the_shortest_json() -> None:
    big, small, wordy = model_spec(layers=3), model_spec(layers=1), model_spec(layers=1, seed=10**9)
    records = [head()]
    for spec in (big, wordy, small, big):
        records += [spec_record(spec, f"model {spec.id}"), trial_to_json(violation(spec=spec.id))]
    (found,) = added_up(*records).violations
    assert (found.spec, found.description) == (small.id, f"model {small.id}")


def test_layers_of_nested_models_count() -> None:
    inner = model_spec(layers=3)
    outer = model_spec().to_json()
    outer["model"]["layers"][0]["model"] = inner.to_json()["model"]
    assert size(outer)[0] == 4


def test_a_model_that_was_never_described_is_named_only_while_there_is_no_other() -> None:
    unseen = trial_to_json(violation(spec="0" * 12))
    assert added_up(head(), unseen).violations[0].spec == "0" * 12
    known = spec_record()
    assert added_up(head(), unseen, known, trial_to_json(violation())).violations[0].spec == known["id"]


def test_only_the_latest_models_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(summaries, "REMEMBERED_SPECS", 3)
    summary = added_up(head(), *(spec_record(model_spec(seed=seed)) for seed in range(10)))
    assert len(summary._weights) == 3
    assert summary.specs == {"sequential": 10}


def test_violations_come_worst_first() -> None:
    problems = [
        replace(LOST, severity="loud", fingerprint="loud"),
        replace(LOST, severity="silent", fingerprint="rare"),
        replace(LOST, severity="silent", fingerprint="often"),
        replace(LOST, severity="crash", fingerprint="crash"),
    ]
    found = added_up(*journal(*(violation(problems=(each,)) for each in [*problems, problems[2]]))).violations
    assert [each.fingerprint for each in found] == ["often", "rare", "crash", "loud"]


def test_the_same_difference_on_several_routes_is_one_group() -> None:
    other = replace(LOST, fingerprint="cafe", detail="there")
    small, big = model_spec(), model_spec(layers=2)
    summary = added_up(
        head(),
        *(spec_record(spec, f"model {spec.id}") for spec in (small, big)),
        *(trial_to_json(violation(spec=big.id)) for _ in range(2)),
        trial_to_json(violation(spec=small.id, saver="Model.save(.keras)", problems=(other,))),
        trial_to_json(violation(spec=big.id, saver="Model.save(.keras)", problems=(other,))),
        trial_to_json(
            violation(spec=small.id, loader="", problems=(replace(LOST, facet="weights", fingerprint="beef"),))
        ),
    )
    second, first = sorted(summary.groups, key=lambda each: each.count)
    assert (first.facet, first.count, {each.fingerprint for each in first.members}) == ("compile", 4, {"f00d", "cafe"})
    assert first.routes == [("Model.save(.h5)", "load_model"), ("Model.save(.keras)", "load_model")]
    assert (first.smallest.spec, first.smallest.detail) == (small.id, "there")
    assert (second.facet, second.count) == ("weights", 1)


def test_what_was_seen_is_that_of_the_smallest_model() -> None:
    small, big = model_spec(), model_spec(layers=2)
    records = [head(), spec_record(small), spec_record(big)]
    for spec, detail in ((big, "big"), (small, "small"), (big, "big")):
        records.append(trial_to_json(violation(spec=spec.id, problems=(replace(LOST, detail=detail),))))
    (found,) = added_up(*records).violations
    assert found.to_json()["detail"] == "small"


def test_routes_that_were_never_judged_are_not_covered() -> None:
    trials = [trial(), trial(loader="other", verdict="not-applicable"), trial(kind="functional", loader="other")]
    assert added_up(*journal(*trials)).coverage == {"sequential": (1, 2, 1, 2)}


def test_what_a_known_issue_explains_is_one_group() -> None:
    other = replace(KNOWN, fingerprint="cafe", facet="optimizer")
    rare = replace(KNOWN, known="rare", fingerprint="d00d")
    trials = [trial(verdict="known", problems=(KNOWN, other)), trial(verdict="known", problems=(rare,))]
    issues = added_up(*journal(*trials, violation())).issues
    assert list(issues) == ["h5-loses-metrics", "rare"]
    assert [each.fingerprint for each in issues["h5-loses-metrics"].members] == ["beef", "cafe"]


def test_a_problem_knows_where_it_was_seen() -> None:
    elsewhere = violation(kind="functional", reader="tf2.22")
    summary = added_up(*journal(violation(), violation(), elsewhere))
    (group,) = summary.groups
    assert group.pairs == {("tf2.21", "tf2.21"): 2, ("tf2.21", "tf2.22"): 1}
    assert {place.kind: count for place, count in group.places.items()} == {"sequential": 2, "functional": 1}


def test_a_route_of_several_environments_is_covered_once() -> None:
    assert added_up(*journal(trial(), trial(reader="tf2.22"))).coverage == {"sequential": (1, 2, 1, 1)}


def test_a_model_that_several_runs_have_tried_counts_once() -> None:
    assert added_up(*journal(trial()), *journal(trial())).specs == {"sequential": 1}


def test_known_issues_are_counted_apart() -> None:
    summary = added_up(*journal(violation(), trial(verdict="known", problems=(KNOWN,))))
    assert summary.known == {"h5-loses-metrics": 1}
    assert [each.fingerprint for each in summary.violations] == ["f00d"]
    assert [each["fingerprint"] for each in summary.findings()] == ["f00d", "beef"]


def test_a_run_without_a_footer_was_interrupted() -> None:
    summary = added_up(*journal(trial(), finished=False), *journal(trial()))
    assert (summary.runs, summary.finished, summary.interrupted) == (2, 1, 1)


def test_a_rule_is_unexercised_only_where_no_run_met_it() -> None:
    first, second = foot(unexercised=["a", "b", "h5-whole"]), foot(unexercised=["b", "c", "h5-whole"])
    assert added_up(*journal(trial(), finished=False), first, head(), second).unexercised == ["b"]


def test_an_issue_that_another_run_met_is_not_stale() -> None:
    stale = foot(stale=["h5-loses-metrics", "old"])
    assert added_up(*journal(violation(problems=(KNOWN,)), finished=False), stale).stale == ["old"]


def test_harness_errors_are_told_apart() -> None:
    errors = [
        trial(verdict="harness-error", note="Traceback:\n  File x\nbuild failed\n"),
        trial(verdict="harness-error", exception=Raised("load", "KeyError", "x")),
    ]
    summary = added_up(*journal(*errors, trial(verdict="not-applicable")))
    assert summary.errors == {"build failed": 1, "KeyError: x": 1}
    assert summary.judged == 0


def test_the_footer_adds_up() -> None:
    footer = added_up(*journal(trial(), violation())).footer(unexercised=["b", "a"], stale=[], seconds=1.23456)
    assert footer == {
        "record": "footer",
        "complete": True,
        "specs": 1,
        "trials": 2,
        "verdicts": {"as-documented": 1, "violation": 1},
        "unexercised": ["a", "b"],
        "stale": [],
        "seconds": 1.235,
    }
