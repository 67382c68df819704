"""A standalone script of a finding that takes two versions: ``save DIR`` with the one, ``load DIR`` with the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.repro import checks
from harness.repro.building import Builder
from harness.repro.calls import NotWritableError, loading, saving
from harness.repro.checks import Look
from harness.repro.custom import definitions, needed
from harness.repro.script import (
    LOOKING,
    Subject,
    condition_of,
    data_of,
    is_error,
    looked_at,
    maker,
    modules_of,
    of_error,
    of_loaded,
    original_of,
    verdict,
)
from harness.repro.source import indented

if TYPE_CHECKING:
    from harness.campaign.probe import Clue

ARGUMENTS = """if len(sys.argv) != 3 or sys.argv[1] not in ("save", "load"):
    sys.exit("usage: save DIR with the version that writes, then load DIR with the one that reads")
saving, folder = sys.argv[1] == "save", sys.argv[2]"""

NOTES = '''def noted(value):
    """A value as JSON can hold it."""
    if isinstance(value, (list, tuple)):
        return [noted(item) for item in value]
    if isinstance(value, (np.ndarray, np.generic)):
        return {"array": np.array(value).tolist()}
    return value


def recalled(text):
    """The value of a text of JSON: both sides are compared as they are after that."""
    def again(value):
        if isinstance(value, list):
            return [again(item) for item in value]
        return np.array(value["array"]) if isinstance(value, dict) else value
    return again(json.loads(text))


def text_of(value):
    """A value as text."""
    return json.dumps(noted(value), default=str)'''

ORDERED = '''def ordered(variables):
    """Arrays in an order that is the same in every version; counters and rates are none of them."""
    arrays = [np.array(variable) for variable in variables]
    return sorted((array for array in arrays if array.ndim), key=lambda array: (array.shape, array.tobytes()))'''

WEIGHTS = Look(('"""All weights."""', "return ordered(model.weights)"), (ORDERED,))
SLOTS = Look(
    ('"""The state of the optimizer."""', "return ordered(variables_of(model.optimizer))"), (checks.VARIABLES, ORDERED)
)
LOSS = Look(('"""The loss."""', "return flat(model.test_on_batch(x, y))[:1]"), (checks.FLAT,), checks.CLOSE)

ALIKE = frozenset({"weights", "predictions"})
"""Facets that a script sees in the same form in Keras 2 and Keras 3."""


def script_across(written: Subject, read: Subject) -> str:
    """The script, of the same finding as the one who writes and the one who reads would have it.

    Raises:
        NotWritableError: of a route, or of a problem, that there are no lines for.
    """
    sides = (written, read)
    builders = [Builder(each.spec, keras3=each.keras3) for each in sides]
    for builder, each in zip(builders, sides, strict=True):
        builder.write(each.spec.model, "model")
    classes = [
        [*definitions(needed(each.spec), keras3=each.keras3), *builder.written.classes]
        for each, builder in zip(sides, builders, strict=True)
    ]
    data = [data_of(each, builder) for each, builder in zip(sides, builders, strict=True)]
    makers = [maker(each, builder.written.lines) for each, builder in zip(sides, builders, strict=True)]
    body = _body(read, near=written.keras3 == read.keras3)
    functions = [line for function in _functions(read, near=written.keras3 == read.keras3) for line in _apart(function)]
    parts = [
        _head(written, read, [*body, *classes[0], *classes[1], *data[0], *data[1], *makers[0], *makers[1]]),
        _either(*classes),
        ["", "", *_either(*data)],
        ["", "", *_either(*makers)],
        functions,
        ["", "", *body],
    ]
    return "\n".join(line.rstrip() for part in parts for line in part) + "\n"


def _apart(function: str) -> list[str]:
    return ["", "", *function.splitlines()]


def _either(written: list[str], read: list[str]) -> list[str]:
    """Lines for both, or for each side its own."""
    if written == read:
        return written
    return ["if saving:", *indented(_trimmed(written)), "else:", *indented(_trimmed(read))]


def _trimmed(lines: list[str]) -> list[str]:
    """Without empty lines at the beginning; a side without any does nothing."""
    first = next((number for number, line in enumerate(lines) if line), len(lines))
    return lines[first:] or ["pass"]


def _head(written: Subject, read: Subject, text: list[str]) -> list[str]:
    clue = read.clue
    keras = [["import keras"] if each.keras3 else ["from tensorflow import keras"] for each in (written, read)]
    return [
        f'"""{read.title or clue.difference}',
        "",
        f"Route: {clue.saver} -> {clue.loader}. Written with {written.versions}, read with {read.versions}.",
        "`save DIR` writes, `load DIR` reads; that exits with 1 if it shows, with 0 if it does not.",
        '"""',
        "",
        *(f"import {name}" for name in sorted({*modules_of(text), "json", "os", "sys"})),
        "",
        "import numpy as np",
        *(["import tensorflow as tf"] if "tf." in "\n".join(text) else []),
        *(keras[0] if keras[0] == keras[1] else []),
        "",
        *ARGUMENTS.splitlines(),
        *(_either(*keras) if keras[0] != keras[1] else []),
    ]


def _body(read: Subject, *, near: bool) -> list[str]:
    clue = read.clue
    suffix = (read.suffixes or {}).get(clue.saver, "")
    return [
        f'path = os.path.join(folder, "model{suffix}")',
        "if saving:",
        *indented(_saving(read, near=near)),
        "",
        *_loading(clue),
    ]


def _saving(subject: Subject, *, near: bool) -> list[str]:
    clue = subject.clue
    lines = ["model = make_model(seed=0)"]
    if subject.spec.steps:
        lines += [f"for _ in range({subject.spec.steps}):", "    model.train_on_batch(x, y)"]
    lines += saving(clue.saver).lines
    if clue.saver in {"Model.to_json", "Model.to_yaml"}:
        lines += ['with open(path, "w") as file:', "    file.write(text)"]
    if _look(clue, near=near) is not None and not LOOKING.match(clue.difference):
        lines += [
            f"before = look({original_of(clue)})",
            f'with open({NOTE}, "w") as file:',
            "    file.write(text_of(before))",
        ]
    return [*lines, "sys.exit(0)"]


NOTE = 'os.path.join(folder, "before.json")'


def _loading(clue: Clue) -> list[str]:
    # What was written as text is read as text: there is no variable of another process.
    load = loading(clue.loader, "").lines
    if is_error(clue):
        return of_error(clue, [], load)
    alone = of_loaded(clue)
    if alone:
        return [*load, *alone]
    return [
        f"with open({NOTE}) as file:",
        "    before = recalled(file.read())",
        *load,
        "after = recalled(text_of(look(loaded)))",
        *verdict(condition_of(clue)),
    ]


def _functions(subject: Subject, *, near: bool) -> list[str]:
    look = _look(subject.clue, near=near)
    if look is None:
        return []
    return [*look.functions, *([] if LOOKING.match(subject.clue.difference) else [NOTES])]


def _look(clue: Clue, *, near: bool) -> Look | None:
    """How to look at what a finding is about, in a form that both versions have.

    Raises:
        NotWritableError: there is none.
    """
    if is_error(clue) or clue.difference.startswith("returns "):
        return None
    raised = LOOKING.match(clue.difference)
    looked = looked_at(clue, raised.group(1)) if raised else clue
    found = checks.look(looked)
    if looked.facet == "weights":
        return WEIGHTS
    if looked.facet == "optimizer" and checks.VARIABLES in found.helpers:
        return SLOTS
    if looked.difference.startswith("evaluate"):
        return LOSS
    if near or looked.facet in ALIKE or _is_presence(looked):
        return found
    msg = f"no script can compare {clue.difference!r} of one major version of Keras with that of another"
    raise NotWritableError(msg)


def _is_presence(clue: Clue) -> bool:
    whole = clue.difference == clue.facet or clue.difference.endswith("though its loss is documented")
    return whole and clue.facet in {"compile", "optimizer"}
