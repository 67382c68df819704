"""The hunt itself: a fault that a model can show is found, and a copy without a fault has none."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from benchmarks.mutants.hunt import Effort, Hunter
from benchmarks.mutants.plant import forking, sources
from benchmarks.mutants.sample import every
from harness.models.features import features
from harness.models.generate import generate_fitting
from harness.models.spec import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.mutants.sample import Mutant
    from harness.campaign.environments import Interpreter
    from harness.models.spec import ModelSpec

pytestmark = pytest.mark.tensorflow

EFFORT = Effort(seconds=600, few=2, every=0)


def has_no_bias(spec: ModelSpec) -> bool:
    arguments = features(spec)["arguments"]
    return isinstance(arguments, frozenset) and "Dense.use_bias" in arguments


@pytest.fixture(scope="module")
def hunter(roundtrip_environment: Interpreter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hunter]:
    folder = tmp_path_factory.mktemp("hunt")
    with forking(roundtrip_environment, folder) as fast:
        made = Hunter(fast, sources(roundtrip_environment), 0, folder, generate_fitting(2, 0, KINDS, has_no_bias))
        yield made
        made.close()


@pytest.fixture(scope="module")
def forgotten(roundtrip_environment: Interpreter) -> Mutant:
    """``Dense`` forgets whether it has a bias."""
    keras: Path = sources(roundtrip_environment)
    wanted = ("drop-key", "Dense.get_config")
    found = [each for each in every(keras, "layers") if (each.operator, each.function) == wanted]
    return next(each for each in found if '-            "use_bias"' in each.diff)


def test_a_fault_that_a_model_can_show_is_found(hunter: Hunter, forgotten: Mutant) -> None:
    found = hunter.hunt(forgotten, EFFORT)
    assert (found["outcome"], found["file"]) == ("killed", "src/layers/core/dense.py")
    assert found["facet"] in {"architecture", "weights", "error", "layout"}


def test_a_copy_without_a_fault_survives(hunter: Hunter, forgotten: Mutant) -> None:
    assert hunter.hunt(replace(forgotten, end=forgotten.start, text=""), EFFORT)["outcome"] == "survived"


def test_a_copy_that_cannot_be_imported_is_broken(hunter: Hunter, forgotten: Mutant) -> None:
    found = hunter.hunt(replace(forgotten, text="syntax error"), EFFORT)
    assert found["outcome"] == "broken"
