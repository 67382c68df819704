"""Parts of a model that are models themselves, and how its compile settings fit them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.models import traits
from harness.models.infer import InvalidModelError, infer, tensors_of
from harness.models.spec import Call, Input, Model, ModelSpec, references

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from harness.models.catalogue.entry import Tensor
    from harness.models.spec import Compile, Json

PLAIN_LOSS: Json = {"$": "losses.MeanSquaredError", "args": {}}
PLAIN_TARGET = "like"


@dataclass(frozen=True)
class Part:
    """Some calls of a model as a model; ``kept`` says which old output each new one is, if it is one."""

    model: Model
    kept: tuple[int | None, ...]


def part(model: Model, calls: Collection[int]) -> Part | None:
    """The model of these calls alone: what they took from others becomes an input, what nobody takes an output.

    Sequential models are closed up again. None where the calls do not make a model of this kind.
    """
    numbers = sorted(calls)
    if not numbers:
        return None
    try:
        made = _chain(model, numbers) if model.kind == "sequential" else _web(model, numbers)
        infer(made.model)
    except (InvalidModelError, IndexError, KeyError, TypeError, ValueError):
        # Arguments that fit the old shapes only: no model.
        return None
    return made


def _chain(model: Model, numbers: Sequence[int]) -> Part:
    tensors = tensors_of(model)
    first = model.calls[numbers[0]]
    refs = ["i0", *(f"c{place}" for place in range(len(numbers)))]
    made = replace(
        model,
        inputs=(_input(0, tensors[first.inputs[0]], model),),
        layers=tuple(model.layers[model.calls[number].layer] for number in numbers),
        calls=tuple(Call(place, (refs[place],), model.calls[number].kwargs) for place, number in enumerate(numbers)),
        outputs=(refs[-1],),
    )
    is_end = numbers[-1] == len(model.calls) - 1
    return Part(made, (0 if is_end else None,))


def _web(model: Model, numbers: Sequence[int]) -> Part:
    tensors = tensors_of(model)
    made_here = {ref: number for ref in tensors if (number := call_of(ref)) in numbers}
    used = [ref for number in numbers for ref in _taken(model.calls[number])]
    fed = list(dict.fromkeys(ref for ref in used if ref not in made_here))
    inputs = sorted(ref for ref in fed if ref.startswith("i")) + [ref for ref in fed if not ref.startswith("i")]
    names = {ref: f"i{place}" for place, ref in enumerate(inputs)}
    names |= {ref: _renumbered(ref, numbers.index(number)) for ref, number in made_here.items()}
    layers = list(dict.fromkeys(model.calls[number].layer for number in numbers))
    outputs = [ref for ref in model.outputs if ref in made_here]
    outputs += [ref for ref in made_here if ref not in used and ref not in outputs and "." not in ref]
    made = replace(
        model,
        inputs=tuple(_input(place, tensors[ref], model) for place, ref in enumerate(inputs)),
        layers=tuple(model.layers[layer] for layer in layers),
        calls=tuple(_moved(model.calls[number], layers, names) for number in numbers),
        outputs=tuple(names[ref] for ref in outputs),
        takes=model.takes if len(inputs) == len(model.inputs) else "list",
        returns=model.returns if tuple(outputs) == model.outputs else "list",
    )
    return Part(made, tuple(model.outputs.index(ref) if ref in model.outputs else None for ref in outputs))


def call_of(ref: str) -> int | None:
    """Number of the call that made a tensor; None for an input."""
    return None if ref.startswith("i") else int(ref[1:].partition(".")[0])


def _renumbered(ref: str, number: int) -> str:
    _, dot, place = ref.partition(".")
    return f"c{number}{dot}{place}"


def _moved(call: Call, layers: Sequence[int], names: Mapping[str, str]) -> Call:
    return Call(layers.index(call.layer), tuple(names[ref] for ref in call.inputs), _renamed(call.kwargs, names))


def _taken(call: Call) -> list[str]:
    return [*call.inputs, *references(call.kwargs)]


def _renamed(value: Json, names: Mapping[str, str]) -> Json:
    """Keyword arguments with other names of tensors."""
    if isinstance(value, list):
        return [_renamed(item, names) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: names[item] if key == "$ref" else _renamed(item, names) for key, item in value.items()}


def _input(place: int, tensor: Tensor, model: Model) -> Input:
    if tensor.ref.startswith("i"):
        return replace(model.inputs[int(tensor.ref[1:])], name=f"input_{place}")
    domain = tensor.domain if tensor.takes != "float" else "real"
    dtype = {"index": "int32", "string": "string"}.get(tensor.takes, "float32")
    return Input(f"input_{place}", tensor.shape, dtype, domain)


def with_model(spec: ModelSpec, made: Part) -> ModelSpec:
    """The spec of a part: outputs that were outputs keep their losses, the others get the plainest."""
    if spec.compile is None:
        return replace(spec, model=made.model)
    same = made.kept == tuple(range(len(spec.model.outputs))) and names_of(spec.model) == names_of(made.model)
    settings = spec.compile if same else _fitted(spec.compile, spec.model, made.kept)
    steps = spec.steps if traits.trains(made.model) else 0
    return replace(spec, model=made.model, compile=settings, steps=steps)


def names_of(model: Model) -> tuple[str, ...] | None:
    """Names by which losses are given, as far as the outputs have any."""
    return traits.output_names(model)


def _fitted(settings: Compile, model: Model, kept: Sequence[int | None]) -> Compile:
    count = len(model.outputs)
    names = names_of(model)
    losses = by_output(settings.loss, count, names)

    def picked(items: Sequence[Json], other: Json) -> list[Json]:
        return [other if place is None else items[place] for place in kept]

    targets = [PLAIN_TARGET if place is None else settings.targets[place] for place in kept]
    return replace(
        settings,
        loss=_together(picked(losses, PLAIN_LOSS)),
        targets=tuple(targets),
        loss_weights=_optional(picked(by_output(settings.loss_weights, count, names), None)),
        metrics=_optional(picked(by_output(settings.metrics, count, names), None)),
        weighted_metrics=_optional(picked(by_output(settings.weighted_metrics, count, names), None)),
    )


def by_output(value: Json, count: int, names: Sequence[str] | None = None) -> list[Json]:
    """Settings as a list with one item for each output, however they were given."""
    if isinstance(value, dict) and "$" not in value and "$fn" not in value:
        return [value.get(name) for name in names or ()] or [None] * count
    if isinstance(value, list) and len(value) == count > 1:
        return list(value)
    return [value] * count


def _together(items: list[Json]) -> Json:
    return items[0] if len(items) == 1 else items


def _optional(items: list[Json]) -> Json:
    # A list with a None among its items stands for something else than what was asked for.
    return None if any(item is None for item in items) else _together(items)
