"""Scripts for two versions are plain Keras, complete, and run in two processes."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.campaign.cross import crosses
from harness.campaign.environments import Interpreter
from harness.campaign.probe import Clue
from harness.campaign.reproduce import reproduce
from harness.models.generate import generate
from harness.repro.across import NOTES, script_across
from harness.repro.calls import NotWritableError
from harness.repro.script import Subject
from tests.repro.test_script import ROUTES, SUFFIXES, WEIGHTS, model, unbound

if TYPE_CHECKING:
    from pathlib import Path

    from harness.models.spec import ModelSpec

HERE = Interpreter("here", sys.executable)


def written(clue: Clue = WEIGHTS, spec: ModelSpec | None = None, *, majors: tuple[int, int] = (3, 3)) -> str:
    subject = Subject(spec or model(), clue, (), SUFFIXES, majors[0] == 3, "TF 2.15.1 / Keras 2.15.0", "a title")
    return script_across(subject, replace(subject, keras3=majors[1] == 3, versions="TF 2.21.0 / Keras 3.15.1"))


@pytest.mark.parametrize("majors", [(3, 3), (2, 3), (3, 2), (2, 2)])
def test_a_script_of_every_route_that_crosses_is_complete(majors: tuple[int, int]) -> None:
    routes = [(saver, loader) for saver in ROUTES.savers for loader in ROUTES.loaders if crosses(saver, loader)]
    assert routes
    for saver, loader in routes:
        for facet, difference in (("error", "load raises ValueError: x"), ("predictions", "value diverged")):
            text = written(Clue(saver.name, loader.name, facet, "f", difference), majors=majors)
            assert unbound(text) == set(), (saver.name, loader.name)


@pytest.mark.parametrize("majors", [(2, 3), (3, 2)])
def test_a_script_of_every_kind_of_model_is_complete(majors: tuple[int, int]) -> None:
    for spec in generate(12, 0):
        assert unbound(written(spec=spec, majors=majors)) == set(), spec.id


def test_each_side_has_the_keras_that_it_has() -> None:
    text = written(majors=(2, 3))
    assert "if saving:\n    from tensorflow import keras\nelse:\n    import keras\n" in text
    assert "Written with TF 2.15.1 / Keras 2.15.0, read with TF 2.21.0 / Keras 3.15.1." in text
    assert "if saving:\n    import keras" not in written(majors=(3, 3))


@pytest.mark.parametrize(
    ("facet", "difference"),
    [("compile", "compile.loss.delta"), ("architecture", "Dense.activation"), ("optimizer", "optimizer.beta_1")],
)
def test_options_of_one_major_version_are_not_compared_with_those_of_another(facet: str, difference: str) -> None:
    clue = replace(WEIGHTS, facet=facet, difference=difference)
    assert unbound(written(clue)) == set()
    with pytest.raises(NotWritableError, match="no script can compare"):
        written(clue, majors=(2, 3))


def test_slots_are_compared_in_an_order_that_both_versions_have() -> None:
    text = written(replace(WEIGHTS, facet="optimizer", difference="variables.count"), majors=(2, 3))
    assert "return ordered(variables_of(model.optimizer))" in text
    assert unbound(text) == set()


def test_values_are_the_same_after_they_have_been_text() -> None:
    check = """
import json
import numpy as np
value = [1, None, "a", [np.float32(0.1), np.array([[1.5, 2.0]], "float32")], (np.array(3),)]
again = recalled(text_of(value))
assert again[:3] == [1, None, "a"], again
assert again[3][0] == np.float32(0.1) and (again[3][1] == value[3][1]).all() and again[3][1].shape == (1, 2)
assert again[4][0].shape == ()
"""
    subprocess.run([sys.executable, "-c", f"{NOTES}\n{check}"], check=True)


SCRIPT = """
import os, sys
path = os.path.join(sys.argv[2], "kept")
if sys.argv[1] == "save":
    {save}
    open(path, "w").write("x")
    sys.exit(0)
print("shown: 1.0 -> 2.0" if os.path.exists(path) else "not shown: nothing")
sys.exit(int(os.path.exists(path)))
"""


@pytest.mark.parametrize(
    ("save", "reproduced", "said"),
    [("pass", True, "shown: 1.0 -> 2.0"), ("raise OSError(28)", False, "the script failed to write: OSError: 28")],
)
def test_what_one_has_written_is_read_by_the_other(tmp_path: Path, save: str, reproduced: bool, said: str) -> None:
    path = tmp_path / "script.py"
    path.write_text(SCRIPT.format(save=save))
    made = reproduce(path, WEIGHTS, HERE, replace(HERE, name="writer"))
    assert (made.reproduced, made.said) == (reproduced, said)
