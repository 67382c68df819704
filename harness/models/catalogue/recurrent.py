"""Recurrent layers, and the cells that live inside them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.models.catalogue.convolutional import (
    FILTERS,
    SAME,
    convolved,
    dilations,
    placed,
    space,
)
from harness.models.catalogue.core import UNITS
from harness.models.catalogue.entry import WIDEST, Args, Entry, Json, Param, Shape, Tensor, Values, smallest
from harness.models.catalogue.objects import ACTIVITY, BIAS, GATES, NO_BIAS, RECURRENT_DTYPE, SEED, variable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

RATE = (0.25, 0.5)
SEQUENCES = Param("return_sequences", (True,))
STATE = Param("return_state", (True,))
BACKWARDS = Param("go_backwards", (True,))
STATEFUL = Param("stateful", (True,))
UNROLL = Param("unroll", lambda tensors, _: (True,) if tensors[0].shape[0] else ())
DROPOUTS = (Param("dropout", RATE), Param("recurrent_dropout", RATE))
SEEDED = Param("seed", SEED.values, needs=("dropout",))
RECURRENT = Param("recurrent_activation", GATES)
VARIABLES = (*variable("kernel", rank=2), *variable("recurrent", rank=2), *BIAS)
CONVOLVED = (*variable("kernel"), *variable("recurrent"), *BIAS)
_RATES = (*DROPOUTS, SEEDED)
_CELL = (Param("activation", GATES), NO_BIAS, *VARIABLES, *_RATES)
_LAYER = (SEQUENCES, BACKWARDS, STATEFUL, UNROLL, *_CELL, ACTIVITY, RECURRENT_DTYPE, STATE)
RESET_AFTER = Param("reset_after", (False,))
FORGET_BIAS = Param("unit_forget_bias", (False,), unless=("use_bias",))


def has_dropout(args: Args) -> bool:
    """Whether a layer with these arguments draws random numbers."""
    return bool(args.get("dropout") or args.get("recurrent_dropout"))


def keeps_mask(args: Args, masked: bool) -> bool:
    """Only what still has time steps can be masked."""
    return masked and bool(args.get("return_sequences"))


def sequence(shape: Shape, out: Shape, args: Args, states: Sequence[Shape]) -> tuple[Shape, ...]:
    """Outputs of a recurrent layer: one step or all of them, then its states if asked for."""
    first = (shape[0], *out) if args.get("return_sequences") else out
    return (first, *states) if args.get("return_state") else (first,)


def _simple(shapes: Sequence[Shape], args: Args) -> tuple[Shape, ...]:
    out = (args["units"],)
    return sequence(shapes[0], out, args, (out,))


def _lstm(shapes: Sequence[Shape], args: Args) -> tuple[Shape, ...]:
    out = (args["units"],)
    return sequence(shapes[0], out, args, (out, out))


def _cell(_: Sequence[Shape], args: Args) -> tuple[Shape, ...]:
    return ((args["units"],),)


def _conv_lstm(shapes: Sequence[Shape], args: Args) -> tuple[Shape, ...]:
    out = placed(convolved(space(shapes[0][1:], args), args), args["filters"], args)
    return sequence(shapes[0], out, args, (out, out))


def _kernels(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    return tuple(range(1, min(smallest(tensors[0].shape[1:-1]), 3) + 1))


def _of_frames(values: Callable[[Sequence[Tensor], Args], tuple[Json, ...]]) -> Values:
    """What fits the frames of a sequence of them."""
    return lambda tensors, args: values([replace(tensors[0], shape=tensors[0].shape[1:])], args)


def is_short(tensor: Tensor) -> bool:
    """No axis so long that stepping along it would take long."""
    return all(dim is None or dim <= WIDEST for dim in tensor.shape)


def _recurrent(cls: str, rule: object, *more: Param) -> Entry:
    return Entry(
        cls,
        rule,  # type: ignore[arg-type]
        (2,),
        (Param("units", UNITS),),
        (*_LAYER, *more),
        accepts=is_short,
        masks="stops",
        masking=keeps_mask,
        varying=True,
        weights=True,
        random=has_dropout,
    )


def _inner_cell(cls: str, *more: Param) -> Entry:
    return Entry(
        cls,
        _cell,
        (1,),
        (Param("units", UNITS),),
        (*_CELL, *more),
        varying=True,
        weights=True,
        random=has_dropout,
        standalone=False,
    )


def _convolutional(cls: str, rank: int, tf: str) -> Entry:
    return Entry(
        cls,
        _conv_lstm,
        (rank,),
        (Param("filters", FILTERS), Param("kernel_size", _kernels)),
        (
            Param("strides", (2,)),
            Param("dilation_rate", _of_frames(dilations), unless=("strides",)),
            *(SEQUENCES, BACKWARDS, SAME, NO_BIAS, *CONVOLVED, *_RATES, RECURRENT, FORGET_BIAS, STATEFUL),
            Param("activation", GATES),
            ACTIVITY,
            Param("return_state", (True,), keras=">=2.5"),
        ),
        accepts=is_short,
        weights=True,
        random=has_dropout,
        tf=tf,
    )


ENTRIES: tuple[Entry, ...] = (
    _recurrent("SimpleRNN", _simple),
    _recurrent("GRU", _simple, RECURRENT, RESET_AFTER),
    _recurrent("LSTM", _lstm, RECURRENT, FORGET_BIAS),
    _inner_cell("SimpleRNNCell"),
    _inner_cell("GRUCell", RECURRENT, RESET_AFTER),
    _inner_cell("LSTMCell", RECURRENT, FORGET_BIAS),
    Entry(
        "custom.LeakyCell",
        _cell,
        (1,),
        (Param("units", UNITS),),
        (Param("holds", ("tuple",)),),
        weights=True,
        varying=True,
        standalone=False,
    ),
    _convolutional("ConvLSTM1D", 3, ">=2.6"),
    _convolutional("ConvLSTM2D", 4, ""),
)
