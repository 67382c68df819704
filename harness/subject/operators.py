"""Operations on symbolic tensors, as users write them between layers: ``x * 2.0``, ``x[:, 1:]``, ``ops.mean(x)``."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Callable, Dict

from . import env

Json = Any


def _ops() -> Any:
    """``keras.ops``; before Keras 3 the functions of TensorFlow, which go by other names."""
    if env.is_keras_3():
        return env.keras().ops
    import tensorflow as tf

    return SimpleNamespace(
        mean=tf.reduce_mean,
        max=tf.reduce_max,
        concatenate=tf.concat,
        stack=tf.stack,
        expand_dims=tf.expand_dims,
        clip=tf.clip_by_value,
        square=tf.square,
        tanh=tf.tanh,
        relu=tf.nn.relu,
        softmax=tf.nn.softmax,
        maximum=tf.maximum,
        not_equal=tf.not_equal,
        where=tf.where,
    )


def _slice(x: Any, axis: int, start: Any = None, stop: Any = None, step: Any = None) -> Any:
    return x[(slice(None),) * axis + (slice(start, stop, step),)]


def _at(x: Any, axis: int, index: int) -> Any:
    return x[(slice(None),) * axis + (index,)]


OPERATORS: Dict[str, Callable[..., Any]] = {
    "Plus": lambda x, value: x + value,
    "Less": lambda x, value: x - value,
    "From": lambda x, value: value - x,
    "Times": lambda x, value: x * value,
    "Over": lambda x, value: x / value,
    "Negated": lambda x: -x,
    "Sum": lambda x, y: x + y,
    "Difference": lambda x, y: x - y,
    "Product": lambda x, y: x * y,
    "Larger": lambda x, y: _ops().maximum(x, y),
    "Slice": _slice,
    "At": _at,
    "Squared": lambda x: _ops().square(x),
    "Tanh": lambda x: _ops().tanh(x),
    "Rectified": lambda x: _ops().relu(x),
    "Clipped": lambda x, low, high: _ops().clip(x, low, high),
    "Probabilities": lambda x, axis=-1: _ops().softmax(x, axis=axis),
    "Mean": lambda x, axis, keepdims=False: _ops().mean(x, axis=axis, keepdims=keepdims),
    "Largest": lambda x, axis, keepdims=False: _ops().max(x, axis=axis, keepdims=keepdims),
    "Joined": lambda *parts, axis=-1: _ops().concatenate(parts, axis=axis),
    "Stacked": lambda *parts, axis=1: _ops().stack(parts, axis=axis),
    "Expanded": lambda x, axis: _ops().expand_dims(x, axis=axis),
    "Chosen": lambda x, y, value: _ops().where(x > value, x, y),
    "Mask": lambda x, value: _ops().not_equal(x[:, :, 0], value),
}
"""By name; the arguments of a call come first."""


class Operator:
    """An operation with its arguments, called as a layer would be."""

    def __init__(self, name: str, args: Dict[str, Json]) -> None:
        self._call = OPERATORS[name]
        self._args = args

    def __call__(self, *inputs: Any) -> Any:
        return self._call(*inputs, **self._args)
