"""Releases of Keras and TensorFlow as PyPI lists them, and environments made of them on the way."""

from __future__ import annotations

import http.client
import json
import urllib.request
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from packaging.version import InvalidVersion, Version

from harness.campaign.environments import EnvironmentError_

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from harness.campaign.tox import Declared

INDEX = "https://pypi.org/pypi/{}/json"
TIMEOUT = 30.0

NIGHTLY = "keras-nightly"


def between(project: str, first: str, last: str, *, nightlies: bool = False) -> tuple[str, ...]:
    """Releases of a project after the first and before the last, in their order.

    Args:
        project: its name on PyPI.
        first: version, without it.
        last: version, without it.
        nightlies: whether development releases count.

    Raises:
        EnvironmentError_: PyPI does not answer.
    """
    try:
        with urllib.request.urlopen(INDEX.format(project), timeout=TIMEOUT) as reply:  # noqa: S310 - a constant
            listed: Mapping[str, Any] = json.load(reply)["releases"]
    except (OSError, ValueError, KeyError, http.client.HTTPException) as error:
        msg = f"PyPI does not list the releases of {project}: {error}"
        raise EnvironmentError_(msg) from error
    return tuple(_ordered(listed, Version(first), Version(last), nightlies=nightlies))


def _ordered(listed: Mapping[str, Any], first: Version, last: Version, *, nightlies: bool) -> Iterator[str]:
    versions = sorted(version for text in _usable(listed) if (version := _version(text)) is not None)
    for version in versions:
        if first < version < last and (nightlies or not version.is_devrelease):
            yield str(version)


def _usable(listed: Mapping[str, Iterable[Mapping[str, Any]]]) -> Iterator[str]:
    """Those that have a file that is not yanked."""
    return (text for text, files in listed.items() if any(not file.get("yanked") for file in files))


def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None


def with_release(environment: Declared, project: str, version: str) -> Declared:
    """An environment like this one, with another release of one of its packages."""
    packages = tuple(f"{project}=={version}" if _project(item) == project else item for item in environment.packages)
    name = f"{environment.name}-{project}-{version}"
    return replace(environment, name=name, packages=packages, description=f"{project} {version}")


def _project(requirement: str) -> str:
    for mark in "=<>~![; ":
        requirement = requirement.partition(mark)[0]
    return requirement.strip()


def pinned(environment: Declared) -> Mapping[str, str]:
    """The versions that an environment pins, by project."""
    found = (item.partition("==") for item in environment.packages)
    return {_project(name): version for name, mark, version in found if mark and "*" not in version}
