"""Gates a planted fault against the clean Keras, on models that have what the fault is in, until it is found."""

from __future__ import annotations

import json
import re
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.mutants.plant import Overlay, overlay
from benchmarks.mutants.reach import Place, Reach, tell, told
from benchmarks.mutants.sample import descendants
from harness.campaign.cross import CrossTrials
from harness.campaign.golden import read_corpus
from harness.campaign.journal import trial_to_json
from harness.campaign.process import Died
from harness.campaign.routes import routes
from harness.campaign.run import contract
from harness.campaign.trials import Bench, HarnessFault, Law, ModelTrials, Selection
from harness.contract.ledger import load_ledger
from harness.gate.classes import Comparison, Key, Sides
from harness.models.describe import describe
from harness.models.features import features
from harness.models.generate import generate_fitting
from harness.models.having import names
from harness.models.selection import CLASSES
from harness.models.spec import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Sequence

    from benchmarks.mutants.sample import Mutant
    from harness.campaign.deposit import Deposit
    from harness.campaign.environments import Interpreter
    from harness.gate.classes import Change
    from harness.models.spec import ModelSpec
    from harness.trial.records import Trial

CLEAN, MUTANT = "clean", "mutant"
DEADLINE = 90.0
POOL = 800
"""Models to choose from."""

RARE = 40
"""As many where they must have what was asked for."""

CHOICE = 20
"""Models that are best for a mutant; they are taken from these in turns of their kinds."""

FIRST = frozenset({"Model.save(.keras)", "Model.save(.h5)", "Model.get_config", "Model.save_weights(.weights.h5)"})
READ = frozenset(
    {
        "load_model",
        "load_model(custom_objects)",
        "from_config",
        "from_config(config, custom_objects)",
        "load_weights[rebuilt]",
    }
)
"""What most faults show with; all routes follow where they do not."""

LEADS: dict[str, tuple[str, ...]] = {
    "variables": ("Model.get_state_tree", "Optimizer.variables"),
    "set_weights": ("Model.get_weights", "Optimizer.variables"),
    "Sharded": ("Model.save_weights(.weights.json, max_shard_size)",),
    "load_weights": ("Model.save_weights(.weights.h5)", "Model.save(.h5)"),
}
"""Savers that show best what a function of such a name does, with all loaders: every trial may go through it."""

LED = 3
"""Times as many models for them: a saver or two take less time than all, and may refuse a model."""

NAMESPACES = ("optimizers", "losses", "metrics")
"""Folders of Keras that are called like the namespaces of specs: ``metrics.Poisson`` is not ``losses.Poisson``."""


@dataclass(frozen=True)
class Stage:
    """A model, and the routes to try it with; empty for all."""

    spec: ModelSpec
    savers: frozenset[str] = frozenset()
    loaders: frozenset[str] = frozenset()
    deposit: Deposit | None = None
    """What an old version has written of it, if that is what to read."""

    @property
    def name(self) -> str:
        """Of the model, and of who has written it."""
        return self.spec.id if self.deposit is None else old_name(self.deposit)


@dataclass(frozen=True)
class Effort:
    """How much to try before a mutant counts as survived."""

    seconds: float
    """When no further model is begun."""
    few: int
    """Models for the first routes."""
    every: int
    """Models for all routes."""


@dataclass
class Hunter:
    """What stays between mutants: the clean subject and what it did, and the pool of models."""

    clean: Interpreter
    keras: Path
    """Its sources."""
    seed: int
    folder: Path
    pool: tuple[ModelSpec, ...] = ()
    reach: Reach = field(default_factory=Reach)
    old: tuple[Deposit, ...] = ()
    """What old versions have written."""
    having: tuple[str, ...] = ()
    """Regular expressions that the JSON of a model must match, all of them, from the bound of a word to another."""
    kept: dict[tuple[str, frozenset[str], frozenset[str]], list[dict[str, Any]]] = field(default_factory=dict)
    """The baseline: trials of the clean Keras, by model and by the routes that were tried."""

    def __post_init__(self) -> None:
        self.known = routes()
        self.overlay: Overlay = overlay(self.keras, self.folder)
        self.law = Law(contract(self.known), load_ledger())
        self.bench = self._bench(replace(self.clean, name=CLEAN))
        told = self.bench.ask({"op": "hello", "formats": list(self.known.formats)})
        self.clean.info.update(told["environment"])
        versions = [(self.clean.info["keras"], self.clean.info["tensorflow"])]
        self.pool = self.pool or self._drawn(versions)
        self.present = frozenset(name for spec in self.pool for name in names(spec))
        by_id = {spec.id: spec for spec in self.pool}
        self.rich = tuple(by_id[identity] for identity in _by_news(self.pool))
        self.scratch = Path(tempfile.mkdtemp(prefix="roundtrip-", dir=self.folder))

    def _drawn(self, versions: Sequence[tuple[str, str]]) -> tuple[ModelSpec, ...]:
        def fits(spec: ModelSpec) -> bool:
            return all(re.search(rf"\b{pattern}\b", _written(spec)) for pattern in self.having)

        count = RARE if self.having else POOL
        wanted = [word for pattern in self.having for word in re.findall(r"\w+", pattern)]
        return generate_fitting(count, self.seed, KINDS, fits, versions, wanted)

    def close(self) -> None:
        """End the clean subject."""
        self.bench.stop()

    def hunt(self, mutant: Mutant, effort: Effort) -> dict[str, Any]:
        """Try one mutant: ``killed``, ``broken`` (cannot be imported, or build a model), or ``survived``."""
        started = time.monotonic()
        with self.overlay.planted(mutant):
            bench = self._bench(self.overlay.interpreter(self.clean, MUTANT))
            try:
                found = self._found(mutant, bench, effort)
            finally:
                bench.stop()
        return {**mutant.to_json(), **found, "seconds": round(time.monotonic() - started, 1)}

    def _found(self, mutant: Mutant, bench: Bench, effort: Effort) -> dict[str, Any]:
        tried: list[str] = []
        until = time.monotonic() + effort.seconds
        try:
            bench.ask({"op": "hello", "formats": list(self.known.formats)})
        except (Died, HarnessFault) as fault:
            return {"outcome": "broken", "why": str(fault).strip().splitlines()[-1][:300], "models": 0}
        errors: set[str] = set()
        for stage in self._stages(mutant, effort):
            if tried and time.monotonic() > until:
                break
            tried.append(stage.name)
            compared = self._compared(stage, bench)
            found = self._confirmed(compared, stage, bench)
            if found is not None:
                return {"outcome": "killed", **found, "models": len(set(tried))}
            errors.update(failed(compared))
        outcome = "broken" if errors else "survived"
        why = min(errors).strip().splitlines()[-1][:300] if errors else ""
        seen = mutant.id in self.reach.places if self.reach.models else None
        return {"outcome": outcome, "why": why, "models": len(set(tried)), "specs": sorted(set(tried)), "reached": seen}

    def _stages(self, mutant: Mutant, effort: Effort) -> Iterator[Stage]:
        by_spec: dict[str, list[Place]] = defaultdict(list)
        for place in self.reach.places.get(mutant.id, ()):
            by_spec[place.spec].append(place)
        old = [
            Stage(each.spec, *_routes(by_spec[old_name(each)]), each) for each in self.old if old_name(each) in by_spec
        ]
        # Where nothing but old files gets to a mutant, models are no use.
        chosen = () if len(old) == len(by_spec) > 0 else self._ranked(mutant, self._having(mutant, by_spec))
        leads = leading(mutant)
        for spec in chosen[: effort.few * (LED if leads else 1)]:
            yield Stage(spec, leads) if leads else first(spec, by_spec[spec.id])
        yield from old[: effort.few]
        for spec in chosen[: effort.every]:
            yield whole(spec, by_spec[spec.id])

    def _having(self, mutant: Mutant, reaching: Container[str]) -> list[ModelSpec]:
        """Models that get to a mutant, as far as that is known, or have what is mutated."""
        wanted, space = self.wanted(mutant), _namespace(mutant)
        having = [spec for spec in self.rich if spec.id in reaching or wanted & _names(spec, space)]
        if having:
            return having
        # What the catalogue does not have is not drawn, however long it is looked for.
        rare = (
            generate_fitting(2, self.seed, KINDS, _with(name, space), wanted=CLASSES & {name})
            for name in sorted(wanted)[:3]
        )
        return [spec for specs in rare for spec in specs] or list(self.rich)

    def _ranked(self, mutant: Mutant, specs: Iterable[ModelSpec]) -> tuple[ModelSpec, ...]:
        """Those first that set the argument in question, or say its values; the kinds in turn."""
        wanted = self.wanted(mutant)
        words = frozenset(re.findall(r"[a-z]\w{3,}", mutant.diff.replace("._", ".")))

        def rank(spec: ModelSpec) -> tuple[int, int, int, int]:
            arguments = [item.rpartition(".") for item in _set(spec, "arguments")]
            own = sum(owner == mutant.function.partition(".")[0] and name in words for owner, _, name in arguments)
            named = own + sum(owner in wanted and name in words for owner, _, name in arguments)
            unknown = [name for name in _set(spec, "custom") if name.startswith("unregistered-")]
            custom = len(unknown) if "custom" in mutant.operator else 0
            text = _written(spec)
            said = sum(f'"{word}"' in text for word in words)
            return -custom, -named - said, -_at_stake(spec), -sum(owner in wanted for owner, _, _ in arguments)

        return tuple(_in_turn(sorted(specs, key=rank)[:CHOICE]))

    def wanted(self, mutant: Mutant) -> frozenset[str]:
        """Names of what a mutant is in: its class and those that inherit from it; empty for what all models use."""
        owner = mutant.function.partition(".")[0]
        family = descendants(self.keras).get(owner, frozenset({owner} if "." not in mutant.function else ()))
        # What nearly every model has decides nothing.
        return frozenset() if owner in {"Layer", "KerasSaveable", "Operation"} else (family & self.present) or family

    def _compared(self, stage: Stage, bench: Bench) -> Comparison:
        spec = stage.spec
        families = {saver.name: saver.family or saver.name for saver in self.known.savers}
        made = Comparison(Sides(CLEAN, MUTANT), families, lambda _key, _reason: True)
        made.add(
            {"record": "spec", "id": spec.id, "kind": spec.kind, "spec": spec.to_json(), "description": describe(spec)}
        )
        for record in (*self._baseline(stage), *self._trials(stage, bench)):
            made.add(record)
        return made

    def _baseline(self, stage: Stage) -> list[dict[str, Any]]:
        key = (stage.name, stage.savers, stage.loaders)
        if key not in self.kept:
            self.kept[key] = self._trials(stage, self.bench)
            self.bench.recycle()
        return self.kept[key]

    def _trials(
        self, stage: Stage, bench: Bench, only: frozenset[tuple[str, str]] | None = None
    ) -> list[dict[str, Any]]:
        trials = map(trial_to_json, self._run(stage, bench, only))
        # Whoever wrote what is read: the two sides are told apart by who reads it.
        return [{**trial, "writer": trial["reader"]} for trial in trials]

    def _run(self, stage: Stage, bench: Bench, only: frozenset[tuple[str, str]] | None = None) -> Iterator[Trial]:
        def done(_spec: str, saver: str, loader: str) -> bool:
            return only is not None and (saver, loader) not in only

        selection = Selection(self.known, stage.savers, stage.loaders, done)
        folder = self.scratch / bench.environment.name
        if stage.deposit is not None:
            return CrossTrials(stage.deposit, bench, self.law, selection, folder).run()
        return ModelTrials(stage.spec, bench, self.law, selection, folder).run()

    def reached(self, mutants: Sequence[Mutant], models: int) -> Reach:
        """What gets to the places of mutants: old files, and so many models, the ones with the most that is new first.

        Args:
            mutants: what to get to.
            models: how many to try, each on all routes.
        """
        folder = self.folder / "telling"
        copy = overlay(self.keras, folder)
        tell(copy.folder, mutants)
        bench = self._bench(copy.interpreter(self.clean, "telling"))
        places: dict[str, list[Place]] = defaultdict(list)
        try:
            for stage in (*(Stage(each.spec, deposit=each) for each in self.old), *map(Stage, self.rich[:models])):
                for trial in self._run(stage, bench):
                    for mutant in told(copy.folder):
                        places[mutant].append(Place(stage.name, trial.saver, trial.loader))
                bench.recycle()
        finally:
            bench.stop()
        return Reach({each: tuple(found) for each, found in places.items()}, models)

    def _confirmed(self, compared: Comparison, stage: Stage, bench: Bench) -> dict[str, Any] | None:
        """The first regression that shows again on newly built models of both sides."""
        suspects = compared.suspects()
        if not suspects:
            return None
        wanted = frozenset((key.saver, key.loader) for key in suspects[:8])
        compared.repeated.update(suspects[:8])
        for side in (self.bench, bench):
            for record in self._trials(stage, side, wanted):
                compared.add(_again(record))
        changes = [change for change in compared.changes() if change.classed == "regressed"]
        return None if not changes else _kill(compared.smallest(changes))

    def _bench(self, interpreter: Interpreter) -> Bench:
        return Bench(interpreter, DEADLINE, self.known.formats)


def unpacked(corpus: Path, folder: Path) -> Iterator[Deposit]:
    """Everything in a corpus, each in a folder of its own.

    Raises:
        CorpusError: there is no corpus, or it is damaged.
        DepositError: what is in it is damaged.
    """
    read = read_corpus(corpus)
    for name, writer in read.writers.items():
        for entry in writer.entries:
            yield read.deposit(entry, folder / name / entry.spec)


def old_name(deposit: Deposit) -> str:
    """A model of a corpus, and whose it is."""
    return f"{deposit.writer['name']}/{deposit.spec.id}"


def failed(compared: Comparison) -> Iterator[str]:
    """What went wrong with a mutant alone: where the clean Keras cannot make a model either, that says nothing."""
    before = compared.trials["before", False]
    for change in compared.changes():
        clean = before.get(change.key)
        if change.classed == "error" and (clean is None or clean.state != "error"):
            yield change.note


def first(spec: ModelSpec, places: Iterable[Place]) -> Stage:
    """A model with those routes that most faults show with; of those that get to the mutant, if it is known which."""
    savers, loaders = _routes(places)
    return Stage(spec, savers & FIRST or savers or FIRST, loaders & READ or loaders or READ)


def leading(mutant: Mutant) -> frozenset[str]:
    """The savers to begin with; none where any of the first will do."""
    return frozenset(saver for part, savers in LEADS.items() if part in mutant.function for saver in savers)


def whole(spec: ModelSpec, places: Iterable[Place]) -> Stage:
    """A model with all routes, or with all that get to the mutant."""
    return Stage(spec, *_routes(places))


def _routes(places: Iterable[Place]) -> tuple[frozenset[str], frozenset[str]]:
    """Savers and loaders; no loaders where only a save gets there."""
    found = list(places)
    return frozenset(place.saver for place in found), frozenset(place.loader for place in found if place.loader)


def _at_stake(spec: ModelSpec) -> int:
    """What a model has beside its weights: the state of an optimizer, and of metrics."""
    return 0 if spec.compile is None or not spec.steps else 1 + (spec.compile.metrics is not None)


def _namespace(mutant: Mutant) -> str:
    folder = mutant.file.split("/")[1]
    return folder if folder in NAMESPACES else ""


def _names(spec: ModelSpec, space: str) -> frozenset[str]:
    """Names of what a model is made of; with a namespace, of the objects from there alone."""
    if not space:
        return names(spec)
    return frozenset(re.findall(rf'"{space}\.(?:\w+\.)?(\w+)"', _written(spec)))


def _with(name: str, space: str) -> Callable[[ModelSpec], bool]:
    return lambda spec: name in _names(spec, space)


def _written(spec: ModelSpec) -> str:
    return json.dumps(spec.to_json())


def _set(spec: ModelSpec, feature: str) -> frozenset[str]:
    """A feature that is a set of names, say ``Class.argument`` of all that a model sets."""
    found = features(spec)[feature]
    assert isinstance(found, frozenset)
    return found


def _by_news(pool: tuple[ModelSpec, ...]) -> list[str]:
    """Ids of the same models, each the one with the most that those before it do not have."""
    left = {spec.id: {*names(spec), *_set(spec, "arguments"), *_set(spec, "custom")} for spec in pool}
    found: list[str] = []
    while left:
        best = max(left, key=lambda identity: len(left[identity]))
        news = left.pop(best)
        found.append(best)
        for have in left.values():
            have.difference_update(news)
    return found


def _in_turn(specs: list[ModelSpec]) -> Iterator[ModelSpec]:
    """The same models, the kinds in turn."""
    queues = {kind: [spec for spec in specs if spec.kind == kind] for kind in KINDS}
    while any(queues.values()):
        for queue in queues.values():
            if queue:
                yield queue.pop(0)


def _again(record: dict[str, Any]) -> dict[str, Any]:
    return {**record, "writer": f"{record['writer']}-again", "reader": f"{record['reader']}-again"}


def _kill(change: Change) -> dict[str, Any]:
    reason = change.unexplained[0]
    key: Key = change.key
    return {
        "route": f"{key.saver} -> {key.loader}" if key.loader else key.saver,
        "facet": reason.facet,
        "difference": reason.difference[:200],
        "spec": key.spec,
    }


def append(path: Path, record: dict[str, Any]) -> None:
    """Add one result; it is on disk before the next mutant is tried."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")
