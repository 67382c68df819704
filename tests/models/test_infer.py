"""An invalid graph is found out without TensorFlow."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.models.infer import InvalidModelError, infer
from harness.models.spec import Call, Layer

from .test_spec import DENSE

MODEL = DENSE.model
INNER = Layer("inner", "Model", model=MODEL)


def test_the_output_of_one_layer() -> None:
    (output,) = infer(MODEL)
    assert (output.shape, output.domain) == ((1,), "real")


def test_a_model_inside_a_model() -> None:
    assert infer(replace(MODEL, layers=(INNER,)))[0].shape == (1,)


@pytest.mark.parametrize(
    "broken",
    [
        replace(MODEL, outputs=("c1",)),
        replace(MODEL, calls=(Call(0, ("i1",)),)),
        replace(MODEL, calls=(Call(1, ("i0",)),)),
        replace(MODEL, layers=(Layer("conv", "Conv1D", {"filters": 1, "kernel_size": 1}),)),
        replace(MODEL, layers=(Layer("add", "Add"),)),
        replace(MODEL, inputs=(replace(MODEL.inputs[0], shape=(3,)),), layers=(INNER,)),
    ],
    ids=["output", "input", "layer", "rank", "arity", "nested"],
)
def test_what_does_not_hold_together_is_refused(broken: object) -> None:
    with pytest.raises(InvalidModelError):
        infer(broken)  # type: ignore[arg-type]
