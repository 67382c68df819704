"""A finding of a journal, to be looked at again: its model, its route, and what went before."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from harness.campaign.probe import Clue
from harness.campaign.shrink import BUDGET, Candidate, Shrunk, shrink
from harness.models.ingredients import ingredients
from harness.models.spec import from_json
from harness.report.summary import size
from harness.trial.sides import side

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from harness.campaign.probe import Probe
    from harness.campaign.routes import Routes
    from harness.models.spec import ModelSpec
    from harness.trial.records import Problem
    from harness.trial.sides import Side

AFTER = "only after "
"""How the note of a trial begins that takes other savers before it."""


class NoCaseError(Exception):
    """The journal has no such finding; the message is one line."""


@dataclass(frozen=True)
class Case:
    """A problem that a journal tells of."""

    candidate: Candidate
    clue: Clue
    severity: str
    environment: Mapping[str, Any]
    """Of the reader, as the header has it."""
    writer: Mapping[str, Any]
    """Of the writer; mostly the same."""
    detail: str = ""
    rules: tuple[str, ...] = ()

    @property
    def crosses(self) -> bool:
        """Whether one environment has written what another one read."""
        return bool(self.writer["name"] != self.environment["name"])


@dataclass(frozen=True)
class Solved:
    """A case with its smallest model."""

    case: Case
    shrunk: Shrunk
    problem: Problem | None
    """As the smallest model shows it."""
    side: Side

    @property
    def spec(self) -> ModelSpec:
        """The smallest model."""
        return self.shrunk.candidate.spec

    @property
    def culprit(self) -> tuple[str, ...]:
        """What the finding takes beyond one plain layer."""
        return ingredients(self.spec)


def find(records: Iterable[Mapping[str, Any]], target: str, routes: Routes) -> Case:
    """The case of a fingerprint, or the first of a model, in the smallest model that has it.

    Args:
        records: of a journal.
        target: a fingerprint or the id of a model, or the start of one.
        routes: what there is, to tell names apart in notes.

    Raises:
        NoCaseError: no problem of that name.
    """
    specs: dict[str, Mapping[str, Any]] = {}
    environments: dict[str, Mapping[str, Any]] = {}
    found: list[tuple[tuple[Any, ...], Case]] = []
    for record in records:
        if record["record"] == "header":
            environments |= {each["name"]: each for each in record["environments"]}
        elif record["record"] == "spec":
            specs[record["id"]] = record["spec"]
        elif record["record"] == "trial":
            for problem in _wanted(record, target):
                order = (problem["known"] is not None, bool(record["note"]), size(specs[record["spec"]]))
                found.append((order, _case(record, problem, specs, environments, routes)))
                found = [min(found, key=lambda each: each[0])]
    if not found:
        msg = f"no problem {target!r} in it: roundtrip report names the fingerprints"
        raise NoCaseError(msg)
    return found[0][1]


def _wanted(trial: Mapping[str, Any], target: str) -> Iterator[Mapping[str, Any]]:
    is_model = trial["spec"].startswith(target)
    return (each for each in trial["problems"] if is_model or each["fingerprint"].startswith(target))


def _case(
    trial: Mapping[str, Any],
    problem: Mapping[str, Any],
    specs: Mapping[str, Mapping[str, Any]],
    environments: Mapping[str, Mapping[str, Any]],
    routes: Routes,
) -> Case:
    return Case(
        Candidate(from_json(specs[trial["spec"]]), savers_before(trial["note"], routes.saver_names)),
        Clue(
            trial["saver"],
            trial["loader"],
            problem["facet"],
            problem["fingerprint"],
            problem["difference"],
            problem["known"],
        ),
        problem["severity"],
        environments[trial["reader"]],
        environments[trial["writer"]],
        problem["detail"],
        tuple(trial["rules"]),
    )


def savers_before(note: str, names: Iterable[str]) -> tuple[str, ...]:
    """The savers that a note says it takes before; names may have commas in them."""
    text = note.removeprefix(AFTER) if note.startswith(AFTER) else ""
    found = []
    longest_first = sorted(names, key=len, reverse=True)
    while text:
        name = next((each for each in longest_first if text.startswith(each)), None)
        if name is None:
            return ()
        found.append(name)
        text = text[len(name) :].removeprefix(", ")
    return tuple(found)


def solve(case: Case, probe: Probe, budget: float = BUDGET) -> Solved:
    """Shrink a case, and tell which side is to blame.

    What does not show alone is tried after the savers that the run had before it. What the ledger of today explains
    is shrunk as that.
    """
    start, clue = _showing(case, probe)
    if start is None:
        missed = Shrunk(case.candidate, reproduced=False, tried=2, seconds=0.0, finished=True)
        return Solved(case, missed, None, "")
    shrunk = shrink(start, probe.shows(clue), budget=budget)
    problem, blamed = examine(shrunk.candidate, clue, probe)
    return Solved(replace(case, clue=clue), shrunk, problem, blamed)


def _showing(case: Case, probe: Probe) -> tuple[Candidate | None, Clue]:
    """A candidate that shows the case, and the clue as it is judged now."""
    for before in dict.fromkeys((case.candidate.before, (), _order(case, probe.routes))):
        candidate = replace(case.candidate, before=before)
        for trial in probe.trials(candidate, (case.clue.saver, case.clue.loader), case.clue.looks):
            for problem in trial.problems:
                if problem.fingerprint == case.clue.fingerprint:
                    return candidate, replace(case.clue, known=problem.known, loader=trial.loader)
    return None, case.clue


def _order(case: Case, routes: Routes) -> tuple[str, ...]:
    """The savers that a run of all routes has before this one, in its order."""
    savers = [saver.name for saver in routes.savers]
    random.Random(case.candidate.spec.id).shuffle(savers)  # noqa: S311 - the run's own order
    return tuple(savers[: savers.index(case.clue.saver)])


def examine(candidate: Candidate, clue: Clue, probe: Probe) -> tuple[Problem | None, Side]:
    """The problem once more, with a look at the artifact before it is read."""
    sides: list[Side] = []
    layout = next(saver.layout for saver in probe.routes.savers if saver.name == clue.saver)

    def look(path: Path, live: dict[str, Any]) -> None:
        sides.append(side(layout, path, clue.facet, clue.difference, live))

    problem = probe.problem(clue, candidate, look)
    if not clue.loader:
        return problem, "save"
    return problem, sides[0] if sides else ""
