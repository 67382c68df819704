"""Asks one version after another whether it shows a finding."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from harness.campaign.bisect import Bisected, NotBisectableError, bisect
from harness.campaign.cases import solve
from harness.campaign.environments import EnvironmentError_, Interpreter, declared, resolve
from harness.campaign.install import install
from harness.campaign.probe import Probe
from harness.campaign.process import Died
from harness.campaign.releases import between, pinned, with_release
from harness.campaign.routes import exists, routes
from harness.campaign.run import contract
from harness.campaign.trials import Bench, HarnessFault, Law
from harness.contract.ledger import Ledger, load_ledger
from harness.models.windows import lacking

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.campaign.cases import Case
    from harness.campaign.shrink import Candidate
    from harness.campaign.tox import Declared
    from harness.trial.records import Trial

__all__ = ["NotBisectableError", "Versions"]

DEADLINE = 120.0


class Versions:
    """The environments that a finding is looked for in."""

    def __init__(self, folder: Path | None, case: Case, *, ledger: bool, say: Callable[[str], None]) -> None:
        self.folder, self.case, self.say = folder, case, say
        self.law = Law(contract(routes()), load_ledger() if ledger else Ledger())
        self.known = declared()
        self.candidate: Candidate = case.candidate
        self.clue = case.clue
        self.answers: dict[str, bool | None] = {}
        """What each environment said, by its name."""

    def shrink_in(self, bad: str, budget: float) -> None:
        """Go on with the smallest model: it is quicker, and more versions can build it.

        Raises:
            EnvironmentError_: the environment cannot be used.
        """
        if budget <= 0:
            return
        with tempfile.TemporaryDirectory(prefix="roundtrip-") as scratch:
            bench = Bench(self._resolved(self._named(bad)), DEADLINE, routes().formats)
            try:
                solved = solve(self.case, Probe(bench, self.law, routes(), Path(scratch)), budget)
            finally:
                bench.stop()
        if solved.problem is not None:
            self.candidate, self.clue = solved.shrunk.candidate, solved.case.clue

    def among_environments(self, good: str, bad: str) -> Bisected[str]:
        """Between two environments of ``tox.ini``; those that are not installed are made.

        Raises:
            EnvironmentError_: no such environments, or not in this order.
            NotBisectableError: the ends are not what they are said to be.
        """
        names = list(self.known)
        for name in (good, bad):
            self._named(name)
        if names.index(good) >= names.index(bad):
            msg = f"{good} does not come before {bad} in tox.ini"
            raise EnvironmentError_(msg)
        span = [name for name in names[names.index(good) : names.index(bad) + 1] if self._is_alike(name, good, bad)]
        return bisect(span, lambda name: self._shows(self.known[name], installing=name in {good, bad}))

    def among_releases(self, found: Bisected[str], project: str, *, nightlies: bool) -> Bisected[str]:
        """Between the releases of a project that two environments pin, in copies of the bad one.

        Raises:
            EnvironmentError_: they do not pin it, or PyPI does not answer.
            NotBisectableError: the release alone does not make the difference.
        """
        ends = [pinned(self._named(name)).get(project) for name in (found.last_good, found.first_bad)]
        if None in ends:
            msg = f"{found.last_good} and {found.first_bad} do not both pin {project}=="
            raise EnvironmentError_(msg)
        first, last = (str(end) for end in ends)
        span = (first, *between(project, first, last, nightlies=nightlies), last)
        base = self._named(found.first_bad)
        made = {version: self._made_alike(with_release(base, project, version)) for version in span}
        return bisect(span, lambda version: self._shows(made[version], installing=True))

    def _made_alike(self, environment: Declared) -> Declared:
        """The environment of ``tox.ini`` that has the same packages: a copy of it would say the same."""
        return next((each for each in self.known.values() if each.made == environment.made), environment)

    @staticmethod
    def _is_alike(name: str, good: str, bad: str) -> bool:
        """Keras 2 on a newer TensorFlow is a line of its own."""
        return name in {good, bad} or name.endswith("tf-keras") == good.endswith("tf-keras")

    def _named(self, name: str) -> Declared:
        if name not in self.known:
            msg = f"tox.ini here names no environment {name!r}; it has: {', '.join(self.known) or 'none'}"
            raise EnvironmentError_(msg)
        return self.known[name]

    def _resolved(self, environment: Declared) -> Interpreter:
        python = environment.python(self.folder)
        if not python.is_file():
            self.say(f"{environment.name}: installing")
            install(environment, self.folder)
        found = resolve(str(python), None, self.folder) if not environment.variables else None
        if found is None:
            return resolve(None, environment.name, self.folder)
        return Interpreter(environment.name, found.executable, found.info, environment.variables)

    def _shows(self, environment: Declared, *, installing: bool) -> bool | None:
        """Whether it shows it; None where it cannot say. Asked once."""
        if environment.name not in self.answers:
            self.answers[environment.name] = self._seen(environment, installing=installing)
        return self.answers[environment.name]

    def _seen(self, environment: Declared, *, installing: bool) -> bool | None:
        if not installing and not environment.python(self.folder).is_file():
            self.say(f"{environment.name}: not installed, passed over")
            return None
        try:
            answer, why = self._asked(self._resolved(environment))
        except (EnvironmentError_, Died, HarnessFault) as error:
            answer, why = None, (str(error).strip().splitlines() or ["no reason given"])[-1]
        said = {True: "shows it", False: "does not show it", None: f"cannot say ({why})"}
        self.say(f"{environment.name}: {said[answer]}")
        return answer

    def _asked(self, interpreter: Interpreter) -> tuple[bool | None, str]:
        lacks = lacking(self.candidate.spec, interpreter.info["keras"], interpreter.info["tensorflow"])
        if lacks:
            return None, f"the model needs {', '.join(lacks)}"
        savers = [each for each in routes().savers if each.name == self.clue.saver]
        loaders = [each for each in routes().loaders if each.name == self.clue.loader]
        if not all(exists(saver, interpreter) for saver in savers) or not all(
            exists(loader, interpreter) for loader in loaders
        ):
            return None, "it has no such call"
        bench = Bench(interpreter, DEADLINE, routes().formats)
        with tempfile.TemporaryDirectory(prefix="roundtrip-") as scratch:
            try:
                probe = Probe(bench, self.law, routes(), Path(scratch))
                trials = probe.trials(self.candidate, (self.clue.saver, self.clue.loader), self.clue.looks)
            finally:
                bench.stop()
        return self._answer(trials)

    def _answer(self, trials: tuple[Trial, ...]) -> tuple[bool | None, str]:
        last = trials[-1]
        if last.verdict == "harness-error":
            return None, (last.note.strip().splitlines() or ["harness error"])[-1]
        # Which known issue explains it may be another in another version.
        shown = any(each.fingerprint == self.clue.fingerprint for trial in trials for each in trial.problems)
        if not shown and last.loader != self.clue.loader:
            return None, "the save before it fails"
        return shown, ""
