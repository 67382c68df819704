"""Operations on tensors, as functions in a script: between layers a person writes ``x * 2.0``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.repro.source import expression

if TYPE_CHECKING:
    from collections.abc import Mapping

OPERATIONS: Mapping[str, str] = {
    "Plus": "lambda x: x + {value}",
    "Less": "lambda x: x - {value}",
    "From": "lambda x: {value} - x",
    "Times": "lambda x: x * {value}",
    "Over": "lambda x: x / {value}",
    "Negated": "lambda x: -x",
    "Sum": "lambda x, y: x + y",
    "Difference": "lambda x, y: x - y",
    "Product": "lambda x, y: x * y",
    "Larger": "lambda x, y: keras.ops.maximum(x, y)",
    "Slice": "lambda x: x[{axes}{start}:{stop}:{step}]",
    "At": "lambda x: x[{axes}{index}]",
    "Squared": "lambda x: keras.ops.square(x)",
    "Tanh": "lambda x: keras.ops.tanh(x)",
    "Rectified": "lambda x: keras.ops.relu(x)",
    "Clipped": "lambda x: keras.ops.clip(x, {low}, {high})",
    "Probabilities": "lambda x: keras.ops.softmax(x, axis={axis})",
    "Mean": "lambda x: keras.ops.mean(x, axis={axis}, keepdims={keepdims})",
    "Largest": "lambda x: keras.ops.max(x, axis={axis}, keepdims={keepdims})",
    "Joined": "lambda *parts: keras.ops.concatenate(parts, axis={axis})",
    "Stacked": "lambda *parts: keras.ops.stack(parts, axis={axis})",
    "Expanded": "lambda x: keras.ops.expand_dims(x, axis={axis})",
    "Chosen": "lambda x, y: keras.ops.where(x > {value}, x, y)",
    "Mask": "lambda x: keras.ops.not_equal(x[:, :, 0], {value})",
}
"""As :mod:`harness.subject.operators` has them."""

DEFAULTS: Mapping[str, Any] = {"axis": -1, "keepdims": False}
STACKED_AXIS = 1
TENSORFLOW: Mapping[str, str] = {
    "keras.ops.mean": "tf.reduce_mean",
    "keras.ops.max(": "tf.reduce_max(",
    "keras.ops.concatenate": "tf.concat",
    "keras.ops.clip": "tf.clip_by_value",
    "keras.ops.relu": "tf.nn.relu",
    "keras.ops.softmax": "tf.nn.softmax",
    "keras.ops.": "tf.",
}
"""What they are called before Keras 3, the longest first."""


def is_operation(cls: str) -> bool:
    """Whether it is an operation, and no layer."""
    return cls.startswith("op.")


def operation(cls: str, args: Mapping[str, Any], *, keras3: bool) -> str:
    """A function of tensors that a call of the operation is."""
    name = cls.removeprefix("op.")
    given = {**DEFAULTS, **({"axis": STACKED_AXIS} if name == "Stacked" else {}), **args}
    values = {key: expression(value) for key, value in given.items()}
    bounds = {key: values.get(key, "") for key in ("start", "stop", "step")}
    axes = "".join(":, " for _ in range(given["axis"]))
    text = OPERATIONS[name].format(**{**values, **bounds, "axes": axes}).replace("::]", ":]")
    for new, old in () if keras3 else TENSORFLOW.items():
        text = text.replace(new, old)
    return f"({text})"
