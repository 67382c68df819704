from __future__ import annotations

import pytest

from harness.contract.tables import InvalidEntryError
from harness.contract.windows import Window, parse_version, parse_window


@pytest.mark.parametrize(
    ("spec", "version"),
    [
        ("", "1.15.5"),
        (">=3.15", "3.15.1"),
        (">=3.15", "3.16.0.dev2026010103"),
        (">=3.16", "3.16.0.dev2026010103"),
        (">=2.22", "2.22.0rc0"),
        (">=2.22", "2.22.0-dev20261123"),
        ("<3.16", "3.15.1"),
        ("==3.15.*", "3.15.1"),
        ("==2.22.0rc0", "2.22.0rc0"),
        (">=2.2", "2.2.4-tf"),
        (">=2.20,!=2.21.*", "2.20.1"),
    ],
)
def test_a_window_admits(spec: str, version: str) -> None:
    assert version in Window(spec)


@pytest.mark.parametrize(
    ("spec", "version"),
    [
        (">=3.16", "3.15.1"),
        ("<3.16", "3.16.0.dev2026010103"),
        ("<2.22", "2.22.0rc0"),
        ("==2.22.0rc0", "2.22.0rc1"),
        (">=2.20,!=2.21.*", "2.21.0"),
    ],
)
def test_a_window_does_not_admit(spec: str, version: str) -> None:
    assert version not in Window(spec)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("", ""),
        ("", ">=3"),
        (">=3.0", "<3.1"),
        (">=3.15", ">=3.16"),
        ("==3.15.*", ">=3.15.1"),
        (">3.15", "<3.16"),
        ("<=3.15", ">=3.15"),
        ("!=3.15.*", ">=3.0"),
        ("~=3.15.1", "<3.15.3"),
    ],
)
def test_windows_with_a_version_in_common_intersect(one: str, other: str) -> None:
    assert Window(one).intersects(Window(other))
    assert Window(other).intersects(Window(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<3.0", ">=3.0"),
        ("<3.15", ">=3.15"),
        ("==3.15.*", "<3.15"),
        ("==3.15.*", ">=3.16"),
        ("!=3.15.*", "==3.15.1"),
        ("<=2.15", ">=2.16"),
    ],
)
def test_windows_without_one_do_not(one: str, other: str) -> None:
    assert not Window(one).intersects(Window(other))
    assert not Window(other).intersects(Window(one))


def test_text_that_is_no_window_is_refused() -> None:
    with pytest.raises(InvalidEntryError, match='invalid version window keras = "three"'):
        parse_window("three", "keras")


def test_a_window_without_versions_is_refused() -> None:
    with pytest.raises(InvalidEntryError, match='no version is in the window tf = ">=3,<2"'):
        parse_window(">=3,<2", "tf")


def test_a_version_without_numbers_is_refused() -> None:
    with pytest.raises(ValueError, match="nightly"):
        parse_version("nightly")
