from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.contract.explain import UnknownRouteError, explain, listing, unexercised
from tests.contract.routes import contract_of, rule

if TYPE_CHECKING:
    from pathlib import Path

    from harness.contract.rules import Contract

EVERYTHING = """
kind = ["sequential", "functional"]
when = { compiled = true }
unless = { custom = ["unregistered-*", "python-lambda"], built = "never" }
keras = ">=3.0"
tf = "<2.22"
expect = { weights = "survives", compile = "lost" }
note = "as the guide says"
"""
CONDITIONS = (
    "kind = sequential | functional and compiled = true, "
    "unless custom = unregistered-* | python-lambda or built = never"
)
FAILS = """
when = { built = "never" }
raises = { type = "ValueError", message = "not yet been built" }
overrides = ["a"]
"""


@pytest.fixture
def contract(tmp_path: Path) -> Contract:
    other = rule('expect = { purity = "survives" }', "c", loader="")
    return contract_of(tmp_path, rule(EVERYTHING), rule(FAILS, "b"), other)


def test_a_route_is_explained_by_all_that_its_rules_say(contract: Contract) -> None:
    assert explain(contract, "Model.save(.keras) -> load_model") == [
        "Model.save(.keras) -> load_model: 2 rules",
        "",
        "a  (rules/some.toml:1)",
        "  save    Model.save(.keras)",
        "  load    load_model",
        f"  if      {CONDITIONS}",
        "  in      keras >=3.0, tf <2.22",
        "  expect  weights survives, compile lost",
        "  source  docs",
        "  note    as the guide says",
        "",
        "b  (rules/some.toml:16)",
        "  save    Model.save(.keras)",
        "  load    load_model",
        "  if      built = never",
        "  expect  raises ValueError matching 'not yet been built'",
        "  source  docs",
        "  before  a",
    ]


def test_a_saver_is_explained_with_its_save_and_its_loads(contract: Contract) -> None:
    lines = explain(contract, "Model.save(.keras)")
    assert lines[0] == "Model.save(.keras): 3 rules"
    assert "  load    (the save itself)" in lines


def test_a_loader_is_explained_for_all_savers(contract: Contract) -> None:
    assert explain(contract, "load_model")[0] == "load_model: 2 rules"


def test_a_route_without_rules_is_undocumented(contract: Contract) -> None:
    assert explain(contract, "Model.to_json -> load_model") == [
        "Model.to_json -> load_model: undocumented, no rule speaks of it"
    ]


@pytest.mark.parametrize(
    ("route", "message"),
    [
        ("load_modle", 'unknown route "load_modle"; did you mean "load_model"?'),
        ("Model.sav(.keras) -> load_model", 'unknown saver "Model.sav(.keras)"; did you mean "Model.save(.keras)"?'),
        ("Model.save(.keras) -> load", 'unknown loader "load"'),
        ("Model.save(.keras) ->", 'unknown loader ""'),
    ],
)
def test_an_unknown_route_is_refused_with_the_closest_one(contract: Contract, route: str, message: str) -> None:
    with pytest.raises(UnknownRouteError) as error:
        explain(contract, route)
    assert str(error.value).startswith(message)


def test_the_list_has_one_line_per_rule(contract: Contract) -> None:
    assert listing(contract) == [
        "a  weights survives, compile lost  [1 route]  rules/some.toml:1",
        "b  raises ValueError matching 'not yet been built'  [1 route]  rules/some.toml:16",
        "c  purity survives  [1 route]  rules/some.toml:27",
    ]


def test_rules_that_decided_nothing_are_unexercised(contract: Contract) -> None:
    assert unexercised(contract, {"a"}) == ("b", "c")
    assert unexercised(contract, {"a", "b", "c"}) == ()
