"""Inputs and labels of a script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.models.infer import infer
from harness.repro.forms import arranged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.models.spec import Input, ModelSpec

WORDS = ("oak", "ash", "elm", "fir", "yew")
VARYING = 4
"""Length where a model leaves it open."""


def inputs(spec: ModelSpec) -> list[str]:
    """Lines that make ``inputs`` and, of them, ``x``."""
    made = [_input(item, spec.batch) for item in spec.model.inputs]
    takes = spec.model.takes
    each_one = [f"inputs[{place}]" for place in range(len(made))]
    x = _single("inputs", len(made)) if takes == "list" else arranged(each_one, takes)
    return ["inputs = [", *(f"    {each}," for each in made), "]", f"x = {x}"]


def _single(name: str, count: int) -> str:
    return f"{name}[0]" if count == 1 else name


def _input(item: Input, batch: int) -> str:
    shape = (batch, *(VARYING if dim is None else dim for dim in item.shape))
    if item.domain.startswith("index:"):
        return f'rng.randint(1, {item.domain[6:]}, size={shape}).astype("{item.dtype}")'
    if item.dtype == "string":
        return f"tf.constant(rng.choice({list(WORDS)!r}, size={shape}))"
    if item.domain == "unit":
        return f'rng.uniform(size={shape}).astype("{item.dtype}")'
    return f'rng.normal(size={shape}).astype("{item.dtype}")'


def labels(spec: ModelSpec) -> list[str]:
    """Lines that make ``y``; none where the model is not compiled."""
    if spec.compile is None:
        return []
    shapes = [(spec.batch, *(VARYING if dim is None else dim for dim in item.shape)) for item in infer(spec.model)]
    made = [_label(target, shape) for target, shape in zip(spec.compile.targets, shapes, strict=True)]
    if len(made) == 1:
        return [f"y = {made[0]}"]
    return ["y = [", *(f"    {each}," for each in made), "]"]


def _label(target: str, shape: Sequence[int]) -> str:
    if target.startswith("sparse:"):
        return f'rng.randint(0, {target[7:]}, size={tuple(shape[:-1])}).astype("int32")'
    if target == "onehot":
        return f'np.eye({shape[-1]}, dtype="float32")[rng.randint(0, {shape[-1]}, size={tuple(shape[:-1])})]'
    if target == "sign":
        return f'(rng.randint(0, 2, size={tuple(shape)}) * 2 - 1).astype("float32")'
    if target == "unit":
        return f'rng.uniform(0.05, 0.95, size={tuple(shape)}).astype("float32")'
    return f'rng.normal(size={tuple(shape)}).astype("float32")'
