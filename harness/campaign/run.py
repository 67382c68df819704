"""Runs a campaign: every spec through every route of every environment, on as many subjects as there are jobs."""

from __future__ import annotations

import shutil
import tempfile
import threading
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.campaign.cross import Crossing, CrossTrials, not_applicable, readable, wanted
from harness.campaign.deposit import FACTS, Depositor, read_deposit
from harness.campaign.journal import spec_to_json, trial_to_json
from harness.campaign.routes import routes
from harness.campaign.trials import NO_ROUTE, Bench, Law, ModelTrials, Selection
from harness.contract.ledger import Ledger, load_ledger
from harness.contract.rules import RULES, load_contract
from harness.contract.rules import Routes as RouteNames
from harness.models.describe import describe
from harness.models.features import features

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Sequence

    from harness.campaign.environments import Interpreter
    from harness.campaign.routes import Routes
    from harness.contract.rules import Contract
    from harness.models.spec import ModelSpec
    from harness.trial.records import Trial

Key = tuple[str, str, str, str, str]

MOST_KEPT = 4
"""Subjects that are kept alive at the least: each holds a TensorFlow, half a gigabyte."""

BATCH = 10
"""Models that are written before the first of them is read elsewhere."""


@dataclass(frozen=True)
class Plan:
    """What to run. ``savers`` and ``loaders`` are names; empty for all."""

    specs: tuple[ModelSpec, ...]
    environments: tuple[Interpreter, ...]
    savers: tuple[str, ...] = ()
    loaders: tuple[str, ...] = ()
    jobs: int = 1
    deadline: float = 120.0
    """Seconds that one request to a subject may take."""
    seed: int = 0
    ledger: bool = True
    """Whether known issues are recognised."""
    formats: tuple[str, ...] = ()
    """Paths of further format modules."""
    pairs: tuple[tuple[str, str], ...] = ()
    """Names of environments: what the first writes, the second reads."""
    alone: bool = True
    """Whether each environment also reads what it has written itself."""


@dataclass
class Benches:
    """The subjects of a run: lent to one worker at a time, kept alive between models."""

    deadline: float
    formats: tuple[str, ...]
    limit: int = 4
    """How many may be alive before those that have been idle longest are ended."""
    idle: dict[str, list[Bench]] = field(default_factory=dict)
    all: list[Bench] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    closed: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def lend(self, environment: Interpreter) -> Iterator[Bench]:
        """A subject of the environment, for one model."""
        bench = self._take(environment)
        try:
            yield bench
        finally:
            bench.recycle()
            with self.lock:
                # What was last used comes last.
                self.idle[environment.name] = [*self.idle.pop(environment.name, []), bench]

    def _take(self, environment: Interpreter) -> Bench:
        with self.lock:
            idle = self.idle.get(environment.name)
            if idle:
                return idle.pop()
            self._make_room()
            bench = Bench(environment, self.deadline, self.formats)
            self.all.append(bench)
            return bench

    def _make_room(self) -> None:
        """End the subject that has been idle longest, if there are as many as there may be."""
        idle = [(name, benches) for name, benches in self.idle.items() if benches]
        if idle and len(self.all) >= self.limit:
            oldest = idle[0][1].pop(0)
            oldest.stop()
            self.all.remove(oldest)

    def stop(self) -> None:
        """End all subjects; a worker in the middle of a model finds its own dead and ends."""
        self.closed.set()
        for bench in self.all:
            bench.stop()


def contract(known: Routes) -> Contract:
    """The rules of the harness and of the formats that other packages bring."""
    paths = [*sorted(RULES.glob("*.toml")), *known.rules]
    return load_contract(paths, routes=RouteNames(known.saver_names, known.loader_names))


def run(
    plan: Plan,
    done: Container[Key],
    emit: Callable[[dict[str, Any]], None],
    executor: Executor | None = None,
) -> None:
    """Run a campaign, and hand out its records as they come.

    Args:
        plan: what to run.
        done: keys (spec, saver, loader, writer, reader) of trials that an earlier run has measured.
        emit: takes each ``spec`` and ``trial`` record; called from one thread at a time.
        executor: where models are tried; by default ``plan.jobs`` threads, each with a subject of its own.

    Raises:
        KeyboardInterrupt: after all subjects have been stopped.
    """
    known = routes(plan.formats)
    law = Law(contract(known), load_ledger() if plan.ledger else Ledger())
    benches = Benches(plan.deadline, known.formats, limit=max(plan.jobs, MOST_KEPT))
    scratch = Path(tempfile.mkdtemp(prefix="roundtrip-"))
    pool = executor or ThreadPoolExecutor(plan.jobs)
    round_ = Round(plan, known, law, benches, scratch, Sink(emit), done)
    try:
        for specs in _batches(plan):
            _drain([pool.submit(_alone, round_, spec, each) for spec, each in _in_order(specs, plan.environments)])
            _drain(_submit_readings(round_, specs, pool))
            shutil.rmtree(round_.deposits, ignore_errors=True)
    finally:
        benches.stop()
        pool.shutdown(wait=True, cancel_futures=True)
        shutil.rmtree(scratch, ignore_errors=True)


def _batches(plan: Plan) -> Iterator[tuple[ModelSpec, ...]]:
    """Models that are written before they are read: few enough to be soon read, if all subjects can be kept alive."""
    size = BATCH if plan.pairs and len(plan.environments) <= MOST_KEPT else max(len(plan.specs), 1)
    yield from (plan.specs[start : start + size] for start in range(0, len(plan.specs), size))


def _in_order(
    specs: Sequence[ModelSpec], environments: Sequence[Interpreter]
) -> Iterator[tuple[ModelSpec, Interpreter]]:
    """Model by model; environment by environment if there are more than can be kept alive."""
    if len(environments) > MOST_KEPT:
        return ((spec, each) for each in environments for spec in specs)
    return ((spec, each) for spec in specs for each in environments)


def _submit_readings(round_: Round, specs: Sequence[ModelSpec], pool: Executor) -> list[Future[None]]:
    """Reader by reader, so that none is started twice."""
    named = {each.name: each for each in round_.plan.environments}
    return [
        pool.submit(_read, round_, spec, named[writer], reader)
        for reader in round_.plan.environments
        for writer, name in round_.plan.pairs
        if name == reader.name
        for spec in specs
    ]


def _drain(pending: list[Future[None]]) -> None:
    """Wait for all, and raise the first fault at once."""
    waiting = set(pending)
    try:
        while waiting:
            finished, waiting = wait(waiting, timeout=0.5, return_when=FIRST_COMPLETED)
            for future in finished:
                future.result()
    finally:
        for future in waiting:
            future.cancel()


class Sink:
    """Hands records on one at a time, each spec once before its first trial."""

    def __init__(self, emit: Callable[[dict[str, Any]], None]) -> None:
        self.emit = emit
        self.lock = threading.Lock()
        self.specs: set[str] = set()

    def spec(self, spec: ModelSpec) -> None:
        with self.lock:
            if spec.id not in self.specs:
                self.specs.add(spec.id)
                self.emit(spec_to_json(spec.id, spec.kind, spec.to_json(), describe(spec), features(spec)))

    def trial(self, record: dict[str, Any]) -> None:
        with self.lock:
            self.emit(record)


@dataclass(frozen=True)
class Round:
    """What all workers of a run share."""

    plan: Plan
    known: Routes
    law: Law
    benches: Benches
    scratch: Path
    sink: Sink
    done: Container[Key]

    @property
    def deposits(self) -> Path:
        """Where writers leave what others read."""
        return self.scratch / "deposits"

    def deposit(self, spec: ModelSpec, writer: str) -> Path:
        """The place of one model of one writer."""
        return self.deposits / writer / spec.id

    def selection(self, writer: str, reader: str) -> Selection:
        """What is to be tried of a pair; of an environment alone nothing, if that was not asked for."""
        plan, done = self.plan, self.done
        skipped = writer == reader and not plan.alone
        return Selection(
            self.known,
            frozenset(plan.savers),
            frozenset(plan.loaders),
            lambda spec, saver, loader: skipped or (spec, saver, loader, writer, reader) in done,
        )

    def keeper(self, spec: ModelSpec, writer: Interpreter) -> Depositor | None:
        """Takes what the others have yet to read of a model, if there are any."""
        named = {each.name: each for each in self.plan.environments}
        readers = [named[reader] for name, reader in self.plan.pairs if name == writer.name]
        crossings = {
            reader.name: Crossing(spec, self.law.contract, writer.info, reader.info)
            for reader in readers
            if not readable(spec, reader)
        }
        want = wanted(
            crossings,
            Selection(self.known, frozenset(self.plan.savers), frozenset(self.plan.loaders)),
            lambda saver, loader, reader: (spec.id, saver, loader, writer.name, reader) in self.done,
        )
        return Depositor(self.deposit(spec, writer.name), want) if want else None

    def record(self, trials: Iterable[Trial]) -> None:
        """Hand trials on as they come, until the run is stopped."""
        for trial in trials:
            if self.benches.closed.is_set():
                return
            self.sink.trial(trial_to_json(trial))


def _alone(round_: Round, spec: ModelSpec, environment: Interpreter) -> None:
    """Try a model in one environment, and leave what it writes for others."""
    if round_.benches.closed.is_set():
        return
    keeper = round_.keeper(spec, environment)
    with round_.benches.lend(environment) as bench:
        round_.sink.spec(spec)
        selection = round_.selection(environment.name, environment.name)
        trials = ModelTrials(spec, bench, round_.law, selection, round_.scratch / environment.name, keeper)
        round_.record(trials.run())


def _read(round_: Round, spec: ModelSpec, writer: Interpreter, reader: Interpreter) -> None:
    """Try in one environment what another has written of a model."""
    if round_.benches.closed.is_set():
        return
    selection = round_.selection(writer.name, reader.name)
    lacks = readable(spec, writer) or readable(spec, reader)
    if lacks:
        if not selection.done(spec.id, NO_ROUTE, ""):
            round_.record([not_applicable(spec, writer.name, reader.name, lacks)])
        return
    folder = round_.deposit(spec, writer.name)
    if (folder / FACTS).is_file():
        with round_.benches.lend(reader) as bench:
            round_.record(
                CrossTrials(read_deposit(folder), bench, round_.law, selection, round_.scratch / "read").run()
            )
