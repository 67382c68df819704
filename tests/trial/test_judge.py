from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from harness.trial.compare import Comparison, Difference
from harness.trial.judge import Judgement, Outcome, Route, judge, normalised
from harness.trial.records import Expected, Problem, Raised

if TYPE_CHECKING:
    from collections.abc import Mapping

ROUTE = Route("keras", "load_model", claims=("weights",))


@dataclass(frozen=True)
class Error:
    type: str
    message: str


@dataclass(frozen=True)
class Said:
    facets: Mapping[str, Expected] = field(default_factory=dict)
    raises: tuple[Error, ...] = ()
    rules: tuple[str, ...] = ("a-rule",)


SURVIVES = Said({"weights": "survives", "compile": "survives"})
LOST = Said({"weights": "lost"})
RAISES = Said(raises=(Error("NotImplementedError", "requires the model to be"),))
SILENCE = Said(rules=())

CHANGED = Comparison("changed", "diverged", (Difference("Dense.kernel", "[0]", "aa", "bb", "diverged"),))
BROKEN = Outcome(raised=Raised("load", "TypeError", "Could not locate class 'Scale' at 0x7f", "keras/x.py:f"))


def judged(said: Said, outcome: Outcome, known: str | None = None) -> Judgement:
    return judge(ROUTE, said, outcome, lambda _problem: known)


def weights(comparison: Comparison, warnings: tuple[str, ...] = ()) -> Outcome:
    return Outcome(compared={"weights": comparison}, warnings=warnings)


def test_a_promise_kept_is_as_documented() -> None:
    assert judged(SURVIVES, weights(Comparison("survived"))).verdict == "as-documented"


def test_a_promise_broken_without_a_word_is_silent() -> None:
    judgement = judged(SURVIVES, weights(CHANGED))
    assert (judgement.verdict, judgement.severity) == ("violation", "silent")
    assert judgement.facets["weights"].observed == "changed"
    (problem,) = judgement.problems
    assert problem.difference == "Dense.kernel diverged"


def test_what_may_fail_may_raise_and_may_not() -> None:
    said = Said({"error": "any", "weights": "any"})
    assert judged(said, BROKEN).verdict == "as-documented"
    assert judged(said, weights(CHANGED)).verdict == "as-documented"


def test_a_documented_failure_is_as_documented() -> None:
    raised = Raised("save", "NotImplementedError", "HDF5 requires the model to be Functional")
    assert judged(RAISES, Outcome(raised=raised)).verdict == "as-documented"


def test_success_where_failure_is_documented_is_a_violation() -> None:
    judgement = judged(RAISES, weights(Comparison("survived")))
    assert (judgement.verdict, judgement.severity) == ("violation", "unexpected-success")


@pytest.mark.parametrize(
    "raised",
    [Raised("save", "ValueError", "requires the model to be"), Raised("save", "NotImplementedError", "another text")],
)
def test_another_type_or_message_than_documented_is_a_violation(raised: Raised) -> None:
    judgement = judged(RAISES, Outcome(raised=raised))
    assert (judgement.verdict, judgement.severity) == ("violation", "loud")


def test_raising_where_success_is_documented_is_loud() -> None:
    judgement = judged(SURVIVES, BROKEN)
    assert (judgement.verdict, judgement.severity) == ("violation", "loud")
    assert judgement.problems[0].difference == "load raises TypeError: Could not locate class <quoted> at <n>"


def test_raising_where_nothing_is_documented_is_undocumented() -> None:
    assert judged(SILENCE, BROKEN).verdict == "undocumented"


def test_an_undocumented_load_may_not_lie_about_what_it_is_for() -> None:
    judgement = judged(SILENCE, weights(CHANGED))
    assert (judgement.verdict, judgement.severity) == ("violation", "silent")


def test_an_undocumented_load_that_warns_does_not_lie() -> None:
    assert judged(SILENCE, weights(CHANGED, warnings=("skipped a layer",))).verdict == "undocumented"


def test_an_undocumented_load_whose_result_raises_on_use_does_not_lie() -> None:
    loud = Comparison(
        "changed", "structure", (Difference("weights raises TypeError", "raised", "a value", "TypeError: x"),)
    )
    assert judged(SILENCE, weights(loud)).verdict == "undocumented"


def test_a_rule_may_allow_any_outcome() -> None:
    assert judged(Said({"weights": "any"}), weights(CHANGED)).verdict == "as-documented"


def test_survival_of_what_is_documented_to_be_lost_is_unexpected_success() -> None:
    judgement = judged(LOST, weights(Comparison("survived")))
    assert (judgement.verdict, judgement.severity) == ("violation", "unexpected-success")


@pytest.mark.parametrize(
    "comparison",
    [Comparison("changed"), Comparison("lost"), Comparison("absent"), Comparison("survived", vacuous=True)],
)
def test_documented_loss_is_as_documented(comparison: Comparison) -> None:
    assert judged(LOST, weights(comparison)).verdict == "as-documented"


def test_one_key_is_one_problem() -> None:
    twice = Difference("Dense.activation", "args", "relu", "linear"), Difference("Dense.activation", "config", "", "")
    judgement = judged(SURVIVES, weights(Comparison("changed", "structure", twice)))
    assert [problem.detail for problem in judgement.problems] == ["args: relu -> linear"]


def test_consequences_are_recorded_and_not_counted() -> None:
    compared = {"weights": CHANGED, "compile": Comparison("changed", causes=("weights",))}
    judgement = judged(SURVIVES, Outcome(compared=compared))
    assert judgement.facets["compile"].classed == "consequence"
    assert [problem.facet for problem in judgement.problems] == ["weights"]


def test_a_difference_that_no_rule_speaks_of_excuses_nothing() -> None:
    compared = {"state": CHANGED, "compile": Comparison("changed", causes=("state",))}
    assert [problem.facet for problem in judged(SURVIVES, Outcome(compared=compared)).problems] == ["compile"]


def test_a_known_issue_is_known_only_if_it_explains_every_problem() -> None:
    two = Outcome(compared={"weights": CHANGED, "compile": CHANGED})
    assert judged(SURVIVES, two, known="an-issue").verdict == "known"
    half = judge(ROUTE, SURVIVES, two, lambda problem: "an-issue" if problem.facet == "weights" else None)
    assert half.verdict == "violation"
    assert [problem.known for problem in half.problems] == ["an-issue", None]


@pytest.mark.parametrize("died", ["crash", "timeout"])
def test_death_is_a_violation_of_its_own_severity(died: str) -> None:
    judgement = judged(SILENCE, Outcome(died=died, detail="killed by signal 11"))  # type: ignore[arg-type]
    assert (judgement.verdict, judgement.severity) == ("violation", died)


def test_failing_on_use_is_loud_and_named_by_its_message() -> None:
    compared = Comparison(
        "changed", "structure", (Difference("resume raises ValueError", "raised", "a value", "ValueError: Unknown 3"),)
    )
    (problem,) = judged(Said({"resume": "survives"}), Outcome(compared={"resume": compared})).problems
    assert (problem.severity, problem.difference) == ("loud", "resume raises ValueError: Unknown <n>")


def test_a_save_that_fails_as_documented_may_not_change_the_model() -> None:
    raised = Raised("save", "NotImplementedError", "requires the model to be Functional")
    outcome = Outcome(raised=raised, compared={"purity": CHANGED})
    route = Route("hdf5", claims=("purity",))
    judgement = judge(route, RAISES, outcome, lambda _problem: None)
    assert (judgement.verdict, judgement.severity) == ("violation", "silent")
    assert [problem.facet for problem in judgement.problems] == ["purity"]


def test_fingerprints_tell_routes_and_problems_apart_but_not_details() -> None:
    def fingerprint(route: Route, difference: Difference) -> str:
        outcome = weights(Comparison("changed", "diverged", (difference,)))
        problem: Problem = judge(route, SURVIVES, outcome, lambda _: None).problems[0]
        return problem.fingerprint

    first = Difference("Dense.kernel", "[0]", "aa", "bb", "diverged")
    assert fingerprint(ROUTE, first) == fingerprint(ROUTE, Difference("Dense.kernel", "[4]", "cc", "dd", "diverged"))
    assert fingerprint(ROUTE, first) != fingerprint(ROUTE, Difference("Dense.bias", "[0]", "aa", "bb", "diverged"))
    assert fingerprint(ROUTE, first) != fingerprint(Route("hdf5", "load_model"), first)


def test_normalised_messages_do_not_tell_objects_of_one_kind_apart() -> None:
    sgd, adam = (f"optimizer must be trackable, got <keras.{name} object at 0x7f3a>" for name in ("SGD", "Adam"))
    assert normalised(sgd) == normalised(adam) == "optimizer must be trackable, got <object>"


def test_normalised_messages_have_no_names_numbers_or_shapes() -> None:
    left = normalised("Layer 'dense_3' expected 2 variables, got <Variable path=m/dense_3/kernel, shape=(3, 4)>")
    right = normalised("Layer 'd' expected 5 variables, got <Variable path=other/kernel, shape=(1,)>")
    assert left == right
