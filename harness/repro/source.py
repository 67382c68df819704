"""Values of a spec as a person would write them in Python."""

from __future__ import annotations

import re
from keyword import iskeyword
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.models.catalogue.entry import Json

WIDTH = 100


def expression(value: Json) -> str:
    """Python source of a JSON value (see :mod:`harness.models.spec` for the tags)."""
    if isinstance(value, list):
        return f"[{', '.join(map(expression, value))}]"
    if not isinstance(value, dict):
        return string(value) if isinstance(value, str) else repr(value)
    for tag, written in TAGS.items():
        if tag in value:
            return written(value)
    return f"{{{', '.join(f'{string(key)}: {expression(item)}' for key, item in value.items())}}}"


def _tuple(items: list[Json]) -> str:
    inner = ", ".join(map(expression, items))
    return f"({inner},)" if len(items) == 1 else f"({inner})"


TAGS: dict[str, Callable[[dict[str, Json]], str]] = {
    "$tuple": lambda value: _tuple(value["$tuple"]),
    "$fn": lambda value: name_of(value["$fn"]),
    "$loop": lambda value: f"column({value['$loop']})",
    "$default": lambda value: f"lambda inputs, factor={value['$default']}: inputs * factor",
    "$tensor": lambda value: f'tf.constant({expression(value["$tensor"])}, dtype="float32")',
    "$array": lambda value: f'np.array({expression(value["$array"])}, dtype="float32")',
    "$": lambda value: f"{name_of(value['$'])}({arguments(value.get('args', {}))})",
}
"""How values are written that JSON has no words for, by their tag."""


def string(text: str) -> str:
    """A string in double quotes."""
    return '"' + repr(text)[1:-1].replace('"', '\\"') + '"'


def name_of(path: str) -> str:
    """What a class or a function is called in a script."""
    return path.removeprefix("custom.") if path.startswith(("custom.", "tf.")) else f"keras.{path}"


def arguments(args: dict[str, Json]) -> str:
    """Keyword arguments of a call."""
    return ", ".join(f"{name}={expression(value)}" for name, value in args.items())


def identifier(name: str) -> str:
    """A name as the name of a variable or an attribute."""
    found = re.sub(r"\W", "_", name)
    found = f"{found}_" if iskeyword(found) else found
    return found if not found[:1].isdigit() else f"_{found}"


def call(function: str, parts: list[str], indent: int = 0) -> list[str]:
    """A call, over several lines where it is too long for one."""
    short = f"{' ' * indent}{function}({', '.join(parts)})"
    if len(short) <= WIDTH:
        return [short]
    pad = " " * (indent + 4)
    return [f"{' ' * indent}{function}(", *(f"{pad}{part}," for part in parts), f"{' ' * indent})"]


def indented(lines: list[str], by: int = 4) -> list[str]:
    """Lines further to the right; empty ones stay empty."""
    return [f"{' ' * by}{line}" if line else line for line in lines]
