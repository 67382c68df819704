from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.campaign.environments import EnvironmentError_, repeated, resolve

if TYPE_CHECKING:
    from pathlib import Path

ODD = """#!/bin/sh
read request
{}
"""


def program(folder: Path, script: str) -> str:
    path = folder / "python"
    path.write_text(ODD.format(script))
    path.chmod(0o755)
    return str(path)


def refusal(python: str) -> str:
    with pytest.raises(EnvironmentError_) as error:
        resolve(python)
    (line,) = str(error.value).splitlines()
    return line


def test_a_path_with_nothing_there_is_one_line(tmp_path: Path) -> None:
    assert refusal(f"{tmp_path}/none").startswith(f"no interpreter at {tmp_path}/none: --python takes the path of one")


def test_a_file_that_cannot_be_started_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_text("hello")
    assert refusal(str(path)) == f"{path} cannot be started: Permission denied"


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("exit 0", "ended with status 0"),
        ("echo hello; sleep 60", "answered with 'hello'"),
        ("echo '[]'; sleep 60", "answered with '[]'"),
        ("echo '{}'; sleep 60", "it does not answer as"),
        ("echo \"No module named 'tensorflow'\" >&2; exit 1", "has no TensorFlow: install it there (pip install"),
    ],
)
def test_what_is_no_python_with_tensorflow_is_one_line(tmp_path: Path, script: str, why: str) -> None:
    assert why in refusal(program(tmp_path, script))


def test_an_interpreter_on_the_path_needs_only_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, "exit 7")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert refusal("python").startswith(f"{tmp_path}/python cannot be used")


TOX = """
[testenv:a]
base = under_test
deps = keras==3.0.5
    tensorflow==2.16.2
[testenv:b]
base = under_test
deps = tensorflow==2.16.2
    keras==3.0.5
[testenv:c]
base = under_test
deps = keras==3.0.5
    tensorflow==2.16.2
set_env =
    TF_USE_LEGACY_KERAS = 1
"""


def test_environments_of_the_same_packages_and_variables_repeat_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tox.ini").write_text(TOX)
    monkeypatch.chdir(tmp_path)
    assert repeated(("a", "b", "c")) == {"b": "a"}
    assert repeated(("b", "c")) == {}
