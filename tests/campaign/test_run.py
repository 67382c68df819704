"""What workers of a run share: subjects that end with it, and files that go when the last reader has met them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from harness.campaign import run as running
from harness.campaign.run import Benches, Plan
from harness.campaign.trials import Bench, HarnessFault
from tests.campaign.crossed import LATE, MODEL, NEW, OLD, deposit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.campaign.deposit import Deposit
    from harness.campaign.environments import Interpreter
    from harness.campaign.run import Round
    from harness.models.spec import ModelSpec

SAVER = "Model.save(.h5)"
OTHER = replace(MODEL, seed=6)


class Started:
    """A subject in name only, which closes its bench while it starts."""

    alive = True

    def __init__(self, *_: object, **__: object) -> None:
        self.closed = False

    def close(self) -> None:
        self.closed = True


def test_a_subject_that_is_lent_after_the_end_does_not_start() -> None:
    benches = Benches(1.0, ())
    benches.stop()
    with benches.lend(OLD) as bench, pytest.raises(HarnessFault, match="the run has ended"):
        bench.ask({"op": "open"})


def test_a_subject_that_starts_while_the_run_ends_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(OLD, 1.0, ())
    started: list[Started] = []

    def start(*_: object, **__: object) -> Started:
        # Another thread ends the run before this one has its subject.
        bench.close()
        started.append(Started())
        return started[-1]

    monkeypatch.setattr("harness.campaign.trials.Subject", start)
    with pytest.raises(HarnessFault, match="the run has ended"):
        bench.ask({"op": "open"})
    assert [each.closed for each in started] == [True]


def trials(plan: Plan) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    running.run(plan, frozenset(), found.append)
    return [record for record in found if record["record"] == "trial"]


def test_a_writer_that_cannot_be_tried_is_told_though_only_reading_was_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise HarnessFault("no subject starts")

    monkeypatch.setattr(Bench, "ask", fail)
    (trial,) = trials(Plan((MODEL,), (OLD, NEW), (SAVER,), ("load_model",), pairs=(("old", "new"),), alone=False))
    assert (trial["writer"], trial["reader"], trial["saver"]) == ("old", "old", SAVER)
    assert (trial["verdict"], trial["note"]) == ("harness-error", "no subject starts")


@pytest.mark.parametrize("abreast", [False, True])
def test_what_was_written_goes_when_the_last_reader_has_met_it(monkeypatch: pytest.MonkeyPatch, abreast: bool) -> None:
    seen: dict[tuple[str, str], set[str]] = {}

    def write(round_: Round, spec: ModelSpec, environment: Interpreter, *_: object) -> None:
        if environment is OLD:
            folder = round_.deposit(spec, environment.name)
            folder.mkdir(parents=True)
            deposit(folder, spec).write()

    class Reading:
        def __init__(self, found: Deposit, bench: Bench, *_: object) -> None:
            self.found, self.reader = found, bench.environment.name

        def run(self) -> Iterator[Any]:
            seen[self.found.spec.id, self.reader] = {each.name for each in self.found.folder.parent.iterdir()}
            return iter(())

    monkeypatch.setattr(running, "_alone", write)
    monkeypatch.setattr(running, "CrossTrials", Reading)
    pairs = (("old", "late"), ("old", "new"))
    trials(Plan((MODEL, OTHER), (OLD, LATE, NEW), pairs=pairs, alone=False, abreast=abreast))
    both = {MODEL.id, OTHER.id}
    assert seen == {
        (MODEL.id, "late"): both,
        (OTHER.id, "late"): both,
        (MODEL.id, "new"): both,
        (OTHER.id, "new"): {OTHER.id},
    }
