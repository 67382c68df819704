"""Which trials get to a mutated place at all: a copy of Keras tells whenever it does, and no other trial is worth it."""

from __future__ import annotations

import ast
import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from benchmarks.mutants.sample import Mutant

FOLDER = "reached"
TELLING = f"""
import os

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "{FOLDER}")


def told(*mutants):
    for mutant in mutants:
        open(os.path.join(FOLDER, mutant), "a").close()
"""
"""A module beside the copy of Keras: an empty file for each place that is gone through."""

MODULE = "reach_telling"
BODIES = ("body", "orelse", "finalbody")


class Place(NamedTuple):
    """Models and routes that get to one mutant."""

    spec: str
    saver: str
    loader: str


@dataclass
class Reach:
    """By mutant, what gets to it; empty for what was looked for and not found."""

    places: dict[str, tuple[Place, ...]] = field(default_factory=dict)
    models: int = 0
    """Models that were tried, each on all routes."""

    @classmethod
    def read(cls, path: Path) -> Reach:
        """What :meth:`write` has written."""
        stored = json.loads(path.read_text(encoding="utf-8"))
        places = {each: tuple(Place(*place) for place in found) for each, found in stored["places"].items()}
        return cls(places, stored["models"])

    def write(self, path: Path) -> None:
        """As JSON."""
        path.write_text(json.dumps({"models": self.models, "places": self.places}) + "\n", encoding="utf-8")


def tell(folder: Path, mutants: Iterable[Mutant]) -> None:
    """Let the Keras in a folder tell of every mutated place that it gets to."""
    by_file: dict[str, list[Mutant]] = defaultdict(list)
    for mutant in mutants:
        by_file[mutant.file].append(mutant)
    (folder / FOLDER).mkdir(exist_ok=True)
    (folder / f"{MODULE}.py").write_text(TELLING, encoding="utf-8")
    for file, here in by_file.items():
        path = folder / "keras" / file
        path.write_text(telling(path.read_text(encoding="utf-8"), here), encoding="utf-8")


def told(folder: Path) -> frozenset[str]:
    """The mutants whose places were gone through since this was asked last."""
    files = list((folder / FOLDER).iterdir())
    for file in files:
        file.unlink()
    return frozenset(file.name for file in files)


def telling(source: str, mutants: Sequence[Mutant]) -> str:
    """The same source, with a word before each statement that a mutant is in."""
    lines = source.splitlines(keepends=True)
    before: dict[tuple[int, int], list[str]] = defaultdict(list)
    for mutant in mutants:
        before[_statement(ast.parse(source), mutant.line, lines)].append(mutant.id)
    for (line, column), names in sorted(before.items(), reverse=True):
        call = f"__import__({MODULE!r}).told({', '.join(map(repr, names))})"
        lines.insert(line - 1, f"{' ' * column}{call}\n")
    return "".join(lines)


def _statement(tree: ast.Module, line: int, lines: Sequence[str]) -> tuple[int, int]:
    """Line and column of the innermost statement on a line before which another can stand."""
    found = [node for node in _statements(tree) if _first(node) <= line <= (node.end_lineno or 0)]
    before = [node for node in found if not lines[_first(node) - 1].lstrip().startswith("elif")]
    innermost = max(before, key=lambda node: (_first(node), node.col_offset))
    return _first(innermost), innermost.col_offset


def _statements(tree: ast.Module) -> Iterator[ast.stmt]:
    for node in ast.walk(tree):
        for name in BODIES:
            children = getattr(node, name, None)
            # Of an expression, a body is another one.
            yield from children if isinstance(children, list) else ()


def _first(node: ast.stmt) -> int:
    """Where a statement begins, with its decorators."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min((node.lineno, *(each.lineno for each in decorators)))
