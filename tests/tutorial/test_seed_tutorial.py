"""The seed tutorial, step by step, on the TensorFlow it was written on, on the last with Keras 2, and on the newest."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.campaign.tox import environments
from tests.tutorial.outcomes import OUTCOMES, RECORDED, era

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.campaign.environments import Interpreter

pytestmark = pytest.mark.tensorflow

HERE = Path(__file__).parent
TOX = HERE.parents[1] / "tox.ini"
INSTALLED = "installed"
DEADLINE = 900
"""Seconds for all steps, with the import of TensorFlow on a busy machine."""

QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}


class Steps:
    """What the steps came to in one environment."""

    def __init__(self, outcomes: Mapping[str, dict[str, Any]], column: str) -> None:
        self.outcomes, self.column = outcomes, column

    def check(self, step: str) -> None:
        """Fail with what is wrong, if anything is."""
        expected = {**OUTCOMES, **RECORDED}[step][self.column]
        difference = expected.difference(self.outcomes[step])
        assert not difference, f"{self.column}, {step}: {difference}"


def run(executable: str, variables: Mapping[str, str], folder: Path) -> dict[str, Any]:
    command = [executable, str(HERE / "steps.py"), str(folder)]
    surroundings = {**os.environ, **QUIET, **variables}
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, env=surroundings, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def named(name: str) -> tuple[str, Mapping[str, str]]:
    """An environment of ``tox.ini``, where ``roundtrip envs`` puts it."""
    declared = environments(TOX)[name]
    folder = os.environ.get("ROUNDTRIP_ENVS")
    python = declared.python(Path(folder) if folder else None)
    if not python.is_file():
        pytest.skip(f"not installed: roundtrip envs --install {name}")
    return str(python), declared.variables


@pytest.fixture(scope="module", params=[INSTALLED, "tf2.2", "tf2.15"])
def steps(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Steps:
    """All steps of one environment, run once in a process of their own."""
    folder = tmp_path_factory.mktemp("tutorial")
    if request.param != INSTALLED:
        found = run(*named(request.param), folder)
        column = era(found["tensorflow"], {"tf2.2": "2.3.0", "tf2.15": "2.15.0"}[request.param])
    else:
        interpreter: Interpreter = request.getfixturevalue("roundtrip_environment")
        column = era(interpreter.info["tensorflow"], interpreter.info["keras"])
        if column is None:
            pytest.skip(f"the table has no column for {interpreter.title}")
        found = run(interpreter.executable, interpreter.variables, folder)
    assert column is not None
    return Steps(found["steps"], column)


def test_the_model_is_built_compiled_and_trained(steps: Steps) -> None:
    steps.check("build_and_train")


def test_model_save_writes_a_saved_model_with_exactly_the_documented_members(steps: Steps) -> None:
    steps.check("model_save_tf")


def test_save_model_writes_a_saved_model_with_exactly_the_documented_members(steps: Steps) -> None:
    steps.check("save_model_tf")


def test_model_save_writes_one_h5_file(steps: Steps) -> None:
    steps.check("model_save_h5")


def test_save_model_writes_one_h5_file(steps: Steps) -> None:
    steps.check("save_model_h5")


def test_load_model_takes_a_saved_model(steps: Steps) -> None:
    steps.check("load_saved_model")


def test_load_model_takes_an_h5_file(steps: Steps) -> None:
    steps.check("load_h5")


def test_json_is_the_architecture_alone(steps: Steps) -> None:
    steps.check("json_architecture")


def test_yaml_of_the_sequential_model_where_there_is_yaml(steps: Steps) -> None:
    steps.check("yaml_architecture")


def test_yaml_of_a_functional_model_where_there_is_yaml(steps: Steps) -> None:
    steps.check("yaml_of_functional")


def test_weights_go_through_a_checkpoint(steps: Steps) -> None:
    steps.check("weights_tf")


def test_weights_go_through_h5(steps: Steps) -> None:
    steps.check("weights_h5")


def test_weights_go_through_weights_h5(steps: Steps) -> None:
    steps.check("weights_weights_h5")


def test_a_weights_file_is_not_for_load_model(steps: Steps) -> None:
    steps.check("load_model_of_weights")


def test_a_checkpoint_is_not_for_load_model(steps: Steps) -> None:
    steps.check("load_model_of_checkpoint")


def test_load_weights_finds_the_weights_of_a_whole_model(steps: Steps) -> None:
    steps.check("load_weights_of_model")


def test_a_model_without_extension_has_the_default_format(steps: Steps) -> None:
    steps.check("default_format")


def test_weights_without_extension_have_the_default_format(steps: Steps) -> None:
    steps.check("weights_without_extension")


def test_json_of_keras_2_3_is_loaded_as_recorded(steps: Steps) -> None:
    steps.check("keras_2_3_json")


def test_each_step_has_an_outcome_in_each_version(steps: Steps) -> None:
    assert steps.outcomes.keys() == {*OUTCOMES, *RECORDED}
