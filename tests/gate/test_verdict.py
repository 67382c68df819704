from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.gate.verdict import Run, Verdict
from harness.report.outcome import Exit
from harness.trial.records import Facet
from tests.gate.pairs import LOST, NEW, OLD, SURVIVED, comparison, good, lost, on
from tests.report.sample import SPEC

if TYPE_CHECKING:
    from harness.campaign.journal import Record

RUN = Run(OLD, NEW, ("baseline: Keras 1", "candidate: Keras 2"), "gate/gate.jsonl", "--env new")
REGRESSED = (on(good(), OLD), on(lost(), NEW), on(good(), OLD, again=True), on(lost(), NEW, again=True))
ERROR = good(verdict="harness-error", facets={}, note="Traceback\nMemoryError: too big", loader="result")


def verdict(*records: Record, run: Run = RUN) -> Verdict:
    return Verdict(run, comparison(*records))


def test_a_gate_in_which_nothing_got_worse_passes() -> None:
    found = verdict(on(good(), OLD), on(good(), NEW))
    assert found.exit == Exit.OK
    assert found.headline == "PASS: new against old: nothing regressed in 1 trial of 1 model"


def test_a_pass_says_what_else_there_was() -> None:
    found = verdict(on(lost(), OLD), on(good(), NEW))
    assert found.headline.endswith("1 trial of 1 model (1 fixed)")


def test_a_regression_fails_and_is_named_in_the_first_line() -> None:
    found = verdict(*REGRESSED)
    assert found.exit == Exit.VIOLATIONS
    first, *rest = found.markdown().splitlines()
    assert first == (
        "FAIL: new against old: 1 trial regressed, in 1 way (weights · hdf5: Dense.kernel diverged); "
        "1 trial of 1 model compared"
    )
    text = "\n".join(rest)
    assert "## Regressions (1)" in text
    assert "c0: 1 -> 2" in text
    replay = f"roundtrip replay {SPEC.id} --journal gate/gate.jsonl --env new --saver 'Model.save(.h5)'"
    assert f"`{replay} --loader 'load_model'`" in text
    assert "`roundtrip shrink f00d --journal gate/gate.jsonl --env new`" in text
    assert "| regressed | 1 |" in text


def test_a_regression_of_what_the_baseline_wrote_is_shown_again_by_what_writes_it_again() -> None:
    first = (on(good(), OLD), on(good(), NEW), on(lost(), OLD, NEW))
    again = (on(good(), OLD, again=True), on(lost(), OLD, NEW, again=True))
    text = verdict(*first, *again).markdown()
    assert "`roundtrip shrink f00d --journal gate/gate.jsonl --env new`" in text
    assert "roundtrip replay" not in text


def test_a_regression_counts_whatever_else_went_wrong() -> None:
    assert verdict(*REGRESSED, on(good(loader="result"), OLD), on(ERROR, NEW)).exit == Exit.VIOLATIONS


def test_an_error_of_one_side_is_no_verdict_and_says_why() -> None:
    found = verdict(on(good(), OLD), on(good(), NEW), on(good(loader="result"), OLD), on(ERROR, NEW))
    assert found.exit == Exit.UNUSABLE
    assert found.headline.startswith("NO VERDICT: ")
    assert "MemoryError: too big" in found.headline


def test_nothing_compared_is_not_green() -> None:
    found = verdict(on(good(), NEW))
    assert found.exit == Exit.NOTHING
    assert "nothing could be compared" in found.headline
    assert "not tried with the baseline: 1 trial" in found.markdown()


def test_an_interrupted_gate_says_so() -> None:
    found = verdict(*REGRESSED[:2], run=replace(RUN, interrupted=True))
    assert found.exit == Exit.INTERRUPTED
    assert found.headline == (
        "INTERRUPTED: new against old: 1 trial of 1 model compared so far, 1 suspected of a regression; "
        "go on with --resume"
    )


def test_what_was_not_covered_is_told() -> None:
    vague = good(facets={**SURVIVED, "weights": Facet("survives", "unknown")})
    absent = good(
        loader="result", verdict="not-applicable", facets={}, note="this version has no such call\nExample:\n\nconfig."
    )
    run = replace(RUN, refused=3, notes=("the baseline is stored",))
    text = verdict(on(good(), OLD), on(vague, NEW), on(good(loader="result"), OLD), on(absent, NEW), run=run).markdown()
    told = text[text.index("## Not covered") :]
    assert "- the baseline is stored\n- 3 models: no time for them\n" in told
    assert "- this version has no such call: 1 trial\n" in told
    assert "- weights in 1 trial: not repeatable on one side, so not compared\n" in told


def test_known_and_spurious_changes_are_listed() -> None:
    known = lost(replace(LOST, known="an-issue"), verdict="known", loader="result")
    again = (on(good(), OLD, again=True), on(good(), NEW, again=True))
    records = (on(good(), OLD), on(lost(), NEW), *again, on(good(loader="result"), OLD), on(known, NEW))
    text = verdict(*records).markdown()
    assert text.startswith("PASS: ")
    assert "## Known\n\n- weights: Dense.kernel diverged (an-issue): 1 trial, 1 model" in text
    assert f"## Spurious\n\n- {SPEC.id} Model.save(.h5) → load\\_model: weights: Dense.kernel diverged" in text


def test_what_the_candidate_reads_of_the_baseline_is_marked() -> None:
    again = (on(good(), OLD, again=True), on(lost(), OLD, NEW, again=True))
    text = verdict(on(good(), OLD), on(good(), NEW), on(lost(), OLD, NEW), *again).markdown()
    assert "1 of them reading what the baseline wrote" in text
    assert "1 trial of those compared read what the baseline had written." in text
    assert "(written by the baseline): 1" in text


def test_a_terminal_shows_each_cause_in_a_line() -> None:
    headline, cause = verdict(*REGRESSED).brief()
    assert headline.startswith("FAIL: ")
    assert cause == f"  1. weights · hdf5: Dense.kernel diverged: 1 trial, 1 model; smallest model {SPEC.id}"
