"""Runs a gate: the same models on both sides, then what seems to have regressed once more, in fresh processes."""

from __future__ import annotations

import tempfile
import threading
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.campaign.environments import EnvironmentError_
from harness.campaign.install import SMOKE_DEADLINE, TRIVIAL
from harness.campaign.journal import read
from harness.campaign.process import Died, Subject
from harness.campaign.routes import routes
from harness.campaign.run import run
from harness.gate.classes import AGAIN

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator

    from harness.campaign.environments import Interpreter
    from harness.campaign.journal import Key as TrialKey
    from harness.campaign.journal import Record
    from harness.campaign.run import Plan
    from harness.gate.classes import Comparison, Key
    from harness.models.spec import ModelSpec


class StoredError(Exception):
    """A stored journal cannot be the baseline; the message says why."""


@dataclass(frozen=True)
class Stored:
    """A baseline that was measured before."""

    path: Path
    environment: Record
    """What the header says of it, its name included."""
    seed: int
    specs: dict[str, Any]
    """JSON of its models, by id, in the order in which they were tried."""

    def records(
        self, specs: Container[str], asked: Callable[[str, str], bool] = lambda _saver, _loader: True
    ) -> Iterator[Record]:
        """The records of some of its models, on the routes (saver, loader) that are asked for."""
        name = self.environment["name"]
        for record in read(self.path):
            if record["record"] == "spec":
                wanted = record["id"] in specs
            else:
                wanted = record["record"] == "trial" and record["spec"] in specs and record["writer"] == name
                wanted = wanted and asked(record["saver"], record["loader"])
            if wanted:
                yield record


def stored(path: Path, version: str) -> Stored:
    """Read what a stored journal is about.

    Args:
        path: of a journal that ``roundtrip run --out`` wrote.
        version: of this harness; outcomes of another are not comparable.

    Raises:
        StoredError: it is of several environments, or of another version.
        JournalError: it cannot be read.
    """
    environments: dict[str, Record] = {}
    specs: dict[str, Any] = {}
    seed = 0
    for record in read(path):
        if record["record"] == "header":
            seed = record["seed"]
            environments.update({each["name"]: each for each in record["environments"]})
            made = record["tool"].get("version")
            if made != version:
                raise StoredError(f"{path} was made by version {made}, this is {version}: make it again")
        elif record["record"] == "spec":
            specs[record["id"]] = record["spec"]
    if len(environments) != 1:
        raise StoredError(f"{path} is of {len(environments)} environments: a baseline is of one (roundtrip run --out)")
    if not specs:
        raise StoredError(f"{path} holds no model")
    return Stored(path, next(iter(environments.values())), seed, specs)


def sound(interpreter: Interpreter, deadline: float = SMOKE_DEADLINE) -> None:
    """Build, train and call one trivial model, without saving: what fails then is the environment.

    Raises:
        EnvironmentError_: it cannot; the message says why and what to do.
    """
    subject = Subject(interpreter.executable, variables=interpreter.variables)
    try:
        with tempfile.TemporaryDirectory(prefix="roundtrip-") as scratch:
            _answered(interpreter, subject.hello(routes().formats))
            request = {"op": "open", "spec": TRIVIAL.to_json(), "arrays": str(Path(scratch) / "arrays.npz")}
            _answered(interpreter, subject.ask(request, deadline))
    except Died as death:
        raise EnvironmentError_(_broken(interpreter, str(death))) from death
    finally:
        subject.close()


def _answered(interpreter: Interpreter, reply: Record) -> None:
    if "fault" in reply:
        raise EnvironmentError_(_broken(interpreter, reply["fault"].strip().splitlines()[-1]))


def _broken(interpreter: Interpreter, why: str) -> str:
    return (
        f"{interpreter.name} ({interpreter.executable}) cannot build and train a trivial model, so nothing is said of "
        f"its saving: {why}; repair or reinstall the environment"
    )


@dataclass
class Budget:
    """Lets new models begin until the time is over; a model that one side has begun is finished on the other."""

    seconds: float | None
    begun: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    started: float = field(default_factory=time.monotonic)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def admits(self, spec: ModelSpec) -> bool:
        """Whether a model may be tried."""
        with self.lock:
            if spec.id in self.begun:
                return True
            # At least one model is tried, however little time there is.
            over = self.seconds is not None and time.monotonic() - self.started >= self.seconds
            (self.refused if over and self.begun else self.begun).add(spec.id)
            return spec.id in self.begun


@dataclass
class Spent:
    """What an interrupted gate has begun, and how long that took: a resumed one has only the rest of the time."""

    environments: frozenset[str]
    """Names of those whose trials are made; what is stored took no time."""
    jobs: int
    begun: set[str] = field(default_factory=set)
    seconds: float = 0.0

    def add(self, record: Record) -> None:
        """Take one record of its journal."""
        if record["record"] == "trial" and record["reader"] in self.environments:
            self.begun.add(record["spec"])
            self.seconds += record["seconds"] / self.jobs

    @property
    def started(self) -> float:
        """When it would have begun without the pause, by the clock of a budget."""
        return time.monotonic() - self.seconds


@dataclass(frozen=True)
class Gate:
    """One gate: what to run, and where its records go."""

    plan: Plan
    """Both environments, or the candidate alone if the baseline is stored."""
    comparison: Comparison
    emit: Callable[[Record], object]
    done: Container[TrialKey]
    budget: Budget
    stored: bool = False
    """Whether the baseline's own trials have been measured before."""

    def measure(self) -> None:
        """Every model through every route on both sides, as long as there is time."""
        name = self.comparison.sides.baseline if self.stored else ""
        run(self.plan, _Stored(name, self.done), self.take, admit=self.budget.admits)

    def confirm(self) -> None:
        """Repeat suspected regressions, a few of each cause at a time, until each cause is confirmed or refuted."""
        while suspects := self.comparison.suspects():
            wanted = _Wanted(frozenset(self._of_trials(suspects)), self.done)
            specs = {key.spec for key in suspects}
            # Each round has processes of its own, which no earlier trial can have touched.
            run(self._again(specs), wanted, self.take)
            self.comparison.repeated.update(suspects)

    def take(self, record: Record) -> None:
        """Keep one record, and compare it."""
        self.emit(record)
        self.comparison.add(record)

    def _again(self, specs: Container[str]) -> Plan:
        return replace(
            self.plan,
            specs=tuple(spec for spec in self.plan.specs if spec.id in specs),
            environments=tuple(replace(each, name=each.name + AGAIN) for each in self.plan.environments),
            pairs=tuple((writer + AGAIN, reader + AGAIN) for writer, reader in self.plan.pairs),
        )

    def _of_trials(self, suspects: list[Key]) -> Iterator[tuple[str, str, str]]:
        for key in suspects:
            yield key.spec, key.saver, key.loader
            if self.comparison.order_dependent(key):
                yield from ((key.spec, saver, "") for saver in routes(self.plan.formats).saver_names)


class _Stored:
    """Takes everything of one environment as done, beside what is."""

    def __init__(self, name: str, done: Container[TrialKey]) -> None:
        self.name, self.done = name, done

    def __contains__(self, key: object) -> bool:
        assert isinstance(key, tuple)
        return key[3] == key[4] == self.name or key in self.done


class _Wanted:
    """Takes everything as done but a few trials."""

    def __init__(self, wanted: frozenset[tuple[str, str, str]], done: Container[TrialKey]) -> None:
        self.wanted, self.done = wanted, done

    def __contains__(self, key: object) -> bool:
        assert isinstance(key, tuple)
        return key[:3] not in self.wanted or key in self.done
