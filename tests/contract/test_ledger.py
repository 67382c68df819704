from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from harness.contract.ledger import ENOUGH, KNOWN_ISSUES, Issue, Ledger, hides, load_ledger
from harness.contract.rules import ContractError
from harness.trial.records import Problem
from tests.contract.routes import ROUTES, situation

if TYPE_CHECKING:
    from pathlib import Path

STRING_LOSS = """
title = "a loss given by name is not found in .h5"
saver = ["Model.save(.h5*", "saving.save_model(.h5)"]
loader = ["load_model", "load_model(custom_objects)"]
when = { loss_form = "string" }
keras = ">=3.0"
facet = ["error"]
difference = "not a KerasSaveable"
source = ["https://example.com/1"]
model = "known/some.json"
"""
PROBLEM = Problem("error", "loud", "load raises ValueError: <quoted> is not a KerasSaveable subclass", "f00")
ROUTE = ("Model.save(.h5)", "load_model")


def issue(body: str = STRING_LOSS, name: str = "string-loss") -> str:
    return f'[[issue]]\nid = "{name}"{body}'


def ledger_of(folder: Path, *issues: str, **options: Any) -> Ledger:
    (folder / "known").mkdir()
    (folder / "known" / "some.json").write_text("{}")
    path = folder / "known_issues.toml"
    path.write_text("\n".join(issues), encoding="utf-8")
    return load_ledger(path, **options)


def refused(folder: Path, *issues: str, **options: Any) -> str:
    with pytest.raises(ContractError) as error:
        ledger_of(folder, *issues, **options)
    return str(error.value)


def test_the_packaged_ledger_is_valid() -> None:
    ledger = load_ledger(routes=ROUTES)
    assert all(found.model.is_file() for found in ledger.issues)


def test_the_format_that_the_packaged_ledger_describes_is_the_format(tmp_path: Path) -> None:
    lines = KNOWN_ISSUES.read_text(encoding="utf-8").splitlines()
    start = lines.index("# [[issue]]")
    end = next(number for number in range(start, len(lines)) if not lines[number].startswith("# "))
    example = [line.removeprefix("# ") for line in lines[start:end]]
    model = tmp_path / "known" / "h5-string-loss.json"
    model.parent.mkdir()
    model.write_text("{}")
    path = tmp_path / "known_issues.toml"
    path.write_text("\n".join(example), encoding="utf-8")
    (found,) = load_ledger(path, routes=ROUTES).issues
    assert found.applies(situation(*ROUTE))


def test_a_problem_of_its_route_and_model_is_explained(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path, issue())
    assert ledger.explain(situation(*ROUTE), PROBLEM) == "string-loss"
    assert ledger.applicable(situation(*ROUTE)) == ("string-loss",)


@pytest.mark.parametrize(
    ("route", "changes"),
    [
        (("Model.save(.keras)", "load_model"), {}),
        (("Model.save(.h5)", "load_model(compile=False)"), {}),
        (("Model.save(.h5)", ""), {}),
        (ROUTE, {"loss_form": frozenset({"object"})}),
        (ROUTE, {"keras": "2.15.0"}),
    ],
)
def test_a_problem_of_another_trial_is_not(tmp_path: Path, route: tuple[str, str], changes: dict[str, Any]) -> None:
    ledger = ledger_of(tmp_path, issue())
    assert ledger.explain(situation(*route, **changes), PROBLEM) is None
    assert ledger.applicable(situation(*route, **changes)) == ()


@pytest.mark.parametrize(
    "problem",
    [
        Problem("compile", "silent", "not a KerasSaveable", "f00"),
        Problem("error", "loud", "load raises ValueError: something else", "f00"),
    ],
)
def test_another_problem_of_the_same_trial_is_not(tmp_path: Path, problem: Problem) -> None:
    assert ledger_of(tmp_path, issue()).explain(situation(*ROUTE), problem) is None


def test_a_severity_narrows_it(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path, issue(STRING_LOSS + 'severity = ["crash"]\n'))
    assert ledger.explain(situation(*ROUTE), PROBLEM) is None


def test_an_option_of_the_saver_is_covered_by_a_star(tmp_path: Path) -> None:
    route = ("Model.save(.h5, include_optimizer=False)", "load_model")
    assert ledger_of(tmp_path, issue()).applicable(situation(*route)) == ("string-loss",)


def test_brackets_of_a_route_are_literal(tmp_path: Path) -> None:
    body = STRING_LOSS.replace('"load_model", ', '"load_weights[rebuilt]", ')
    ledger = ledger_of(tmp_path, issue(body))
    assert ledger.applicable(situation("Model.save(.h5)", "load_weights[rebuilt]")) == ("string-loss",)
    assert ledger.applicable(situation("Model.save(.h5)", "load_weightsr")) == ()


def test_without_routes_an_issue_is_about_all_of_them(tmp_path: Path) -> None:
    body = "\n".join(line for line in STRING_LOSS.splitlines() if not line.startswith(("saver", "loader")))
    ledger = ledger_of(tmp_path, issue(body))
    assert ledger.applicable(situation("Model.to_json")) == ("string-loss",)


def test_the_first_of_two_explains(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path, issue(), issue(name="other"))
    assert ledger.explain(situation(*ROUTE), PROBLEM) == "string-loss"
    assert ledger.applicable(situation(*ROUTE)) == ("string-loss", "other")


def test_what_applied_and_never_showed_is_stale(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path, issue(), issue(name="other"), issue(name="third"))
    seen = {"string-loss": ENOUGH, "other": ENOUGH, "third": ENOUGH - 1}
    assert ledger.stale(seen, {"other"}) == ("string-loss",)
    assert ledger.stale(seen, {"string-loss", "other"}) == ()
    assert ledger.stale({}, ()) == ()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (STRING_LOSS + "fixed = true\n", 'issue "string-loss": unknown key "fixed"'),
        (STRING_LOSS.replace('title = "a loss given by name is not found in .h5"', ""), "missing title"),
        (STRING_LOSS.replace('difference = "not a KerasSaveable"', ""), "missing difference"),
        (STRING_LOSS.replace('"not a KerasSaveable"', '"("'), "invalid regex in difference"),
        (STRING_LOSS.replace('facet = ["error"]', ""), "missing facet"),
        (STRING_LOSS.replace('["error"]', '["errors"]'), 'unknown facet "errors"; did you mean "error"?'),
        (STRING_LOSS.replace("source =", "#"), "missing source"),
        (STRING_LOSS.replace("model =", "#"), "missing model"),
        (STRING_LOSS.replace("some.json", "none.json"), "no such model file: known/none.json"),
        (STRING_LOSS + 'severity = ["quiet"]\n', 'unknown severity "quiet"'),
        (STRING_LOSS.replace(">=3.0", "3 up"), 'invalid version window keras = "3 up"'),
        (STRING_LOSS.replace("loss_form", "lossform"), 'unknown feature "lossform" in when'),
    ],
)
def test_an_issue_that_is_not_valid_is_refused(tmp_path: Path, body: str, message: str) -> None:
    found = refused(tmp_path, issue(body))
    assert message in found
    assert "known_issues.toml:1: " in found


def test_the_second_use_of_an_id_is_refused(tmp_path: Path) -> None:
    assert "duplicate id" in refused(tmp_path, issue(), issue())


def test_a_pattern_that_no_route_matches_is_refused(tmp_path: Path) -> None:
    body = STRING_LOSS.replace('"saving.save_model(.h5)"', '"saving.save_modl(.h5)"')
    message = 'no saver matches "saving.save_modl(.h5)"; did you mean "saving.save_model(.h5)"?'
    assert message in refused(tmp_path, issue(body), routes=ROUTES)


def test_an_empty_loader_is_the_save_itself(tmp_path: Path) -> None:
    body = STRING_LOSS.replace('loader = ["load_model", "load_model(custom_objects)"]', 'loader = [""]')
    ledger = ledger_of(tmp_path, issue(body), routes=ROUTES)
    assert ledger.applicable(situation("Model.save(.h5)")) == ("string-loss",)
    assert ledger.applicable(situation(*ROUTE)) == ()


@pytest.mark.parametrize("issue", load_ledger().issues, ids=lambda issue: issue.id)
def test_no_entry_explains_what_is_none_of_its_own(issue: Issue) -> None:
    assert hides(issue) == ()


def test_an_entry_that_explains_anything_is_too_wide(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text("{}", encoding="utf-8")
    path = tmp_path / "issues.toml"
    path.write_text(
        '[[issue]]\nid = "wide"\ntitle = "t"\nfacet = ["compile", "error"]\ndifference = "."\n'
        'source = ["s"]\nmodel = "model.json"\n',
        encoding="utf-8",
    )
    (wide,) = load_ledger(path).issues
    assert {text.partition(":")[0] for text in hides(wide)} == {"compile", "error"}
