"""Layer names, in orders that a format must not depend on."""

from __future__ import annotations

import re
from collections import Counter
from typing import Literal

Style = Literal["plain", "reversed", "downwards", "camel", "odd", "long"]
STYLES: tuple[Style, ...] = ("plain", "plain", "reversed", "downwards", "camel", "odd", "long")
"""As Keras would name them; against the alphabet; numbers that sort otherwise as text; capitals; with signs that a
scope of TensorFlow may have, but no attribute of Python; far longer than usual."""

OPERATIONS = frozenset(
    ("add", "subtract", "multiply", "maximum", "minimum", "concatenate", "softmax", "dot", "average")
)
"""Names that Keras gives to operations on tensors."""

LENGTH = 8
"""How often a long name says what it is."""
HIGHEST = 11
"""Downward numbers pass from two digits to one."""


def snake(cls: str) -> str:
    """``DepthwiseConv2D`` as ``depthwise_conv2d``."""
    bare = cls.rpartition(".")[2]
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z])", "_", bare).lower()


class Namer:
    """Gives every layer of a model a name of its own."""

    def __init__(self, style: Style, *, reserved: bool = False) -> None:
        """``reserved``: there may be operations, which Keras names."""
        self._style = style
        self._reserved = reserved
        self._seen: Counter[str] = Counter()

    def name(self, cls: str) -> str:
        """The next name for a layer of this class."""
        key = "" if self._style == "reversed" else snake(cls)
        number = self._seen[key]
        self._seen[key] += 1
        taken = self._reserved and snake(cls) in OPERATIONS
        return self._written(f"{cls}Layer" if taken else cls, number)

    def _written(self, cls: str, number: int) -> str:
        if self._style == "reversed":
            return f"{chr(ord('z') - number % 26)}{number // 26 or ''}_{snake(cls)}"
        if self._style == "downwards":
            return f"{snake(cls)}_{HIGHEST - number}" if number < HIGHEST else f"{snake(cls)}_below_{number}"
        if self._style == "odd":
            return f"{number}.{snake(cls)}-{number % 3}"
        if self._style == "long":
            return "_".join([snake(cls)] * LENGTH) + f"_{number}"
        if self._style == "camel":
            return f"{cls.rpartition('.')[2]}{chr(ord('A') + number % 26)}{number // 26 or ''}"
        return f"{snake(cls)}_{number}" if number else snake(cls)
