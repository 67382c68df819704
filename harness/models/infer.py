"""Shapes of every tensor of a model, in closed form: whether a spec is valid is known without TensorFlow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.models.catalogue import BY_CLASS
from harness.models.catalogue.entry import Tensor
from harness.models.catalogue.operators import MASK
from harness.models.sketch import outputs, returned
from harness.models.spec import references

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.models.spec import Layer, Model


class InvalidModelError(ValueError):
    """A reference to nothing, or a layer on a tensor that it does not accept."""


def infer(model: Model, feeds: Sequence[Tensor] | None = None) -> tuple[Tensor, ...]:
    """The model's outputs, shapes without the batch axis.

    Raises:
        InvalidModelError: the graph does not hold together.
    """
    tensors = tensors_of(model, feeds)
    return returned(model.holds, [_known(tensors, ref) for ref in model.outputs])


def tensors_of(model: Model, feeds: Sequence[Tensor] | None = None) -> dict[str, Tensor]:
    """Every tensor by its reference; ``feeds`` are what a nested model is called on.

    Raises:
        InvalidModelError: the graph does not hold together.
    """
    tensors = {
        f"i{place}": Tensor(f"i{place}", item.shape, item.domain, raw=feeds is None)
        for place, item in enumerate(model.inputs)
    }
    if feeds is not None and [feed.shape for feed in feeds] != [item.shape for item in model.inputs]:
        msg = f"{model.name} is called on other shapes than its inputs'"
        raise InvalidModelError(msg)
    for number, call in enumerate(model.calls):
        if call.layer not in range(len(model.layers)):
            msg = f"call {number} is of no layer"
            raise InvalidModelError(msg)
        for ref in references(call.kwargs):
            _known(tensors, ref)
        made = _made(model.layers[call.layer], [_known(tensors, ref) for ref in call.inputs])
        tensors.update({f"c{number}.{place}" if place else f"c{number}": item for place, item in enumerate(made)})
    return tensors


def _known(tensors: Mapping[str, Tensor], ref: str) -> Tensor:
    if ref not in tensors:
        msg = f"no tensor {ref}"
        raise InvalidModelError(msg)
    return tensors[ref]


def _made(layer: Layer, tensors: Sequence[Tensor]) -> Sequence[Tensor]:
    if layer.model is not None:
        return infer(layer.model, tensors)
    entry = BY_CLASS[layer.cls]
    least, most = entry.arity
    suits = entry is MASK or all(entry.suits(tensor) for tensor in tensors)
    if not least <= len(tensors) <= most or not suits:
        msg = f"{layer.name} ({layer.cls}) does not accept {[tensor.shape for tensor in tensors]}"
        raise InvalidModelError(msg)
    return outputs(entry, layer.args, tensors)
