"""Runs a campaign: every spec through every route of every environment, on as many subjects as there are jobs."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from harness.campaign.cross import Crossing, CrossTrials, not_applicable, readable, wanted
from harness.campaign.deposit import FACTS, Depositor, read_deposit
from harness.campaign.journal import spec_to_json, trial_to_json
from harness.campaign.routes import exists, routes
from harness.campaign.sampling import among, share
from harness.campaign.trials import NO_ROUTE, Bench, Law, ModelTrials, Selection
from harness.contract.ledger import Ledger, load_ledger
from harness.contract.rules import RULES, load_contract
from harness.contract.rules import Routes as RouteNames
from harness.models.describe import describe
from harness.models.features import features

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence

    from harness.campaign.environments import Interpreter
    from harness.campaign.routes import Routes
    from harness.contract.rules import Contract
    from harness.models.spec import ModelSpec
    from harness.trial.records import Trial

Key = tuple[str, str, str, str, str]

ABREAST = 4
"""Models that are written before the first of them is read elsewhere, where they are tried abreast."""


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
    savers_per_model: int = 0
    """How many of the savers each model meets; 0 for all."""
    abreast: bool = False
    """Whether each model is tried in every environment before the next: all of them must fit into memory."""
    pairs: tuple[tuple[str, str], ...] = ()
    """Names of environments: what the first writes, the second reads."""
    alone: bool = True
    """Whether each environment also reads what it has written itself."""


Task: TypeAlias = "tuple[Interpreter, Callable[[Benches], None]]"


@dataclass
class Benches:
    """The subjects of a run: lent to one worker at a time, kept alive between models."""

    deadline: float
    formats: tuple[str, ...]
    idle: dict[str, list[Bench]] = field(default_factory=dict)
    all: list[Bench] = field(default_factory=list)
    left: Counter[str] = field(default_factory=Counter)
    """How many models each environment has still to try."""
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
            self._put_back(bench)

    def passed_over(self, environment: Interpreter) -> None:
        """A model for which no subject was needed."""
        self._one_less(environment.name)

    def _take(self, environment: Interpreter) -> Bench:
        with self.lock:
            idle = self.idle.get(environment.name)
            if idle:
                return idle.pop()
            bench = Bench(environment, self.deadline, self.formats)
            # One that is lent after the end would be ended by nobody.
            bench.closed = self.closed.is_set()
            self.all.append(bench)
            return bench

    def _put_back(self, bench: Bench) -> None:
        """Keep the subject for the next model, or end it with its environment's last: memory is for the others."""
        with self.lock:
            self.idle.setdefault(bench.environment.name, []).append(bench)
        self._one_less(bench.environment.name)

    def _one_less(self, name: str) -> None:
        with self.lock:
            self.left[name] -= 1
            done = [] if self.left[name] else list(self.idle.get(name, ()))
        for each in done:
            each.close()

    def stop(self) -> None:
        """End all subjects; a worker in the middle of a model finds its own dead and ends."""
        with self.lock:
            self.closed.set()
            lent = list(self.all)
        for bench in lent:
            bench.close()


def contract(known: Routes) -> Contract:
    """The rules of the harness and of the formats that other packages bring."""
    paths = [*sorted(RULES.glob("*.toml")), *known.rules]
    return load_contract(paths, routes=RouteNames(known.saver_names, known.loader_names))


def run(
    plan: Plan,
    done: Container[Key],
    emit: Callable[[dict[str, Any]], None],
    executor: Executor | None = None,
    admit: Callable[[ModelSpec], bool] = lambda _spec: True,
) -> None:
    """Run a campaign, and hand out its records as they come.

    Args:
        plan: what to run.
        done: keys (spec, saver, loader, writer, reader) of trials that an earlier run has measured.
        emit: takes each ``spec`` and ``trial`` record; called from one thread at a time.
        executor: where models are tried; by default ``plan.jobs`` threads, each with a subject of its own.
        admit: whether there is time for a model, asked before its trials in each environment.

    Raises:
        KeyboardInterrupt: after all subjects have been stopped.
    """
    known = routes(plan.formats)
    law = Law(contract(known), load_ledger() if plan.ledger else Ledger())
    scratch = Path(tempfile.mkdtemp(prefix="roundtrip-"))
    pool = executor or ThreadPoolExecutor(plan.jobs)
    hands = {each.name: _hands(plan, known, each) for each in plan.environments}
    unread = Counter((writer, spec.id) for writer, _ in plan.pairs for spec in plan.specs)
    round_ = Round(plan, known, law, hands, scratch, Sink(emit, admit), done, unread)
    try:
        for stages in _stages(round_):
            round_.work(pool, stages)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        shutil.rmtree(scratch, ignore_errors=True)


def _stages(round_: Round) -> Iterator[list[list[Task]]]:
    """Lists of tasks, each to be done before the next; between the outermost, all subjects are ended."""
    plan = round_.plan
    if plan.abreast:
        size = ABREAST if plan.pairs else max(len(plan.specs), 1)
        batches = [plan.specs[start : start + size] for start in range(0, len(plan.specs), size)]
        yield [stage for batch in batches for stage in (_writings(round_, batch), _readings(round_, batch))]
    else:
        # Not all of the environments at once would fit into memory.
        yield [_writings(round_, plan.specs)]
        yield [_readings(round_, plan.specs)]


def _writings(round_: Round, specs: Sequence[ModelSpec]) -> list[Task]:
    """What each environment has to try alone: one environment after the other, or model by model."""
    tasks = [[(each, partial(_alone, round_, spec, each)) for spec in specs] for each in round_.plan.environments]
    return list(chain.from_iterable(zip(*tasks, strict=True) if round_.plan.abreast else tasks))


def _readings(round_: Round, specs: Sequence[ModelSpec]) -> list[Task]:
    """What each reader has to read."""
    named = {each.name: each for each in round_.plan.environments}
    return [
        (reader, partial(_read, round_, spec, named[writer], reader))
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


def _hands(plan: Plan, known: Routes, environment: Interpreter) -> dict[str, frozenset[str]]:
    """The savers that each model meets in an environment, by the id of its spec."""
    present = tuple(each.name for each in known.savers if exists(each, environment))
    absent = frozenset(among(tuple(name for name in known.saver_names if name not in present), plan.savers))
    positions: Counter[str] = Counter()
    found = {}
    for spec in plan.specs:
        mine = share(
            among(present, plan.savers), plan.savers_per_model, positions[spec.kind], f"{plan.seed}{spec.kind}"
        )
        positions[spec.kind] += 1
        found[spec.id] = mine | absent
    return found


class Sink:
    """Hands records on one at a time, each spec once before its first trial; knows which specs are still wanted."""

    def __init__(
        self, emit: Callable[[dict[str, Any]], None], admit: Callable[[ModelSpec], bool] = lambda _spec: True
    ) -> None:
        self.emit = emit
        self.admit = admit
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
    hands: Mapping[str, Mapping[str, frozenset[str]]]
    """The savers that a model meets, by environment and id of its spec."""
    scratch: Path
    sink: Sink
    done: Container[Key]
    unread: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How many readers each deposit (writer, id of its spec) has still to meet."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def read(self, spec: ModelSpec, writer: str) -> None:
        """A reader has met a deposit; after the last one it goes: not all of a run's would fit on a disk."""
        with self.lock:
            self.unread[writer, spec.id] -= 1
            last = self.unread[writer, spec.id] == 0
        if last:
            shutil.rmtree(self.deposit(spec, writer), ignore_errors=True)

    def work(self, pool: Executor, stages: Sequence[Sequence[Task]]) -> None:
        """Have tasks done, one list of them after the other; an environment's subjects end with its last task."""
        left = Counter(environment.name for tasks in stages for environment, _ in tasks)
        benches = Benches(self.plan.deadline, self.known.formats, left=left)
        try:
            for tasks in stages:
                _drain([pool.submit(task, benches) for _, task in tasks])
        finally:
            benches.stop()

    @property
    def deposits(self) -> Path:
        """Where writers leave what others read."""
        return self.scratch / "deposits"

    def deposit(self, spec: ModelSpec, writer: str) -> Path:
        """The place of one model of one writer."""
        return self.deposits / writer / spec.id

    def selection(self, spec: ModelSpec, writer: str, reader: str) -> Selection:
        """What is to be tried of a model and a pair; of an environment alone nothing, if that was not asked for."""
        done, skipped = self.done, writer == reader and not self.plan.alone
        return Selection(
            self.known,
            self.hands[writer][spec.id],
            frozenset(self.plan.loaders),
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
            self.selection(spec, writer.name, writer.name),
            lambda saver, loader, reader: (spec.id, saver, loader, writer.name, reader) in self.done,
        )
        return Depositor(self.deposit(spec, writer.name), want) if want else None

    def record(self, trials: Iterable[Trial], benches: Benches) -> None:
        """Hand trials on as they come, until the run is stopped."""
        for trial in trials:
            if benches.closed.is_set():
                return
            self.sink.trial(trial_to_json(trial))


def _alone(round_: Round, spec: ModelSpec, environment: Interpreter, benches: Benches) -> None:
    """Try a model in one environment, and leave what it writes for others."""
    if benches.closed.is_set() or not round_.sink.admit(spec):
        return
    keeper = round_.keeper(spec, environment)
    selection = round_.selection(spec, environment.name, environment.name)
    with benches.lend(environment) as bench:
        round_.sink.spec(spec)
        trials = ModelTrials(spec, bench, round_.law, selection, round_.scratch / environment.name, keeper=keeper)
        round_.record(trials.run(), benches)


def _read(round_: Round, spec: ModelSpec, writer: Interpreter, reader: Interpreter, benches: Benches) -> None:
    """Try in one environment what another has written of a model."""
    if benches.closed.is_set():
        return
    try:
        _read_deposit(round_, spec, writer, reader, benches)
    finally:
        round_.read(spec, writer.name)


def _read_deposit(round_: Round, spec: ModelSpec, writer: Interpreter, reader: Interpreter, benches: Benches) -> None:
    selection = round_.selection(spec, writer.name, reader.name)
    folder = round_.deposit(spec, writer.name)
    lacks = readable(spec, writer) or readable(spec, reader)
    if not (folder / FACTS).is_file():
        benches.passed_over(reader)
        if lacks and not selection.done(spec.id, NO_ROUTE, ""):
            round_.record([not_applicable(spec, writer.name, reader.name, lacks)], benches)
        return
    with benches.lend(reader) as bench:
        trials = CrossTrials(
            read_deposit(folder), bench, round_.law, selection, round_.scratch / "read" / reader.name / writer.name
        )
        round_.record(trials.run(), benches)
