"""What ``roundtrip run`` does with its findings: shrinks them, and remembers them."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from harness.commands.findings import BUDGET, probing, told

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from harness.campaign.cases import Case
    from harness.campaign.corpus import Corpus
    from harness.campaign.environments import Interpreter
    from harness.campaign.probe import Probe
    from harness.models.spec import ModelSpec
    from harness.report.summary import Summary
    from harness.report.triage import Finding


class Aftermath:
    """Follows a run, and does at its end what was asked for."""

    def __init__(self, corpus: Corpus | None, *, shrink: bool, ledger: bool, budget: float) -> None:
        self.corpus, self.shrink, self.ledger, self.budget = corpus, shrink, ledger, budget
        self.records: list[Mapping[str, Any]] = []
        """Headers, and specs and trials with violations: what a case is made of."""

    @classmethod
    def of(cls, folder: Path | None, *, shrink: bool, ledger: bool) -> Aftermath:
        """What a run was asked to do with its findings."""
        from harness.campaign.corpus import Corpus, CorpusError
        from harness.console import Refusal

        try:
            corpus = None if folder is None else Corpus.read(folder)
        except CorpusError as error:
            raise Refusal(str(error)) from error
        return cls(corpus, shrink=shrink, ledger=ledger, budget=BUDGET)

    def specs(self, kinds: Collection[str]) -> tuple[ModelSpec, ...]:
        """Models of earlier findings, to be tried first."""
        return () if self.corpus is None else self.corpus.specs(kinds)

    def add(self, record: Mapping[str, Any]) -> None:
        """Take one record of the run."""
        if self.corpus is not None:
            self.corpus.add(record)
        if self.shrink and (record["record"] in {"header", "spec"} or record.get("verdict") == "violation"):
            self.records.append(record)

    def finish(self, summary: Summary, environments: Sequence[Interpreter]) -> None:
        """Bring the corpus up to date, and shrink each finding of the run: that takes long, and may be interrupted."""
        findings = summary.triage.findings()
        if self.corpus is not None:
            self._heal(self.corpus, findings, [each.name for each in environments])
        if self.shrink:
            shrinking = Shrinking(self.records, findings, ledger=self.ledger, budget=self.budget)
            shrinking.run(environments)

    @staticmethod
    def _heal(corpus: Corpus, findings: Sequence[Finding], environments: Sequence[str]) -> None:
        from harness.campaign.corpus import CorpusError
        from harness.console import Refusal

        for each in corpus.fixed():
            where = f"{each.saver}{f' -> {each.loader}' if each.loader else ''}"
            click.echo(f"fixed: {each.facet}: {each.difference} ({where}, {each.environment})")
        try:
            corpus.heal(findings, environments)
        except CorpusError as error:
            raise Refusal(str(error)) from error


class Shrinking:
    """Shrinks findings: in each environment those that it has alone, and the others from the writer to the reader."""

    def __init__(
        self, records: Sequence[Mapping[str, Any]], findings: Sequence[Finding], *, ledger: bool, budget: float
    ) -> None:
        self.records, self.findings, self.ledger, self.budget = records, findings, ledger, budget
        self.met: set[int] = set()
        """Numbers of findings that an environment has alone."""

    def run(self, environments: Sequence[Interpreter]) -> None:
        """Shrink them, and tell what came of it."""
        for environment in environments:
            self._alone(environment)
        self._across({each.name: each for each in environments})

    def _alone(self, environment: Interpreter) -> None:
        cases = self._cases(lambda trial: trial["writer"] == trial["reader"] == environment.name)
        if cases:
            self.met.update(cases)
            with probing(environment, ledger=self.ledger) as probe:
                for number, case in cases.items():
                    self._told(number, environment.name, case, probe)

    def _across(self, environments: Mapping[str, Interpreter]) -> None:
        """A finding that one environment has alone needs no file of another."""
        for number, case in self._cases(lambda trial: trial["writer"] != trial["reader"]).items():
            if number not in self.met:
                writer, reader = (environments[each["name"]] for each in (case.writer, case.environment))
                with probing(reader, writer, ledger=self.ledger) as probe:
                    self._told(number, f"{writer.name} to {reader.name}", case, probe)

    def _cases(self, here: Callable[[Mapping[str, Any]], bool]) -> dict[int, Case]:
        """The findings that some trials show, by their numbers."""
        from harness.campaign.cases import NoCaseError, find
        from harness.campaign.routes import routes

        kept = [each for each in self.records if each["record"] != "trial" or here(each)]
        found = {}
        for number, finding in enumerate(self.findings, start=1):
            spec, *_, fingerprint = finding.clue
            wanted = [each for each in kept if each["record"] != "trial" or each["spec"] == spec]
            with suppress(NoCaseError):
                found[number] = find(wanted, fingerprint, routes())
        return found

    def _told(self, number: int, where: str, case: Case, probe: Probe) -> None:
        from harness.campaign.cases import solve

        click.echo(f"\nShrunk {number}/{len(self.findings)} ({where})")
        for line in told(solve(case, probe, self.budget)):
            click.echo(f"   {line}")
