"""All trials of one model in one environment: open it, save it every way, load it every way, judge each."""

from __future__ import annotations

import json
import math
import random
import shutil
import time
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from harness.campaign.process import MEMORY_LIMIT, Died, Subject
from harness.campaign.routes import exists, pairs_with
from harness.contract.situation import Situation
from harness.models.features import features
from harness.models.traits import every_layer
from harness.models.windows import lacking
from harness.trial import compare as comparing
from harness.trial import layout
from harness.trial.arrays import EPSILON
from harness.trial.compare import Comparison, Scope, Side, compare
from harness.trial.judge import Judgement, Outcome, Route, judge
from harness.trial.records import Raised, Trial

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from harness.campaign.environments import Interpreter
    from harness.campaign.routes import Routes
    from harness.contract.ledger import Ledger
    from harness.contract.rules import Contract
    from harness.models.spec import ModelSpec
    from harness.subject.formats import Loader, Saver
    from harness.trial.records import Severity

Json = Any

SHOWN_BY = {"predictions": "predictions", "evaluate": "compile", "resume": "resume"}
"""Which facet each way of looking at a loaded model is for."""

NO_ROUTE = "(model)"
"""Stands in the place of a saver where the versions under test cannot make the model."""

SAME = "read before: another saver wrote the same"

LONGEST = 400
"""Characters kept of either end of a message."""

LEAST_PATIENCE = 20.0
"""Seconds to wait at least."""

PATIENCE = 5.0
"""How many times longer than the slowest answer so far."""

RECYCLE = 2 * 2**30
"""Bytes of resident memory at which a subject is replaced between two models."""


@dataclass(frozen=True)
class Law:
    """What trials are judged by."""

    contract: Contract
    ledger: Ledger


@dataclass(frozen=True)
class Selection:
    """Which routes to try, and what has been done before."""

    routes: Routes
    savers: frozenset[str] = frozenset()
    """Names; empty for all."""
    loaders: frozenset[str] = frozenset()
    done: Callable[[str, str, str], bool] = field(default=lambda _spec, _saver, _loader: False)

    def chosen(self) -> Iterator[tuple[Saver, tuple[Loader, ...]]]:
        """Every saver with the loaders that can be pointed at what it writes."""
        for saver in self.routes.savers:
            if not self.savers or saver.name in self.savers:
                yield saver, tuple(loader for loader in self.routes.loaders if self._wanted(saver, loader))

    def _wanted(self, saver: Saver, loader: Loader) -> bool:
        return pairs_with(saver, loader) and (not self.loaders or loader.name in self.loaders)


class Keeper(Protocol):
    """Takes what a model has written, for others to read."""

    def wants(self, saver: Saver) -> bool:
        """Whether there is still somebody to read what this saver writes."""

    def keep(self, saver: Saver, path: Path, digest: str) -> None:
        """Take an artifact; what is at the path is removed later."""

    def finish(self, trials: ModelTrials) -> None:
        """All savers have run, and nothing of the model has been removed yet."""


@dataclass(frozen=True)
class Reading:
    """What determines the outcome of a load: the same content read the same way need not be read twice."""

    content: str
    suffix: str
    loader: str
    looks: tuple[str, ...]


def _pass(_path: Path, _live: dict[str, Json]) -> None:
    """Look at nothing."""


class HarnessFault(Exception):
    """The harness's own part of the subject failed: a fault of ours, never a finding."""


@dataclass
class Patience:
    """How long to wait for answers about one model: once it has hung, a few times longer than it ever took.

    What hangs one loader hangs most of them, and each would take the whole deadline.
    """

    seconds: float = math.inf
    slowest: float = 0.0
    started: float = 0.0

    def __enter__(self) -> None:
        self.started = time.monotonic()

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, Died) and error.how == "timeout":
            self.seconds = max(LEAST_PATIENCE, PATIENCE * self.slowest)
        elif error is None:
            self.slowest = max(self.slowest, time.monotonic() - self.started)


class Bench:
    """A subject that is replaced when it dies, and the model that is open in it."""

    def __init__(
        self, environment: Interpreter, deadline: float, formats: tuple[str, ...], memory_limit: int = MEMORY_LIMIT
    ) -> None:
        self.environment = environment
        self.deadline = deadline
        self.formats = formats
        self.memory_limit = memory_limit
        self.subject: Subject | None = None
        self.broken: HarnessFault | None = None
        """Why no subject starts any more: every further model would wait for the same failure."""
        self.closed = False

    def ask(self, request: dict[str, Json], patience: Patience | None = None) -> dict[str, Json]:
        """Ask the subject, starting it if need be.

        Args:
            request: what it is asked.
            patience: how long to wait where that may be shorter than the deadline; learns from what comes.

        Raises:
            Died: it gave no answer, and has been stopped.
            HarnessFault: the harness's code in it raised, or it does not start.
        """
        subject, patience = self._started(), patience or Patience()
        with patience:
            reply = subject.ask(request, min(self.deadline, patience.seconds))
        if "fault" in reply:
            raise HarnessFault(reply["fault"])
        return reply

    def stop(self) -> None:
        """End the subject, if there is one."""
        # Two threads may be at it: each ends what it has taken.
        subject, self.subject = self.subject, None
        if subject is not None:
            subject.close()

    def close(self) -> None:
        """End the subject for good, from another thread than the one that asks it."""
        self.closed = True
        self.stop()

    def recycle(self) -> None:
        """Replace a subject that has grown: memory must not add up over models."""
        subject = self.subject
        if subject is not None and subject.alive and subject.resident() > RECYCLE:
            self.stop()

    def _started(self) -> Subject:
        if self.broken is not None:
            raise self.broken
        subject = self.subject
        if subject is not None and subject.alive:
            return subject
        try:
            return self._start()
        except Died:
            return self._start_again()

    def _start_again(self) -> Subject:
        """Once more: what another process took from it for a moment may be back."""
        try:
            return self._start()
        except Died as death:
            self.broken = HarnessFault(f"environment {self.environment.name} does not start any more: {death}")
            raise self.broken from death

    def _start(self) -> Subject:
        self.stop()
        self._check_open()
        subject = Subject(self.environment.executable, self.memory_limit, variables=self.environment.variables)
        self.subject = subject
        # Whoever has closed the bench meanwhile may not have seen this one.
        self._check_open()
        reply = subject.hello(self.formats)
        if "fault" in reply:
            raise HarnessFault(reply["fault"])
        return subject

    def _check_open(self) -> None:
        if self.closed:
            self.stop()
            raise HarnessFault("the run has ended")


class ModelTrials:
    """The trials of one spec. An iterator of judged trials, in the order in which they were tried."""

    def __init__(
        self,
        spec: ModelSpec,
        bench: Bench,
        law: Law,
        selection: Selection,
        scratch: Path,
        looks: tuple[str, ...] = tuple(SHOWN_BY),
        keeper: Keeper | None = None,
    ) -> None:
        self.spec = spec
        self.keeper = keeper
        self.bench = bench
        self.law = law
        self.selection = selection
        self.looks = looks
        self.folder = scratch / spec.id
        self.features = features(spec)
        self.open = False
        self.patience = Patience()
        self.before = Side({})
        self.twin = Side({})
        self.noise: frozenset[str] = frozenset()
        self.live: dict[str, Json] = {}
        self.outputs: dict[str, Json] = {}
        """What a reader has to know of the live model, which it does not have."""
        self.savers_since_fresh: list[str] = []
        self.damaged = False
        """Whether the last save has changed the live model."""
        self.read: dict[Reading, Outcome] = {}
        self.fault: HarnessFault | None = None
        """Why the model cannot be opened: asking again for every route would not help."""

    @property
    def writer(self) -> str:
        """Name of the environment whose files are read."""
        return self.bench.environment.name

    def run(self) -> Iterator[Trial]:
        """Try every selected route; what the subject dies of costs that trial alone."""
        info = self.bench.environment.info
        lacks = lacking(self.spec, info["keras"], info["tensorflow"])
        if lacks:
            if not self.selection.done(self.spec.id, NO_ROUTE, ""):
                yield self._unbuildable(lacks)
            return
        todo = list(self._todo())
        # One saver's damage is another one's failure: no two models see the savers in the same order.
        random.Random(self.spec.id).shuffle(todo)  # noqa: S311
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            for saver, loaders in todo:
                yield from self._saver(saver, loaders)
            if self.keeper:
                self.keeper.finish(self)
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def single(
        self,
        saver: Saver,
        loader: Loader | None,
        before: tuple[Saver, ...] = (),
        look: Callable[[Path, dict[str, Json]], None] = _pass,
    ) -> tuple[Trial, ...]:
        """One route alone, on a model that other savers may have touched before: the save, and the load if it wrote.

        Args:
            saver: of the route.
            loader: of the route; None for the save alone.
            before: savers that are run on the same model first, whatever comes of them.
            look: is shown the artifact, and the portrait of the model, before it is read.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            return tuple(self._single(saver, loader, before, look))
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _single(
        self,
        saver: Saver,
        loader: Loader | None,
        before: tuple[Saver, ...],
        look: Callable[[Path, dict[str, Json]], None],
    ) -> Iterator[Trial]:
        for place, earlier in enumerate(before):
            self._save_once(earlier, self._place(f"before{place}", earlier))
        path = self._place("artifact", saver)
        trial, written = self._save_once(saver, path)
        yield trial
        if written:
            look(path, self.live)
            if loader is not None:
                yield self._guarded(saver, loader, path, "")

    def _place(self, name: str, saver: Saver) -> Path:
        folder = self.folder / name
        folder.mkdir()
        return folder / f"model{saver.suffix}"

    def _unbuildable(self, lacks: tuple[str, ...]) -> Trial:
        """The one trial of a model that these versions cannot make."""
        reader = self.bench.environment.name
        note = f"needs {', '.join(lacks)}"
        return Trial(self.spec.id, self.spec.kind, NO_ROUTE, "", self.writer, reader, "not-applicable", note=note)

    def _todo(self) -> Iterator[tuple[Saver, tuple[Loader, ...]]]:
        done = self.selection.done
        for saver, loaders in self.selection.chosen():
            left = tuple(loader for loader in loaders if not done(self.spec.id, saver.name, loader.name))
            if left or not done(self.spec.id, saver.name, "") or (self.keeper and self.keeper.wants(saver)):
                yield saver, left

    def _saver(self, saver: Saver, loaders: tuple[Loader, ...]) -> Iterator[Trial]:
        if not exists(saver, self.bench.environment):
            if not self.selection.done(self.spec.id, saver.name, ""):
                yield self._trial(saver, None, Judgement("not-applicable"), note="this version has no such call")
            return
        folder = self.folder / str(len(list(self.folder.iterdir())))
        folder.mkdir()
        path = folder / f"model{saver.suffix}"
        try:
            trial, written = self._save(saver, path)
            # Where the save was not asked for, that it could not be tried is why nobody reads anything.
            if trial.verdict == "harness-error" or not self.selection.done(self.spec.id, saver.name, ""):
                yield trial
            if written:
                digest = self._digest(saver, path)
                if self.keeper and self.keeper.wants(saver):
                    self.keeper.keep(saver, path, digest)
                yield from (self._guarded(saver, loader, path, digest) for loader in loaders)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _save(self, saver: Saver, path: Path) -> tuple[Trial, bool]:
        """Save; once more on a fresh model if it failed on one that other savers have touched."""
        trial, written = self._save_once(saver, path)
        if trial.verdict == "violation" and len(self.savers_since_fresh) > 1:
            others = ", ".join(self.savers_since_fresh[:-1])
            self._fresh()
            _clear(path.parent)
            again, written_again = self._save_once(saver, path)
            if again.verdict != "violation":
                return replace(trial, note=f"only after {others}"), written_again
            trial, written = again, written_again
        if self.damaged or trial.verdict in {"violation", "known"}:
            self._fresh()
        return trial, written

    def _save_once(self, saver: Saver, path: Path) -> tuple[Trial, bool]:
        started = time.monotonic()
        try:
            self._opened()
            reply = self.bench.ask({"op": "save", "saver": saver.name, "path": str(path)}, self.patience)
        except Died as death:
            return self._died(saver, None, death, started), False
        except HarnessFault as fault:
            return self._fault(saver, None, fault), False
        self.savers_since_fresh.append(saver.name)
        outcome = self._save_outcome(saver, path, reply)
        self.damaged = outcome.compared["purity"].observed == "changed"
        self.live = reply["live"]
        return self._judged(saver, None, outcome, started), reply["raised"] is None

    def _save_outcome(self, saver: Saver, path: Path, reply: dict[str, Json]) -> Outcome:
        compared = {"purity": comparing.damage(Side(self.live), Side(reply["live"]), Scope(self.depth))}
        if reply["raised"] is None:
            compared["layout"] = layout.inspect(saver.layout, path, reply["live"])
        return Outcome(_raised(reply), compared, tuple(reply["warnings"]))

    @staticmethod
    def _digest(saver: Saver, path: Path) -> str:
        """Content of an artifact on disk; empty for one in memory."""
        if saver.medium != "path":
            return ""
        whole = path if path.is_file() or path.is_dir() else path.parent
        return layout.content(path.parent if saver.layout == "weights_sharded" else whole)

    def _guarded(self, saver: Saver, loader: Loader, path: Path, digest: str) -> Trial:
        if not exists(loader, self.bench.environment):
            return self._trial(saver, loader, Judgement("not-applicable"), note="this version has no such call")
        started = time.monotonic()
        try:
            reading = Reading(digest, saver.suffix, loader.name, self._looks(saver, loader))
            if digest and reading in self.read:
                return self._judged(saver, loader, self.read[reading], started, note=SAME)
            return self._load(saver, loader, path, reading, started)
        except Died as death:
            return self._died(saver, loader, death, started)
        except HarnessFault as fault:
            return self._fault(saver, loader, fault)

    def _load(self, saver: Saver, loader: Loader, path: Path, reading: Reading, started: float) -> Trial:
        if not self._opened() and saver.medium != "path":
            self.bench.ask({"op": "save", "saver": saver.name, "path": str(path)})
        arrays = self.folder / "after.npz"
        reply = self.bench.ask(
            {
                "op": "load",
                "loader": loader.name,
                "saver": saver.name,
                "path": str(path),
                "arrays": str(arrays),
                "looks": list(reading.looks),
            },
            self.patience,
        )
        if "no_target" in reply:
            return self._trial(saver, loader, Judgement("not-applicable"), note=f"no target: {reply['no_target']}")
        looks = frozenset(reading.looks)
        outcome = Outcome(_raised(reply), self._compared(loader, reply, arrays, looks), tuple(reply["warnings"]))
        self.read[reading] = outcome
        return self._judged(saver, loader, outcome, started)

    def _compared(
        self, loader: Loader, reply: dict[str, Json], arrays: Path, looks: frozenset[str]
    ) -> dict[str, Comparison]:
        if reply["raised"] is not None:
            return {}
        # What can do no more than predict is a compiled graph: it may round half precision in other places.
        floor = self.coarsest if loader.claims == ("predictions",) else min(self.coarsest, EPSILON["float32"])
        scope = Scope(self.depth, self.noise, loader.target == "refrozen", floor, looks)
        return self._compare(Side(reply["snapshot"], StoredArrays(arrays)), scope)

    def _compare(self, after: Side, scope: Scope) -> dict[str, Comparison]:
        return compare(self.before, after, scope)

    def _opened(self) -> bool:
        """Open the model in the subject, if it is not (any more); True if it already was."""
        if self.open and self.bench.subject is not None and self.bench.subject.alive:
            return True
        self.open = False
        arrays = self.folder / "before.npz"
        reply = self._open(arrays)
        self.before = Side(reply["reference"], StoredArrays(arrays))
        self.twin = Side(reply["twin"], self.before.arrays)
        self.noise = comparing.noise(self.before, self.twin)
        self.live = reply["live"]
        self.outputs = reply["outputs"]
        self.savers_since_fresh = []
        self.open = True
        return False

    def _open(self, arrays: Path) -> dict[str, Json]:
        if self.fault is not None:
            raise self.fault
        try:
            return self.bench.ask(
                {"op": "open", "spec": self.spec.to_json(), "arrays": str(arrays), "looks": list(self.looks)}
            )
        except HarnessFault as fault:
            self.fault = fault
            raise

    def _fresh(self) -> None:
        """Replace the live model by a newly built one; one that has died with its process is opened again later."""
        if not self.open:
            return
        try:
            reply = self.bench.ask({"op": "fresh"})
        except Died:
            self.open = False
            return
        self.live = reply["live"]
        self.savers_since_fresh = []

    @cached_property
    def depth(self) -> int:
        """Number of layers that a value goes through at the most."""
        return len(self.spec.model.calls) + sum(
            len(layer.model.calls) for layer in self.spec.model.layers if layer.model
        )

    @cached_property
    def coarsest(self) -> float:
        """Epsilon of the coarsest dtype in which the model computes."""
        return coarsest(self.spec)

    def _situation(self, saver: Saver, loader: Loader | None) -> Situation:
        info = self.bench.environment.info
        name = "" if loader is None else loader.name
        return Situation(saver.name, name, self.spec.kind, self.features, info["tensorflow"], info["keras"])

    def _looks(self, saver: Saver, loader: Loader) -> tuple[str, ...]:
        """What anything depends on: calling and training a model are the dearest ways to look at it."""
        facets = self.law.contract.expectation(self._situation(saver, loader)).facets

        def counts(facet: str) -> bool:
            return facets.get(facet, "survives" if facet in loader.claims else "any") != "any"

        return tuple(look for look, facet in SHOWN_BY.items() if look in self.looks and counts(facet))

    def _judged(self, saver: Saver, loader: Loader | None, outcome: Outcome, started: float, note: str = "") -> Trial:
        situation = self._situation(saver, loader)
        expectation = self.law.contract.expectation(situation)
        judgement = judge(
            _route(saver, loader), expectation, outcome, lambda problem: self.law.ledger.explain(situation, problem)
        )
        return self._trial(
            saver,
            loader,
            judgement,
            exception=None if outcome.raised is None else _shortened(outcome.raised),
            warnings=outcome.warnings[:5],
            rules=expectation.rules,
            seconds=round(time.monotonic() - started, 4),
            note=note,
        )

    def _died(self, saver: Saver, loader: Loader | None, death: Died, started: float) -> Trial:
        self.open = False
        severity: Severity = "timeout" if death.how == "timeout" else "crash"
        trial = self._judged(saver, loader, Outcome(died=severity, detail=str(death)), started)
        return replace(trial, note=str(death))

    def _fault(self, saver: Saver, loader: Loader | None, fault: HarnessFault) -> Trial:
        return self._trial(saver, loader, Judgement("harness-error"), note=str(fault)[-4000:])

    def _trial(self, saver: Saver, loader: Loader | None, judgement: Judgement, **facts: Any) -> Trial:
        environment = self.bench.environment.name
        return Trial(
            spec=self.spec.id,
            kind=self.spec.kind,
            saver=saver.name,
            loader="" if loader is None else loader.name,
            writer=self.writer,
            reader=environment,
            verdict=judgement.verdict,
            severity=judgement.severity,
            facets=judgement.facets,
            problems=judgement.problems,
            **facts,
        )


class StoredArrays:
    """Arrays of one snapshot, read from disk only if a comparison asks for one."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def _stored(self) -> Mapping[str, np.ndarray]:
        with np.load(self.path) as stored:
            return dict(stored)

    def get(self, name: str, /) -> np.ndarray | None:
        return self._stored.get(name)


def _route(saver: Saver, loader: Loader | None) -> Route:
    if loader is None:
        return Route(saver.family, claims=("purity",))
    return Route(saver.family, loader.name.split("(")[0].split("[")[0], loader.claims)


def coarsest(spec: ModelSpec) -> float:
    """Epsilon of the coarsest dtype in which a model computes: it may be single where results are double."""
    mentioned = json.dumps(spec.to_json())
    half = [EPSILON[name] for name in ("float16", "bfloat16") if f'{name}"' in mentioned]
    double = all(layer.args.get("dtype") == "float64" for layer in every_layer(spec.model))
    return max(half, default=EPSILON["float64"] if double else EPSILON["float32"])


def _raised(reply: dict[str, Json]) -> Raised | None:
    return None if reply["raised"] is None else Raised(**reply["raised"])


def _clear(folder: Path) -> None:
    """Empty a folder: to save over an artifact is another thing than to save."""
    shutil.rmtree(folder)
    folder.mkdir()


def _shortened(raised: Raised) -> Raised:
    """For the record: messages that quote a whole configuration are judged whole and kept short."""
    text = raised.message
    return raised if len(text) <= LONGEST else replace(raised, message=f"{text[:LONGEST]}... {text[-LONGEST:]}")
