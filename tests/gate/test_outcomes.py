from __future__ import annotations

from dataclasses import replace

import pytest

from harness.gate.outcomes import outcome, worse
from harness.trial.records import Facet, Problem, Raised
from tests.gate.pairs import BROKEN, LOST, SURVIVED, good, lost, raising

CRASH = Problem("error", "crash", "crash", "dead", "killed by signal 11")


def reasons(before: object, after: object) -> set[tuple[str, str]]:
    return {(reason.facet, reason.known) for reason in worse(outcome(before), outcome(after))}  # type: ignore[arg-type]


def test_the_same_outcome_is_not_worse() -> None:
    for record in (good(), lost(), raising()):
        assert not worse(outcome(record), outcome(record))


def test_a_promised_facet_that_is_lost_is_worse() -> None:
    (reason,) = worse(outcome(good()), outcome(lost()))
    assert (reason.facet, reason.difference, reason.detail) == ("weights", "Dense.kernel diverged", "c0: 1 -> 2")


def test_a_facet_that_nothing_documents_is_worse_when_it_no_longer_survives() -> None:
    after = good(verdict="undocumented", facets={**SURVIVED, "compile": Facet("any", "lost", "structure")})
    (reason,) = worse(outcome(good(verdict="undocumented")), outcome(after))
    assert (reason.facet, reason.difference) == ("compile", "survived -> lost")


def test_a_facet_that_was_not_looked_at_is_not_compared() -> None:
    after = good(verdict="undocumented", facets={**SURVIVED, "compile": Facet("any", "lost")})
    assert not reasons(good(verdict="undocumented"), after)
    assert not reasons(after, good(verdict="undocumented"))


def test_what_nothing_promises_may_differ_between_the_originals_of_two_versions() -> None:
    after = outcome(good(verdict="undocumented", facets={**SURVIVED, "compile": Facet("any", "lost", "structure")}))
    assert not worse(outcome(good(verdict="undocumented")), after, own=False)
    assert worse(outcome(good()), outcome(lost()), own=False)


def test_what_survives_in_the_form_that_two_versions_share_is_no_news() -> None:
    unexpected = Problem("compile", "unexpected-success", "compile survives, though its loss is documented", "f")
    before = good(facets={"compile": Facet("lost", "changed", "structure")})
    after = good(facets={"compile": Facet("lost", "survived")}, problems=(unexpected,), verdict="violation")
    assert not worse(outcome(before), outcome(after), own=False)
    assert worse(outcome(before), outcome(after))


def test_an_exception_where_there_was_none_is_worse() -> None:
    assert reasons(good(), raising()) == {("error", "")}
    undocumented = good(verdict="undocumented")
    assert reasons(undocumented, raising(verdict="undocumented", problems=())) == {("error", "")}


def test_an_exception_where_nothing_had_survived_is_no_worse() -> None:
    nothing = good(verdict="undocumented", facets={"weights": Facet("any", "lost", "structure")})
    assert not reasons(nothing, raising(verdict="undocumented", problems=()))


def test_a_crash_is_worse_than_an_exception() -> None:
    crash = good(verdict="violation", severity="crash", facets={}, problems=(CRASH,))
    assert reasons(raising(), crash) == {("error", "")}
    assert not reasons(crash, raising())


def test_another_message_of_an_undocumented_exception_is_no_worse() -> None:
    before = raising(verdict="undocumented", problems=())
    after = raising(verdict="undocumented", problems=(), exception=replace(BROKEN, message="otherwise"))
    assert not reasons(before, after)


def test_another_exception_than_the_documented_one_is_worse() -> None:
    assert reasons(raising(verdict="as-documented", problems=()), raising()) == {("error", "")}


def test_no_exception_where_one_is_documented_is_worse() -> None:
    before = raising(verdict="as-documented", problems=())
    unexpected = Problem("error", "unexpected-success", "no ValueError, though it is documented", "f")
    after = good(verdict="violation", severity="unexpected-success", problems=(unexpected,))
    assert reasons(before, after) == {("error", "")}


def test_another_difference_of_a_facet_that_was_broken_before_is_worse() -> None:
    other = replace(LOST, difference="BatchNormalization.gamma diverged")
    assert reasons(lost(), lost(other)) == {("weights", "")}


def test_another_difference_that_the_same_known_issue_explains_is_no_worse() -> None:
    known = replace(LOST, known="issue")
    other = replace(known, difference="BatchNormalization.gamma diverged")
    assert not reasons(lost(known, verdict="known"), lost(other, verdict="known"))
    assert reasons(lost(known, verdict="known"), lost(replace(other, known="another"), verdict="known"))


def test_a_difference_where_none_was_written_down_before_is_no_worse() -> None:
    before = good(verdict="undocumented", facets={"weights": Facet("any", "changed", "diverged")})
    assert not reasons(before, lost(facets={"weights": Facet("survives", "changed", "diverged")}))


@pytest.mark.parametrize("observed", ["unknown", "absent"])
def test_what_one_side_could_not_compare_is_not_compared(observed: str) -> None:
    vague = good(facets={**SURVIVED, "weights": Facet("survives", observed)})  # type: ignore[arg-type]
    assert not reasons(vague, lost())
    assert not reasons(good(), vague)


def test_a_loss_that_the_new_version_documents_is_known() -> None:
    after = good(facets={**SURVIVED, "compile": Facet("lost", "lost", "structure")})
    assert reasons(good(), after) == {("compile", "documented")}


def test_a_known_issue_is_named() -> None:
    assert reasons(good(), lost(replace(LOST, known="issue"), verdict="known")) == {("weights", "issue")}


def test_predictions_that_differ_because_the_weights_do_are_no_second_reason() -> None:
    before = good(facets={**SURVIVED, "predictions": Facet("any", "survived")})
    after = lost()
    after["facets"]["predictions"] = {"expected": "any", "observed": "changed", "class": "diverged"}
    assert reasons(before, after) == {("weights", "")}


def test_a_missing_package_is_an_error_of_the_environment() -> None:
    missing = Raised("save", "ModuleNotFoundError", "No module named 'h5py'")
    assert outcome(raising(exception=missing)).state == "error"
    own = Raised("save", "ModuleNotFoundError", "No module named 'keras.src.saving.gone'")
    assert outcome(raising(exception=own)).state == "raised"
