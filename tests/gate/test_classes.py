from __future__ import annotations

from dataclasses import replace

import pytest

from harness.campaign.trials import NO_ROUTE
from harness.gate.classes import Cause, Sides
from harness.trial.records import Facet
from tests.gate.pairs import BROKEN, KEY, LOST, NEW, OLD, SAVER, SURVIVED, comparison, good, lost, on, only, raising
from tests.report.sample import model_spec, spec_record

UNDOCUMENTED = good(verdict="undocumented")


def test_what_is_the_same_on_both_sides_is_the_same() -> None:
    assert only(comparison(on(good(), OLD), on(good(), NEW))).classed == "same"
    assert only(comparison(on(lost(), OLD), on(lost(), NEW))).classed == "same"


def test_a_suspect_that_repeats_is_regressed() -> None:
    first = (on(good(), OLD), on(lost(), NEW))
    assert comparison(*first).suspects() == [KEY]
    repeated = comparison(*first, on(good(), OLD, again=True), on(lost(), NEW, again=True))
    change = only(repeated)
    assert (change.classed, [reason.facet for reason in change.reasons]) == ("regressed", ["weights"])
    assert repeated.suspects() == []


@pytest.mark.parametrize(
    "again",
    [
        (good(), good()),
        # The baseline is as bad now: it differs from itself.
        (lost(), lost()),
        # Another facet is worse now: neither is believed.
        (good(), lost(replace(LOST, facet="compile"))),
    ],
)
def test_a_suspect_that_does_not_repeat_is_spurious(again: tuple[dict[str, object], dict[str, object]]) -> None:
    before, after = again
    repeated = (on(before, OLD, again=True), on(after, NEW, again=True))
    compared = comparison(on(good(), OLD), on(lost(), NEW), *repeated)
    assert only(compared).classed == "spurious"
    assert compared.suspects() == []


def test_a_suspect_that_was_repeated_without_a_trial_is_spurious() -> None:
    compared = comparison(on(good(), OLD), on(lost(), NEW))
    compared.repeated.add(KEY)
    assert only(compared).classed == "spurious"


def test_a_suspect_whose_repetition_failed_for_reasons_of_ours_is_no_pass() -> None:
    fault = good(verdict="harness-error", note="no subject starts", facets={})
    compared = comparison(on(good(), OLD), on(lost(), NEW), on(good(), OLD, again=True), on(fault, NEW, again=True))
    change = only(compared)
    assert (change.classed, change.note) == ("error", "no subject starts")


def test_a_stored_baseline_stands_as_it_is() -> None:
    compared = comparison(on(good(), OLD), on(lost(), NEW), on(lost(), NEW, again=True))
    assert only(compared).classed == "regressed"


def test_a_few_suspects_of_each_cause_are_repeated_and_speak_for_the_others() -> None:
    specs = [model_spec(layers=number) for number in range(5, 0, -1)]
    made = [record for spec in specs for record in (on(good(spec=spec.id), OLD), on(lost(spec=spec.id), NEW))]
    compared = comparison(*(spec_record(spec) for spec in specs), *made)
    picked = compared.suspects()
    assert [key.spec for key in picked] == [specs[-1].id, specs[-2].id]
    for key in picked:
        compared.add(on(good(spec=key.spec), OLD, again=True))
        compared.add(on(lost(spec=key.spec), NEW, again=True))
    assert [change.classed for change in compared.changes()] == ["regressed"] * 5
    assert compared.suspects() == []
    (cause,) = compared.causes(compared.changes())
    assert cause == Cause("hdf5", "weights", "Dense.kernel diverged")


def test_another_few_follow_where_the_first_did_not_repeat() -> None:
    specs = [model_spec(layers=number) for number in range(1, 6)]
    made = [record for spec in specs for record in (on(good(spec=spec.id), OLD), on(lost(spec=spec.id), NEW))]
    compared = comparison(*(spec_record(spec) for spec in specs), *made)
    compared.repeated.update(compared.suspects())
    assert [key.spec for key in compared.suspects()] == [specs[2].id, specs[3].id]


def test_savers_of_one_family_have_one_cause() -> None:
    other = "saving.save_model(.h5)"
    compared = comparison(on(good(), OLD), on(lost(), NEW), on(good(saver=other), OLD), on(lost(saver=other), NEW))
    compared.repeated.update(compared.suspects())
    for saver in (SAVER, other):
        compared.add(on(lost(saver=saver), NEW, again=True))
    assert len(compared.causes(compared.changes())) == 1


def test_what_got_better_is_fixed() -> None:
    assert only(comparison(on(lost(), OLD), on(good(), NEW))).classed == "fixed"
    assert only(comparison(on(raising(), OLD), on(good(), NEW))).classed == "fixed"


def test_a_known_issue_of_the_candidate_alone_is_known() -> None:
    known = lost(replace(LOST, known="issue"), verdict="known")
    assert only(comparison(on(good(), OLD), on(known, NEW))).classed == "known"


def test_a_known_issue_that_the_baseline_should_have_shown_explains_nothing() -> None:
    known = lost(replace(LOST, known="issue"), verdict="known")
    compared = comparison(on(good(), OLD), on(known, NEW), applied_before=lambda _key, _reason: True)
    assert compared.suspects() == [KEY]


def test_a_loss_that_the_candidate_documents_is_known() -> None:
    documented = good(facets={**SURVIVED, "compile": Facet("lost", "lost", "structure")})
    assert only(comparison(on(good(), OLD), on(documented, NEW))).classed == "known"


def test_what_the_baseline_could_not_do_is_a_new_route() -> None:
    absent = good(verdict="not-applicable", facets={}, note="this version has no such call")
    assert only(comparison(on(absent, OLD), on(lost(), NEW))).classed == "new-route"
    save = raising(loader="")
    compared = comparison(on(save, OLD), on(good(loader=""), NEW), on(lost(), NEW))
    assert [change.classed for change in compared.changes()] == ["fixed", "new-route"]


def test_what_the_candidate_lacks_is_not_covered() -> None:
    absent = good(verdict="not-applicable", facets={}, note="this version has no such call")
    assert only(comparison(on(good(), OLD), on(absent, NEW))).classed == "gone"
    lacking = good(saver="(model)", loader="", verdict="not-applicable", facets={}, note="needs Keras >=3.9")
    compared = comparison(on(good(), OLD), on(lacking, NEW))
    found = {(change.classed, change.note) for change in compared.changes()}
    assert found == {("gone", "needs Keras >=3.9")}


def test_loads_of_a_save_that_failed_are_told_with_the_save() -> None:
    failed = raising(loader="")
    again = (on(good(loader=""), OLD, again=True), on(failed, NEW, again=True))
    compared = comparison(on(good(loader=""), OLD), on(good(), OLD), on(failed, NEW), *again)
    assert {change.key.loader: change.classed for change in compared.changes()} == {
        "": "regressed",
        "load_model": "unmeasured",
    }


def test_an_error_of_one_side_is_no_regression() -> None:
    error = good(verdict="harness-error", facets={}, note="Traceback\nMemoryError")
    assert only(comparison(on(good(), OLD), on(error, NEW))).classed == "error"
    assert only(comparison(on(error, OLD), on(good(), NEW))).classed == "error"
    assert only(comparison(on(error, OLD), on(error, NEW))).classed == "error"


def test_a_package_that_both_environments_lack_is_not_covered_and_one_that_the_candidate_lacks_is_an_error() -> None:
    lacking = raising(exception=replace(BROKEN, type="ModuleNotFoundError", message="No module named 'yaml'"))
    assert only(comparison(on(lacking, OLD), on(lacking, NEW))).classed == "gone"
    assert only(comparison(on(good(), OLD), on(lacking, NEW))).classed == "error"
    full = raising(exception=replace(BROKEN, type="OSError", message="[Errno 28] No space left on device"))
    assert only(comparison(on(full, OLD), on(full, NEW))).classed == "error"


def test_a_model_that_only_the_candidate_can_make_is_new() -> None:
    model = good(verdict="not-applicable", facets={}, saver=NO_ROUTE, loader="", note="needs Dense")
    changes = comparison(on(model, OLD), on(good(), NEW)).changes()
    assert [(change.classed, change.note) for change in changes] == [
        ("new-route", "needs Dense"),
        ("gone", "not with the baseline: needs Dense"),
    ]


def test_a_model_of_a_stored_baseline_that_there_was_no_time_for_is_not_compared() -> None:
    compared = comparison(on(good(), OLD))
    compared.refused.add(KEY.spec)
    assert compared.changes() == []


def test_a_trial_of_one_side_alone_is_unmeasured() -> None:
    assert only(comparison(on(good(), OLD))).classed == "unmeasured"
    assert only(comparison(on(good(), NEW))).classed == "unmeasured"


def test_what_the_candidate_reads_of_the_baseline_is_compared_with_what_the_baseline_read() -> None:
    first = (on(good(), OLD), on(good(), NEW), on(lost(), OLD, NEW))
    again = (on(good(), OLD, again=True), on(lost(), OLD, NEW, again=True))
    cross = KEY._replace(cross=True)
    assert comparison(*first).suspects() == [cross]
    assert {change.key: change.classed for change in comparison(*first, *again).changes()} == {
        KEY: "same",
        cross: "regressed",
    }


def test_a_save_that_failed_only_after_others_is_repeated_after_them() -> None:
    ordered = raising(loader="", note="only after Model.save(.keras)")
    compared = comparison(on(good(loader=""), OLD), on(ordered, NEW))
    assert compared.order_dependent(KEY._replace(loader=""))
    assert not comparison(on(good(), OLD), on(lost(), NEW)).order_dependent(KEY)


def test_a_side_may_have_a_name_that_ends_like_a_repetition() -> None:
    sides = Sides("x-again", "y")
    assert sides.side({"writer": "x-again", "reader": "x-again"}) == ("before", False)
    assert sides.side({"writer": "x-again-again", "reader": "x-again-again"}) == ("before", True)
    assert sides.side({"writer": "z", "reader": "z"}) is None


def test_what_survives_in_the_form_that_two_versions_share_is_not_fixed() -> None:
    changes = comparison(on(lost(), OLD), on(lost(), NEW), on(good(), OLD, NEW)).changes()
    assert {change.classed for change in changes} == {"same"}


def test_a_file_that_only_the_candidate_can_read_is_fixed() -> None:
    changes = comparison(on(raising(), OLD), on(raising(), NEW), on(good(), OLD, NEW)).changes()
    assert {change.key.cross: change.classed for change in changes} == {False: "same", True: "fixed"}
