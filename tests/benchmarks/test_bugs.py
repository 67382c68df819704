"""What counts as finding a historical bug, and how results are added up."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.bugs.catalogue import Bug, CatalogueError, Ingredient, load_catalogue, load_facts
from benchmarks.bugs.hunt import Result
from benchmarks.bugs.structures import STRUCTURES
from benchmarks.bugs.table import table_of
from harness.models.spec import Call, Compile, Input, Layer, Model, ModelSpec
from harness.trial.records import Problem, Trial

if TYPE_CHECKING:
    from harness.models.spec import Kind

FACTS = load_facts()
ENTRY: dict[str, Any] = {
    "id": "keras23286_huber_delta",
    "title": "Huber(delta) lost on load",
    "model_kind": "sequential",
    "route": ".keras",
    "facet_lost": "compile",
}


def model(kind: Kind = "sequential", *layers: Layer, trainable: bool = True, built: str = "input") -> Model:
    held = layers or (Layer("dense", "Dense", {"units": 2}),)
    calls = tuple(Call(place, (f"c{place - 1}" if place else "i0",)) for place in range(len(held)))
    last = (f"c{len(held) - 1}",)
    return Model(kind, "outer", (Input("i", (3,)),), held, calls, last, built=built, trainable=trainable)


def nest(inner: Model) -> Layer:
    return Layer("inner", "Model", model=inner)


HUBER = ModelSpec(model(), Compile("sgd", {"$": "losses.Huber", "args": {"delta": 3.0}}, ("like",)), steps=1)
PROBLEM = Problem("compile", "silent", "compile.loss.delta", "f00d")
TRIAL = Trial(
    HUBER.id,
    "sequential",
    "Model.save(.keras)",
    "load_model",
    "env",
    "env",
    "violation",
    problems=(PROBLEM,),
)


def catalogue(folder: Path, *entries: dict[str, Any], controls: tuple[str, ...] = ()) -> Path:
    (folder / "catalogue.json").write_text(json.dumps(entries), encoding="utf-8")
    (folder / "controls").mkdir()
    for name in controls:
        (folder / "controls" / f"{name}.py").touch()
    return folder


@pytest.fixture
def huber(tmp_path: Path) -> Bug:
    return load_catalogue(catalogue(tmp_path, ENTRY), FACTS)[0]


def test_an_ingredient_is_what_a_report_calls_it() -> None:
    assert Ingredient(("Huber.delta", "trained")).is_in(HUBER)
    assert not Ingredient(("Huber.delta", "class LSTM")).is_in(HUBER)


def test_an_ingredient_may_be_looked_for_in_the_text_of_a_model() -> None:
    assert Ingredient(text=('"delta":3',)).is_in(HUBER)
    assert not Ingredient(text=('"delta":4',)).is_in(HUBER)


NORMALIZATION = Layer("norm", "BatchNormalization")


@pytest.mark.parametrize(
    ("name", "has", "lacks"),
    [
        ("nested", model("sequential", nest(model())), model()),
        ("nested_functional", model("functional", nest(model("functional"))), model("functional", nest(model()))),
        ("frozen_model", model(trainable=False), model()),
        ("frozen_model", model("functional", nest(model(trainable=False))), model("functional", nest(model()))),
        (
            "nested_mixture",
            model("functional", nest(model("sequential", NORMALIZATION, NORMALIZATION))),
            model("sequential", NORMALIZATION, NORMALIZATION),
        ),
        (
            "three_levels",
            model("functional", nest(model("functional", nest(model())))),
            model("functional", nest(model())),
        ),
        (
            "functional_in_sequential",
            model("sequential", nest(model("functional"))),
            model("sequential", nest(model("functional")), built="call"),
        ),
        ("several_outputs", replace(model("functional"), outputs=("c0", "c0")), model()),
        ("several_inputs", replace(model("functional"), inputs=(Input("a", (1,)), Input("b", (1,)))), model()),
    ],
)
def test_an_ingredient_may_be_how_models_lie_inside_one_another(name: str, has: Model, lacks: Model) -> None:
    assert STRUCTURES[name](ModelSpec(has))
    assert not STRUCTURES[name](ModelSpec(lacks))


def test_a_finding_is_a_bug_if_route_and_facet_agree(huber: Bug) -> None:
    assert huber.shown(TRIAL) == (PROBLEM,)
    assert not huber.shown(replace(TRIAL, saver="Model.save(.h5)"))
    assert not huber.shown(replace(TRIAL, loader="load_weights[rebuilt]"))
    assert not huber.shown(replace(TRIAL, problems=(replace(PROBLEM, facet="weights"),)))


def test_what_is_no_violation_is_no_finding(huber: Bug) -> None:
    assert not huber.shown(replace(TRIAL, verdict="undocumented"))


def test_the_save_itself_may_show_a_bug(huber: Bug) -> None:
    assert huber.shown(replace(TRIAL, loader="")) == (PROBLEM,)


def test_the_difference_may_have_to_agree_too(huber: Bug) -> None:
    assert replace(huber, difference=r"\.delta").shown(TRIAL)
    assert not replace(huber, difference="dtype").shown(TRIAL)


def test_the_catalogue_says_which_kind_route_and_facet(huber: Bug) -> None:
    assert (huber.kinds, huber.facets) == (("sequential",), ("compile",))
    assert huber.concerns("saving.save_model(.keras)", "load_model(custom_objects)")
    assert huber.role == "bug"


def test_a_bug_that_nothing_is_known_about_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="says nothing of brand_new"):
        load_catalogue(catalogue(tmp_path, {**ENTRY, "id": "brand_new"}), FACTS)


def test_a_folder_without_a_catalogue_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"catalogue\.json"):
        load_catalogue(tmp_path, FACTS)


def test_only_controls_that_are_there_are_watched(tmp_path: Path) -> None:
    found = load_catalogue(catalogue(tmp_path, controls=("tf_lossscale_keras",)), FACTS)
    assert [(each.id, each.role, each.buggy) for each in found] == [("tf_lossscale_keras", "control", ())]


def test_facts_that_name_no_structure_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "bugs.toml"
    path.write_text(
        '[campaign]\nseed=0\nbudget=1\nmargin=0\ntries=1\n[routes]\n[facets]\n[controls]\n[bugs.a]\nstructures=["tower"]\n',
        encoding="utf-8",
    )
    with pytest.raises(CatalogueError, match="no structure is called tower"):
        load_facts(path)


def test_every_environment_of_the_facts_is_one_of_tox_ini() -> None:
    text = (Path(__file__).parents[2] / "tox.ini").read_text(encoding="utf-8")
    for entry in (*FACTS.bugs.values(), *FACTS.controls.values()):
        for name in (*entry.get("buggy", ()), *entry.get("fixed", ())):
            assert f"[testenv:{name}]" in text


def test_the_harness_knows_nothing_of_the_bugs() -> None:
    harness = Path(__file__).parents[2] / "harness"
    texts = [path.read_text(encoding="utf-8") for path in harness.rglob("*.py")]
    assert texts
    assert not any("benchmarks" in text for text in texts)


def result(bug: Bug, phase: str, **facts: Any) -> dict[str, Any]:
    return {**Result(bug.id, phase, "tf1", "TF 1").to_json(), **facts}


def test_the_table_says_what_was_found_and_where_it_stayed_silent(huber: Bug) -> None:
    control = replace(huber, id="control", role="control")
    lines = list(
        table_of(
            [huber, replace(huber, id="other"), control],
            [
                result(
                    huber, "buggy", found=True, models=37, having=2, seconds=12.0, layers=1, culprit=["Huber.delta"]
                ),
                result(huber, "fixed", having=5),
                result(replace(huber, id="other"), "buggy", models=300, having=4),
                result(control, "control", having=3),
            ],
        )
    )
    assert lines[0] == "- found: 1 of 2 (50%)"
    assert "- silent in the fixed environment: 1 of 1 that were met" in lines
    assert "- controls that stay silent: 1 of 1 that were met" in lines
    assert any(line.startswith("| keras23286_huber_delta | tf1 | yes | 37 | 2 | 12 |") for line in lines)
    assert any(line.startswith("| other | tf1 | no | 300 | 4 |") for line in lines)


def test_a_bug_that_was_not_hunted_counts_as_not_found(huber: Bug) -> None:
    lines = list(table_of([huber, replace(huber, id="other")], [result(huber, "buggy", found=True)]))
    assert lines[:2] == ["- found: 1 of 2 (50%)", "- not measured, and counted as not found: 1"]
    assert any(line.startswith("| other |") and "not measured" in line for line in lines)


def test_a_control_that_is_reported_counts_against_the_harness(huber: Bug) -> None:
    control = replace(huber, id="control", role="control")
    lines = list(table_of([control], [result(control, "control", found=True, having=1, difference="values differ")]))
    assert "- controls that stay silent: 0 of 1 that were met" in lines
    assert lines[-1] == "| control | tf1 | 1 | yes: values differ |"


def test_a_fixed_environment_that_could_build_none_of_the_models_says_nothing(huber: Bug) -> None:
    lines = list(table_of([huber], [result(huber, "buggy", found=True), result(huber, "fixed")]))
    assert "- silent in the fixed environment: 0 of 0 that were met" in lines
    assert any(line.endswith(": never met |") for line in lines)


def test_a_control_that_was_never_met_says_nothing(huber: Bug) -> None:
    control = replace(huber, id="control", role="control")
    lines = list(table_of([control], [result(control, "control")]))
    assert "- controls that stay silent: 0 of 0 that were met" in lines
    assert lines[-1].endswith("| never met |")
