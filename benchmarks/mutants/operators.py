"""Single faults that matter for serialisation, found with ``ast`` and made in the text: the rest of a file stays."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SERIAL = re.compile(
    r"^_{0,2}(get|build_from|compile_from|from|get_build|get_compile)_?config$|get_compile_config|build_from_config"
    r"|serial|^_{0,2}(save|load|write|read|restore|store|set_weights|get_weights|get_state|set_state)"
    r"|_own_variables|state_tree|^clone|variables$|^make$|^get$"
)
"""Functions that take part in saving and loading, outside of the modules that do nothing else."""

FOREIGN = re.compile(r"quanti[sz]|lora|gptq|awq|torch|jax|openvino|_test$|^_?update_|_to_hf|zip_bomb|extract_bomb")
"""Functions of what the harness does not try: quantisation, other backends, uploads; and what refuses files of attackers."""

QUIET = re.compile(r"^(warnings|logging|io_utils|file_utils\.validate)\.|^(print|warn)\b|print_msg|_check_|docstring")
"""Calls whose loss cannot show in what is saved."""


@dataclass(frozen=True)
class Mutation:
    """One fault: the text from ``start`` to ``end`` becomes ``text``."""

    operator: str
    line: int
    function: str
    """Dotted name of the function that it is in."""
    start: int
    end: int
    text: str

    def applied(self, source: str) -> str:
        """The source with the fault."""
        return source[: self.start] + self.text + source[self.end :]


def mutations(source: str, *, everywhere: bool) -> list[Mutation]:
    """All single faults of a module; ``everywhere``, or in functions whose names say that they save or load."""
    found: dict[tuple[int, int, str], Mutation] = {}
    text = _Text(source)
    for name, function in _functions(ast.parse(source)):
        short = name.rpartition(".")[2]
        if FOREIGN.search(short) or not (everywhere or SERIAL.search(short)):
            continue
        for operator, start, end, replacement, line in _faults(function, text):
            made = Mutation(operator, line, name, start, end, replacement)
            found.setdefault((start, end, replacement), made)
    return list(found.values())


class _Text:
    """Offsets of nodes in the text; ``ast`` counts bytes of UTF-8."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.lines = source.splitlines(keepends=True)
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line))

    def at(self, line: int, column: int) -> int:
        return self.starts[line - 1] + len(self.lines[line - 1].encode()[:column].decode())

    def start(self, node: ast.expr | ast.stmt | ast.keyword) -> int:
        return self.at(node.lineno, node.col_offset)

    def end(self, node: ast.expr | ast.stmt | ast.keyword) -> int:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self.at(node.end_lineno, node.end_col_offset)

    def of(self, node: ast.expr | ast.stmt) -> str:
        return self.source[self.start(node) : self.end(node)]


Fault = tuple[str, int, int, str, int]
"""Operator, start, end, new text, line."""


def _functions(tree: ast.AST, prefix: str = "") -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef):
            yield f"{prefix}{node.name}", node
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node, f"{prefix}{node.name}.")


def _faults(function: ast.FunctionDef, text: _Text) -> Iterator[Fault]:
    for node in _walk(function):
        for kind, makers in MAKERS.items():
            if isinstance(node, kind):
                for make in makers:
                    yield from make(node, text)


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those of messages: what an error says is not what is saved."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, (ast.Raise, ast.JoinedStr)):
            yield from _walk(child)


def _drop_key(node: ast.Dict, text: _Text) -> Iterator[Fault]:
    """A key of a dictionary is forgotten."""
    if not _is_config(node):
        return
    for index, key in enumerate(node.keys):
        if key is None:
            continue
        # With the comma before it, or with the one after it: one of them is there, if there is another key.
        start = text.end(node.values[index - 1]) if index else text.start(key)
        following = node.keys[1] if index == 0 and len(node.keys) > 1 else None
        end = text.end(node.values[index]) if following is None else text.start(following)
        yield "drop-key", start, end, "", key.lineno


def _swap_values(node: ast.Dict, text: _Text) -> Iterator[Fault]:
    """Two keys have each other's values."""
    if not _is_config(node):
        return
    for left, right in zip(node.values, node.values[1:], strict=False):
        between = text.source[text.end(left) : text.start(right)]
        swapped = text.of(right) + between + text.of(left)
        if "**" not in between and text.of(left) != text.of(right):
            yield "swap-values", text.start(left), text.end(right), swapped, left.lineno


def _is_config(node: ast.Dict) -> bool:
    return bool(node.keys) and all(
        key is None or (isinstance(key, ast.Constant) and isinstance(key.value, str)) for key in node.keys
    )


OTHERS = {"True": "False", "False": "True", "None": "0"}


def _change_default(node: ast.Call, text: _Text) -> Iterator[Fault]:
    """What stands for a key that is missing is another value."""
    if not isinstance(node.func, ast.Attribute) or node.func.attr not in {"get", "pop", "setdefault"}:
        return
    if len(node.args) == len(("key", "default")) and isinstance(node.args[1], ast.Constant):
        default = node.args[1]
        written = text.of(default)
        other = OTHERS.get(written) or (f"{written} + 1" if written.isdigit() else None)
        if other is not None:
            yield "change-default", text.start(default), text.end(default), other, node.lineno


def _drop_custom_objects(node: ast.Call, text: _Text) -> Iterator[Fault]:
    """Custom objects are not handed on."""
    for keyword in node.keywords:
        if keyword.arg == "custom_objects" and text.of(keyword.value) != "None":
            yield "drop-custom-objects", text.start(keyword.value), text.end(keyword.value), "None", node.lineno


def _wrong_dtype(node: ast.Call, text: _Text) -> Iterator[Fault]:
    """An array is written or read with half of its precision."""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name in {"convert_to_numpy", "numpy"} or (name in {"array", "asarray"} and len(node.args) == 1):
        yield "wrong-dtype", text.end(node), text.end(node), '.astype("float16")', node.lineno


def _truncate_zip(node: ast.Call, text: _Text) -> Iterator[Fault]:
    """The last of a list is left out."""
    if isinstance(node.func, ast.Name) and node.func.id == "zip" and node.args:
        first = node.args[0]
        yield "truncate", text.start(first), text.end(first), f"list({text.of(first)})[:-1]", node.lineno


def _loops(node: ast.For, text: _Text) -> Iterator[Fault]:
    """A loop skips the first, leaves out the last, or goes backwards."""
    start, end, whole = text.start(node.iter), text.end(node.iter), text.of(node.iter)
    yield "skip-first", start, end, f"list({whole})[1:]", node.lineno
    yield "truncate", start, end, f"list({whole})[:-1]", node.lineno
    yield "reverse", start, end, _reversed(node.iter, whole, text), node.lineno


def _reversed(node: ast.expr, whole: str, text: _Text) -> str:
    """Backwards, but numbered forwards: the names stay where they are, and what they stand for moves."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "enumerate" and node.args:
        return f"enumerate(list({text.of(node.args[0])})[::-1])"
    return f"list({whole})[::-1]"


def _comprehension(node: ast.ListComp, text: _Text) -> Iterator[Fault]:
    """A list is made backwards, or without its last element."""
    first = node.generators[0].iter
    for operator, cut in (("truncate", "[:-1]"), ("reverse", "[::-1]")):
        yield operator, text.start(first), text.end(first), f"list({text.of(first)}){cut}", node.lineno


def _negate(node: ast.If, text: _Text) -> Iterator[Fault]:
    """A condition is turned around; one that guards nothing but an error is left alone."""
    if all(isinstance(each, ast.Raise) for each in node.body) and not node.orelse:
        return
    yield "negate", text.start(node.test), text.end(node.test), f"not ({text.of(node.test)})", node.lineno


def _off_by_one(node: ast.Subscript, text: _Text) -> Iterator[Fault]:
    """An index is one too high."""
    index = node.slice
    if isinstance(index, ast.Constant) and isinstance(index.value, int) and not isinstance(index.value, bool):
        yield "off-by-one", text.start(index), text.end(index), str(index.value + 1), node.lineno


def _drop_statement(node: ast.Expr | ast.Assign, text: _Text) -> Iterator[Fault]:
    """A call that does something, or an assignment to an attribute or an item, is forgotten."""
    does = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    sets = isinstance(node, ast.Assign) and isinstance(node.targets[0], (ast.Attribute, ast.Subscript))
    if (does or sets) and not QUIET.search(text.of(node)):
        yield "drop-statement", text.start(node), text.end(node), "pass", node.lineno


MAKERS: dict[type, tuple[Callable[..., Iterator[Fault]], ...]] = {
    ast.Dict: (_drop_key, _swap_values),
    ast.Call: (_change_default, _drop_custom_objects, _wrong_dtype, _truncate_zip),
    ast.For: (_loops,),
    ast.ListComp: (_comprehension,),
    ast.If: (_negate,),
    ast.Subscript: (_off_by_one,),
    ast.Expr: (_drop_statement,),
    ast.Assign: (_drop_statement,),
}
