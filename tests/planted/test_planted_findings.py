"""Planted faults are shrunk to what they take, and blamed on it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.campaign.cases import examine
from harness.campaign.probe import Clue, Probe
from harness.campaign.reproduce import same_error
from harness.campaign.routes import routes
from harness.campaign.run import contract
from harness.campaign.shrink import Candidate, Shrunk, shrink
from harness.campaign.trials import Bench, Law
from harness.contract.ledger import Ledger
from harness.models import traits
from harness.models.ingredients import ingredients
from tests.planted.test_planted_faults import FORMATS, MODEL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.campaign.environments import Interpreter
    from harness.models.spec import ModelSpec

pytestmark = pytest.mark.tensorflow


@pytest.fixture(scope="module")
def probe(roundtrip_environment: Interpreter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Probe]:
    known = routes(FORMATS)
    bench = Bench(roundtrip_environment, 120.0, known.formats)
    yield Probe(bench, Law(contract(known), Ledger()), known, Path(tmp_path_factory.mktemp("probe")))
    bench.stop()


def clue(probe: Probe, candidate: Candidate, saver: str, loader: str, facet: str) -> Clue:
    """The first problem of a facet, as a finding."""
    trials = probe.trials(candidate, (f"planted: {saver}", f"planted: {loader}" if loader else ""))
    problem = next(each for trial in trials for each in trial.problems if each.facet == facet)
    found = Clue(trials[-1].saver, trials[-1].loader, facet, problem.fingerprint, problem.difference)
    assert same_error(found.difference, "not an error")
    return found


def shrunk(probe: Probe, start: Candidate, found: Clue) -> Shrunk:
    made = shrink(start, probe.shows(found), budget=300)
    assert made.reproduced
    problem, _ = examine(made.candidate, found, probe)
    assert problem is not None
    return made


def layers(spec: ModelSpec) -> list[str]:
    return [layer.cls for layer in traits.every_layer(spec.model)]


def test_a_lost_option_shrinks_to_one_layer_with_that_option(probe: Probe) -> None:
    start = Candidate(MODEL)
    made = shrunk(probe, start, clue(probe, start, "forgets activation", "loads", "architecture"))
    assert layers(made.candidate.spec) == ["Dense"]
    assert ingredients(made.candidate.spec) == ("Dense.activation",)


def test_a_lost_flag_shrinks_to_one_frozen_layer(probe: Probe) -> None:
    start = Candidate(MODEL)
    made = shrunk(probe, start, clue(probe, start, "loses frozen flag", "loads", "architecture"))
    assert ingredients(made.candidate.spec) == ("frozen",)


def test_what_any_model_shows_shrinks_to_one_plain_layer(probe: Probe) -> None:
    start = Candidate(MODEL)
    made = shrunk(probe, start, clue(probe, start, "renames layer", "loads", "architecture"))
    assert layers(made.candidate.spec) == ["Dense"]
    assert ingredients(made.candidate.spec) == ()


def test_the_saver_that_does_the_damage_is_kept_and_no_other(probe: Probe) -> None:
    before = ("planted: whole", "planted: damages live model", "planted: renames layer")
    start = Candidate(MODEL, before)
    made = shrunk(probe, start, clue(probe, start, "whole", "loads", "weights"))
    assert made.candidate.before == ("planted: damages live model",)
    assert layers(made.candidate.spec) == ["Dense"]
