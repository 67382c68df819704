"""Runs a campaign: every spec through every route of every environment, on as many subjects as there are jobs."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.campaign.journal import spec_to_json, trial_to_json
from harness.campaign.routes import exists, routes
from harness.campaign.sampling import among, share
from harness.campaign.trials import Bench, Law, ModelTrials, Selection
from harness.contract.ledger import Ledger, load_ledger
from harness.contract.rules import RULES, load_contract
from harness.contract.rules import Routes as RouteNames
from harness.models.describe import describe
from harness.models.features import features

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator

    from harness.campaign.environments import Interpreter
    from harness.campaign.routes import Routes
    from harness.contract.rules import Contract
    from harness.models.spec import ModelSpec

Key = tuple[str, str, str, str, str]


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

    def _take(self, environment: Interpreter) -> Bench:
        with self.lock:
            idle = self.idle.get(environment.name)
            if idle:
                return idle.pop()
            bench = Bench(environment, self.deadline, self.formats)
            self.all.append(bench)
            return bench

    def _put_back(self, bench: Bench) -> None:
        """Keep the subject for the next model, or end it with its environment's last: memory is for the others."""
        name = bench.environment.name
        with self.lock:
            self.left[name] -= 1
            self.idle.setdefault(name, []).append(bench)
            done = [] if self.left[name] else list(self.idle[name])
        for each in done:
            each.close()

    def stop(self) -> None:
        """End all subjects; a worker in the middle of a model finds its own dead and ends."""
        self.closed.set()
        for bench in self.all:
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
    benches = Benches(plan.deadline, known.formats, left=Counter({e.name: len(plan.specs) for e in plan.environments}))
    scratch = Path(tempfile.mkdtemp(prefix="roundtrip-"))
    sink = _Sink(emit, admit)
    pool = executor or ThreadPoolExecutor(plan.jobs)
    try:
        _drain(
            [
                pool.submit(_model, spec, selection, environment, benches, law, scratch, sink)
                for environment, spec, selection in _order(plan, known, done)
            ]
        )
    finally:
        benches.stop()
        pool.shutdown(wait=True, cancel_futures=True)
        shutil.rmtree(scratch, ignore_errors=True)


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


def _order(plan: Plan, known: Routes, done: Container[Key]) -> Iterator[tuple[Interpreter, ModelSpec, Selection]]:
    """What to try, one environment after the other or model by model."""
    each = [
        [(environment, *chosen) for chosen in _selections(plan, known, environment, done)]
        for environment in plan.environments
    ]
    return chain.from_iterable(zip(*each, strict=True) if plan.abreast else each)


def _selections(
    plan: Plan, known: Routes, environment: Interpreter, done: Container[Key]
) -> Iterator[tuple[ModelSpec, Selection]]:
    """Each spec with the routes that it meets in an environment."""
    name = environment.name
    present = tuple(each.name for each in known.savers if exists(each, environment))
    absent = tuple(name for name in known.saver_names if name not in present)
    positions: Counter[str] = Counter()
    for spec in plan.specs:
        mine = share(
            among(present, plan.savers), plan.savers_per_model, positions[spec.kind], f"{plan.seed}{spec.kind}"
        )
        positions[spec.kind] += 1
        yield (
            spec,
            Selection(
                known,
                mine | frozenset(among(absent, plan.savers)),
                frozenset(plan.loaders),
                lambda spec, saver, loader: (spec, saver, loader, name, name) in done,
            ),
        )


class _Sink:
    """Hands records on one at a time, each spec once before its first trial; knows which specs are still wanted."""

    def __init__(self, emit: Callable[[dict[str, Any]], None], admit: Callable[[ModelSpec], bool]) -> None:
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


def _model(
    spec: ModelSpec,
    selection: Selection,
    environment: Interpreter,
    benches: Benches,
    law: Law,
    scratch: Path,
    sink: _Sink,
) -> None:
    if benches.closed.is_set() or not sink.admit(spec):
        return
    with benches.lend(environment) as bench:
        sink.spec(spec)
        for trial in ModelTrials(spec, bench, law, selection, scratch / environment.name).run():
            if benches.closed.is_set():
                return
            sink.trial(trial_to_json(trial))
