"""Which routes cross from one environment to another, and what is left of them in a run that goes on."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from harness.campaign import run as running
from harness.campaign.cross import Crossing, coarseness, every_pair, wanted
from harness.campaign.deposit import DepositError, read_deposit
from harness.campaign.journal import key
from harness.campaign.routes import routes
from harness.campaign.run import Plan, contract
from harness.campaign.trials import NO_ROUTE, Selection
from harness.models.spec import Input
from tests.campaign.crossed import LATE, MODEL, MODERN, NEW, OLD, deposit

if TYPE_CHECKING:
    from pathlib import Path

    from harness.campaign.environments import Interpreter

KNOWN = routes()


def crossing(writer: Interpreter, reader: Interpreter) -> set[tuple[str, str]]:
    found = Crossing(MODEL, contract(KNOWN), writer.info, reader.info).routes(Selection(KNOWN))
    return {(saver.name, loader.name) for saver, loaders in found for loader in loaders}


def test_every_environment_reads_what_every_other_one_has_written() -> None:
    assert every_pair([OLD, LATE, NEW]) == (
        *(("old", "late"), ("old", "new")),
        *(("late", "old"), ("late", "new")),
        *(("new", "old"), ("new", "late")),
    )


@pytest.mark.parametrize(("writer", "reader"), [(LATE, NEW), (NEW, LATE), (OLD, LATE), (NEW, NEW)])
def test_only_files_cross_and_only_to_what_needs_no_original(writer: Interpreter, reader: Interpreter) -> None:
    savers = {saver.name: saver for saver in KNOWN.savers}
    loaders = {loader.name: loader for loader in KNOWN.loaders}
    found = crossing(writer, reader)
    assert {savers[saver].medium for saver, _ in found} == {"path"}
    assert "from_json" not in {loaders[loader].target for _, loader in found}


def test_what_leads_somewhere_crosses_and_what_is_refused_anyway_does_not() -> None:
    found = crossing(LATE, NEW)
    assert ("Model.save(.h5)", "load_model") in found
    assert ("Model.save(save_format='tf')", "load_model") in found, "that this is refused is documented"
    assert ("Model.save(save_format='tf')", "tf.saved_model.load") in found
    assert ("Model.to_json", "load_weights[rebuilt]") not in found


def test_what_takes_a_module_crosses_only_to_where_it_is_installed() -> None:
    bare = replace(NEW, info={**NEW.info, "modules": []})
    orbax = {saver.name for saver in KNOWN.savers if "orbax.checkpoint" in saver.needs}
    assert orbax
    assert {saver for saver, _ in crossing(NEW, NEW)} >= orbax
    assert not orbax & {saver for saver, _ in crossing(NEW, bare)}


def test_what_has_been_read_is_not_written_again() -> None:
    selection = Selection(KNOWN, frozenset({"Model.save(.h5)", "Model.to_json"}))
    crossings = {each.name: Crossing(MODEL, contract(KNOWN), OLD.info, each.info) for each in (LATE, NEW)}
    assert wanted(crossings, selection, lambda *_: False) == {"Model.save(.h5)", "Model.to_json"}
    assert wanted(crossings, selection, lambda saver, *_: saver == "Model.to_json") == {"Model.save(.h5)"}
    assert wanted(crossings, selection, lambda _, __, reader: reader == "new") == {"Model.save(.h5)", "Model.to_json"}
    assert wanted(crossings, selection, lambda *_: True) == set()


def records(**plan: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    done = plan.pop("done", frozenset())
    running.run(Plan((MODERN,), (OLD, NEW), alone=False, **plan), done, found.append)
    return [record for record in found if record["record"] == "trial"]


PAIRS = (("old", "new"), ("new", "old"))


def test_a_model_that_one_of_the_two_does_not_have_is_one_trial_each_way_that_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Neither environment may be started for it.
    monkeypatch.setattr(running, "_alone", lambda *_: None)
    found = records(pairs=PAIRS)
    assert [(trial["writer"], trial["reader"], trial["saver"]) for trial in found] == [
        ("new", "old", NO_ROUTE),
        ("old", "new", NO_ROUTE),
    ]
    assert {trial["verdict"] for trial in found} == {"not-applicable"}
    assert all("needs" in trial["note"] for trial in found)
    assert records(pairs=PAIRS, done={key(trial) for trial in found}) == []


def test_a_deposit_is_read_as_it_was_written(tmp_path: Path) -> None:
    deposit(tmp_path).write()
    assert read_deposit(tmp_path) == deposit(tmp_path)


@pytest.mark.parametrize("damage", ["torn", "without", "missing"])
def test_a_damaged_deposit_is_one_clear_error(tmp_path: Path, damage: str) -> None:
    deposit(tmp_path).write()
    path = tmp_path / "deposit.json"
    if damage == "torn":
        path.write_text(path.read_text()[:-20])
    elif damage == "without":
        facts = json.loads(path.read_text())
        del facts["writer"]
        path.write_text(json.dumps(facts))
    else:
        path.unlink()
    with pytest.raises(DepositError, match=f"{tmp_path.name} is damaged"):
        read_deposit(tmp_path)


@pytest.mark.parametrize(
    ("dtype", "coarser"), [("float32", 1.0), ("float16", 2.0**13), ("mixed_bfloat16", 2.0**16), ("float64", 1.0)]
)
def test_predictions_may_round_as_coarsely_as_the_dtypes_of_a_model(dtype: str, coarser: float) -> None:
    layer = replace(MODEL.model.layers[0], args={"units": 4, "dtype": dtype})
    spec = replace(MODEL, model=replace(MODEL.model, layers=(layer, MODEL.model.layers[1])))
    assert coarseness(spec) == coarser


def test_a_model_that_names_no_coarse_dtype_may_round_as_single_precision() -> None:
    words = replace(MODEL, model=replace(MODEL.model, inputs=(Input("x", (3,), "int32", "index:5"),)))
    assert coarseness(words) == 1.0
