from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from benchmarks.validity import tried
from harness.campaign.process import Died
from harness.campaign.trials import HarnessFault
from harness.models.generate import generate
from harness.models.spec import KINDS

SPEC = generate(1, 0, KINDS)[0]


class Told:
    """A bench whose subject answers as it is told to, and keeps these arrays."""

    def __init__(self, reply: dict[str, Any] | Exception, **arrays: Any) -> None:
        self.reply, self.arrays = reply, arrays

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        if isinstance(self.reply, Exception):
            raise self.reply
        np.savez(request["arrays"], **self.arrays)
        return self.reply


@pytest.mark.parametrize(
    ("bench", "came"),
    [
        (Told({"predictions": {"value": []}}, weight=np.ones(2), text=np.array([b"a"])), "finite"),
        (Told({"predictions": {"value": []}}, weight=np.array([1, np.inf])), "not finite"),
        (Told({"predictions": {"raised": {"type": "ValueError"}}}), "predicts nothing"),
        (Told({}), "not built before it is saved"),
        (Told(HarnessFault("ValueError: no such layer")), "cannot be made"),
        (Told(Died("crash", "signal 11")), "cannot be made"),
    ],
)
def test_a_model_is_one_if_it_is_made_and_predicts_numbers(bench: Any, came: str) -> None:
    assert tried(SPEC, bench)[0] == came
