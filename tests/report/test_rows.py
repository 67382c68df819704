from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report.rows import KINDS, PLAIN, UNICODE, alike, brief, rows, worst_verdict
from harness.trial.records import Facet
from tests.report.sample import added_up, journal, trial, violation

if TYPE_CHECKING:
    from harness.report.summary import Table
    from harness.trial.records import Trial

QUIET = [trial(verdict="undocumented", loader=name, facets={}) for name in ("one", "two")]


def table(*trials: Trial) -> Table:
    return added_up(*journal(*trials)).tables["tf2.21", "tf2.21"]


def test_the_save_leads_and_its_loaders_follow() -> None:
    shown = rows(table(trial(), trial(loader=""), trial(saver="other")))
    assert [row.label(PLAIN) for row in shown] == ["Model.save(.h5)", " -> load_model", "other", " -> load_model"]


def test_loaders_that_say_nothing_are_one_row() -> None:
    shown = rows(table(trial(), *QUIET))
    assert [row.label(UNICODE) for row in shown] == ["Model.save(.h5)", " → load_model", " → 2 more: undocumented"]
    assert shown[-1].counts("sequential", UNICODE) == "?2"


def test_loaders_that_only_refuse_as_documented_are_one_row() -> None:
    refusals = [trial(loader=name, facets={}, kind=kind) for name in ("one", "two") for kind in KINDS]
    shown = rows(table(trial(), *refusals))
    assert [row.label(PLAIN) for row in shown][2:] == [" -> 2 more: refused, as documented"]
    assert [shown[-1].counts(kind, PLAIN) for kind in KINDS] == ["+2", "+2", "+2"]


def test_a_loader_that_refuses_some_models_only_is_shown() -> None:
    shown = rows(table(trial(loader="one", facets={}), trial(loader="one")))
    assert [row.loader for row in shown] == ["", "one"]


def test_loaders_that_say_nothing_are_shown_when_asked_for() -> None:
    shown = rows(table(trial(), *QUIET), every=True)
    assert [row.loader for row in shown] == ["", "load_model", "one", "two"]


def test_savers_come_by_name() -> None:
    shown = rows(table(trial(saver="b", loader=""), trial(saver="a", loader="")))
    assert [row.saver for row in shown] == ["a", "b"]


def test_a_saver_stands_for_all_its_loaders() -> None:
    skipped = trial(loader="other", verdict="not-applicable", facets={})
    saver, bad = brief(table(trial(loader=""), trial(), violation(loader="bad"), skipped))
    assert (saver.label(UNICODE), saver.counts("sequential", UNICODE)) == ("Model.save(.h5)", "✓2 ✗1")
    assert (saver.facet("compile", UNICODE), saver.facet("weights", UNICODE)) == ("✗··", "✓··")
    assert bad.label(UNICODE) == " → bad"


def test_a_facet_that_some_loader_brings_back_is_not_lost_for_the_saver() -> None:
    back = trial(loader="other", facets={"compile": Facet("survives", "survived")})
    assert brief(table(trial(), back))[0].facet("compile", UNICODE) == "✓··"


def test_savers_with_the_same_facets_are_one_row() -> None:
    shown = alike(brief(table(trial(saver="a"), trial(saver="b"), trial(saver="c", facets={}))), UNICODE)
    assert [row.label(UNICODE) for row in shown] == ["a (+ 1 alike)", "c"]


def test_a_violation_on_an_undocumented_route_is_shown() -> None:
    shown = rows(table(QUIET[0], violation(loader="one")))
    assert [row.loader for row in shown] == ["", "one"]


def test_a_cell_has_the_counts_of_its_verdicts() -> None:
    row = rows(table(trial(), trial(), violation()))[-1]
    assert row.counts("sequential", UNICODE) == "✓2 ✗1"
    assert row.counts("functional", UNICODE) == "·"


def test_a_facet_has_the_worst_sign_of_each_kind() -> None:
    row = rows(table(trial(), violation(), trial(kind="subclassed")))[-1]
    assert row.facet("compile", UNICODE) == "✗·○"
    assert row.facet("compile", PLAIN) == "X.o"
    assert row.facet("weights", UNICODE) == "✓·✓"


def test_a_cell_is_coloured_by_its_worst_verdict() -> None:
    assert worst_verdict(["as-documented", "known", "violation"]) == "violation"
    assert worst_verdict([]) == "not-applicable"
