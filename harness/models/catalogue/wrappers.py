"""Layers around other layers: their shape follows from what they hold."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.models.catalogue import convolutional, core, normalization, pooling, recurrent, regularization, reshaping
from harness.models.catalogue.entry import Args, Entry, Json, Param, Shape, Tensor
from harness.models.catalogue.recurrent import BACKWARDS, SEQUENCES, STATEFUL, UNROLL, keeps_mask, sequence

if TYPE_CHECKING:
    from collections.abc import Sequence

HELD: dict[str, Entry] = {
    entry.cls: entry
    for module in (core, convolutional, pooling, reshaping, normalization, regularization, recurrent)
    for entry in module.ENTRIES
}
"""What can be held by a wrapper."""

CELLS = ("SimpleRNNCell", "GRUCell", "LSTMCell", "custom.LeakyCell")
STEPWISE = ("Dense", "Conv1D", "Flatten", "LayerNormalization", "LSTM", "Dropout", "BatchNormalization", "Activation")
BOTH_WAYS = ("LSTM", "GRU", "SimpleRNN")


def held_class(value: Json) -> str:
    """Class name of a layer inside another's arguments, as the catalogue has it."""
    path = str(value["$"])
    return path.removeprefix("layers.")


def held(value: Json) -> Entry:
    """Catalogue entry of a layer inside another's arguments."""
    return HELD[held_class(value)]


def _shape_of(value: Json, shape: Shape) -> Shape:
    return held(value).rule((shape,), value.get("args", {}))[0]


def _distributed(shapes: Sequence[Shape], args: Args) -> tuple[Shape, ...]:
    return ((shapes[0][0], *_shape_of(args["layer"], shapes[0][1:])),)


def _transparent(shapes: Sequence[Shape], args: Args) -> tuple[Shape, ...]:
    return (_shape_of(args["layer"], shapes[0]),)


def _bidirectional(shapes: Sequence[Shape], args: Args) -> tuple[Shape, ...]:
    shape = _shape_of(args["layer"], shapes[0])
    if args.get("merge_mode", "concat") is None:
        return (shape, shape)
    return ((*shape[:-1], (shape[-1] or 0) * (2 if args.get("merge_mode", "concat") == "concat" else 1)),)


def _cells(value: Json) -> list[Json]:
    cells: list[Json] = value["args"]["cells"] if held_class(value) == "StackedRNNCells" else [value]
    return cells


def _rnn(shapes: Sequence[Shape], args: Args) -> tuple[Shape, ...]:
    out = _shape_of(_cells(args["cell"])[-1], (shapes[0][-1],))
    return sequence(shapes[0], out, args, ())


def _stacks(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    """Cells of different kinds, one on another; Keras (3.15) cannot step over a stack with a mask."""
    if tensors[0].masked:
        return ()
    small = {"$": "layers.SimpleRNNCell", "args": {"units": 2}}
    gated = {"$": "layers.GRUCell", "args": {"units": 3, "reset_after": False}}
    large = {"$": "layers.LSTMCell", "args": {"units": 2, "unit_forget_bias": False}}
    leaky = {"$": "custom.LeakyCell", "args": {"units": 2}}
    return tuple(
        {"$": "layers.StackedRNNCells", "args": {"cells": cells}}
        for cells in ([small], [small, gated], [gated, large], [large, small, gated], [leaky, small])
    )


def _backward(_: Sequence[Tensor], args: Args) -> tuple[Json, ...]:
    """The same layer in the other direction, with another activation."""
    layer = args["layer"]
    return ({"$": layer["$"], "args": {**layer["args"], "activation": "softsign", "go_backwards": True}},)


def _within(tensor: Tensor) -> Tensor:
    return replace(tensor, shape=tensor.shape[1:], raw=False, masked=False)


def _itself(tensor: Tensor) -> Tensor:
    return replace(tensor, raw=False)


def _last(tensor: Tensor) -> Tensor:
    return replace(tensor, shape=tensor.shape[-1:], raw=False, masked=False)


def _inner_trains(args: Args) -> bool:
    return held(args["layer"]).trains(args["layer"].get("args", {}))


def _inner_draws(args: Args) -> bool:
    return held(args["layer"]).draws(args["layer"].get("args", {}))


def _cell_draws(args: Args) -> bool:
    return any(recurrent.has_dropout(cell["args"]) for cell in _cells(args["cell"]))


_RUN = (SEQUENCES, BACKWARDS, STATEFUL, UNROLL)

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "TimeDistributed",
        _distributed,
        (2, 3),
        (Param("layer", layers=STEPWISE, without=("dtype", "return_state", "stateful", "activity_regularizer")),),
        weights=_inner_trains,
        random=_inner_draws,
        inner=_within,
    ),
    Entry(
        "Bidirectional",
        _bidirectional,
        (2,),
        (Param("layer", layers=BOTH_WAYS, without=("dtype", "return_state", "stateful", "go_backwards")),),
        (Param("merge_mode", ("sum", "mul", "ave", None)), Param("backward_layer", _backward)),
        masks="stops",
        masking=lambda args, masked: keeps_mask(args["layer"]["args"], masked),
        weights=True,
        random=_inner_draws,
        inner=_itself,
        accepts=recurrent.is_short,
    ),
    Entry(
        "SpectralNormalization",
        _transparent,
        required=(Param("layer", layers=("Dense", "Conv1D", "Conv2D"), without=("dtype", "lora_rank", "lora_alpha")),),
        optional=(Param("power_iterations", (2,)),),
        weights=True,
        states=True,
        inner=_itself,
        tf=">=2.13",
    ),
    Entry(
        "RNN",
        _rnn,
        (2,),
        (Param("cell", _stacks, layers=CELLS, without=("dtype",)),),
        (*_RUN, Param("zero_output_for_mask", (True,))),
        masks="stops",
        masking=keeps_mask,
        weights=True,
        random=_cell_draws,
        inner=_last,
    ),
)
