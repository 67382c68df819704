"""Tries one route of one model, and says whether a problem shows: what shrinking and bisecting ask again and again."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from harness.campaign.cross import CrossTrials
from harness.campaign.deposit import FACTS, Depositor, read_deposit
from harness.campaign.trials import SHOWN_BY, ModelTrials, Selection
from harness.models.windows import lacking

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from harness.campaign.routes import Routes
    from harness.campaign.shrink import Candidate
    from harness.campaign.trials import Bench, Law
    from harness.subject.formats import Loader, Saver
    from harness.trial.records import Problem, Trial

NO_LOADER = "(none)"
"""Names no loader: the save alone is wanted."""

LOOKS: Mapping[str, tuple[str, ...]] = {
    "predictions": ("predictions",),
    "compile": ("predictions", "evaluate"),
    "resume": tuple(SHOWN_BY),
}
"""Ways of looking that a problem of a facet takes; the others take none."""


Look: TypeAlias = "Callable[[Path, dict[str, Any]], None]"
"""Is shown the path of an artifact, and the portrait of the model that was saved."""


@dataclass(frozen=True)
class Clue:
    """A problem of a route, as far as it can be told apart from others in another model."""

    saver: str
    loader: str
    facet: str
    fingerprint: str
    difference: str = ""
    known: str | None = None

    @property
    def looks(self) -> tuple[str, ...]:
        """Ways of looking at a loaded model that it takes to see the problem."""
        return LOOKS.get(self.facet, ())

    def is_in(self, trial: Trial) -> bool:
        """Whether a trial shows it: the same fingerprint, explained by the same known issue if by any."""
        return self.problem(trial) is not None

    def problem(self, trial: Trial) -> Problem | None:
        """The problem itself, in a trial that shows it."""
        if (trial.saver, trial.loader) != (self.saver, self.loader):
            return None
        alike = (each for each in trial.problems if each.fingerprint == self.fingerprint and each.known == self.known)
        return next(alike, None)


def _pass(_path: Path, _live: dict[str, Any]) -> None:
    """Look at nothing."""


class Probe:
    """One route in one environment, tried with one model after another in a process that lives on."""

    def __init__(self, bench: Bench, law: Law, routes: Routes, scratch: Path) -> None:
        self.bench, self.law, self.routes, self.scratch = bench, law, routes, scratch

    def trials(
        self,
        candidate: Candidate,
        route: tuple[str, str],
        looks: tuple[str, ...] = tuple(SHOWN_BY),
        look: Look = _pass,
    ) -> tuple[Trial, ...]:
        """The trials of one route: the save and, with a loader, the load of what it wrote.

        Args:
            candidate: the model, and what is done to it before.
            route: names of the saver and the loader; an empty loader for the save alone.
            looks: ways of looking at the loaded model.
            look: is shown the artifact and the portrait of the model.
        """
        made = ModelTrials(candidate.spec, self.bench, self.law, Selection(self.routes), self.scratch, looks)
        before = tuple(self.saver(name) for name in candidate.before)
        self.bench.recycle()
        return made.single(self.saver(route[0]), self._loader(route[1]), before, look)

    def shows(self, clue: Clue) -> Callable[[Candidate], bool]:
        """Whether a candidate shows a problem; what these versions cannot build does not."""

        def check(candidate: Candidate) -> bool:
            return self.problem(clue, candidate) is not None

        return check

    def problem(self, clue: Clue, candidate: Candidate, look: Look = _pass) -> Problem | None:
        """The problem as a candidate shows it, or None."""
        info = self.bench.environment.info
        if lacking(candidate.spec, info["keras"], info["tensorflow"]):
            return None
        trials = self.trials(candidate, (clue.saver, clue.loader), clue.looks, look)
        return next((found for trial in trials if (found := clue.problem(trial)) is not None), None)

    def saver(self, name: str) -> Saver:
        return next(saver for saver in self.routes.savers if saver.name == name)

    def _loader(self, name: str) -> Loader | None:
        return next((loader for loader in self.routes.loaders if loader.name == name), None)


class CrossProbe(Probe):
    """One route from one environment to another: written there, read here. What went before a save has no part in it."""

    def __init__(self, writer: Bench, reader: Bench, law: Law, routes: Routes, scratch: Path) -> None:
        super().__init__(reader, law, routes, scratch)
        self.writer = writer

    def trials(
        self,
        candidate: Candidate,
        route: tuple[str, str],
        looks: tuple[str, ...] = tuple(SHOWN_BY),
        look: Look = _pass,
    ) -> tuple[Trial, ...]:
        """The trial of the load; none where the writer has written nothing."""
        info = self.writer.environment.info
        if lacking(candidate.spec, info["keras"], info["tensorflow"]):
            return ()
        self.writer.recycle()
        self.bench.recycle()
        folder = self.scratch / "deposit" / candidate.spec.id
        try:
            self._write(candidate, route[0], folder, looks)
            if not (folder / FACTS).is_file():
                return ()
            deposit = read_deposit(folder)
            for artifact in deposit.artifacts:
                look(folder / artifact.path, deposit.reference)
            selection = Selection(self.routes, frozenset(route[:1]), frozenset(route[1:]))
            return tuple(CrossTrials(deposit, self.bench, self.law, selection, self.scratch / "read").run())
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _write(self, candidate: Candidate, saver: str, folder: Path, looks: tuple[str, ...]) -> None:
        selection = Selection(self.routes, frozenset({saver}), frozenset({NO_LOADER}))
        keeper = Depositor(folder, frozenset({saver}))
        scratch = self.scratch / "write"
        made = ModelTrials(candidate.spec, self.writer, self.law, selection, scratch, looks, keeper)
        for _ in made.run():
            pass
