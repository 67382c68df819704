"""A graph in the making: layers and calls, with the shape of every tensor."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.models.catalogue import BY_CLASS
from harness.models.catalogue.entry import Tensor, computed
from harness.models.choice import rarely
from harness.models.naming import STYLES, Namer
from harness.models.spec import Call, Layer, references

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.models.catalogue.entry import Entry, Json
    from harness.models.choice import Source
    from harness.models.spec import Model

SEVERAL = ("return_state", "merge_mode")
"""Arguments that make a layer return several tensors."""


class Sketch:
    """Layers and calls so far; every ``apply`` returns the tensors of one call."""

    def __init__(
        self, source: Source, inputs: Sequence[Tensor], banned: tuple[str, ...] = (), *, chained: bool = False
    ) -> None:
        self.chained = chained
        """Whether it is to be a ``Sequential``, which holds nothing but layers."""
        self.banned = banned
        """Classes and arguments that may not be used here."""
        self.source = source
        self.namer = Namer(source.one_of(STYLES), reserved=not chained)
        self.layers: list[Layer] = []
        self.calls: list[Call] = []
        self.open: list[Tensor] = list(inputs)
        """Tensors that nothing has used yet, oldest first."""
        self.seen: list[Tensor] = list(inputs)
        """Tensors that may be used (again)."""
        self._made: list[tuple[Tensor, tuple[Tensor, ...]]] = []

    def rename(self) -> None:
        """Give a layer another name than it is built with."""
        places = [place for place, layer in enumerate(self.layers) if not layer.cls.startswith("op.")]
        if places:
            place = self.source.one_of(places)
            self.layers[place] = replace(self.layers[place], renamed="renamed")

    def apply(
        self,
        entry: Entry,
        args: dict[str, Json],
        tensors: Sequence[Tensor],
        kwargs: dict[str, Json] | None = None,
    ) -> list[Tensor]:
        """A new layer, called on the tensors."""
        frozen = entry.trains(args) and rarely(self.source, 8)
        lessons = entry.lessons(tensors, args)
        adapt = self.source.one_of(lessons) if lessons else None
        self.layers.append(Layer(self.namer.name(entry.cls), entry.cls, args, trainable=not frozen, adapt=adapt))
        made = self.call(len(self.layers) - 1, tensors, outputs(entry, args, tensors), kwargs)
        if args.get("merge_mode", "") is None:
            self.open += made[1:]
        return made

    def nest(self, model: Model, tensors: Sequence[Tensor], results: Sequence[Tensor]) -> list[Tensor]:
        """A whole model, called on the tensors as a layer."""
        self.layers.append(Layer(model.name, "Model", {}, trainable=model.trainable, model=model))
        made = self.call(len(self.layers) - 1, tensors, results)
        self.open += made[1:]
        return made

    def call(
        self,
        layer: int,
        tensors: Sequence[Tensor],
        results: Sequence[Tensor],
        kwargs: dict[str, Json] | None = None,
    ) -> list[Tensor]:
        """One call of a layer; its results have the shapes and domains given."""
        number = len(self.calls)
        self.calls.append(Call(layer, tuple(tensor.ref for tensor in tensors), kwargs or {}))
        made = [
            replace(item, ref=f"c{number}.{place}" if place else f"c{number}", raw=False)
            for place, item in enumerate(results)
        ]
        # Where every output has variables of its own, callers open the others too, or these would get no gradient.
        used = {tensor.ref for tensor in tensors} | set(references(kwargs or {}))
        self.open = [tensor for tensor in self.open if tensor.ref not in used] + made[:1]
        self.seen += made
        return made

    def again(self, tensor: Tensor) -> list[tuple[int, list[Tensor]]]:
        """Layers that can be called once more, on this tensor, and what they would return."""
        found = []
        for call in self.calls:
            layer = self.layers[call.layer]
            fits = len(call.inputs) == 1 and not call.kwargs and self._twin(call.inputs[0], tensor)
            if fits and layer.model is None and not BY_CLASS[layer.cls].operator and BY_CLASS[layer.cls].suits(tensor):
                found.append((call.layer, outputs(BY_CLASS[layer.cls], layer.args, [tensor])))
        return found

    def _twin(self, ref: str, tensor: Tensor) -> bool:
        other = next(item for item in self.seen if item.ref == ref)
        return ref != tensor.ref and replace(other, ref="", raw=False) == replace(tensor, ref="", raw=False)


def outputs(entry: Entry, args: dict[str, Json], tensors: Sequence[Tensor]) -> list[Tensor]:
    """What a layer makes of tensors, not yet named."""
    masked = entry.marks(args, any(tensor.masked for tensor in tensors))
    domain, dtype = entry.domain(args), tensors[0].dtype if entry.operator else computed(args)
    sparse = bool(args.get("sparse")) or (entry.counts and args["output_mode"] != "int")
    return [
        Tensor(
            "",
            shape,
            domain if place == 0 and _spread(shape, domain) else "real",
            masked and place == 0,
            dtype=dtype,
            sparse=sparse,
        )
        for place, shape in enumerate(entry.rule([tensor.shape for tensor in tensors], args))
    ]


def returned(holds: str, results: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """What a model returns of its results: a weight of its ``own`` multiplies them, and may be negative."""
    return tuple(replace(tensor, domain="real") if holds == "own" else tensor for tensor in results)


def _spread(shape: Sequence[int | None], domain: str) -> bool:
    return domain != "simplex" or (shape[-1] or 0) > 1
