"""The tester tested: every planted fault is caught, in the right facet and with the right severity."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.campaign.routes import routes
from harness.campaign.run import contract
from harness.campaign.trials import Bench, Law, ModelTrials, Selection
from harness.contract.ledger import Ledger
from harness.models.spec import ModelSpec
from tests.stacks import dense, stack, trained

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.campaign.environments import Interpreter
    from harness.trial.records import Trial

pytestmark = pytest.mark.tensorflow

FORMATS = (str(Path(__file__).with_name("faulty.py")),)
DEADLINE = 15.0
"""Seconds; the fault that hangs costs as many."""

MEMORY = 2 * 2**30
"""Bytes; the fault that grows is soon there."""


MODEL = trained(stack("planted", dense("first", 4), dense("second", 4, trainable=False), dense("third", 2)))

SUBCLASSED = ModelSpec(stack("planted_subclassed", dense("first", 2), kind="subclassed"))


@pytest.fixture(scope="module")
def bench(roundtrip_environment: Interpreter) -> Iterator[Bench]:
    bench = Bench(roundtrip_environment, DEADLINE, routes(FORMATS).formats, MEMORY)
    yield bench
    bench.stop()


@pytest.fixture
def attempt(bench: Bench, tmp_path: Path) -> Attempt:
    return Attempt(bench, tmp_path)


class Attempt:
    """Tries one planted route."""

    def __init__(self, bench: Bench, scratch: Path) -> None:
        self.bench = bench
        self.scratch = scratch

    def __call__(self, saver: str, loader: str = "", spec: ModelSpec = MODEL) -> Trial:
        known = routes(FORMATS)
        selection = Selection(known, frozenset({f"planted: {saver}"}), frozenset({f"planted: {loader}"}))
        trials = list(ModelTrials(spec, self.bench, Law(contract(known), Ledger()), selection, self.scratch).run())
        wanted = f"planted: {loader}" if loader else ""
        (trial,) = [trial for trial in trials if trial.loader == wanted]
        return trial


def caught(trial: Trial) -> tuple[str, str | None, set[str]]:
    return trial.verdict, trial.severity, {problem.facet for problem in trial.problems}


def test_a_clean_save_and_load_raise_nothing(attempt: Attempt) -> None:
    for trial in (attempt("whole"), attempt("whole", "loads")):
        assert trial.verdict == "as-documented"
        assert {facet.classed for facet in trial.facets.values() if facet.expected == "survives"} == {"exact"}
    judged = {name: facet.observed for name, facet in trial.facets.items() if facet.expected == "survives"}
    assert judged == dict.fromkeys(
        ("architecture", "weights", "compile", "optimizer", "predictions", "resume"), "survived"
    )


@pytest.mark.parametrize(
    ("fault", "facets"),
    [
        ("permutes weights", {"weights"}),
        ("casts to half", {"weights"}),
        ("truncates last variable", {"weights"}),
        ("renames layer", {"architecture"}),
        ("forgets activation", {"architecture"}),
        # A layer that trains again has slots in the optimizer again.
        ("loses frozen flag", {"architecture", "optimizer"}),
    ],
)
def test_a_file_that_lies_is_caught_when_it_is_loaded(attempt: Attempt, fault: str, facets: set[str]) -> None:
    assert caught(attempt(fault, "loads")) == ("violation", "silent", facets)


@pytest.mark.parametrize(
    ("fault", "facets"),
    [
        ("drops optimizer", {"optimizer"}),
        ("never compiles", {"compile", "optimizer"}),
        ("returns another model", {"weights"}),
    ],
)
def test_a_loader_that_lies_is_caught(attempt: Attempt, fault: str, facets: set[str]) -> None:
    verdict, severity, found = caught(attempt("whole", fault))
    assert (verdict, severity) == ("violation", "silent")
    assert facets <= found


@pytest.mark.parametrize("fault", ["truncates last variable, layout", "writes nothing"])
def test_what_is_missing_on_disk_is_a_fault_of_the_save(attempt: Attempt, fault: str) -> None:
    assert caught(attempt(fault)) == ("violation", "silent", {"layout"})


def test_saving_that_changes_the_live_model_is_caught(attempt: Attempt) -> None:
    trial = attempt("damages live model")
    assert caught(trial) == ("violation", "silent", {"purity"})
    assert {problem.difference.split(":")[0] for problem in trial.problems} == {"weights"}


@pytest.mark.parametrize(("fault", "severity"), [("crashes", "crash"), ("hangs", "timeout"), ("grows", "crash")])
def test_death_costs_one_trial_and_the_next_one_runs(attempt: Attempt, fault: str, severity: str) -> None:
    assert caught(attempt(fault)) == ("violation", severity, {"error"})
    assert attempt("whole", "loads").verdict == "as-documented"


def test_rubbish_on_stdout_disturbs_nothing(attempt: Attempt) -> None:
    assert attempt("prints rubbish").verdict == "as-documented"


def test_success_where_failure_is_documented_is_caught(attempt: Attempt) -> None:
    trial = attempt("subclassed to h5", spec=SUBCLASSED)
    assert caught(trial) == ("violation", "unexpected-success", {"error"})
