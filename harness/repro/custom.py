"""Definitions of the custom classes and functions that a script needs, out of the harness's own source."""

from __future__ import annotations

import ast
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import harness.subject
from harness.models.features import paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.models.spec import ModelSpec

SOURCE = Path(harness.subject.__file__).with_name("custom.py")
PACKAGE = "example"
LAMBDAS = "column"
"""The function that makes lambdas in one loop; it is itself made by another."""


def needed(spec: ModelSpec) -> list[str]:
    """Names of the custom classes and functions that a spec mentions."""
    plain = spec.to_json()
    names = {path.removeprefix("custom.") for path in paths(plain) if path.startswith("custom.")}
    names |= {cls.removeprefix("custom.") for cls in _classes(plain) if cls.startswith("custom.")}
    return sorted(names | ({LAMBDAS} if '"$loop"' in json.dumps(plain) else set()))


def _classes(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("cls"), str):
            yield value["cls"]
        for item in value.values():
            yield from _classes(item)
    elif isinstance(value, list):
        for item in value:
            yield from _classes(item)


def definitions(names: Iterable[str], *, keras3: bool) -> list[str]:
    """Source of these definitions and of what they are made of, in the order of the file."""
    known = _definitions()
    wanted: set[str] = set()
    pending = list(names)
    while pending:
        name = pending.pop()
        if name in known and name not in wanted:
            wanted.add(name)
            pending += [node.id for node in ast.walk(known[name]) if isinstance(node, ast.Name)]
    lines: list[str] = []
    for name, node in known.items():
        if name in wanted:
            lines += ["", "", *_written(node, keras3=keras3)]
    return lines


@cache
def _definitions() -> dict[str, ast.stmt]:
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"))
    found: dict[str, ast.stmt] = {}
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_registrar"):
            found[node.name] = node
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == LAMBDAS:
            found[LAMBDAS] = node
    return found


def _written(node: ast.stmt, *, keras3: bool) -> list[str]:
    copy = ast.parse(ast.unparse(node)).body[0]
    return ast.unparse(ast.fix_missing_locations(_Plain(keras3=keras3).visit(copy))).splitlines()


def registration(*, keras3: bool) -> str:
    """The decorator that registers a class, by version."""
    return f'keras.{"saving" if keras3 else "utils"}.register_keras_serializable("{PACKAGE}")'


class _Plain(ast.NodeTransformer):
    """Without annotations, and without what asks which version it runs on."""

    def __init__(self, *, keras3: bool) -> None:
        self.keras3 = keras3

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        assert node.value is not None
        return ast.copy_location(ast.Assign([node.target], self.visit(node.value)), node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id != "registered":
            return node
        return ast.parse(registration(keras3=self.keras3), mode="eval").body

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if ast.unparse(node) == "env.is_keras_3()":
            return ast.Constant(self.keras3)
        return self.generic_visit(node)
