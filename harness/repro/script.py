"""A standalone script of Keras calls that shows a finding: exits with 1 if it does, with 0 if it does not."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.models import traits
from harness.models.catalogue.entry import is_quantized
from harness.repro import checks
from harness.repro.building import Builder
from harness.repro.calls import FUNCTIONS, NotWritableError, loading, saving
from harness.repro.custom import definitions, needed
from harness.repro.data import inputs, labels
from harness.repro.forms import arranged
from harness.repro.source import call, expression, indented

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.campaign.probe import Clue
    from harness.models.spec import Compile, Model, ModelSpec

SHOWN = "shown: "
"""How the last line begins of what a script prints, if it shows the finding."""
NOT_SHOWN = "not shown: "

ERROR = re.compile(r"(?:undocumented error: )?(save|load|look) raises (\w+)")
LOOKING = re.compile(r"(\w+) raises (\w+)")
PLAIN_PREFIX = ("Plain", "plain_")


@dataclass(frozen=True)
class Subject:
    """What a script is about."""

    spec: ModelSpec
    clue: Clue
    before: tuple[str, ...] = ()
    suffixes: Mapping[str, str] | None = None
    """File name extensions, by saver."""
    keras3: bool = True
    versions: str = ""
    title: str = ""


def script(subject: Subject) -> str:
    """The script.

    Raises:
        NotWritableError: of a route, or of a problem, that there are no lines for.
    """
    builder = Builder(subject.spec, keras3=subject.keras3)
    builder.write(subject.spec.model, "model")
    body = _body(subject)
    parts = [
        _head(subject, [*body, *builder.written.classes, *builder.written.lines, *inputs(subject.spec)]),
        [*definitions(needed(subject.spec), keras3=subject.keras3), *builder.written.classes],
        ["", "", *data_of(subject, builder)],
        ["", "", *maker(subject, builder.written.lines)],
        [line for function in _functions(subject) for line in ("", "", *function.splitlines())],
        ["", "", *body],
    ]
    return "\n".join(line.rstrip() for part in parts for line in part) + "\n"


def _head(subject: Subject, body: list[str]) -> list[str]:
    clue = subject.clue
    route = f"{clue.saver} -> {clue.loader}" if clue.loader else clue.saver
    text = "\n".join([*body, *definitions(needed(subject.spec), keras3=subject.keras3)])
    modules = modules_of([text])
    stored = ["import zipfile", "", "import h5py"] if "stored(" in text else [""]
    keras = ["import keras"] if subject.keras3 else ["from tensorflow import keras"]
    tensorflow = ["import tensorflow as tf"] if "tf." in text else []
    return [
        f'"""{subject.title or clue.difference}',
        "",
        f"Route: {route}. {subject.versions}".rstrip(),
        "Exits with 1 if it shows, with 0 if it does not.",
        '"""',
        "",
        *(f"import {name}" for name in modules),
        "import os",
        "import sys",
        "import tempfile",
        *stored,
        "import numpy as np",
        *tensorflow,
        *keras,
    ]


def modules_of(lines: list[str]) -> list[str]:
    """Modules of the standard library that lines take, beside those of every script."""
    text = "\n".join(lines)
    return sorted(name for name in ("copy", "inspect", "pickle") if f"{name}." in text)


def data_of(subject: Subject, builder: Builder) -> list[str]:
    """Lines that make inputs, labels and ``custom_objects``."""
    lines = ["rng = np.random.RandomState(0)", *inputs(subject.spec), *labels(subject.spec)]
    unregistered = [name for name in needed(subject.spec) if name.startswith(PLAIN_PREFIX)]
    names = [*unregistered, *builder.written.unregistered]
    objects = ", ".join(f'"{name}": {name}' for name in names)
    return [*lines, f"custom_objects = {{{objects}}}"]


def maker(subject: Subject, building: list[str]) -> list[str]:
    """The function that makes the model."""
    spec = subject.spec
    lines = list(building)
    if spec.model.built == "call":
        lines.append("model(x)")
    elif spec.model.built == "input" and spec.model.kind == "subclassed":
        symbolic = [Builder(spec, keras3=subject.keras3).input_(spec.model, n) for n in range(len(spec.model.inputs))]
        lines.append(f"model({arranged(symbolic, spec.model.takes)})")
    if spec.model.built != "never":
        lines += [
            "values = np.random.RandomState(seed)",
            "for weight in model.weights:",
            '    if "float" in str(weight.dtype):',
            "        weight.assign(values.uniform(0.1, 0.9, size=weight.shape))",
            *_quantized(spec.model),
        ]
    if spec.compile is not None:
        lines += _compiled(spec.compile)
    return [
        "def make_model(seed):",
        '    """The model, with weights of its own."""',
        *indented([*lines, "return model"]),
    ]


def _quantized(model: Model) -> list[str]:
    if not any(is_quantized(layer.args) for layer in traits.every_layer(model)):
        return []
    return [
        '    elif "int8" in str(weight.dtype):',
        '        weight.assign(values.randint(-3, 4, size=weight.shape).astype("int8"))',
    ]


def _compiled(settings: Compile) -> list[str]:
    names = ("optimizer", "loss", "loss_weights", "metrics", "weighted_metrics")
    given = [(name, getattr(settings, name)) for name in names if getattr(settings, name) is not None]
    parts = [f"{name}={expression(value)}" for name, value in (*given, *settings.options.items())]
    return call("model.compile", parts)


def is_error(clue: Clue) -> bool:
    """Whether it is an exception of the save or the load, or the want of one."""
    return clue.facet == "error"


def _functions(subject: Subject) -> list[str]:
    clue = subject.clue
    if is_error(clue) or clue.difference.startswith("returns "):
        return []
    if clue.facet == "layout":
        if " lack " not in clue.difference:
            msg = f"no script can be written for {clue.difference!r}"
            raise NotWritableError(msg)
        return [STORED]
    looked = clue
    raised = LOOKING.match(clue.difference)
    if raised:
        looked = looked_at(clue, raised.group(1))
    return checks.look(looked).functions


def looked_at(clue: Clue, facet: str) -> Clue:
    """What is looked at where looking raises."""
    return replace(clue, facet="compile" if facet == "evaluate" else facet, difference=f"{facet} value")


STORED = '''def stored(path):
    """The bytes of every array in the file."""
    if zipfile.is_zipfile(path):
        path = zipfile.ZipFile(path).open("model.weights.h5")
    elif os.path.isdir(path):
        path = os.path.join(path, "model.weights.h5")
    found = []
    with h5py.File(path, "r") as file:
        file.visititems(lambda _, item: found.append(item[()].tobytes()) if isinstance(item, h5py.Dataset) else None)
    return found'''


def _body(subject: Subject) -> list[str]:
    clue = subject.clue
    lines = ["model = make_model(seed=0)"]
    if subject.spec.steps:
        lines += [f"for _ in range({subject.spec.steps}):", "    model.train_on_batch(x, y)"]
    for place, saver in enumerate(subject.before):
        lines += ["", f"# {saver} has been called before.", *_path(subject, saver, f"before{place}")]
        lines += ["try:", *indented(saving(saver).lines), "except Exception as error:", '    print("before:", error)']
    lines += ["", *_path(subject, clue.saver, "model")]
    save = saving(clue.saver).lines
    load = loading(clue.loader, clue.saver).lines if clue.loader else []
    if is_error(clue):
        return [*lines, *of_error(clue, save, load)]
    if clue.facet == "purity":
        return [*lines, "before = look(model)", *save, "after = look(model)", *verdict("not same(before, after)")]
    if clue.facet == "layout":
        lacking = "lacking = [weight.name for weight in model.weights if np.array(weight).tobytes() not in held]"
        return [*lines, *save, "held = stored(path)", lacking, *outcome("lacking", "lacking")]
    lines += [*save, *load]
    alone = of_loaded(clue)
    if alone:
        return [*lines, *alone]
    return [*lines, "", f"before = look({original_of(clue)})", *_after(clue), *verdict(condition_of(clue))]


def of_loaded(clue: Clue) -> list[str]:
    """Lines that tell by what was loaded alone whether it shows; none if it takes the original, too."""
    if clue.difference.startswith("returns "):
        name = clue.difference.removeprefix("returns ")
        return outcome(f'type(loaded).__name__ == "{name}"', "type(loaded)")
    raised = LOOKING.match(clue.difference)
    return raising(["look(loaded)"], raised.group(2)) if raised else []


def original_of(clue: Clue) -> str:
    """What is compared with what was loaded: the model, or what it predicts if a function was loaded."""
    return "lambda: model(x, training=False)" if clue.loader in FUNCTIONS else "model"


def condition_of(clue: Clue) -> str:
    """When it shows, in terms of ``before`` and ``after``."""
    return "same(before, after)" if "though its loss" in clue.difference else "not same(before, after)"


def _after(clue: Clue) -> list[str]:
    return ["after = look(loaded)"] if clue.loader else ["after = look(model)"]


def _path(subject: Subject, saver: str, name: str) -> list[str]:
    suffix = (subject.suffixes or {}).get(saver, "")
    return [f'path = os.path.join(tempfile.mkdtemp(), "{name}{suffix}")']


def verdict(condition: str) -> list[str]:
    """Lines that tell by ``before`` and ``after`` whether it shows."""
    return ["", *outcome(condition, 'before, "->", after')]


def outcome(condition: str, values: str) -> list[str]:
    """Lines that tell whether it shows, and print values."""
    return [
        f"if {condition}:",
        f'    print("{SHOWN.strip()}", {values})',
        "    sys.exit(1)",
        f'print("{NOT_SHOWN.strip()}", {values})',
    ]


def of_error(clue: Clue, save: list[str], load: list[str]) -> list[str]:
    """Lines that tell whether an error is raised.

    Raises:
        NotWritableError: the finding does not say which.
    """
    found = ERROR.match(clue.difference)
    if found is None and clue.difference.startswith("no "):
        return _not_raising(clue, save, load)
    if found is None:
        msg = f"no script can be written for {clue.difference!r}"
        raise NotWritableError(msg)
    if found.group(1) == "save":
        return raising(save, found.group(2))
    return [*save, *raising(load, found.group(2))]


def raising(lines: list[str], error: str) -> list[str]:
    """Lines that tell whether others raise an error of a type."""
    return [
        "try:",
        *indented(lines),
        "except Exception as error:",
        f'    shown = type(error).__name__ == "{error}"',
        f'    print("{SHOWN.strip()}" if shown else "{NOT_SHOWN.strip()}", f"{{type(error).__name__}}: {{error}}")',
        "    sys.exit(int(shown))",
        f'print("{NOT_SHOWN.strip()} nothing was raised")',
    ]


def _not_raising(clue: Clue, save: list[str], load: list[str]) -> list[str]:
    before, tried = (save, load) if clue.loader else ([], save)
    return [
        *before,
        "try:",
        *indented(tried),
        "except Exception as error:",
        f'    print("{NOT_SHOWN.strip()}", f"{{type(error).__name__}}: {{error}}")',
        "    sys.exit(0)",
        f'print("{SHOWN.strip()} {clue.difference}")',
        "sys.exit(1)",
    ]
