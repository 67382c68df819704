"""Smaller models that a model may be reduced to: what is tried when a finding is shrunk, the boldest first.

Every candidate holds together (:mod:`harness.models.infer`); whether it still shows the finding is for others to say.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.models import traits
from harness.models.catalogue import BY_CLASS
from harness.models.grammar import BUILT
from harness.models.infer import InvalidModelError, infer
from harness.models.naming import snake
from harness.models.spec import Call, Compile, Input, Layer, Model, ModelSpec, canonical, references
from harness.models.subgraph import PLAIN_LOSS, PLAIN_TARGET, by_output, names_of, part, with_model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from harness.models.catalogue.entry import Json
    from harness.models.spec import Kind

PLAIN = Layer("dense", "Dense", {"units": 1})
PLAIN_OPTIMIZER: Json = {"$": "optimizers.SGD", "args": {}}
PLAIN_INPUT = Input("input_0", (2,))
PAIR = 2
"""Calls that may take each other to show something."""

KIND_RANK = {"sequential": 0, "functional": 1, "subclassed": 2}

Weight = tuple[int, int, int, int]


def weight(spec: ModelSpec) -> Weight:
    """What a reduction has to lessen: layers, then settings, then the rest."""
    layers = sum(1 for _ in traits.every_layer(spec.model))
    calls = sum(len(model.calls) for model in traits.every_model(spec.model))
    return (layers, calls + _settings(spec), len(canonical(spec.to_json())), KIND_RANK[spec.kind])


def _settings(spec: ModelSpec) -> int:
    """How much is not as plain as can be."""
    model = spec.model
    odd = [
        model.kind == "subclassed" and model.config != "registered",
        model.kind == "subclassed" and model.holds != "attributes",
        not model.trainable,
        model.built != "input",
        model.takes != "list",
        model.returns != "list",
        spec.compile is not None,
    ]
    flags = sum(not layer.trainable for layer in traits.every_layer(model))
    args = sum(_parts(layer.args) for layer in traits.every_layer(model))
    settings = 0 if spec.compile is None else _parts(_compile_values(spec.compile))
    return sum(odd) + flags + args + settings + spec.steps


def _compile_values(settings: Compile) -> list[Json]:
    return [
        settings.optimizer,
        settings.loss,
        settings.loss_weights,
        settings.metrics,
        settings.weighted_metrics,
        settings.options,
    ]


def _parts(value: Json) -> int:
    if isinstance(value, dict):
        return len(value) + sum(map(_parts, value.values()))
    return sum(map(_parts, value)) if isinstance(value, list) else int(value is not None)


def reductions() -> tuple[Callable[[ModelSpec], Iterator[ModelSpec]], ...]:
    """All kinds of reduction, in the order in which they pay."""
    structure = (settings_away, any_model, single_calls, fewer_calls, inside_out, inner, unwrapped, plainer_form)
    return (*structure, fewer_settings, values)


def settings_away(spec: ModelSpec) -> Iterator[ModelSpec]:
    """No compile, no training, or the plainest of it."""
    if spec.compile is None:
        return
    yield replace(spec, compile=None, steps=0)
    plain = _plain_compile(spec)
    yield replace(spec, compile=plain, steps=0)
    yield replace(spec, compile=plain, steps=min(spec.steps, 1))
    yield replace(spec, compile=replace(plain, optimizer=spec.compile.optimizer), steps=min(spec.steps, 1))
    if spec.steps > 0:
        yield replace(spec, steps=0)
        yield replace(spec, steps=1)


def _plain_compile(spec: ModelSpec) -> Compile:
    count = len(spec.model.outputs)
    return Compile(PLAIN_OPTIMIZER, PLAIN_LOSS if count == 1 else [PLAIN_LOSS] * count, (PLAIN_TARGET,) * count)


def any_model(spec: ModelSpec) -> Iterator[ModelSpec]:
    """One plain layer, if the model does not matter."""
    kinds: dict[Kind, None] = dict.fromkeys(("sequential", spec.kind))
    bare = replace(spec.model, takes="list", returns="list")
    for kind in kinds:
        model = replace(bare, inputs=(PLAIN_INPUT,), layers=(PLAIN,), calls=(Call(0, ("i0",)),), outputs=("c0",))
        if kind != spec.kind:
            model = replace(model, kind=kind, config="registered", holds="attributes")
        settings = _for_one_output(spec)
        yield from (replace(spec, model=model, compile=compiled) for compiled in settings)


def _for_one_output(spec: ModelSpec) -> tuple[Compile | None, ...]:
    """Compile settings of the first output, which may have to be those of any output."""
    if spec.compile is None:
        return (None,)
    count, names = len(spec.model.outputs), names_of(spec.model)
    settings = spec.compile
    first = replace(
        settings,
        loss=by_output(settings.loss, count, names)[0],
        targets=settings.targets[:1],
        loss_weights=None,
        metrics=by_output(settings.metrics, count, names)[0],
        weighted_metrics=by_output(settings.weighted_metrics, count, names)[0],
    )
    plain = replace(settings, loss=PLAIN_LOSS, targets=(PLAIN_TARGET,), loss_weights=None)
    return (first, replace(plain, metrics=None, weighted_metrics=None))


def single_calls(spec: ModelSpec) -> Iterator[ModelSpec]:
    """Each layer by itself."""
    calls = range(len(spec.model.calls))
    yield from _parts_of(spec, ([number] for number in calls))
    if len(calls) > PAIR:
        yield from _parts_of(spec, ([number, number + 1] for number in calls[:-1]))


def fewer_calls(spec: ModelSpec) -> Iterator[ModelSpec]:
    """Without some of the calls: large chunks first, then smaller ones."""
    count = len(spec.model.calls)
    size = count // 2
    while size > 0:
        chunks = [range(start, min(start + size, count)) for start in range(0, count, size)]
        yield from _parts_of(spec, ([n for n in range(count) if n not in chunk] for chunk in reversed(chunks)))
        size //= 2


def _parts_of(spec: ModelSpec, choices: Iterable[list[int]]) -> Iterator[ModelSpec]:
    for calls in choices:
        made = part(spec.model, calls)
        if made is not None:
            yield with_model(spec, made)


def inside_out(spec: ModelSpec) -> Iterator[ModelSpec]:
    """A model inside takes the place of the whole."""
    for layer in spec.model.layers:
        if layer.model is not None:
            built = spec.model.built if spec.model.built in BUILT[layer.model.kind] else "input"
            nested = replace(layer.model, name=spec.model.name, built=built)
            settings = None if spec.compile is None else _plain_for(spec.compile, len(nested.outputs))
            yield replace(spec, model=nested, compile=settings, steps=spec.steps if traits.trains(nested) else 0)


def _plain_for(settings: Compile, outputs: int) -> Compile:
    losses = PLAIN_LOSS if outputs == 1 else [PLAIN_LOSS] * outputs
    plain = Compile(settings.optimizer, losses, (PLAIN_TARGET,) * outputs, options=settings.options)
    return replace(settings, loss_weights=None) if outputs == len(settings.targets) else plain


def inner(spec: ModelSpec) -> Iterator[ModelSpec]:
    """The same with the models inside."""
    for place, layer in enumerate(spec.model.layers):
        if layer.model is None:
            continue
        for reduce in (any_model, single_calls, fewer_calls, plainer_form, inside_out, inner, unwrapped):
            for made in reduce(ModelSpec(layer.model)):
                kept = replace(made.model, inputs=_same_dtypes(made.model, layer.model))
                yield from _if_valid(spec, _with_layer(spec.model, place, replace(layer, model=kept)))


def _same_dtypes(new: Model, _: Model) -> tuple[Input, ...]:
    return tuple(replace(item, name=f"inner_{place}") for place, item in enumerate(new.inputs))


def _with_layer(model: Model, place: int, layer: Layer) -> Model:
    layers = [layer if index == place else other for index, other in enumerate(model.layers)]
    made = replace(model, layers=tuple(layers))
    if layer.model is None or len(made.inputs) != 1 or [call.layer for call in _takers(made)] != [place]:
        return made
    # Nothing else takes the input of its model: that may change with it.
    names = zip(made.inputs, layer.model.inputs, strict=False)
    return replace(made, inputs=tuple(replace(inside, name=outside.name) for outside, inside in names))


def _takers(model: Model) -> list[Call]:
    """Calls on what the model is given."""
    return [call for call in model.calls if "i0" in (*call.inputs, *references(call.kwargs))]


def _if_valid(spec: ModelSpec, model: Model) -> Iterator[ModelSpec]:
    try:
        before, after = infer(spec.model), infer(model)
    except (InvalidModelError, IndexError, KeyError, TypeError, ValueError):
        return
    same = [tensor.shape for tensor in before] == [tensor.shape for tensor in after]
    settings = spec.compile if same or spec.compile is None else _plain_for_all(spec.compile, len(after))
    yield replace(spec, model=model, compile=settings, steps=spec.steps if traits.trains(model) else 0)


def _plain_for_all(settings: Compile, outputs: int) -> Compile:
    """Losses that take any shape: class numbers and the like were made for another."""
    losses = PLAIN_LOSS if outputs == 1 else [PLAIN_LOSS] * outputs
    return replace(
        settings,
        loss=losses,
        targets=(PLAIN_TARGET,) * outputs,
        loss_weights=None,
        metrics=None,
        weighted_metrics=None,
    )


def unwrapped(spec: ModelSpec) -> Iterator[ModelSpec]:
    """A layer that another one holds takes its place, and so does the only one of a model inside."""
    for place, layer in enumerate(spec.model.layers):
        if layer.model is not None and len(layer.model.calls) == 1:
            yield from _if_valid(spec, _with_layer(spec.model, place, layer.model.layers[0]))
        for held in layer.args.values():
            cls = _class_of(held)
            if cls in BY_CLASS and BY_CLASS[cls].standalone:
                bare = Layer(snake(cls), cls, held.get("args", {}), layer.trainable)
                yield from _if_valid(spec, _with_layer(spec.model, place, bare))


def _class_of(value: Json) -> str:
    path = str(value.get("$", "")) if isinstance(value, dict) else ""
    return path.removeprefix("layers.")


def plainer_form(spec: ModelSpec) -> Iterator[ModelSpec]:
    """The same layers, written down in a plainer way."""
    model = spec.model
    if not model.trainable:
        yield replace(spec, model=replace(model, trainable=True))
    for plainer in (replace(model, takes="list"), replace(model, returns="list")):
        if plainer != model:
            yield from _renamed_outputs(spec, plainer)
    chain = _is_chain(model) and model.takes == model.returns == "list"
    for kind in ("sequential", "functional"):
        if KIND_RANK[kind] < KIND_RANK[model.kind] and (kind == "functional" or chain):
            made = replace(model, kind=kind, config="registered", holds="attributes", built="input")
            yield from _renamed_outputs(spec, made)
            if kind == "sequential" and model.built != "input" and model.built in BUILT[kind]:
                yield from _renamed_outputs(spec, replace(made, built=model.built))
    if model.kind == "subclassed":
        for config in ("registered", "unregistered", "none"):
            yield replace(spec, model=replace(model, config=config))
        yield replace(spec, model=replace(model, holds="attributes"))
    if model.built != "input":
        hows = (how for how in ("input", "call") if how in BUILT[model.kind])
        yield from (replace(spec, model=replace(model, built=how)) for how in hows)


def _renamed_outputs(spec: ModelSpec, model: Model) -> Iterator[ModelSpec]:
    """Another kind of model; one that has no names for its outputs takes losses by place."""
    by_name = spec.compile is not None and names_of(model) != names_of(spec.model)
    made = replace(spec, model=model)
    yield _by_place(made, spec) if by_name else made


def _by_place(made: ModelSpec, spec: ModelSpec) -> ModelSpec:
    assert spec.compile is not None
    count, names, settings = len(spec.model.outputs), names_of(spec.model), spec.compile
    placed = {
        name: _placed(getattr(settings, name), count, names)
        for name in ("loss", "loss_weights", "metrics", "weighted_metrics")
    }
    return replace(made, compile=replace(settings, **placed))


def _placed(value: Json, count: int, names: tuple[str, ...] | None) -> Json:
    is_table = isinstance(value, dict) and "$" not in value and "$fn" not in value
    if not is_table:
        return value
    items = by_output(value, count, names)
    return items[0] if count == 1 else items


def _is_chain(model: Model) -> bool:
    refs = ["i0", *(f"c{number}" for number in range(len(model.calls)))]
    fed = all(call.inputs == (ref,) and not call.kwargs for call, ref in zip(model.calls, refs, strict=False))
    if any(layer.cls.startswith("op.") for layer in model.layers):
        return False
    distinct = [call.layer for call in model.calls] == list(range(len(model.layers)))
    return len(model.inputs) == 1 and fed and distinct and model.outputs == (refs[-1],)


def fewer_settings(spec: ModelSpec) -> Iterator[ModelSpec]:
    """Arguments back to their defaults, flags back to theirs; compile settings dropped or made plain."""
    yield from _fewer_arguments(spec)
    if spec.compile is None:
        return
    settings = spec.compile
    for name in ("weighted_metrics", "metrics", "loss_weights"):
        if getattr(settings, name) is not None:
            yield _with_setting(spec, settings, name, None)
    if settings.options:
        yield replace(spec, compile=replace(settings, options={}))
    if settings.optimizer != PLAIN_OPTIMIZER:
        yield replace(spec, compile=replace(settings, optimizer=PLAIN_OPTIMIZER))
    plain = _plain_compile(spec)
    yield replace(spec, compile=replace(settings, loss=plain.loss, targets=plain.targets))
    for name in ("optimizer", "loss", "metrics", "weighted_metrics"):
        for value in simpler(getattr(settings, name)):
            yield _with_setting(spec, settings, name, value)


def _with_setting(spec: ModelSpec, settings: Compile, name: str, value: Json) -> ModelSpec:
    return replace(spec, compile=replace(settings, **{name: value}))


def _fewer_arguments(spec: ModelSpec) -> Iterator[ModelSpec]:
    for made in _models_with_fewer_arguments(spec.model):
        yield from _if_valid(spec, made)


def _models_with_fewer_arguments(model: Model) -> Iterator[Model]:
    for place, call in enumerate(model.calls):
        # What names a tensor is a connection, not an option.
        if call.kwargs and not any(isinstance(value, (dict, list)) for value in call.kwargs.values()):
            plain = replace(call, kwargs={})
            yield replace(model, calls=(*model.calls[:place], plain, *model.calls[place + 1 :]))
    for place, layer in enumerate(model.layers):
        if not layer.trainable:
            yield _with_layer(model, place, replace(layer, trainable=True))
        if layer.renamed:
            yield _with_layer(model, place, replace(layer, renamed=""))
        if layer.model is not None:
            for nested in _models_with_fewer_arguments(layer.model):
                yield _with_layer(model, place, replace(layer, model=nested))
        else:
            for args in _fewer(layer):
                yield _with_layer(model, place, replace(layer, args=args))


def _fewer(layer: Layer) -> Iterator[dict[str, Json]]:
    needed = {param.name for param in BY_CLASS[layer.cls].required}
    optional = [name for name in layer.args if name not in needed]
    if len(optional) > 1:
        yield {name: value for name, value in layer.args.items() if name in needed}
    for name in optional:
        yield {key: value for key, value in layer.args.items() if key != name}
    for name, value in layer.args.items():
        yield from ({**layer.args, name: plainer} for plainer in simpler(value))


def simpler(value: Json) -> Iterator[Json]:
    """Simpler values in the place of one: an object that it holds, objects with fewer arguments, shorter lists."""
    if isinstance(value, dict) and "$" in value:
        yield from (item for item in value.get("args", {}).values() if _space(item) == _space(value))
        yield from ({**value, "args": args} for args in _fewer_of_object(value))
    elif isinstance(value, dict) and "$fn" not in value and "$tuple" not in value:
        for key, item in value.items():
            yield from ({**value, key: plainer} for plainer in simpler(item))
    elif isinstance(value, list):
        if len(value) > 1:
            yield from (value[:place] + value[place + 1 :] for place in range(len(value)))
        for place, item in enumerate(value):
            yield from ([*value[:place], plainer, *value[place + 1 :]] for plainer in simpler(item))


def _space(value: Json) -> str | None:
    """Namespace of an object: another one of it may stand in its place."""
    return str(value["$"]).rpartition(".")[0] if isinstance(value, dict) and "$" in value else None


def _fewer_of_object(value: dict[str, Json]) -> Iterator[dict[str, Json]]:
    args = value.get("args", {})
    if len(args) > 1:
        yield {}
    for name in args:
        yield {key: item for key, item in args.items() if key != name}
    for name, item in args.items():
        yield from ({**args, name: plainer} for plainer in simpler(item))


def values(spec: ModelSpec) -> Iterator[ModelSpec]:
    """Plain names, small numbers."""
    yield _plainly_named(spec)
    yield replace(spec, seed=0, batch=2)
    yield replace(spec, seed=0)
    for place, layer in enumerate(spec.model.layers):
        for args in _smaller_numbers(layer):
            yield from _if_valid(spec, _with_layer(spec.model, place, replace(layer, args=args)))
    for place, item in enumerate(spec.model.inputs):
        for shape in _smaller_shapes(item):
            inputs = [replace(item, shape=shape) if at == place else each for at, each in enumerate(spec.model.inputs)]
            yield from _if_valid(spec, replace(spec.model, inputs=tuple(inputs)))


def _plainly_named(spec: ModelSpec) -> ModelSpec:
    model = spec.model
    old = [layer.name for layer in model.layers]
    names = {
        name: f"{snake(layer.cls)}{place or ''}"
        for place, (name, layer) in enumerate(zip(old, model.layers, strict=True))
    }
    made = replace(
        model,
        name="model",
        layers=tuple(replace(layer, name=names[layer.name]) for layer in model.layers),
        inputs=tuple(replace(item, name=f"x{place or ''}") for place, item in enumerate(model.inputs)),
    )
    if spec.compile is None:
        return replace(spec, model=made)
    renamed = {
        name: _renamed(getattr(spec.compile, name), names)
        for name in ("loss", "loss_weights", "metrics", "weighted_metrics")
    }
    return replace(spec, model=made, compile=replace(spec.compile, **renamed))


def _renamed(value: Json, names: dict[str, str]) -> Json:
    if not isinstance(value, dict) or "$" in value or "$fn" in value:
        return value
    return {names.get(key, key): item for key, item in value.items()}


def _smaller_numbers(layer: Layer) -> Iterator[dict[str, Json]]:
    if layer.model is not None:
        return
    for param in BY_CLASS[layer.cls].required:
        value = layer.args.get(param.name)
        if isinstance(value, int) and not isinstance(value, bool):
            yield from ({**layer.args, param.name: number} for number in (1, 2) if number < value)


def _smaller_shapes(item: Input) -> Iterator[tuple[int | None, ...]]:
    for axis, dim in enumerate(item.shape):
        for smaller in (2, 3):
            if dim is not None and smaller < dim:
                yield (*item.shape[:axis], smaller, *item.shape[axis + 1 :])
