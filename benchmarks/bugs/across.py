"""Hunts bugs that take two versions: what one environment writes, another reads."""

from __future__ import annotations

import time
from itertools import islice
from typing import TYPE_CHECKING, Any

from benchmarks.bugs.hunt import DEADLINE, Result, case, filled, shows
from harness.campaign.cases import solve
from harness.campaign.probe import CrossProbe
from harness.campaign.routes import routes
from harness.campaign.run import Plan, contract, run
from harness.campaign.trials import Bench, Law
from harness.contract.ledger import Ledger
from harness.models.generate import models
from harness.trial.records import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from benchmarks.bugs.catalogue import Bug, Facts
    from harness.campaign.cases import Solved
    from harness.campaign.environments import Interpreter
    from harness.models.spec import ModelSpec

BATCH = 6
"""Models that are written before the first of them is read."""


class Crossing:
    """A writer and a reader, one after the other but for shrinking."""

    def __init__(self, writer: Interpreter, reader: Interpreter, facts: Facts, scratch: Path, shrinking: float) -> None:
        self.writer, self.reader = writer, reader
        self.facts, self.scratch, self.shrinking = facts, scratch, shrinking

    def hunt(self, bug: Bug, phase: str, most: int) -> Result:
        """The result of one bug: found in one of the first models, or in none of those tried.

        Args:
            bug: one that takes two versions.
            phase: ``buggy`` or ``fixed``.
            most: models of the kinds concerned.
        """
        name = f"{self.writer.name} -> {self.reader.name}"
        result = Result(bug.id, phase, name, f"{self.writer.title} -> {self.reader.title}")
        having = [(number, spec) for number, spec in self._models(bug, most) if bug.ingredient.is_in(spec)]
        for start in range(0, min(len(having), self.facts.tries), BATCH):
            if self._look(bug, result, having[start : start + BATCH]):
                return result
        result.models = most
        return result

    def _models(self, bug: Bug, most: int) -> Iterator[tuple[int, ModelSpec]]:
        versions = [(each.info["keras"], each.info["tensorflow"]) for each in (self.writer, self.reader)]
        return enumerate(islice(models(self.facts.seed, bug.kinds, versions=versions), most), 1)

    def _look(self, bug: Bug, result: Result, chosen: Sequence[tuple[int, ModelSpec]]) -> bool:
        started = time.monotonic()
        records = self._records(bug, [spec for _, spec in chosen])
        specs = {spec.id: (number, spec) for number, spec in chosen}
        seen: set[tuple[str, str]] = set()
        result.having += len(chosen)
        for record in records:
            if record["record"] != "trial":
                continue
            result.errors += record["verdict"] == "harness-error"
            for problem in record["problems"]:
                key = (record["spec"], problem["fingerprint"])
                if key in seen or not _is(bug, record, problem):
                    continue
                seen.add(key)
                number, spec = specs[record["spec"]]
                solved = self._solved(spec, record, problem)
                if shows(bug, solved):
                    result.models = number
                    result.seconds = round(result.seconds + time.monotonic() - started, 1)
                    filled(result, (record["saver"], record["loader"]), record["spec"], Problem(**problem), solved)
                    return True
                result.beside.append(f"{spec.id}: {problem['difference'][:80]}: {', '.join(solved.culprit)}")
        result.seconds = round(result.seconds + time.monotonic() - started, 1)
        return False

    def _records(self, bug: Bug, specs: Sequence[ModelSpec]) -> list[dict[str, Any]]:
        known = routes()
        plan = Plan(
            tuple(specs),
            (self.writer, self.reader),
            tuple(each for each in known.saver_names if bug.concerns(each, "")),
            tuple(each for each in known.loader_names if bug.reads(each)),
            deadline=DEADLINE,
            ledger=False,
            pairs=((self.writer.name, self.reader.name),),
            alone=False,
        )
        found: list[dict[str, Any]] = []
        run(plan, frozenset(), found.append)
        return found

    def _solved(self, spec: ModelSpec, record: Mapping[str, Any], problem: Mapping[str, Any]) -> Solved:
        known = routes()
        writer, reader = (Bench(each, DEADLINE, known.formats) for each in (self.writer, self.reader))
        try:
            probe = CrossProbe(writer, reader, Law(contract(known), Ledger()), known, self.scratch / "probe")
            made = case(spec, (record["saver"], record["loader"]), Problem(**problem), self.reader, self.writer)
            return solve(made, probe, self.shrinking)
        finally:
            for bench in (writer, reader):
                bench.stop()


def _is(bug: Bug, record: Mapping[str, Any], problem: Mapping[str, Any]) -> bool:
    is_violation = record["verdict"] == "violation" and bug.concerns(record["saver"], record["loader"])
    return is_violation and bug.counts(problem["facet"], problem["difference"])
