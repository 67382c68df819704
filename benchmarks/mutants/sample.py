"""A sample of mutants, the same for the same seed and the same Keras: areas and operators in turn."""

from __future__ import annotations

import ast
import difflib
import hashlib
import random
from collections import defaultdict
from dataclasses import asdict, dataclass
from fnmatch import fnmatch
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from benchmarks.mutants.operators import Mutation, mutations

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AREAS: dict[str, tuple[tuple[str, ...], bool, int]] = {
    "saving": (("src/saving/*.py",), True, 3),
    "legacy saving": (("src/legacy/saving/*.py",), True, 2),
    "layers": (("src/layers/*.py", "src/ops/operation.py"), False, 3),
    "optimizers": (("src/optimizers/*.py",), False, 2),
    "losses": (("src/losses/*.py",), False, 1),
    "metrics": (("src/metrics/*.py",), False, 1),
    "initializers and the like": (
        ("src/initializers/*.py", "src/regularizers/*.py", "src/constraints/*.py", "src/dtype_policies/*.py"),
        False,
        1,
    ),
    "models": (("src/models/*.py",), False, 2),
    "compile": (("src/trainers/trainer.py", "src/trainers/compile_utils.py"), False, 2),
}
"""Files, whether every function counts, and how many mutants are drawn of it in each turn."""

LEFT_OUT = (
    "*_test.py",
    "*/test_*.py",
    "*/__init__.py",
    "*orbax*",
    "*file_editor*",
    "*jax_layer*",
    "*torch*",
    "*flax*",
    "*tfsm_layer*",
    "*/losses/losses.py:get",
)


@dataclass(frozen=True)
class Mutant(Mutation):
    """One fault in one file of Keras."""

    id: str
    file: str
    """Below the ``keras`` package."""
    area: str
    diff: str

    def to_json(self) -> dict[str, Any]:
        """As a line of the results has it."""
        return {name: value for name, value in asdict(self).items() if name not in {"start", "end", "text"}}


def sample(keras: Path, count: int, seed: int) -> list[Mutant]:
    """So many mutants of the Keras in a folder, areas in turn, and in each area the operators in turn."""
    queues = {area: _queue(keras, area, seed) for area in AREAS}
    found: list[Mutant] = []
    while any(queues.values()):
        for area, (_, _, weight) in AREAS.items():
            found.extend(islice(_sound(queues[area], keras), weight))
        if len(found) >= count:
            break
    return found[:count]


def _sound(queue: list[Mutant], keras: Path) -> Iterator[Mutant]:
    """Those of a queue that are Python."""
    while queue:
        mutant = queue.pop()
        try:
            ast.parse(mutant.applied((keras / mutant.file).read_text(encoding="utf-8")))
        except SyntaxError:
            continue
        yield mutant


def _queue(keras: Path, area: str, seed: int) -> list[Mutant]:
    """All mutants of an area; the last is the first to draw."""
    dice = random.Random(f"{seed}/{area}")  # noqa: S311
    by_operator: dict[str, list[Mutant]] = defaultdict(list)
    for mutant in every(keras, area):
        by_operator[mutant.operator].append(mutant)
    for several in by_operator.values():
        dice.shuffle(several)
    ordered: list[Mutant] = []
    while by_operator:
        for operator in sorted(by_operator):
            ordered.append(by_operator[operator].pop())
            if not by_operator[operator]:
                del by_operator[operator]
    return ordered[::-1]


def every(keras: Path, area: str) -> Iterator[Mutant]:
    """All mutants of an area, those that are no Python among them."""
    patterns, everywhere, _ = AREAS[area]
    for path in sorted(keras.rglob("*.py")):
        name = path.relative_to(keras).as_posix()
        if any(fnmatch(name, pattern) for pattern in patterns) and not any(fnmatch(name, out) for out in LEFT_OUT):
            source = path.read_text(encoding="utf-8")
            for each in mutations(source, everywhere=everywhere):
                yield _mutant(name, area, source, each)


def _mutant(name: str, area: str, source: str, each: Mutation) -> Mutant:
    lines = (source.splitlines(), each.applied(source).splitlines())
    diff = "\n".join(list(difflib.unified_diff(*lines, name, name, lineterm="", n=2))[2:])
    identity = hashlib.sha256(f"{name}\n{each.start}\n{each.end}\n{each.text}".encode()).hexdigest()[:8]
    return Mutant(**asdict(each), id=identity, file=name, area=area, diff=diff)


@cache
def descendants(keras: Path) -> dict[str, frozenset[str]]:
    """Every class of Keras with those that inherit from it, itself included."""
    children: dict[str, set[str]] = defaultdict(set)
    names: set[str] = set()
    for path in keras.rglob("*.py"):
        if path.name.endswith("_test.py"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                names.add(node.name)
                for base in node.bases:
                    children[getattr(base, "id", getattr(base, "attr", ""))].add(node.name)
    return {name: frozenset(_below(name, children, set())) for name in names}


def _below(name: str, children: dict[str, set[str]], seen: set[str]) -> set[str]:
    if name not in seen:
        seen.add(name)
        for child in children.get(name, ()):
            _below(child, children, seen)
    return seen
