"""Which versions are asked for a finding, and which are installed for it; what they answer is made up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.campaign.cases import Case
from harness.campaign.environments import EnvironmentError_, Interpreter
from harness.campaign.probe import Clue
from harness.campaign.shrink import Candidate
from harness.campaign.versions import Versions
from tests.campaign.crossed import MODEL, NEW

if TYPE_CHECKING:
    from pathlib import Path

    from harness.campaign.tox import Declared

CASE = Case(
    Candidate(MODEL), Clue("Model.save(.h5)", "load_model", "weights", "f00d"), "silent", {"name": "b"}, {"name": "b"}
)
TOX = "\n".join(
    f"[testenv:keras3.{minor}]\nbase = under_test\ndeps =\n    tensorflow-cpu==2.16.2\n    keras==3.{minor}.0"
    for minor in (0, 3, 6, 9, 12)
)
LISTED = ("3.7.0", "3.8.0", "3.8.1")


class Machine:
    """Has environments in a folder, and a Keras that is bad from some version on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[str] = []
        self.installed: list[str] = []
        self.broken = {"3.12.0"}

    def put(self, name: str) -> None:
        python = self.folder / name / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.touch()

    def versions(self) -> Versions:
        return Versions(self.folder, CASE, ledger=False, say=self.said.append)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path / "envs")
    (tmp_path / "tox.ini").write_text(TOX, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    def install(environment: Declared, _: object) -> None:
        made.installed.append(environment.name)
        made.put(environment.name)

    def resolve(python: str, *_: object) -> Interpreter:
        version = python.removesuffix("/bin/python").rpartition("keras")[2].lstrip("-")
        return replace(
            NEW, name=version, info={**NEW.info, "keras": version if version.count(".") == 2 else f"{version}.0"}
        )

    def asked(_: Versions, interpreter: Interpreter) -> tuple[bool | None, str]:
        version = interpreter.info["keras"]
        if version in made.broken:
            raise EnvironmentError_(f"{version} does not start")
        return tuple(map(int, version.split("."))) >= (3, 8, 0), ""

    monkeypatch.setattr("harness.campaign.versions.install", install)
    monkeypatch.setattr("harness.campaign.versions.resolve", resolve)
    monkeypatch.setattr("harness.campaign.versions.between", lambda *_, **__: LISTED)
    monkeypatch.setattr(Versions, "_asked", asked)
    return made


def test_environments_that_are_there_are_asked_and_only_the_ends_are_made(machine: Machine) -> None:
    for name in ("keras3.6", "keras3.9", "keras3.12"):
        machine.put(name)
    machine.broken = set()
    found = machine.versions().among_environments("keras3.0", "keras3.12")
    assert (found.last_good, found.first_bad, found.skipped) == ("keras3.6", "keras3.9", ())
    assert machine.installed == ["keras3.0"]


def test_an_environment_that_is_not_there_or_does_not_start_cannot_say(machine: Machine) -> None:
    for name in ("keras3.0", "keras3.6", "keras3.12"):
        machine.put(name)
    machine.broken = {"3.6.0"}
    found = machine.versions().among_environments("keras3.0", "keras3.12")
    assert (found.last_good, found.first_bad) == ("keras3.0", "keras3.12")
    assert found.skipped == ("keras3.3", "keras3.6", "keras3.9")
    assert "keras3.6: cannot say (3.6.0 does not start)" in machine.said
    assert "keras3.9: not installed, passed over" in machine.said


def test_releases_between_two_environments_are_installed_on_the_way(machine: Machine) -> None:
    for name in ("keras3.6", "keras3.9"):
        machine.put(name)
    versions = machine.versions()
    found = versions.among_releases(versions.among_environments("keras3.6", "keras3.9"), "keras", nightlies=False)
    assert (found.last_good, found.first_bad) == ("3.7.0", "3.8.0")
    assert machine.installed == ["keras3.9-keras-3.8.0", "keras3.9-keras-3.7.0"]


def test_the_ends_are_not_asked_again(machine: Machine) -> None:
    for name in ("keras3.6", "keras3.9"):
        machine.put(name)
    versions = machine.versions()
    versions.among_releases(versions.among_environments("keras3.6", "keras3.9"), "keras", nightlies=False)
    shown = [said.partition(":")[0] for said in machine.said if "show it" in said or "shows it" in said]
    assert sorted(shown) == ["keras3.6", "keras3.9", "keras3.9-keras-3.7.0", "keras3.9-keras-3.8.0"]


def test_a_release_is_asked_for_where_both_ends_pin_the_project(machine: Machine) -> None:
    for name in ("keras3.6", "keras3.9"):
        machine.put(name)
    versions = machine.versions()
    found = versions.among_environments("keras3.6", "keras3.9")
    with pytest.raises(EnvironmentError_, match="do not both pin numpy=="):
        versions.among_releases(found, "numpy", nightlies=False)
