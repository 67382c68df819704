"""The tester tested: what happens to a file between the one who wrote it and the one who reads it."""

from __future__ import annotations

import json
import shutil
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import h5py
import pytest

from harness.campaign.cross import CrossTrials
from harness.campaign.deposit import Depositor, read_deposit
from harness.campaign.routes import routes
from harness.campaign.run import Plan, contract, run
from harness.campaign.trials import Bench, Law, ModelTrials, Selection
from harness.contract.ledger import Ledger
from tests.campaign.crossed import MODEL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from harness.campaign.environments import Interpreter
    from harness.trial.records import Trial

pytestmark = pytest.mark.tensorflow

SAVER = "Model.save(.keras)"
KNOWN = routes()
LAW = Law(contract(KNOWN), Ledger())
SELECTION = Selection(KNOWN, frozenset({SAVER}), frozenset({"load_model"}))


@pytest.fixture(scope="module")
def bench(roundtrip_environment: Interpreter) -> Iterator[Bench]:
    bench = Bench(replace(roundtrip_environment, name="reader"), 60.0, KNOWN.formats)
    yield bench
    bench.stop()


@pytest.fixture(scope="module")
def written(roundtrip_environment: Interpreter, bench: Bench, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the environment has left, under the name of a writer."""
    folder = tmp_path_factory.mktemp("deposits") / MODEL.id
    bench.environment = replace(roundtrip_environment, name="writer")
    keeper = Depositor(folder, frozenset({SAVER}))
    trials = ModelTrials(MODEL, bench, LAW, SELECTION, tmp_path_factory.mktemp("scratch"), keeper=keeper)
    assert {trial.verdict for trial in trials.run()} == {"as-documented"}
    bench.environment = replace(roundtrip_environment, name="reader")
    return folder


@pytest.fixture
def read(bench: Bench, written: Path, tmp_path: Path) -> Callable[..., Trial]:
    def with_edit(edit: Callable[[dict[str, bytes]], None] | None = None) -> Trial:
        folder = tmp_path / "deposit"
        shutil.copytree(written, folder)
        if edit is not None:
            _edited(folder / "0" / "model.keras", edit)
        (trial,) = CrossTrials(read_deposit(folder), bench, LAW, SELECTION, tmp_path / "read").run()
        return trial

    return with_edit


def _edited(path: Path, edit: Callable[[dict[str, bytes]], None]) -> None:
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    edit(members)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def configured(change: Callable[[list[dict[str, Any]]], None]) -> Callable[[dict[str, bytes]], None]:
    """An edit of the configurations of the layers."""

    def edit(members: dict[str, bytes]) -> None:
        config = json.loads(members["config.json"])
        change([layer["config"] for layer in config["config"]["layers"] if layer["class_name"] == "Dense"])
        members["config.json"] = json.dumps(config).encode()

    return edit


def stored(tmp_path: Path, place: str) -> Callable[[dict[str, bytes]], None]:
    """An edit of one stored array, in one of its numbers."""

    def edit(members: dict[str, bytes]) -> None:
        path = tmp_path / "weights.h5"
        path.write_bytes(members["model.weights.h5"])
        with h5py.File(path, "r+") as file:
            array = file[place][()]
            array.flat[0] += 1.0
            file[place][...] = array
        members["model.weights.h5"] = path.read_bytes()

    return edit


def test_an_untouched_file_is_as_documented(read: Callable[..., Trial]) -> None:
    trial = read()
    assert (trial.writer, trial.reader, trial.verdict) == ("writer", "reader", "as-documented")
    survived = {name for name, facet in trial.facets.items() if facet.observed == "survived"}
    assert {"architecture", "weights", "compile", "optimizer", "predictions"} <= survived


@pytest.mark.parametrize(
    ("facet", "change"),
    [
        ("architecture", lambda layers: layers[0].update(activation="relu")),
        ("architecture", lambda layers: layers[1].update(name="third")),
        ("architecture", lambda layers: layers[1].update(trainable=False)),
    ],
    ids=["option", "name", "flag"],
)
def test_an_altered_configuration_is_a_violation(
    read: Callable[..., Trial], facet: str, change: Callable[[list[dict[str, Any]]], None]
) -> None:
    trial = read(configured(change))
    assert (trial.verdict, trial.severity) == ("violation", "silent")
    assert facet in {problem.facet for problem in trial.problems}


@pytest.mark.parametrize(
    ("facet", "place"), [("weights", "layers/dense/vars/0"), ("optimizer", "optimizer/vars/2")], ids=["weight", "slot"]
)
def test_an_altered_number_is_a_violation(read: Callable[..., Trial], tmp_path: Path, facet: str, place: str) -> None:
    trial = read(stored(tmp_path, place))
    assert (trial.verdict, trial.severity) == ("violation", "silent")
    assert {problem.facet for problem in trial.problems} == {facet}


def test_a_run_across_reads_each_way_once_and_goes_on_where_it_stopped(roundtrip_environment: Interpreter) -> None:
    both = tuple(replace(roundtrip_environment, name=name) for name in ("left", "right"))
    pairs = (("left", "right"), ("right", "left"))
    plan = Plan((MODEL,), both, (SAVER, "Model.to_json"), ("load_model", "model_from_json"), pairs=pairs, alone=False)
    found: list[dict[str, Any]] = []
    run(plan, frozenset(), found.append)
    trials = [record for record in found if record["record"] == "trial"]
    done = {(each["spec"], each["saver"], each["loader"], each["writer"], each["reader"]) for each in trials}
    # That load_model refuses a JSON file is documented, so that it crosses too.
    routes = ((SAVER, "load_model"), ("Model.to_json", "model_from_json"), ("Model.to_json", "load_model"))
    assert done == {(MODEL.id, *route, *pair) for pair in pairs for route in routes}
    assert {trial["verdict"] for trial in trials} <= {"as-documented", "known"}
    assert len(trials) == len(done)

    again: list[dict[str, Any]] = []
    first = next(iter(sorted(done)))
    run(plan, done - {first}, again.append)
    assert [record["saver"] for record in again if record["record"] == "trial"] == [first[1]]
