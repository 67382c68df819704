"""What is not plain about a model: after shrinking, that is what a finding takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.models import traits
from harness.models.catalogue import BY_CLASS
from harness.models.features import paths, short
from harness.models.reduce import PLAIN, PLAIN_OPTIMIZER
from harness.models.subgraph import PLAIN_LOSS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.models.spec import Compile, Json, Layer, Model, ModelSpec


def ingredients(spec: ModelSpec) -> tuple[str, ...]:
    """Classes, options and settings beyond one plain layer; none if any model will do."""
    found = [*_of_form(spec.model)]
    for layer in traits.every_layer(spec.model):
        found += _of_layer(layer)
    if spec.compile is not None:
        found += [*_of_compile(spec.compile)] or ["compiled"]
    if spec.steps:
        found.append("trained")
    return tuple(dict.fromkeys(found))


def _of_form(model: Model) -> Iterator[str]:
    if model.kind != "sequential":
        yield model.kind
    if model.kind == "subclassed" and model.config != "registered":
        yield f"config={model.config}"
    if model.kind == "subclassed" and model.holds != "attributes":
        yield f"holds={model.holds}"
    if model.built != "input":
        yield f"built={model.built}"
    if not model.trainable:
        yield "frozen model"


def _of_layer(layer: Layer) -> Iterator[str]:
    if not layer.trainable:
        yield "frozen"
    if layer.model is not None:
        yield f"nested {layer.model.kind}"
        return
    needed = {param.name for param in BY_CLASS[layer.cls].required}
    options = [f"{short(layer.cls)}.{name}" for name in layer.args if name not in needed]
    held = [short(path) for name in needed for path in paths(layer.args.get(name))]
    if layer.cls != PLAIN.cls or options:
        yield from options or (short(layer.cls),)
        yield from held


def _of_compile(settings: Compile) -> Iterator[str]:
    if settings.optimizer != PLAIN_OPTIMIZER:
        yield from _of_object("optimizer", settings.optimizer)
    if settings.loss not in (PLAIN_LOSS, [PLAIN_LOSS]):
        yield from _of_object("loss", settings.loss)
    for name in ("loss_weights", "metrics", "weighted_metrics"):
        value = getattr(settings, name)
        if value is not None:
            yield from _of_object(name, value)
    yield from (f"compile.{name}" for name in settings.options)


def _of_object(setting: str, value: Json) -> Iterator[str]:
    """Options of an object, or what it is; the form in which it is given where it is no object."""
    if isinstance(value, dict) and "$" in value:
        options = [f"{short(value['$'])}.{name}" for name in value.get("args", {})]
        yield from options or (f"{setting}={short(value['$'])}",)
    elif isinstance(value, dict) and "$fn" in value:
        yield f"{setting}={short(value['$fn'])}"
    elif isinstance(value, list) and len(value) == 1:
        yield from _of_object(setting, value[0])
    elif isinstance(value, (list, dict)):
        yield f"{setting}: several"
    else:
        yield f"{setting}={value!r}"


def conditions(spec: ModelSpec, difference: str = "") -> dict[str, Json]:
    """What a smallest model has that is not plain, as a condition of the contract and the ledger.

    One value for each feature: of several options, the one that the difference names.
    """
    found = ingredients(spec)
    options = [name for name in found if "." in name and "=" not in name]
    named = [name for name in options if name.rpartition(".")[2] in difference]
    made: dict[str, Json] = {}
    if options:
        made["arguments"] = [(named or options)[0]]
    classes = [name for name in found if name.isidentifier() and name in BY_CLASS]
    if classes and not options:
        made["classes"] = classes[:1]
    for name in found:
        key, _, value = name.partition("=")
        if key in SETTINGS and value.isidentifier():
            made[key] = [value]
        elif key in FORMS and value:
            made[FORMS[key]] = "string"
    made |= {feature: value for name, (feature, value) in FLAGS.items() if name in found}
    if any(name.startswith("nested ") for name in found):
        made["nested"] = ">0"
    return made


SETTINGS = frozenset({"optimizer", "loss", "metrics", "config", "holds", "built"})
FORMS = {"loss": "loss_form", "metrics": "metrics_form"}
FLAGS: dict[str, tuple[str, Json]] = {
    "frozen": ("frozen", True),
    "frozen model": ("frozen", True),
    "compiled": ("compiled", True),
    "trained": ("trained", True),
}
