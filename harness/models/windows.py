"""Which versions of Keras and TensorFlow have everything that a spec asks for."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from harness.models import eras, traits
from harness.models.catalogue import BY_CLASS
from harness.models.catalogue.entry import computed
from harness.models.catalogue.losses import DTYPE, LOSSES, SHORT
from harness.models.catalogue.metrics import METRICS
from harness.models.catalogue.optimizers import OPTIMIZERS
from harness.models.eras import Era
from harness.models.infer import infer
from harness.models.subgraph import call_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from harness.models.catalogue.entry import Entry, Json, Param
    from harness.models.catalogue.metrics import Metric
    from harness.models.catalogue.optimizers import Optimizer
    from harness.models.spec import Call, Compile, Form, Kind, Model, ModelSpec


class Windows(NamedTuple):
    """Version specifiers (PEP 440), all of which have to hold."""

    keras: frozenset[str]
    tf: frozenset[str]


class _Known(NamedTuple):
    keras: str
    tf: str
    params: tuple[Param, ...]


def windows(spec: ModelSpec) -> Windows:
    """The windows of every class and argument of a spec."""
    found = list(_found(spec))
    return Windows(
        frozenset(era.keras for era in found if era.keras),
        frozenset(era.tf for era in found if era.tf),
    )


def lacking(spec: ModelSpec, keras: str, tf: str) -> tuple[str, ...]:
    """What a spec needs that these versions are not: ``Keras >=3.2``; empty if it can be built there."""
    return lacks(_found(spec), keras, tf)


def buildable(spec: ModelSpec, versions: Iterable[tuple[str, str]]) -> bool:
    """Whether all of these pairs of Keras and TensorFlow have everything that a spec asks for."""
    return not any(lacking(spec, keras, tf) for keras, tf in versions)


def had(keras: str, tf: str) -> Callable[[str, Json], bool]:
    """Whether these versions have a value of an argument: for :class:`harness.models.choice.Source`."""

    @cache
    def has(argument: str, written: str) -> bool:
        return not lacks(_chosen(argument, json.loads(written)), keras, tf)

    return lambda argument, value: has(argument, json.dumps(value))


def _chosen(argument: str, value: Json) -> Iterator[Era]:
    """The eras of one choice of the generator."""
    if argument == "form":
        yield from _form(*value)
    elif argument == "built":
        yield from _built(value)
    elif argument == "compile":
        yield from _options(value)
    else:
        yield from _inside(argument, value)


def lacks(needed: Iterable[Era], keras: str, tf: str) -> tuple[str, ...]:
    """Which windows these versions are not in: ``Keras >=3.2``."""
    found = list(needed)
    wanted = [("Keras", era.keras, keras) for era in found] + [("TensorFlow", era.tf, tf) for era in found]
    return tuple(sorted({f"{name} {window}" for name, window, version in wanted if not admits(window, version)}))


def existing(argument: str, value: Json) -> Iterator[Era]:
    """The eras of the classes, arguments and names in a value, whether or not they work on all models then."""
    return _inside(argument, value, works=False)


@cache
def admits(window: str, version: str) -> bool:
    """Whether a version is in a window; one that leads to a release has what the release will have."""
    leading = re.match(r"\d+(\.\d+)*", version)
    # A development version has what the release that it leads to will have.
    return leading is not None and SpecifierSet(window).contains(Version(leading.group()))


def _found(spec: ModelSpec) -> Iterator[Era]:
    if any(_asks_for_a_batch_size(model) or _is_built_at_once(model) for model in traits.every_model(spec.model)):
        yield eras.KERAS_3
    for layer in traits.every_layer(spec.model):
        if layer.model is None:
            yield from _of(f"layers.{layer.cls}", layer.args)
            if layer.adapt is not None:
                yield eras.ADAPT_WEIGHTS if layer.args.get("output_mode") == "tf_idf" else eras.ADAPT
    for model in traits.every_model(spec.model):
        yield from _of_form(model)
    if any(_contrasts_trained(model, top=model is spec.model) for model in traits.every_model(spec.model)):
        yield eras.CONTRAST_GRADIENT
    yield from _averages_masked(spec.model)
    if spec.model.kind == "subclassed" and any(item.dtype == "string" for item in spec.model.inputs):
        yield eras.STRINGS_AS_THEY_ARE
    if spec.compile is not None:
        yield eras.FORMS_TRAINED if spec.model.takes == "dict" else Era()
        yield from _compiled(spec.compile, spec.model)


def _built(how: str) -> Iterator[Era]:
    if how == "middle":
        yield eras.KERAS_3


def _form(kind: Kind, way: str, form: Form) -> Iterator[Era]:
    """Of a form in which a model takes or returns several tensors; a graph has always taken a dict."""
    if form != "list" and (kind, way, form) != ("functional", "takes", "dict"):
        yield eras.FORMS
    if (kind, form) == ("functional", "nested"):
        yield eras.NESTED_FORMS


def _of_form(model: Model) -> Iterator[Era]:
    yield from _form(model.kind, "takes", model.takes)
    yield from _form(model.kind, "returns", model.returns)
    if model.kind == "functional" and any(layer.cls == "Equalization" for layer in model.layers):
        yield eras.EQUALIZED
    yield from _built(model.built)
    if any(_hands_on_a_product(model, call) for call in model.calls):
        yield eras.SPARSE_PRODUCTS
    if _is_built_by_calling(model) and model.layers[model.calls[0].layer].args.get("sparse"):
        yield eras.SPARSE_ROWS_OF_FLOATS
    if any(_marks_rows(model, call) for call in model.calls):
        yield eras.MARKED_ROWS


def _hands_on_a_product(model: Model, call: Call) -> bool:
    """Whether a subclassed model inside is given a symbolic tensor times something."""
    inner = model.layers[call.layer].model
    if inner is None or inner.kind != "subclassed":
        return False
    makers = (call_of(ref) for ref in call.inputs)
    return any(maker is not None and model.layers[model.calls[maker].layer].cls == "op.Times" for maker in makers)


def _is_built_by_calling(model: Model) -> bool:
    return model.kind == "sequential" and model.built != "input" and bool(model.calls)


def _marks_rows(model: Model, call: Call) -> bool:
    """Whether a lookup makes a row of each of several values."""
    layer = model.layers[call.layer]
    looks_up = layer.cls in eras.LOOKUPS and layer.args.get("output_mode") == "one_hot"
    return looks_up and model.inputs[int(call.inputs[0][1:])].shape[-1] != 1


def _contrasts_trained(model: Model, *, top: bool) -> bool:
    """Whether a gradient may have to go through a ``RandomContrast``."""
    return any(
        model.layers[call.layer].cls == "RandomContrast" and not (top and call.inputs[0].startswith("i"))
        for call in model.calls
    )


def _averages_masked(model: Model) -> Iterator[Era]:
    """The eras of means over time steps that may be told that some do not count."""
    means = [layer for layer in traits.every_layer(model) if layer.cls == "GlobalAveragePooling1D"]
    masks = any(layer.cls == "Masking" or "mask_zero" in layer.args for layer in traits.every_layer(model))
    asked = any("mask" in call.kwargs for item in traits.every_model(model) for call in item.calls)
    if not means or not (masks or asked):
        return
    if any("dtype" in layer.args for layer in means):
        yield eras.MASKED_MEANS
    if any(None in item.shape for item in model.inputs):
        yield eras.MASKED_MEANS_OF_ANY_LENGTH


def _compiled(settings: Compile, model: Model) -> Iterator[Era]:
    yield from _options(settings.options)
    if isinstance(settings.loss_weights, (int, float)):
        yield eras.LONE_WEIGHT
    elif settings.loss_weights and len(model.outputs) == 1:
        yield eras.WEIGHTS_OF_ONE_OUTPUT
    if model.kind == "functional" and model.returns == "dict":
        yield from _by_key(settings)
    yield from _inside("optimizer", settings.optimizer)
    if "nadam" in str(settings.optimizer).lower() and traits.is_double(model):
        yield eras.NADAM_DOUBLE
    yield from _inside("loss", settings.loss)
    yield from _inside("metrics", settings.metrics)
    yield from _inside("metrics", settings.weighted_metrics)
    yield from _of_rows(str([settings.metrics, settings.weighted_metrics]), model)
    dtypes = traits.output_dtypes(model)
    if any(dtype != "float32" for dtype in dtypes):
        yield from _on_outputs(settings, dtypes)


def _of_rows(metrics: str, model: Model) -> Iterator[Era]:
    """The eras of metrics on several rows for each example."""
    needed = {era for name, era in TOPS.items() if name in metrics}
    if needed and _has_rows(model):
        yield from needed


def _has_rows(model: Model) -> bool:
    """Whether some output has several rows for each example."""
    return any(len(output.shape) > 1 for output in infer(model))


def _on_outputs(settings: Compile, dtypes: Sequence[str]) -> Iterator[Era]:
    """The eras of losses and metrics on outputs of other dtypes than ``float32``."""
    for kind, value in (("loss", settings.loss), ("metrics", settings.metrics), ("metrics", settings.weighted_metrics)):
        for dtype, items in zip(dtypes, _by_output(value, len(dtypes)), strict=False):
            if dtype != "float32":
                yield from (era for item in _flat(items) for era in _on_output(kind, item, dtype))


def _on_output(kind: str, item: Json, dtype: str) -> Iterator[Era]:
    yield eras.OUTPUTS.get(_class_of(kind, item), {}).get(dtype, Era())
    if kind == "metrics":
        yield eras.MEASURED_OUTPUTS
    if kind == "loss" and "label_smoothing" in str(item):
        yield eras.SMOOTHED_OUTPUTS


def _by_output(value: Json, count: int) -> list[Json]:
    """What is for each output: of a table, a list, or a value for all of them."""
    if _goes_by_key(value):
        return list(value.values())
    return value if isinstance(value, list) and len(value) == count else [value] * count


def _flat(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


def _class_of(kind: str, item: Json) -> str:
    """The dotted name of the class that an object is of, or that a function or a string stands for."""
    if isinstance(item, dict):
        path = str(item.get("$") or item.get("$fn"))
    else:
        path = f"{SPACES.get(kind, kind)}.{SHORT.get(item, item)}"
    return CLASS_OF.get(path, path)


def _by_key(settings: Compile) -> Iterator[Era]:
    if _goes_by_key(settings.loss) or _goes_by_key(settings.loss_weights):
        yield eras.LOSSES_BY_KEY
    if _goes_by_key(settings.metrics) or _goes_by_key(settings.weighted_metrics):
        yield eras.METRICS_BY_KEY


def _goes_by_key(value: Json) -> bool:
    return isinstance(value, dict) and not any(key.startswith("$") for key in value)


def _options(names: Iterable[str]) -> Iterator[Era]:
    for name in names:
        yield eras.OPTIONS.get(name, Era())
        yield eras.WORKING_OPTIONS.get(name, Era())


def _asks_for_a_batch_size(model: Model) -> bool:
    """Keras 2 wants to be told the size of the batch of a stateful layer: a first call does not, and texts lose it."""
    if not traits.is_stateful(model):
        return False
    texts = any(layer.cls == "TextVectorization" for layer in traits.every_layer(model))
    return texts or (model.kind == "sequential" and model.built != "input")


def _is_built_at_once(model: Model) -> bool:
    """In Keras 2 an ``Embedding`` has an input shape of its own, of unknown length: nothing is left to the first call."""
    return _is_built_by_calling(model) and model.layers[model.calls[0].layer].cls == "Embedding"


def _inside(argument: str, value: Json, *, works: bool = True) -> Iterator[Era]:
    """The eras of a value: of its class or function, or of the string, and of what is in it.

    ``works``: also those since when it works, which may be later than those since when it exists.
    """
    if isinstance(value, str):
        yield from _of_string(argument, value, works=works)
    elif isinstance(value, list):
        for item in value:
            yield from _inside(argument, item, works=works)
    elif isinstance(value, dict):
        if "$" in value:
            yield from _of(value["$"], value.get("args", {}), works=works)
        elif "$fn" in value:
            yield _of_function(value["$fn"])
            if works:
                yield eras.WORKING.get(value["$fn"], Era())
        else:
            for item in value.values():
                yield from _inside(argument, item, works=works)


def _of_string(argument: str, value: str, *, works: bool) -> Iterator[Era]:
    kind = _kind(argument)
    path = f"{SPACES.get(kind, kind)}.{value}"
    yield eras.STRINGS.get(kind, {}).get(value, ALIASES.get(path, Era()))
    if works:
        yield eras.WORKING.get(path, Era())


def _kind(argument: str) -> str:
    """Which strings an argument takes: ``recurrent_activation`` those of an ``activation``."""
    return argument if argument in eras.STRINGS else argument.rpartition("_")[2]


def _of(path: str, args: dict[str, Json], *, works: bool = True) -> Iterator[Era]:
    yield eras.CLASSES.get(path, Era())
    known = KNOWN.get(path)
    if known is not None:
        yield Era(known.keras, known.tf)
        yield from (Era(param.keras) for param in known.params if param.name in args)
    if works and path == "optimizers.Adafactor" and "epsilon_1" not in args:
        yield eras.ADAFACTOR_FLOOR
    if path == "optimizers.Nadam" and isinstance(args.get("learning_rate"), dict):
        yield eras.NADAM_SCHEDULE
    if works:
        yield from _working(path, args)
    for name, value in args.items():
        yield eras.ARGUMENTS.get(f"{path}.{name}", Era())
        yield from _inside(name, value, works=works)


def _working(path: str, args: dict[str, Json]) -> Iterator[Era]:
    """Since when all of it works together."""
    yield eras.WORKING.get(path, Era())
    yield from (eras.WORKING.get(f"{path}.{name}", Era()) for name in args)
    yield from (item.era for item in eras.TOGETHER.get(path, ()) if _has(args, item.args))
    if path == "layers.BatchNormalization" and args.get("axis", -1) != -1:
        yield eras.NORMALIZED_AXES
    if "dtype" in args:
        yield eras.DTYPES.get(str(args["dtype"]), Era())
        yield eras.COMPUTED.get(path, {}).get(computed(args), Era())
    if any(name.endswith("constraint") for name in args) and args.get("dtype") in eras.UNCONSTRAINED:
        yield eras.KERAS_3
    if args.get("dtype") == "float16" and (path.rpartition(".")[2] in eras.ORTHOGONAL or "rthogonal" in str(args)):
        yield eras.KERAS_3
    if "gelu" in str(args.get("activation")) and args.get("dtype") in eras.HALF:
        yield eras.HALF_ERF
    if path.startswith("layers.op.") and isinstance(args.get("value"), dict):
        yield eras.ARRAYS_IN_OPERATIONS
    if path == "layers.Reshape" and "-1" in str(args.get("target_shape")):
        yield eras.RESHAPE_THE_REST
    if path == "layers.Normalization" and isinstance(args.get("mean"), (int, float)):
        yield eras.MEAN_OF_ALL
    if path == "layers.Bidirectional":
        yield from _copied(str(args))


def _copied(written: str) -> Iterator[Era]:
    """What a ``Bidirectional`` makes a copy of."""
    if "random.SeedGenerator" in written:
        yield eras.COPIED_SEED
    if "custom.ridge" in written:
        yield eras.COPIED_FUNCTION


def _has(args: dict[str, Json], wanted: dict[str, Json]) -> bool:
    return all(name in args and value in (eras.ANY, args[name]) for name, value in wanted.items())


def _of_function(path: str) -> Era:
    return eras.FUNCTIONS.get(path, ALIASES.get(path, Era()))


def _known(space: str, entries: Iterable[Entry | Optimizer | Metric]) -> dict[str, _Known]:
    return {
        f"{space}.{entry.cls}": _Known(entry.keras, entry.tf, (*entry.required, *entry.optional)) for entry in entries
    }


TOPS = {
    "metrics.TopKCategoricalAccuracy": eras.TOP_OF_ROWS,
    "top_k_categorical_accuracy": eras.TOP_OF_ROWS,
    "metrics.SparseTopKCategoricalAccuracy": eras.SPARSE_TOP_OF_ROWS,
}
"""What asks for the classes of the largest numbers, and since when it takes labels of several rows."""


SPACES = {"loss": "losses", "optimizer": "optimizers"}
"""Namespaces that are not called like the arguments that take their names."""

KNOWN: dict[str, _Known] = {
    **_known("layers", BY_CLASS.values()),
    **_known("optimizers", OPTIMIZERS),
    **{f"losses.{loss.cls}": _Known(loss.keras, loss.tf, (*loss.optional, DTYPE)) for loss in LOSSES},
    **_known("metrics", METRICS),
}
"""Of a class with several entries, each for one way to use it, the last: the windows of their arguments differ."""

CLASS_OF = {
    **{f"losses.{loss.alias}": f"losses.{loss.cls}" for loss in LOSSES},
    **{f"metrics.{metric.alias}": f"metrics.{metric.cls}" for metric in METRICS if metric.alias},
}
"""By the dotted names of their functions."""

ALIASES: dict[str, Era] = {
    **{f"optimizers.{item.alias}": Era(item.keras, item.tf) for item in OPTIMIZERS if item.alias},
    **{f"losses.{loss.alias}": Era(loss.keras, loss.tf) for loss in LOSSES},
    **{f"metrics.{metric.alias}": Era(metric.keras, metric.tf) for metric in METRICS if metric.alias},
}
"""Functions have the windows of their classes, where nothing else is known of them."""
