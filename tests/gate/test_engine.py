"""How much time a gate has left."""

from __future__ import annotations

import time

from harness.gate.engine import Budget, Spent
from tests.gate.pairs import NEW, OLD, good, on
from tests.report.sample import SPEC, model_spec


def spent(*records: object) -> Spent:
    found = Spent(frozenset({NEW}), jobs=2)
    for record in records:
        found.add(record)  # type: ignore[arg-type]
    return found


def test_a_resumed_gate_has_only_the_rest_of_its_time_and_finishes_what_it_has_begun() -> None:
    before = spent(on(good(seconds=100.0), NEW), on(good(seconds=20.0, loader="other"), NEW))
    assert before.seconds == 60.0
    over = Budget(50.0, before.begun, started=before.started)
    assert (over.admits(SPEC), over.admits(model_spec(layers=2))) == (True, False)
    assert Budget(70.0, before.begun, started=before.started).admits(model_spec(layers=2))


def test_what_is_stored_took_no_time() -> None:
    stored = spent(on(good(seconds=100.0), OLD))
    assert (stored.seconds, stored.begun) == (0.0, set())
    assert stored.started <= time.monotonic()
