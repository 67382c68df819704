"""Gates a planted fault against the clean Keras, on models that have what the fault is in, until it is found."""

from __future__ import annotations

import json
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.mutants.plant import Overlay, overlay
from benchmarks.mutants.sample import descendants
from harness.campaign.journal import trial_to_json
from harness.campaign.process import Died
from harness.campaign.routes import routes
from harness.campaign.run import contract
from harness.campaign.trials import Bench, HarnessFault, Law, ModelTrials, Selection
from harness.contract.ledger import load_ledger
from harness.gate.classes import Comparison, Key, Sides
from harness.models.describe import describe
from harness.models.features import features
from harness.models.generate import generate, generate_fitting
from harness.models.having import fitting, names
from harness.models.spec import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.mutants.sample import Mutant
    from harness.campaign.environments import Interpreter
    from harness.gate.classes import Change
    from harness.models.spec import ModelSpec

CLEAN, MUTANT = "clean", "mutant"
DEADLINE = 90.0
POOL = 300
"""Models to choose from."""

CHOICE = 20
"""Models that are best for a mutant; they are taken from these in turns of their kinds."""

FIRST = ("Model.save(.keras)", "Model.save(.h5)", "Model.get_config", "Model.save_weights(.weights.h5)")
READ = (
    "load_model",
    "load_model(custom_objects)",
    "from_config",
    "from_config(config, custom_objects)",
    "load_weights[rebuilt]",
)
"""What most faults show with; all routes follow where they do not."""


@dataclass(frozen=True)
class Stage:
    """Models, and the routes to try them with; empty for all."""

    specs: tuple[ModelSpec, ...]
    savers: frozenset[str] = frozenset()
    loaders: frozenset[str] = frozenset()


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
    kept: dict[tuple[str, bool], list[dict[str, Any]]] = field(default_factory=dict)
    """The baseline: trials of the clean Keras, by model and by whether all routes were tried."""

    def __post_init__(self) -> None:
        self.known = routes()
        self.overlay: Overlay = overlay(self.keras, self.folder)
        self.law = Law(contract(self.known), load_ledger())
        self.bench = self._bench(replace(self.clean, name=CLEAN))
        told = self.bench.ask({"op": "hello", "formats": list(self.known.formats)})
        self.clean.info.update(told["environment"])
        self.pool = self.pool or generate(POOL, self.seed)
        by_id = {spec.id: spec for spec in self.pool}
        self.rich = tuple(by_id[identity] for identity in _by_news(self.pool))
        self.scratch = Path(tempfile.mkdtemp(prefix="roundtrip-", dir=self.folder))

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
            for spec in stage.specs:
                if tried and time.monotonic() > until:
                    break
                tried.append(spec.id)
                compared = self._compared(spec, stage, bench)
                found = self._confirmed(compared, spec, stage, bench)
                if found is not None:
                    return {"outcome": "killed", **found, "models": len(set(tried))}
                errors.update(change.note for change in compared.changes() if change.classed == "error")
        outcome = "broken" if errors else "survived"
        why = min(errors).strip().splitlines()[-1][:300] if errors else ""
        return {"outcome": outcome, "why": why, "models": len(set(tried)), "specs": sorted(set(tried))}

    def _stages(self, mutant: Mutant, effort: Effort) -> Iterator[Stage]:
        chosen = self._chosen(mutant)
        yield Stage(chosen[: effort.few], frozenset(FIRST), frozenset(READ))
        yield Stage(chosen[: effort.every])

    def _chosen(self, mutant: Mutant) -> tuple[ModelSpec, ...]:
        """Models that have what is mutated, those that set the argument in question first; the kinds in turn."""
        wanted = self.wanted(mutant)
        having = [spec for spec in self.rich if wanted & names(spec)]
        if not having:
            rare = (generate_fitting(2, self.seed, KINDS, fitting((name,))) for name in sorted(wanted)[:3])
            having = [spec for specs in rare for spec in specs] or list(self.rich)
        words = {part.strip("\"' ") for part in mutant.diff.replace("(", ",").replace(":", ",").split(",")}

        def rank(spec: ModelSpec) -> tuple[int, int, int]:
            arguments = [item.rpartition(".") for item in _set(spec, "arguments")]
            named = sum(owner in wanted and name in words for owner, _, name in arguments)
            custom = len(_set(spec, "custom")) if "custom" in mutant.operator else 0
            return -custom, -named, -sum(owner in wanted for owner, _, _ in arguments)

        return tuple(_in_turn(sorted(having, key=rank)[:CHOICE]))

    def wanted(self, mutant: Mutant) -> frozenset[str]:
        """Names of what a mutant is in: its class and those that inherit from it; empty for what all models use."""
        owner = mutant.function.partition(".")[0]
        family = descendants(self.keras).get(owner, frozenset({owner} if "." not in mutant.function else ()))
        present = {name for spec in self.pool for name in names(spec)}
        # What nearly every model has decides nothing.
        return frozenset() if owner in {"Layer", "KerasSaveable", "Operation"} else (family & present) or family

    def _compared(self, spec: ModelSpec, stage: Stage, bench: Bench) -> Comparison:
        families = {saver.name: saver.family or saver.name for saver in self.known.savers}
        made = Comparison(Sides(CLEAN, MUTANT), families, lambda _key, _reason: True)
        made.add(
            {"record": "spec", "id": spec.id, "kind": spec.kind, "spec": spec.to_json(), "description": describe(spec)}
        )
        for record in (*self._baseline(spec, stage), *self._trials(spec, stage, bench)):
            made.add(record)
        return made

    def _baseline(self, spec: ModelSpec, stage: Stage) -> list[dict[str, Any]]:
        key = (spec.id, not stage.savers)
        if key not in self.kept:
            self.kept[key] = self._trials(spec, stage, self.bench)
            self.bench.recycle()
        return self.kept[key]

    def _trials(
        self, spec: ModelSpec, stage: Stage, bench: Bench, only: frozenset[tuple[str, str]] | None = None
    ) -> list[dict[str, Any]]:
        def done(_spec: str, saver: str, loader: str) -> bool:
            return only is not None and (saver, loader) not in only

        selection = Selection(self.known, stage.savers, stage.loaders, done)
        folder = self.scratch / bench.environment.name
        return [trial_to_json(trial) for trial in ModelTrials(spec, bench, self.law, selection, folder).run()]

    def _confirmed(self, compared: Comparison, spec: ModelSpec, stage: Stage, bench: Bench) -> dict[str, Any] | None:
        """The first regression that shows again on newly built models of both sides."""
        suspects = compared.suspects()
        if not suspects:
            return None
        wanted = frozenset((key.saver, key.loader) for key in suspects[:8])
        compared.repeated.update(suspects[:8])
        for side in (self.bench, bench):
            for record in self._trials(spec, stage, side, wanted):
                compared.add(_again(record))
        changes = [change for change in compared.changes() if change.classed == "regressed"]
        return None if not changes else _kill(compared.smallest(changes))

    def _bench(self, interpreter: Interpreter) -> Bench:
        return Bench(interpreter, DEADLINE, self.known.formats)


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
