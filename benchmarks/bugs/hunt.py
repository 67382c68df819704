"""Hunts bugs in one environment: random models through the routes concerned, until a finding is one of them."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from harness.campaign.cases import Case, savers_before, solve
from harness.campaign.probe import LOOKS, Clue, Probe
from harness.campaign.routes import routes
from harness.campaign.run import contract
from harness.campaign.shrink import Candidate
from harness.campaign.trials import SHOWN_BY, Bench, Law, ModelTrials, Selection
from harness.contract.ledger import Ledger
from harness.models import traits
from harness.models.generate import models
from harness.models.spec import KINDS
from harness.models.windows import lacking

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from benchmarks.bugs.catalogue import Bug, Facts
    from harness.campaign.cases import Solved
    from harness.campaign.environments import Interpreter
    from harness.models.spec import Kind, ModelSpec
    from harness.trial.records import Problem, Trial

DEADLINE = 120.0
FEW = 3
"""Layers of a model that counts as shrunk, though the budget has ended it."""
BESIDE = 12
"""Findings that may turn out to be about something else before no more are shrunk."""


@dataclass
class Result:
    """What became of one bug in one environment; a line of the output."""

    id: str
    phase: str
    """``buggy``, ``fixed`` or ``control``."""
    environment: str
    versions: str
    found: bool = False
    models: int = 0
    """Models of the kinds concerned, up to the one that showed it; or all of the budget."""
    having: int = 0
    """Those among them that have the ingredient: the others cannot show it, and were not tried."""
    seconds: float = 0.0
    route: tuple[str, str] = ("", "")
    facet: str = ""
    difference: str = ""
    severity: str = ""
    spec: str = ""
    culprit: tuple[str, ...] = ()
    """What the shrunk model has that is not plain."""
    layers: int = 0
    """Of the shrunk model."""
    finished: bool = True
    """Whether shrinking came to its end within its budget."""
    errors: int = 0
    """Trials that came to nothing by a fault of the harness."""
    beside: list[str] = field(default_factory=list)
    """Findings on the route and of the facet that turned out to be about something else."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass
class Hunt:
    """One bug that is still at large."""

    bug: Bug
    result: Result
    limit: int
    """Models of the kinds concerned."""
    tries: int
    over: bool = False


class Stream:
    """Models that are drawn as they are asked for, and kept."""

    def __init__(self, drawn: Iterator[ModelSpec]) -> None:
        self.drawn = drawn
        self.kept: list[ModelSpec] = []

    def at(self, place: int) -> ModelSpec | None:
        """The model at a place; None where there is no further one."""
        missing = place + 1 - len(self.kept)
        self.kept += islice(self.drawn, max(missing, 0))
        return self.kept[place] if place < len(self.kept) else None


class Hunter:
    """One environment, with a process that lives on."""

    def __init__(self, environment: Interpreter, facts: Facts, scratch: Path, shrinking: float) -> None:
        self.environment, self.facts, self.scratch, self.shrinking = environment, facts, scratch, shrinking
        self.known = routes()
        self.law = Law(contract(self.known), Ledger())
        self.bench = Bench(environment, DEADLINE, self.known.formats)
        self.probe = Probe(self.bench, self.law, self.known, scratch / "probe")
        self.solved: dict[tuple[str, str, str, str], Solved] = {}
        """What was shrunk before: several bugs may show in one problem."""
        self.streams: dict[Kind, Stream] = {}

    def close(self) -> None:
        """End the process."""
        self.bench.stop()

    def hunt(self, bugs: Sequence[Bug]) -> Iterator[Result]:
        """Results of bugs that this environment has, as they come."""
        open_ = [Hunt(bug, self._result(bug, "buggy"), self.facts.budget, self.facts.tries) for bug in bugs]
        yield from self._worked(open_, self._in_turn({kind for bug in bugs for kind in bug.kinds}))

    def watch(self, bug: Bug, phase: str, chosen: Sequence[tuple[int, ModelSpec]]) -> Result:
        """The result of a bug that this environment does not have, on given models."""
        watched = Hunt(bug, self._result(bug, phase), self.facts.budget, self.facts.tries)
        return next(iter(self._worked([watched], chosen)))

    def having(self, bug: Bug, count: int) -> list[tuple[int, ModelSpec]]:
        """The first models with the ingredient, and their numbers among those of the kinds concerned."""
        numbers = self._in_turn(set(bug.kinds))
        found = ((number, spec) for number, spec in numbers if bug.ingredient.is_in(spec))
        return [each for each, _ in zip(found, range(count), strict=False)]

    def buildable(self, chosen: Iterable[tuple[int, ModelSpec]]) -> list[tuple[int, ModelSpec]]:
        """Those that these versions can build."""
        info = self.environment.info
        return [each for each in chosen if not lacking(each[1], info["keras"], info["tensorflow"])]

    def _result(self, bug: Bug, phase: str) -> Result:
        return Result(bug.id, phase, self.environment.name, self.environment.title)

    def _in_turn(self, kinds: set[Kind]) -> Iterator[tuple[int, ModelSpec]]:
        """The models of these kinds in turn, with the number that each has among those of its own kind."""
        chosen = [kind for kind in KINDS if kind in kinds]
        size = self.facts.budget
        for number in range(size):
            for kind in chosen:
                spec = self._stream(kind).at(number)
                if spec is not None:
                    yield number + 1, spec

    def _stream(self, kind: Kind) -> Stream:
        """The models of one kind that these versions can build."""
        if kind not in self.streams:
            versions = (self.environment.info["keras"], self.environment.info["tensorflow"])
            self.streams[kind] = Stream(models(self.facts.seed, (kind,), versions=[versions]))
        return self.streams[kind]

    def _worked(self, open_: list[Hunt], chosen: Iterable[tuple[int, ModelSpec]]) -> Iterator[Result]:
        for number, spec in chosen:
            for each in open_:
                self._count(each, number, spec)
            yield from (each.result for each in open_ if each.over)
            open_ = [each for each in open_ if not each.over]
            if not open_:
                return
            now = [each for each in open_ if spec.kind in each.bug.kinds and each.bug.ingredient.is_in(spec)]
            if now:
                self._try(now, spec)
                yield from (each.result for each in open_ if each.over)
                open_ = [each for each in open_ if not each.over]
        yield from (each.result for each in open_)

    @staticmethod
    def _count(hunt: Hunt, number: int, spec: ModelSpec) -> None:
        if spec.kind not in hunt.bug.kinds:
            return
        of_each = (number - 1) * len(hunt.bug.kinds) + hunt.bug.kinds.index(spec.kind) + 1
        if of_each > hunt.limit or hunt.result.having >= hunt.tries:
            hunt.over = True
        else:
            hunt.result.models = of_each

    def _try(self, hunts: list[Hunt], spec: ModelSpec) -> None:
        started = time.monotonic()
        trials = self._trials(spec, [hunt.bug for hunt in hunts])
        self.bench.recycle()
        spent = time.monotonic() - started
        for hunt in hunts:
            begun = time.monotonic()
            hunt.result.having += 1
            hunt.result.errors += sum(trial.verdict == "harness-error" for trial in trials)
            self._look(hunt, spec, trials)
            hunt.result.seconds = round(hunt.result.seconds + spent + time.monotonic() - begun, 1)

    def _trials(self, spec: ModelSpec, bugs: Sequence[Bug]) -> list[Trial]:
        """The model through every route that concerns one of the bugs."""
        savers = {each.name for each in self.known.savers if any(bug.concerns(each.name, "") for bug in bugs)}

        def unwanted(_spec: str, saver: str, loader: str) -> bool:
            return not any(bug.concerns(saver, loader) for bug in bugs)

        selection = Selection(self.known, frozenset(savers), done=unwanted)
        shown = {look for bug in bugs for facet in bug.facets for look in LOOKS.get(facet, ())}
        looks = tuple(look for look in SHOWN_BY if look in shown)
        return list(ModelTrials(spec, self.bench, self.law, selection, self.scratch / "trials", looks).run())

    def _look(self, hunt: Hunt, spec: ModelSpec, trials: Sequence[Trial]) -> None:
        """Whether one of the trials shows the bug, and still does in a model that has been shrunk."""
        shown = {problem.fingerprint: (trial, problem) for trial in trials for problem in hunt.bug.shown(trial)}
        for trial, problem in shown.values():
            if len(hunt.result.beside) < BESIDE:
                solved = self._solved(spec, trial, problem)
                if shows(hunt.bug, solved):
                    filled(hunt.result, (trial.saver, trial.loader), spec.id, problem, solved)
                    hunt.over = True
                    return
                hunt.result.beside.append(f"{spec.id}: {problem.difference[:80]}: {', '.join(solved.culprit)}")

    def _solved(self, spec: ModelSpec, trial: Trial, problem: Problem) -> Solved:
        key = (spec.id, trial.saver, trial.loader, problem.fingerprint)
        if key not in self.solved:
            self.solved[key] = solve(
                case(spec, (trial.saver, trial.loader), problem, self.environment, note=trial.note),
                self.probe,
                self.shrinking,
            )
        return self.solved[key]


def shows(bug: Bug, solved: Solved) -> bool:
    """Whether a finding that has been shrunk is a bug: its ingredient is still there, and hardly anything else."""
    small = solved.shrunk.finished or layers(solved) <= FEW
    return solved.problem is not None and small and bug.ingredient.is_in(solved.spec)


def layers(solved: Solved) -> int:
    """Layers of a smallest model, without the models that hold them."""
    return sum(layer.model is None for layer in traits.every_layer(solved.spec.model))


def case(
    spec: ModelSpec,
    route: tuple[str, str],
    problem: Problem,
    reader: Interpreter,
    writer: Interpreter | None = None,
    note: str = "",
) -> Case:
    """A problem that was just seen, to be shrunk."""
    clue = Clue(*route, problem.facet, problem.fingerprint, problem.difference)
    facts = [{**each.info, "name": each.name} for each in (reader, writer or reader)]
    candidate = Candidate(spec, savers_before(note, routes().saver_names))
    return Case(candidate, clue, problem.severity, facts[0], facts[1], problem.detail)


def filled(result: Result, route: tuple[str, str], spec: str, problem: Problem, solved: Solved) -> None:
    """Say in the result of a bug how it was found."""
    result.found = True
    result.route = route
    result.facet, result.difference, result.severity = problem.facet, problem.difference[:300], problem.severity
    result.spec = spec
    result.culprit = solved.culprit
    result.layers = layers(solved)
    result.finished = solved.shrunk.finished
