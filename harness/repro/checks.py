"""How a script looks at the one facet of a finding: functions of a model, compared before and after."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.repro.source import string

if TYPE_CHECKING:
    from harness.campaign.probe import Clue

SAME = '''def same(before, after):
    """Whether two values are equal, arrays and what holds them included."""
    if isinstance(before, (list, tuple)):
        is_list = isinstance(after, (list, tuple))
        return is_list and len(before) == len(after) and all(map(same, before, after))
    if isinstance(before, np.ndarray):
        return before.shape == np.shape(after) and bool(np.{compare})
    return before == after'''
EXACT, CLOSE = "all(before == after)", "allclose(before, after, rtol=1e-3, atol=1e-5)"

PLAIN = '''def plain(value):
    """What can be compared of an option: objects by class and configuration, functions by name."""
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return [[key, plain(value[key])] for key in sorted(value)]
    if hasattr(value, "get_config"):
        return [type(value).__name__, str(value.get_config())]
    return getattr(value, "__name__", value)'''

OPTION = '''def option(thing, *names):
    """An option of a Keras object, under its name or with an underscore; None where it has none."""
    for name in names:
        kept = getattr(thing, "_fn_kwargs", {})
        thing = getattr(thing, name, getattr(thing, "_" + name, kept.get(name) if isinstance(kept, dict) else None))
    return plain(thing)'''

FLAT = '''def flat(value):
    """All items of a setting, however it was given."""
    if isinstance(value, dict):
        value = list(value.values())
    return [item for part in value for item in flat(part)] if isinstance(value, (list, tuple)) else [value]'''

WALK = '''def walk(layer):
    """A layer and all that it holds."""
    inside = layer._flatten_layers(include_self=False, recursive=False)
    return [layer] + [item for child in inside for item in walk(child)]'''

ARRAYS = "[np.array(variable) for variable in {}]"
SLOTS = "[np.array(variable) for variable in variables_of(model.optimizer)]"
VARIABLES = '''def variables_of(optimizer):
    """Its variables: an attribute or a method, by version."""
    return optimizer.variables() if callable(optimizer.variables) else optimizer.variables'''
CALLED = "[np.array(output) for output in flat(model() if not hasattr(model, 'layers') else model(x, training=False))]"
EVALUATED = "[float(value) for value in flat(model.test_on_batch(x, y))]"


@dataclass(frozen=True)
class Look:
    """The body of ``look(model)``, and the functions that it takes."""

    body: tuple[str, ...]
    helpers: tuple[str, ...] = ()
    compare: str = EXACT

    @property
    def functions(self) -> list[str]:
        """All functions, as text."""
        return [*self.helpers, SAME.replace("{compare}", self.compare), "\n    ".join(("def look(model):", *self.body))]


def look(clue: Clue) -> Look:
    """How to look at what a finding is about."""
    difference = clue.difference.split(": ", 1)[-1] if clue.facet == "purity" else clue.difference
    facet = clue.difference.split(": ", 1)[0] if clue.facet == "purity" else clue.facet
    if facet == "next save":
        return Look((_docstring("What saving would write."), "return str(model.get_compile_config().get('optimizer'))"))
    if difference.endswith(("though its loss is documented",)) or difference == facet:
        return _presence(facet)
    return _LOOKS[facet](difference)


def _docstring(text: str) -> str:
    return f'"""{text}"""'


def _presence(facet: str) -> Look:
    if facet in {"compile", "optimizer"}:
        kept = "getattr(model, 'optimizer', None) is not None"
        return Look((_docstring("Whether the model is compiled."), f"return {kept}"))
    return _LOOKS[facet]("")


def _weights(_: str) -> Look:
    return Look((_docstring("All weights."), f"return {ARRAYS.format('model.weights')}"))


def _state(_: str) -> Look:
    carried = "[state for layer in walk(model) for state in flat(getattr(layer, 'states', None) or [])]"
    body = ("variables = list(model.variables)", f"variables += {carried}", f"return {ARRAYS.format('variables')}")
    return Look((_docstring("All variables, and the states of recurrent layers."), *body), (FLAT, WALK))


def _optimizer(difference: str) -> Look:
    name = difference.removeprefix("optimizer.")
    if name == "iterations":
        return Look((_docstring("Steps taken."), "return int(np.array(model.optimizer.iterations))"))
    if difference.startswith("optimizer.") and name != "built":
        return Look((_docstring("One option."), f"return option(model.optimizer, {_names(name)})"), (PLAIN, OPTION))
    return Look((_docstring("The state of the optimizer."), f"return {SLOTS}"), (VARIABLES,))


def _names(dotted: str) -> str:
    return ", ".join(string(name) for name in dotted.split("."))


def _metrics(_: str) -> Look:
    return Look((_docstring("The state of the metrics."), f"return {ARRAYS.format('model.metrics_variables')}"))


def _predictions(_: str) -> Look:
    return Look((_docstring("What the model predicts."), f"return {CALLED}"), (FLAT,), CLOSE)


def _resume(_: str) -> Look:
    body = (
        _docstring("Weights after one more training step, with all random state set alike."),
        "for variable in model.variables:",
        '    if "seed_generator" in variable.path:',
        "        variable.assign([7, 7])",
        "model.train_on_batch(x, y)",
    )
    return Look((*body, f"return {ARRAYS.format('model.weights')}"), (), CLOSE)


def _compile(difference: str) -> Look:
    setting, _, rest = difference.removeprefix("compile.").partition(".")
    if setting.startswith("evaluate"):
        return Look((_docstring("What evaluating says."), f"return {EVALUATED}"), (FLAT,), CLOSE)
    if setting == "loss":
        held = "flat(model.loss)"
    elif setting in {"metrics", "weighted_metrics"}:
        held = "[item for metric in model.metrics for item in getattr(metric, 'metrics', [metric])]"
    else:
        return Look((_docstring("One option."), f"return option(model, {string(setting)})"), (PLAIN, OPTION))
    test = () if setting == "loss" else ("model.test_on_batch(x, y)",)
    value = f"option(item, {_names(rest)})" if rest else "plain(item)"
    body = (_docstring(f"One option of the {setting}."), *test, f"return [{value} for item in {held}]")
    return Look(body, (PLAIN, OPTION, FLAT))


def _architecture(difference: str) -> Look:
    owner, _, rest = difference.partition(".")
    if re.fullmatch(r"\w+\.trainable", rest):
        body = "training = [id(variable) for variable in model.trainable_weights]"
        flags = "return [id(variable) in training for variable in model.weights]"
        return Look((_docstring("Which weights are trained."), body, flags))
    if rest in {"graph", ""} or owner == "model":
        return Look(
            (_docstring("All layers."), "return [[type(item).__name__, item.name] for item in walk(model)]"), (WALK,)
        )
    found = f"for item in walk(model) if type(item).__name__ == {string(owner)}"
    value = f"option(item, {_names(rest)})" if rest != "dtype" else "item.dtype_policy.name"
    return Look((_docstring(f"One option of all {owner} layers."), f"return [{value} {found}]"), (PLAIN, OPTION, WALK))


_LOOKS = {
    "architecture": _architecture,
    "weights": _weights,
    "state": _state,
    "compile": _compile,
    "optimizer": _optimizer,
    "metrics": _metrics,
    "predictions": _predictions,
    "resume": _resume,
}
