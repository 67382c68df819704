"""Failing trials become findings by their cause, and the cause is named where the models tell it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.report.triage import Finding, Triage, spec_atoms

if TYPE_CHECKING:
    from collections.abc import Iterable

H5, KERAS = "Model.save(.h5)", "Model.save(.keras)"


def spec_record(name: str, *arguments: str, **features: Any) -> dict[str, Any]:
    classes = sorted({argument.partition(".")[0] for argument in arguments})
    told = {"kind": "sequential", "classes": classes, "arguments": list(arguments), **features}
    return {"record": "spec", "id": name, "spec": {"name": name}, "features": told}


def problem(difference: str, facet: str = "architecture", severity: str = "silent", **other: Any) -> dict[str, Any]:
    return (
        {"facet": facet, "severity": severity, "difference": difference, "known": None, "detail": ""}
        | {"fingerprint": f"{facet}/{difference}"}
        | other
    )


def trial(spec: str, *problems: dict[str, Any], saver: str = KERAS, loader: str = "load_model") -> dict[str, Any]:
    verdict = "violation" if problems else "as-documented"
    return {"record": "trial", "spec": spec, "saver": saver, "loader": loader, "verdict": verdict} | {
        "problems": list(problems)
    }


def findings(*records: dict[str, Any] | Iterable[dict[str, Any]], known: bool = False) -> list[Finding]:
    triage = Triage(known=known)
    for record in records:
        for each in [record] if isinstance(record, dict) else record:
            triage.add(each)
    return triage.findings()


def models(**arguments: tuple[str, ...]) -> list[dict[str, Any]]:
    return [spec_record(name, *each) for name, each in arguments.items()]


FAILING = ("a", "b", "c")
PASSING = ("d", "e", "f")
MODELS = models(
    a=("Dense.units", "Huber.delta"),
    b=("Dense.units", "Huber.delta", "GRU.units"),
    c=("Conv1D.filters", "Huber.delta"),
    d=("Dense.units",),
    e=("GRU.units",),
    f=("Conv1D.filters",),
)
DELTA = problem("compile.loss.delta", "compile")


def passing(*savers: str) -> list[dict[str, Any]]:
    return [trial(spec, saver=saver) for spec in PASSING for saver in savers or (KERAS,)]


def test_what_all_failing_models_have_and_no_other_is_blamed() -> None:
    (found,) = findings(MODELS, [trial(spec, DELTA) for spec in FAILING], passing())
    assert (found.culprit, found.failing, found.passing, found.tried) == (("Huber.delta",), 3, 0, 6)


def test_one_model_blames_only_what_the_difference_names() -> None:
    (named,) = findings(MODELS, [trial("b", problem("Huber.delta"))], passing())
    (unnamed,) = findings(MODELS, [trial("b", problem("predictions"))], passing())
    assert named.culprit == ("Huber.delta",)
    assert unnamed.culprit == ()


def test_a_problem_of_every_model_blames_none() -> None:
    (found,) = findings(MODELS, [trial(spec, problem("Model.name")) for spec in (*FAILING, *PASSING)])
    assert (found.culprit, found.title) == ((), "any model")


def test_two_features_are_blamed_where_neither_alone_tells() -> None:
    specs = [
        *(spec_record(f"both{n}", "Dense.lora_rank", f"X{n}.a{n}", frozen=True) for n in range(5)),
        *(spec_record(f"one{n}", "Dense.lora_rank", frozen=False) for n in range(5)),
        *(spec_record(f"other{n}", f"X{n}.a{n}", frozen=True) for n in range(5)),
    ]
    (found,) = findings(
        specs,
        [trial(f"both{n}", problem("variables.count", "weights")) for n in range(5)],
        [trial(f"{name}{n}") for n in range(5) for name in ("one", "other")],
    )
    assert set(found.culprit) == {"Dense.lora_rank", "frozen"} or set(found.culprit) == {"*.lora_rank", "frozen"}
    assert found.passing == 0


def test_the_same_problem_of_several_savers_is_one_finding_if_the_models_are_the_same() -> None:
    shown = [trial(spec, DELTA, saver=saver) for spec in FAILING for saver in (KERAS, H5)]
    (found,) = findings(MODELS, shown, passing(KERAS, H5))
    assert found.count == 6
    assert {saver for saver, _ in found.routes} == {KERAS, H5}


def test_the_same_problem_in_other_models_is_another_finding() -> None:
    count = problem("variables.count", "optimizer")
    shown = [trial(spec, count) for spec in FAILING] + [trial(spec, count, saver=H5) for spec in PASSING]
    quiet = [trial(spec, saver=H5) for spec in FAILING]
    assert len(findings(MODELS, shown, quiet, passing())) == 2


def test_values_of_any_layer_that_differ_are_one_problem() -> None:
    shown = [trial(spec, problem(f"Layer{spec}.kernel diverged", "weights")) for spec in FAILING]
    (found,) = findings(MODELS, shown, passing())
    assert found.count == 3
    assert len(found.differences) == 3


def test_what_shows_only_with_an_earlier_facet_follows_from_it() -> None:
    lost, trained = problem("Dense.kernel diverged", "weights"), problem("x diverged", "resume")
    shown = [trial("a", lost, trained), trial("b", lost), trial("c", lost, trained)]
    (found,) = findings(MODELS, shown, passing())
    assert found.facets == ("weights", "resume")
    assert found.clue == ("a", KERAS, "load_model", lost["fingerprint"])


def test_what_is_missing_on_disk_accounts_for_what_is_lost_when_it_is_read() -> None:
    missing, lost = problem("keras_zip weights lack Dense.kernel", "layout"), problem("k diverged", "weights")
    shown = [each for spec in FAILING for each in (trial(spec, missing, loader=""), trial(spec, lost))]
    (found,) = findings(MODELS, shown, passing())
    assert found.facets == ("layout", "weights")


def test_an_error_is_told_by_its_first_words_whichever_step_raises_it() -> None:
    texts = [f"save raises ValueError: The path {word} is found twice in the model: {word}" for word in ("<quoted>",)]
    errors = [
        problem(texts[0], "error", "loud"),
        problem(f"undocumented error: {texts[0]}", "error", "loud"),
        problem("load raises TypeError: another", "error", "loud"),
    ]
    shown = [trial(spec, each) for spec, each in zip(FAILING, errors, strict=True)]
    assert [found.count for found in findings(MODELS, shown, passing())] == [2, 1]


def test_known_issues_count_only_if_asked_for() -> None:
    shown = [trial(spec, DELTA | {"known": "huber-delta"}) for spec in FAILING]
    assert findings(MODELS, shown, passing()) == []
    (found,) = findings(MODELS, shown, passing(), known=True)
    assert found.known == ("huber-delta",)


def test_trials_that_say_nothing_pass_nothing() -> None:
    not_run = [{**trial(spec), "verdict": "not-applicable"} for spec in PASSING]
    (found,) = findings(MODELS, [trial(spec, DELTA) for spec in FAILING], not_run)
    assert found.tried == 3


def test_silent_findings_come_first() -> None:
    loud = problem("load raises X: y", "error", "loud")
    shown = [trial(spec, loud) for spec in FAILING] + [trial("d", DELTA, saver=H5)]
    assert [found.severity for found in findings(MODELS, shown)] == ["silent", "loud"]


def test_features_are_said_in_words() -> None:
    said = set(
        spec_atoms({"kind": "functional", "frozen": True, "compiled": False, "inputs": 2, "arguments": ["Dense.units"]})
    )
    assert said >= {"kind=functional", "frozen", "not compiled", "several inputs", "Dense.units", "*.units"}
