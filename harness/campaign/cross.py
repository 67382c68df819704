"""Trials of what one environment has written and another reads: no live model here, only its portrait."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from harness.campaign.routes import pairs_with
from harness.campaign.trials import NO_ROUTE, ModelTrials, coarsest
from harness.contract.situation import Situation, Versions
from harness.models.features import features
from harness.models.windows import lacking
from harness.trial.arrays import EPSILON
from harness.trial.canonical import canonical
from harness.trial.compare import Comparison, Scope, Side, compare
from harness.trial.records import Trial

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from harness.campaign.deposit import Deposit
    from harness.campaign.environments import Interpreter
    from harness.campaign.trials import Bench, Law, Selection
    from harness.contract.rules import Contract
    from harness.contract.situation import FeatureValue
    from harness.models.spec import ModelSpec
    from harness.subject.formats import Loader, Saver

Json = Any

SHOWN = ("predictions", "evaluate")
"""Ways of looking at a loaded model. Further training is none of them: optimizers are made anew from version to
version, and what they would go on from is compared itself."""

COMPUTED = ("predictions", "compile")
"""Facets that hold what the reader has computed; all else it has only to keep."""


@dataclass(frozen=True)
class Crossing:
    """Which routes of one model are worth taking from one environment to another.

    Those that lead somewhere: the documents of the writer or of the reader promise that something survives there, or
    a rule speaks of the two. Of the mismatched rest, what an environment refuses alone it refuses from others too.
    """

    spec: ModelSpec
    contract: Contract
    writer: Mapping[str, Json]
    reader: Mapping[str, Json]

    def routes(self, selection: Selection) -> Iterator[tuple[Saver, tuple[Loader, ...]]]:
        """The savers of a selection with the loaders that are to read what they write."""
        for saver, loaders in selection.chosen():
            if any(module not in self.reader["modules"] for module in saver.needs):
                # What it takes to write it, it takes to read it.
                continue
            able = tuple(loader for loader in loaders if crosses(saver, loader) and self._leads(saver, loader))
            if able:
                yield saver, able

    def situation(self, saver: Saver, loader: Loader) -> Situation:
        """The circumstances of a trial."""
        writer, reader = map(Versions.of, (self.writer, self.reader))
        return Situation(
            saver.name, loader.name, self.spec.kind, self._features, reader.tf, reader.keras, writer=writer
        )

    @cached_property
    def _features(self) -> Mapping[str, FeatureValue]:
        return features(self.spec)

    def _leads(self, saver: Saver, loader: Loader) -> bool:
        across = self.situation(saver, loader)
        if self.contract.expectation(across).rules:
            return True
        alone = (across.at_writer, replace(across, writer=None))
        return any("survives" in self.contract.expectation(each).facets.values() for each in alone)


def crosses(saver: Saver, loader: Loader) -> bool:
    """Whether a loader can read what a saver has written elsewhere: a file, and no target that needs the original."""
    return saver.medium == "path" and pairs_with(saver, loader) and loader.target != "from_json"


def coarseness(spec: ModelSpec) -> float:
    """How many times as coarse as single precision the coarsest dtype is in which a model computes."""
    return max(1.0, coarsest(spec) / EPSILON["float32"])


def every_pair(environments: Sequence[Interpreter]) -> tuple[tuple[str, str], ...]:
    """Each environment as a writer with each other one as a reader."""
    names = [each.name for each in environments]
    return tuple((writer, reader) for writer in names for reader in names if writer != reader)


def readable(spec: ModelSpec, environment: Interpreter) -> tuple[str, ...]:
    """What a model needs that an environment is not; nothing if it can be read there."""
    return lacking(spec, environment.info["keras"], environment.info["tensorflow"])


def not_applicable(spec: ModelSpec, writer: str, reader: str, lacks: Sequence[str]) -> Trial:
    """The one trial of a model that one of the two versions does not have."""
    note = f"needs {', '.join(lacks)}"
    return Trial(spec.id, spec.kind, NO_ROUTE, "", writer, reader, "not-applicable", note=note)


class CrossTrials(ModelTrials):
    """The trials of one deposit in one reader."""

    def __init__(self, deposit: Deposit, bench: Bench, law: Law, selection: Selection, scratch: Path) -> None:
        super().__init__(deposit.spec, bench, law, selection, scratch)
        self.deposit = deposit
        self.before = deposit.before
        self.noise = deposit.noise

    @property
    def writer(self) -> str:
        """Name of the environment whose files are read."""
        return str(self.deposit.writer["name"])

    def run(self) -> Iterator[Trial]:
        """Read every artifact in every selected way."""
        lacks = readable(self.spec, self.bench.environment)
        if lacks:
            if not self.selection.done(self.spec.id, NO_ROUTE, ""):
                yield self._unbuildable(lacks)
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            yield from self._read_all()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _read_all(self) -> Iterator[Trial]:
        written = {artifact.saver: artifact for artifact in self.deposit.artifacts}
        crossing = Crossing(self.spec, self.law.contract, self.deposit.writer, self.bench.environment.info)
        for saver, loaders in crossing.routes(self.selection):
            if saver.name not in written:
                continue
            artifact = written[saver.name]
            for loader in loaders:
                if not self.selection.done(self.spec.id, saver.name, loader.name):
                    yield self._guarded(saver, loader, self.deposit.folder / artifact.path, artifact.digest)

    def _opened(self) -> bool:
        if self.open and self.bench.subject is not None and self.bench.subject.alive:
            return True
        self.open = False
        self.bench.ask({"op": "adopt", "spec": self.spec.to_json(), "outputs": self.deposit.outputs})
        self.open = True
        return False

    def _situation(self, saver: Saver, loader: Loader | None) -> Situation:
        return replace(super()._situation(saver, loader), writer=Versions.of(self.deposit.writer))

    def _looks(self, saver: Saver, loader: Loader) -> tuple[str, ...]:
        return tuple(look for look in super()._looks(saver, loader) if look in SHOWN)

    def _compare(self, after: Side, scope: Scope) -> dict[str, Comparison]:
        majors = (str(each["keras"]).split(".")[0] for each in (self.deposit.writer, self.bench.environment.info))
        sides = canonical(self.before, after, near=len(set(majors)) == 1)
        # Other versions have other kernels: each layer may round in another place, as coarsely as its dtype does.
        coarse = replace(scope, depth=round(scope.depth * coarseness(self.spec)))
        computed = compare(*sides, coarse)
        compared = {**compare(*sides, scope), **{name: computed[name] for name in COMPUTED if name in computed}}
        return {name: comparison for name, comparison in compared.items() if name != "resume"}


def wanted(
    crossings: Mapping[str, Crossing], selection: Selection, done: Callable[[str, str, str], bool]
) -> frozenset[str]:
    """Savers whose files some reader has yet to read.

    Args:
        crossings: by the name of the reader.
        selection: the routes that were asked for.
        done: whether a saver and a loader have been tried in a reader.
    """
    return frozenset(
        saver.name
        for reader, crossing in crossings.items()
        for saver, loaders in crossing.routes(selection)
        if any(not done(saver.name, loader.name, reader) for loader in loaders)
    )
