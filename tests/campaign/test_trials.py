from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from harness.campaign import trials
from harness.campaign.environments import Interpreter
from harness.campaign.process import Died
from harness.campaign.trials import LEAST_PATIENCE, PATIENCE, Bench, Patience

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock:
    """Time that passes when it is told to."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(trials, "time", made)
    return made


class Slow:
    """A subject that takes as long as the request says, and no longer than it is given."""

    alive = True

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.given: list[float] = []

    def ask(self, request: dict[str, Any], deadline: float) -> dict[str, Any]:
        self.given.append(deadline)
        self.clock.now += min(request["takes"], deadline)
        if request["takes"] > deadline:
            raise Died("timeout", "no answer")
        return {}


def asking(clock: Clock, deadline: float) -> tuple[Slow, Callable[[float], None]]:
    bench, subject, patience = Bench(Interpreter("python", "python"), deadline, ()), Slow(clock), Patience()
    bench.subject = subject  # type: ignore[assignment]

    def ask(takes: float) -> None:
        if takes > deadline:
            with pytest.raises(Died):
                bench.ask({"takes": takes}, patience)
        else:
            bench.ask({"takes": takes}, patience)

    return subject, ask


def test_what_follows_a_hang_is_waited_for_less(clock: Clock) -> None:
    subject, ask = asking(clock, 120)
    for takes in (7, 999, 1, 999):
        ask(takes)
    assert subject.given == [120, 120, 7 * PATIENCE, 7 * PATIENCE]


def test_but_never_for_less_than_what_is_sure_nor_for_more_than_the_deadline(clock: Clock) -> None:
    subject, ask = asking(clock, 120)
    for takes in (0.1, 999, 1):
        ask(takes)
    assert subject.given[-1] == LEAST_PATIENCE
    subject, ask = asking(clock, 30)
    for takes in (25, 999, 1):
        ask(takes)
    assert subject.given[-1] == 30
