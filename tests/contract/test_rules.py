from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.contract.rules import ContractError, Raises, load_contract
from harness.contract.tables import ContractError as SameError
from tests.contract.routes import ROUTES, contract_of, rule, situation

if TYPE_CHECKING:
    from pathlib import Path

SURVIVES = 'expect = { weights = "survives" }'
LOST = 'expect = { weights = "lost" }'
RAISES = 'raises = { type = "ValueError", message = "no" }'
ROUTE = ("Model.save(.keras)", "load_model")


def refused(folder: Path, *rules: str) -> str:
    with pytest.raises(ContractError) as error:
        contract_of(folder, *rules)
    return str(error.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '[[rule]]\nid = "x"\nsaver = ["Model.sav(.keras)"]\nsource = ["docs"]\n' + SURVIVES,
            'rules/some.toml:1: rule "x": unknown saver "Model.sav(.keras)"; did you mean "Model.save(.keras)"?',
        ),
        (rule(SURVIVES, loader="load_modl"), 'rule "a": unknown loader "load_modl"; did you mean "load_model"?'),
        ('[[rule]]\nid = "x"\nsource = ["docs"]\n' + SURVIVES, 'rule "x": missing saver'),
        (rule("loader = []\n" + SURVIVES, loader=""), "loader is empty; leave it out for the save itself"),
        (rule("expects = {}\n" + SURVIVES), 'unknown key "expects"; did you mean "expect"?'),
        (rule('expect = { weigths = "lost" }'), 'unknown facet "weigths"; did you mean "weights"?'),
        (rule('expect = { weights = "survive" }'), 'unknown outcome "survive"; did you mean "survives"?'),
        (rule('expect = { error = "lost" }'), "error can only be any"),
        (rule("expect = {}"), "expect must be a table of facets"),
        (rule(""), "needs either expect or raises"),
        (rule(SURVIVES + "\n" + RAISES), "needs either expect or raises"),
        (rule('raises = { type = "ValueError" }'), "raises must be a table of type and message"),
        (rule('raises = { type = "ValueError", message = "" }'), "raises must name a type and a message"),
        (rule('raises = { type = "ValueError", message = "(" }'), "invalid regex in raises.message"),
        (rule(SURVIVES + '\nkeras = ">>3"'), 'invalid version window keras = ">>3"'),
        (rule(SURVIVES + '\nwhen = { optimiser = "Adam" }'), 'unknown feature "optimiser" in when'),
        (rule(SURVIVES + '\noverrides = ["b"]'), 'unknown rule in overrides: "b"'),
        (rule(SURVIVES + '\noverrides = ["a"]'), "overrides itself, directly or through another rule"),
        ('[[rule]]\nsaver = ["Model.save(.keras)"]\nsource = ["docs"]\n' + SURVIVES, "rule: missing id"),
        ('[[rule]]\nid = "x"\nsaver = ["Model.save(.keras)"]\n' + SURVIVES, "missing source"),
    ],
)
def test_a_rule_that_is_not_valid_is_refused(tmp_path: Path, text: str, message: str) -> None:
    assert message in refused(tmp_path, text)


def test_the_error_names_the_line_of_the_rule_that_is_wrong(tmp_path: Path) -> None:
    good, bad = rule(SURVIVES), rule('expect = { weights = "gone" }', "b")
    assert refused(tmp_path, "# comment\n\n" + good, bad).startswith('rules/some.toml:10: rule "b": unknown outcome')


def test_the_second_use_of_an_id_is_refused(tmp_path: Path) -> None:
    message = refused(tmp_path, rule(SURVIVES), rule(SURVIVES, loader="from_config"))
    assert message == 'rules/some.toml:8: rule "a": duplicate id, first used at rules/some.toml:1'


def test_ids_are_unique_over_all_files(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("one.toml", "two.toml")]
    for path in paths:
        path.write_text(rule(SURVIVES))
    with pytest.raises(ContractError, match=r"two\.toml:1: .*duplicate id"):
        load_contract(paths, routes=ROUTES)


def test_a_circle_of_overrides_is_refused(tmp_path: Path) -> None:
    one = rule(SURVIVES + '\noverrides = ["b"]')
    other = rule(LOST + '\noverrides = ["a"]', "b")
    assert "overrides itself, directly or through another rule" in refused(tmp_path, one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (SURVIVES, LOST),
        (SURVIVES, SURVIVES),
        (SURVIVES, RAISES),
        (SURVIVES, 'expect = { compile = "lost", weights = "any" }'),
        (SURVIVES + "\nwhen = { compiled = true }", LOST + "\nwhen = { trained = true }"),
        (SURVIVES + '\nkeras = ">=3.0"', LOST + '\nkeras = "<3.5"'),
        (SURVIVES + '\nunless = { custom = "python-lambda" }', LOST + '\nwhen = { custom = "unregistered-*" }'),
    ],
)
def test_overlapping_rules_are_refused(tmp_path: Path, one: str, other: str) -> None:
    message = refused(tmp_path, rule(one), rule(other, "b"))
    assert 'rule "b": overlaps rule "a" (rules/some.toml:1) for Model.save(.keras) -> load_model' in message


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (SURVIVES, 'expect = { compile = "lost" }'),
        (RAISES, 'raises = { type = "TypeError", message = "yes" }'),
        (SURVIVES + "\nwhen = { compiled = true }", LOST + "\nunless = { compiled = true }"),
        (SURVIVES + '\nkeras = ">=3.0"', LOST + '\nkeras = "<3.0"'),
        (SURVIVES + '\nkind = ["sequential"]', RAISES + '\nkind = ["subclassed"]'),
        (SURVIVES + '\nunless = { custom = "unregistered-*" }', RAISES + '\nwhen = { custom = "unregistered-*" }'),
        (SURVIVES, LOST + '\noverrides = ["a"]'),
        (SURVIVES + '\noverrides = ["b"]', RAISES),
    ],
)
def test_rules_that_do_not_contradict_each_other_are_taken(tmp_path: Path, one: str, other: str) -> None:
    assert len(contract_of(tmp_path, rule(one), rule(other, "b")).rules) == 2


def test_rules_of_different_routes_do_not_overlap(tmp_path: Path) -> None:
    contract = contract_of(tmp_path, rule(SURVIVES), rule(LOST, "b", loader="load_model(compile=False)"))
    assert len(contract.rules) == 2


def test_the_save_itself_is_a_route_of_its_own(tmp_path: Path) -> None:
    contract = contract_of(tmp_path, rule(RAISES, loader=""), rule(SURVIVES, "b"))
    assert contract.expectation(situation(ROUTE[0])).raises == (Raises("ValueError", "no"),)
    assert contract.expectation(situation(*ROUTE)).raises == ()


def test_overriding_goes_on_through_another_rule(tmp_path: Path) -> None:
    rules = (
        rule(SURVIVES),
        rule(LOST + '\nwhen = { compiled = false }\noverrides = ["a"]', "b"),
        rule(RAISES + '\noverrides = ["b"]', "c"),
    )
    assert contract_of(tmp_path, *rules).expectation(situation(*ROUTE)).rules == ("c",)


def test_facets_of_all_rules_that_apply_are_merged(tmp_path: Path) -> None:
    rules = (rule(SURVIVES), rule('expect = { compile = "lost" }', "b"), rule(LOST, "c", loader="from_config"))
    expectation = contract_of(tmp_path, *rules).expectation(situation(*ROUTE))
    assert expectation.facets == {"weights": "survives", "compile": "lost"}
    assert expectation.rules == ("a", "b")


def test_an_overridden_rule_is_silent_where_the_other_applies(tmp_path: Path) -> None:
    rules = (rule(SURVIVES), rule(RAISES + '\nwhen = { built = "never" }\noverrides = ["a"]', "b"))
    contract = contract_of(tmp_path, *rules)
    assert contract.expectation(situation(*ROUTE)).rules == ("a",)
    never = contract.expectation(situation(*ROUTE, built="never"))
    assert never.rules == ("b",)
    assert never.facets == {}


def test_without_a_rule_a_trial_is_undocumented(tmp_path: Path) -> None:
    expectation = contract_of(tmp_path, rule(SURVIVES)).expectation(situation("Model.to_json", "load_model"))
    assert (expectation.facets, expectation.raises, expectation.rules) == ({}, (), ())


def test_a_development_version_is_judged_by_the_rules_of_its_release(tmp_path: Path) -> None:
    rules = (rule(SURVIVES + '\nkeras = ">=3.15,<3.16"'), rule(LOST + '\nkeras = ">=3.16"', "b"))
    contract = contract_of(tmp_path, *rules)
    assert contract.expectation(situation(*ROUTE, keras="3.15.1")).rules == ("a",)
    assert contract.expectation(situation(*ROUTE, keras="3.16.0.dev2026010103")).rules == ("b",)


def test_a_documented_exception_has_its_type_and_its_message() -> None:
    raises = Raises("ValueError", "must end in")
    assert raises.explains("ValueError", "The filename must end in `.weights.h5`.")
    assert not raises.explains("TypeError", "The filename must end in `.weights.h5`.")
    assert not raises.explains("ValueError", "No such file")


def test_one_exception_serves_both_modules() -> None:
    assert ContractError is SameError
