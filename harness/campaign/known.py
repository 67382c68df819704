"""Whether known issues still show: the smallest model of each, through the issue's own routes, with the ledger off."""

from __future__ import annotations

import json
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from harness.campaign.cross import CrossTrials
from harness.campaign.deposit import Depositor, read_deposit
from harness.campaign.routes import pairs_with
from harness.campaign.trials import NO_ROUTE, Bench, Law, ModelTrials, Selection
from harness.contract.ledger import Ledger
from harness.contract.predicate import matches
from harness.contract.situation import Situation, Versions
from harness.contract.windows import ANY_VERSION
from harness.models.features import features
from harness.models.spec import from_json

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from harness.campaign.environments import Interpreter
    from harness.campaign.routes import Routes
    from harness.contract.ledger import Issue
    from harness.contract.rules import Contract
    from harness.models.spec import ModelSpec
    from harness.trial.records import Problem, Trial

State = Literal["shows", "gone", "not-applicable", "unpaired", "harness-error"]

LABELS: dict[State, str] = {
    "shows": "shows",
    "gone": "does not show",
    "not-applicable": "cannot be made",
    "unpaired": "takes a file of another version, and no such pair is among",
    "harness-error": "harness error",
}

PLAINEST = ("Model.save(.keras)", "load_model")
"""The route of an issue that leaves its routes open."""


@dataclass(frozen=True)
class Sighting:
    """What became of one known issue in one environment."""

    issue: str
    environment: str
    state: State
    expected: bool
    """Whether the environment's versions are in the windows of the entry."""
    other: str = ""
    """Another entry of the ledger that the same problem is known by."""
    note: str = ""

    @property
    def disagrees(self) -> bool:
        """Whether the entry's windows are not what was measured."""
        return self.state == ("gone" if self.expected else "shows") and not self.other


@dataclass(frozen=True)
class Check:
    """What sightings are made by."""

    routes: Routes
    contract: Contract
    ledger: Ledger

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(issue.id for issue in self.ledger.issues)

    def every(
        self, issues: Collection[str], environments: Sequence[Interpreter], deadline: float
    ) -> Iterator[Sighting]:
        """Look for issues (those with these ids, or all) in each environment.

        An issue of files that another version has written is looked for in each pair that it speaks of.
        """
        wanted = [issue for issue in self.ledger.issues if not issues or issue.id in issues]
        crossing = [issue for issue in wanted if issue.crosses]
        with tempfile.TemporaryDirectory(prefix="roundtrip-") as name:
            scratch = Path(name)
            for environment in environments:
                with self._bench(environment, deadline) as bench:
                    for issue in wanted:
                        if issue.crosses:
                            yield from self._write(issue, bench, environments, scratch)
                        else:
                            yield self.sight(issue, bench, scratch)
                        bench.recycle()
            for environment in environments if crossing else ():
                with self._bench(environment, deadline) as bench:
                    for issue in crossing:
                        yield from self._read(issue, bench, scratch)
        names = ", ".join(environment.name for environment in environments)
        for issue in crossing:
            if not any(_readers(issue, writer, environments) for writer in environments):
                yield Sighting(issue.id, names, "unpaired", expected=False)

    @contextmanager
    def _bench(self, environment: Interpreter, deadline: float) -> Iterator[Bench]:
        bench = Bench(environment, deadline, self.routes.formats)
        try:
            yield bench
        finally:
            bench.stop()

    def sight(self, issue: Issue, bench: Bench, scratch: Path) -> Sighting:
        """Replay the smallest model of an issue until the issue shows, whatever its version windows say."""
        trials = ModelTrials(smallest(issue), bench, self.law(issue), selection(issue, self.routes), scratch)
        return self._sighted(issue, trials, bench.environment.name, expected=in_windows(issue, bench.environment))

    def law(self, issue: Issue) -> Law:
        """By which only this issue is known, in whatever version."""
        return Law(self.contract, Ledger((issue if issue.crosses else _of_any_version(issue),)))

    def _write(
        self, issue: Issue, bench: Bench, environments: Sequence[Interpreter], scratch: Path
    ) -> Iterator[Sighting]:
        """Leave the smallest model of an issue for the environments in which its file is an issue, or say why not."""
        writer = bench.environment
        if not _readers(issue, writer, environments):
            return
        chosen = selection(issue, self.routes)
        keeper = Depositor(_deposits(issue, scratch) / writer.name, chosen.savers)
        nothing_alone = replace(chosen, done=lambda _spec, saver, _loader: saver != NO_ROUTE)
        trials = ModelTrials(smallest(issue), bench, self.law(issue), nothing_alone, scratch, keeper=keeper)
        tried = list(trials.run())
        if tried:
            yield Sighting(issue.id, writer.name, *_unseen(tried, expected=True))

    def _read(self, issue: Issue, bench: Bench, scratch: Path) -> Iterator[Sighting]:
        reader = bench.environment
        for folder in sorted(_deposits(issue, scratch).glob("*")):
            deposit = read_deposit(folder)
            if issue.predicate.spans(Versions.of(deposit.writer), Versions.of(reader.info)):
                trials = CrossTrials(deposit, bench, self.law(issue), selection(issue, self.routes), scratch / "read")
                yield self._sighted(issue, trials, f"{folder.name} → {reader.name}", expected=True)

    def _sighted(self, issue: Issue, trials: ModelTrials, where: str, *, expected: bool) -> Sighting:
        tried: list[Trial] = []
        for trial in trials.run():
            tried.append(trial)
            for problem in trial.problems:
                if problem.known is not None:
                    other = "" if expected else self._other(trials.spec, trial, problem, trials.bench.environment)
                    return Sighting(issue.id, where, "shows", expected, other, _seen(trial, problem))
        return Sighting(issue.id, where, *_unseen(tried, expected=expected))

    def _other(self, spec: ModelSpec, trial: Trial, problem: Problem, environment: Interpreter) -> str:
        versions = (environment.info["tensorflow"], environment.info["keras"])
        situation = Situation(trial.saver, trial.loader, spec.kind, features(spec), *versions)
        return self.ledger.explain(situation, problem) or ""


def selection(issue: Issue, known: Routes) -> Selection:
    """The routes that an issue names; of those that it leaves open, the plainest."""
    savers = [saver for saver in known.savers if _named(issue.savers, saver.name, PLAINEST[0])]
    loaders = [loader for loader in known.loaders if _named(issue.loaders, loader.name, PLAINEST[1])]
    wanted = {loader.name for loader in loaders if any(pairs_with(saver, loader) for saver in savers)}
    return Selection(known, frozenset(saver.name for saver in savers), frozenset(wanted or {"none"}))


def told(sightings: Sequence[Sighting]) -> Iterator[str]:
    """A line for each issue: where it shows and where not; what its entry does not say is marked."""
    for issue in dict.fromkeys(each.issue for each in sightings):
        of_issue = [each for each in sightings if each.issue == issue]
        yield f"{'✗' if any(each.disagrees for each in of_issue) else '✓'} {issue}"
        for state, label in LABELS.items():
            there = [_where(each) for each in of_issue if each.state == state]
            if there:
                yield f"    {label}: {', '.join(there)}"


def _where(sighting: Sighting) -> str:
    if sighting.state == "harness-error":
        return f"{sighting.environment} ({sighting.note})"
    if sighting.disagrees:
        window = "inside" if sighting.expected else "outside"
        return f"{sighting.environment} ({window} its windows{sighting.note and f'; {sighting.note}'})"
    note = (sighting.other and f"as {sighting.other}") or (sighting.note if sighting.state == "gone" else "")
    return f"{sighting.environment}{note and f' ({note})'}"


def _named(patterns: tuple[str, ...], name: str, plainest: str) -> bool:
    return any(matches(pattern, name) for pattern in patterns or (plainest,))


def smallest(issue: Issue) -> ModelSpec:
    """The smallest model that shows an issue."""
    return from_json(json.loads(issue.model.read_text(encoding="utf-8")))


def _deposits(issue: Issue, scratch: Path) -> Path:
    return scratch / "written" / issue.id


def _readers(issue: Issue, writer: Interpreter, environments: Sequence[Interpreter]) -> list[Interpreter]:
    """The environments in which what another has written is an issue."""
    written = Versions.of(writer.info)
    return [each for each in environments if issue.predicate.spans(written, Versions.of(each.info))]


def _of_any_version(issue: Issue) -> Issue:
    return replace(issue, predicate=replace(issue.predicate, keras=ANY_VERSION, tf=ANY_VERSION))


def in_windows(issue: Issue, environment: Interpreter) -> bool:
    """Whether an environment has the versions that an issue is about."""
    info = environment.info
    return info["keras"] in issue.predicate.keras and info["tensorflow"] in issue.predicate.tf


def _seen(trial: Trial, problem: Problem) -> str:
    return f"{trial.saver}{trial.loader and f' -> {trial.loader}'}: {problem.facet}: {problem.difference}"


def _unseen(tried: list[Trial], *, expected: bool) -> tuple[State, bool, str, str]:
    faults = [trial.note.splitlines()[-1] for trial in tried if trial.verdict == "harness-error"]
    if faults:
        return "harness-error", expected, "", faults[0]
    judged = [trial for trial in tried if trial.verdict != "not-applicable"]
    if not judged:
        return (
            "not-applicable",
            expected,
            "",
            tried[0].note if tried and tried[0].saver == NO_ROUTE else "no such route",
        )
    others = sorted({_seen(trial, problem) for trial in judged for problem in trial.problems})
    return "gone", expected, "", f"instead: {others[0]}" if others else ""
