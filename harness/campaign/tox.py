"""The environments that ``tox.ini`` names: which Python and which packages make each, and what it needs around it."""

from __future__ import annotations

import configparser
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

BASE = "under_test"
"""What the section of an environment under test is based on."""

PREFIX = "testenv:"


class ToxError(Exception):
    """``tox.ini`` cannot be read; the message names the file."""


@dataclass(frozen=True)
class Declared:
    """One section of ``tox.ini``."""

    name: str
    description: str
    pythons: tuple[str, ...]
    """Names of interpreters that will do, the best first: ``python3.11``."""
    packages: tuple[str, ...]
    """Requirements (PEP 508)."""
    home: Path
    """Where tox puts its environments."""
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def made(self) -> tuple[object, ...]:
        """What it is made of: two environments of the same are the same under two names."""
        return self.pythons, frozenset(self.packages), frozenset(self.variables.items())

    def folder(self, among: Path | None = None) -> Path:
        """The environment's folder, where tox puts it or in a folder of environments."""
        return (among or self.home) / self.name

    def python(self, among: Path | None = None) -> Path:
        """The environment's interpreter, whether or not it is there."""
        return self.folder(among) / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def environments(path: Path) -> dict[str, Declared]:
    """The environments under test, in the order of the file; none without a file.

    Raises:
        ToxError: it cannot be read.
    """
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read(path, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError) as error:
        msg = f"cannot read {path}: {' '.join(str(error).split())}"
        raise ToxError(msg) from error
    found = (
        _declared(parser[section], section.removeprefix(PREFIX), path.parent / ".tox")
        for section in parser.sections()
        if section.startswith(PREFIX) and parser.get(section, "base", fallback="") == BASE
    )
    return {each.name: each for each in found}


def _declared(section: configparser.SectionProxy, name: str, home: Path) -> Declared:
    return Declared(
        name=name,
        description=section.get("description", ""),
        pythons=tuple(part.strip() for part in section.get("base_python", "python3").split(",")),
        packages=tuple(_lines(section.get("deps", ""))),
        home=home,
        variables=dict(_assignment(line) for line in _lines(section.get("set_env", ""))),
    )


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _assignment(line: str) -> tuple[str, str]:
    name, _, value = line.partition("=")
    return name.strip(), value.strip()
