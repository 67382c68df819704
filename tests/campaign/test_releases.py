"""What lies between two releases, and the environments that are made of it."""

from __future__ import annotations

import http.client
from pathlib import Path

import pytest
from packaging.version import Version

from harness.campaign.environments import EnvironmentError_
from harness.campaign.releases import _ordered, between, pinned, with_release
from harness.campaign.tox import Declared

FILE = [{"yanked": False}]
LISTED = {
    "3.0.0": FILE,
    "3.10.0": FILE,
    "3.9.2": FILE,
    "3.9.2.dev2": FILE,
    "3.11": [{"yanked": True}],
    "x": FILE,
    "4": [],
}
ENVIRONMENT = Declared("tf2.16", "", ("python3.11",), ("tensorflow-cpu==2.16.2", "keras==3.0.5"), Path())


def test_releases_come_in_the_order_of_versions_without_the_ends() -> None:
    found = list(_ordered(LISTED, Version("3.0.0"), Version("5"), nightlies=False))
    assert found == ["3.9.2", "3.10.0"]


def test_development_releases_count_if_asked_for() -> None:
    assert "3.9.2.dev2" in list(_ordered(LISTED, Version("3.0.0"), Version("3.10.0"), nightlies=True))


def test_an_environment_gets_another_release_of_one_package() -> None:
    made = with_release(ENVIRONMENT, "keras", "3.9.2")
    assert made.packages == ("tensorflow-cpu==2.16.2", "keras==3.9.2")
    assert made.name == "tf2.16-keras-3.9.2"


def test_what_is_pinned_is_known() -> None:
    assert pinned(ENVIRONMENT) == {"tensorflow-cpu": "2.16.2", "keras": "3.0.5"}


@pytest.mark.parametrize("fault", [OSError("no route"), http.client.IncompleteRead(b"{")])
def test_an_index_that_does_not_answer_is_one_line(monkeypatch: pytest.MonkeyPatch, fault: Exception) -> None:
    def urlopen(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr("urllib.request.urlopen", urlopen)
    with pytest.raises(EnvironmentError_, match="PyPI does not list the releases of keras"):
        between("keras", "3.0.0", "3.1.0")
