"""What tox.ini says of the environments under test."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.campaign.tox import ToxError, environments

INI = """
[testenv]
deps = pytest
[testenv:lint]
deps = ruff
[testenv:tf2.16-tf-keras]
base = under_test
description = Keras 2 on a newer TensorFlow
base_python = python3.12, python3.11
deps =
    tensorflow-cpu==2.16.2
    tf-keras==2.16.0
set_env =
    TF_USE_LEGACY_KERAS = 1
"""
OWN = Path(__file__).parents[2] / "tox.ini"


def test_a_section_is_an_environment_if_its_base_says_so(tmp_path: Path) -> None:
    (tmp_path / "tox.ini").write_text(INI)
    (found,) = environments(tmp_path / "tox.ini").values()
    assert found.name == "tf2.16-tf-keras"
    assert found.pythons == ("python3.12", "python3.11")
    assert found.packages == ("tensorflow-cpu==2.16.2", "tf-keras==2.16.0")
    assert found.variables == {"TF_USE_LEGACY_KERAS": "1"}
    assert found.python().is_relative_to(tmp_path / ".tox" / "tf2.16-tf-keras")
    assert found.python(tmp_path / "cache").is_relative_to(tmp_path / "cache" / "tf2.16-tf-keras")


def test_without_a_file_there_are_none(tmp_path: Path) -> None:
    assert environments(tmp_path / "tox.ini") == {}


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "tox.ini").write_text("deps = x")
    with pytest.raises(ToxError, match=r"tox\.ini"):
        environments(tmp_path / "tox.ini")


def test_every_era_has_an_environment() -> None:
    found = environments(OWN)
    for name in ("tf2.0", "tf2.2", "tf2.5", "tf2.11", "tf2.15", "tf2.16", "tf2.21", "tf2.21-tf-keras", "keras3.0"):
        assert any("tensorflow" in package for package in found[name].packages)
    assert found["tf2.21-tf-keras"].variables == {"TF_USE_LEGACY_KERAS": "1"}
