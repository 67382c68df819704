"""Version windows (PEP 440) that take a development version for the release it leads to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from packaging.specifiers import InvalidSpecifier, Specifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from harness.contract.tables import InvalidEntryError, quoted

_FAR = 10**6
"""Stands for "any later part" in the version just below a boundary."""


@dataclass(frozen=True)
class Window:
    """A set of versions; the empty text admits all."""

    spec: str = ""

    def __contains__(self, version: str) -> bool:
        return _contains(self.spec, version)

    def intersects(self, other: Window) -> bool:
        """Whether some version is in both."""
        mine, theirs = SpecifierSet(self.spec), SpecifierSet(other.spec)
        witnesses = [Version("0"), *_witnesses(mine), *_witnesses(theirs)]
        return any(_admits(mine, version) and _admits(theirs, version) for version in witnesses)


ANY_VERSION = Window()


def parse_window(spec: str, key: str) -> Window:
    """Read a window.

    Raises:
        InvalidEntryError: not a PEP 440 specifier, or one that no version meets.
    """
    try:
        SpecifierSet(spec)
    except InvalidSpecifier as error:
        msg = f"invalid version window {key} = {quoted(spec)}"
        raise InvalidEntryError(msg) from error
    window = Window(spec)
    if not window.intersects(window):
        msg = f"no version is in the window {key} = {quoted(spec)}"
        raise InvalidEntryError(msg)
    return window


def parse_version(version: str) -> Version:
    """Read a reported version; ``2.2.4-tf`` and the like count as their leading numbers.

    Raises:
        ValueError: it does not begin with a number.
    """
    try:
        return Version(version)
    except InvalidVersion:
        leading = re.match(r"\d+(\.\d+)*", version)
        if leading is None:
            raise
        return Version(leading.group())


@cache
def _contains(spec: str, version: str) -> bool:
    return _admits(SpecifierSet(spec), parse_version(version))


def _admits(specs: SpecifierSet, version: Version) -> bool:
    # 3.16.0.dev1 behaves as 3.16 will, not as 3.15 does: PEP 440's order would put it on the wrong side of
    # ">=3.16". Only a window that names a pre-release means the exact one.
    base = Version(version.base_version)
    return all(spec.contains(version if _names_prerelease(spec) else base, prereleases=True) for spec in specs)


def _names_prerelease(spec: Specifier) -> bool:
    return Version(spec.version.removesuffix(".*")).is_prerelease


def _witnesses(specs: SpecifierSet) -> list[Version]:
    """Each boundary, and a version just below and just above it: one of them is in any overlap there is."""
    found = []
    for spec in specs:
        boundary = Version(spec.version.removesuffix(".*"))
        release = boundary.release
        found += [boundary, _release((*release, 0, 0, 0, 1)), _release((*release[:-1], release[-1] + 1))]
        below = _below(release)
        if below is not None:
            found.append(_release(below))
    return found


def _below(release: tuple[int, ...]) -> tuple[int, ...] | None:
    trimmed = release
    while trimmed and trimmed[-1] == 0:
        trimmed = trimmed[:-1]
    return (*trimmed[:-1], trimmed[-1] - 1, _FAR) if trimmed else None


def _release(parts: tuple[int, ...]) -> Version:
    return Version(".".join(str(part) for part in parts))
