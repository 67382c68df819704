from __future__ import annotations

from dataclasses import replace

from harness.report import matrix
from harness.report.rows import PLAIN
from harness.trial.records import Facet
from tests.report.sample import KNOWN, added_up, campaign, journal, own, trial, violation

KNOWN_TRIAL = trial(verdict="known", problems=(KNOWN,))
CROSSED = replace(violation(), writer="old", reader="new")
SUMMARY = added_up(
    *campaign(
        *own("new", trial(), KNOWN_TRIAL),
        *own("old", trial(), trial(saver="Model.save(.keras)")),
        *own("worst", violation(), trial()),
        CROSSED,
        replace(trial(), writer="new", reader="old"),
    )
)


def test_the_worst_environment_comes_first_and_others_are_no_part_of_it() -> None:
    found = matrix.standings(SUMMARY)
    assert [each.name for each in found] == ["worst", "new", "old"]
    assert [dict(each.verdicts) for each in found] == [
        {"violation": 1, "as-documented": 1},
        {"as-documented": 1, "known": 1},
        {"as-documented": 2},
    ]


def test_environments_that_fare_alike_stay_in_the_order_of_the_run() -> None:
    summary = added_up(*campaign(*own("b", trial()), *own("a", trial()), names=("a", "b")))
    assert [each.name for each in matrix.standings(summary)] == ["a", "b"]


def test_a_harness_error_is_worse_than_a_known_issue() -> None:
    broken = own("a", trial(verdict="harness-error", note="x"))
    summary = added_up(*campaign(*own("b", KNOWN_TRIAL), *broken, names=("b", "a")))
    assert [each.name for each in matrix.standings(summary)] == ["a", "b"]


def test_facets_are_added_up_over_routes_and_kinds() -> None:
    (worst, *_) = matrix.standings(SUMMARY)
    assert worst.facets["compile"] == {"violation": 1, "lost": 1}
    assert matrix.facet_cell(worst.facets["compile"], PLAIN) == "X1"
    assert matrix.facet_cell(worst.facets["weights"], PLAIN) == "+"
    assert matrix.facet_cell(worst.facets["purity"], PLAIN) == ""


def test_a_facet_shows_violations_beside_known_issues() -> None:
    problems = (replace(KNOWN, facet="weights"),)
    both = [*own("a", violation(), replace(KNOWN_TRIAL, problems=(KNOWN,)), replace(KNOWN_TRIAL, problems=problems))]
    (only,) = matrix.standings(added_up(*campaign(*both, names=("a",))))
    assert matrix.facet_cell(only.facets["compile"], PLAIN) == "X1 k1"


def test_a_saver_stands_for_its_loaders() -> None:
    assert matrix.savers(SUMMARY) == ["Model.save(.h5)", "Model.save(.keras)"]
    assert matrix.of_saver(SUMMARY, "new", "Model.save(.h5)") == {"as-documented": 1, "known": 1}
    assert not matrix.of_saver(SUMMARY, "new", "Model.save(.keras)")


def test_what_one_wrote_and_another_read_is_apart() -> None:
    assert matrix.crossed(SUMMARY) == ["old", "new"]
    assert matrix.of_pair(SUMMARY, "old", "new") == {"violation": 1}
    assert not matrix.of_pair(SUMMARY, "worst", "new")
    assert [pair for pair, _ in matrix.worst_pairs(SUMMARY)] == [("old", "new"), ("new", "old")]


def test_looking_adds_nothing() -> None:
    before = set(SUMMARY.tables)
    matrix.of_pair(SUMMARY, "nobody", "new")
    matrix.of_saver(SUMMARY, "nobody", "Model.save(.h5)")
    assert set(SUMMARY.tables) == before


def test_tables_are_in_the_order_of_the_environments() -> None:
    assert list(matrix.ordered_tables(SUMMARY)) == [
        ("worst", "worst"),
        ("new", "new"),
        ("old", "old"),
        ("old", "new"),
        ("new", "old"),
    ]


def test_one_environment_alone_is_not_several() -> None:
    assert not matrix.several(added_up(*journal(trial())))
    assert matrix.several(SUMMARY)


def test_a_cell_has_the_worst_verdict_and_all_of_them_when_asked() -> None:
    counted = matrix.of_saver(SUMMARY, "worst", "Model.save(.h5)")
    assert matrix.cell(counted, PLAIN) == "X1"
    assert matrix.counts(counted, PLAIN) == "X1 +1"
    assert matrix.cell(matrix.of_saver(SUMMARY, "old", "Model.save(.h5)"), PLAIN) == "+"
    assert matrix.cell(matrix.of_pair(SUMMARY, "worst", "old"), PLAIN) == ""


def test_a_facet_that_was_only_absent_says_so() -> None:
    (only,) = matrix.standings(added_up(*campaign(*own("a", trial(facets={"state": Facet("any", "absent")})))))
    assert matrix.facet_cell(only.facets["state"], PLAIN) == "-"
