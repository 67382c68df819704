"""Shrinks what shows a finding: the smallest model, and as few savers before it as it takes."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from harness.models.reduce import reductions, weight

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.models.spec import ModelSpec

BUDGET = 60.0
"""Seconds for one finding."""


@dataclass(frozen=True)
class Candidate:
    """A model, and the savers that are run on it before the route concerned: what is shrunk."""

    spec: ModelSpec
    before: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shrunk:
    """What shrinking came to."""

    candidate: Candidate
    reproduced: bool
    """Whether the finding showed at all: if not, nothing was shrunk."""
    tried: int
    seconds: float
    finished: bool
    """False where the budget ended it: something smaller may show it, too."""


@dataclass
class _Search:
    """A greedy walk to ever lighter candidates; each is tried once."""

    shows: Callable[[Candidate], bool]
    budget: float
    clock: Callable[[], float]
    started: float = 0.0
    seen: set[tuple[str, tuple[str, ...]]] = field(default_factory=set)
    over: bool = False

    def __post_init__(self) -> None:
        self.started = self.clock()

    @property
    def seconds(self) -> float:
        return self.clock() - self.started

    def try_(self, candidate: Candidate) -> bool:
        """Whether a candidate that has not been tried shows it."""
        key = (candidate.spec.id, candidate.before)
        if key in self.seen:
            return False
        if self.seconds >= self.budget:
            self.over = True
            return False
        self.seen.add(key)
        return self.shows(candidate)


def shrink(
    candidate: Candidate,
    shows: Callable[[Candidate], bool],
    *,
    budget: float = BUDGET,
    clock: Callable[[], float] = time.monotonic,
) -> Shrunk:
    """Find a smaller candidate that still shows it.

    Args:
        candidate: what to start from.
        shows: whether a candidate shows the finding; of any kind, across versions as well as within one.
        budget: seconds, from when it has shown once, after which no further candidate is tried.
        clock: tells the time.
    """
    search = _Search(shows, budget, clock)
    shown = search.try_(candidate)
    # What a process takes to start is none of the finding's business.
    search.started = clock()
    if not shown:
        return Shrunk(candidate, reproduced=False, tried=1, seconds=search.seconds, finished=True)
    best = _fewer_before(candidate, search)
    improved = True
    while improved and not search.over:
        lighter = best
        for reduce in reductions():
            lighter = _exhausted(lighter, reduce, search)
        improved = lighter != best
        best = lighter
    return Shrunk(_fewer_before(best, search), True, len(search.seen), search.seconds, not search.over)


def _fewer_before(best: Candidate, search: _Search) -> Candidate:
    """Without the savers that do not matter: all of them at once, halves, then one by one."""
    size = len(best.before)
    while size > 0 and not search.over:
        start = 0
        while start < len(best.before):
            left = replace(best, before=best.before[:start] + best.before[start + size :])
            if search.try_(left):
                best = left
            else:
                start += size
        size //= 2
    return best


def _exhausted(best: Candidate, reduce: Callable[[ModelSpec], Iterator[ModelSpec]], search: _Search) -> Candidate:
    """Reduce in one way until that way leads no further."""
    found: Candidate | None = best
    while found is not None:
        best, found = found, _next(found, reduce, search)
    return best


def _next(best: Candidate, reduce: Callable[[ModelSpec], Iterator[ModelSpec]], search: _Search) -> Candidate | None:
    least = weight(best.spec)
    for spec in reduce(best.spec):
        if search.over:
            return None
        candidate = replace(best, spec=spec)
        if weight(spec) < least and search.try_(candidate):
            return candidate
    return None
