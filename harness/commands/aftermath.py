"""What ``roundtrip run`` does with its findings: shrinks them, and remembers them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from harness.commands.findings import BUDGET, probing, told

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from harness.campaign.corpus import Corpus
    from harness.campaign.environments import Interpreter
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
        """Shrink each finding of the run, and bring the corpus up to date."""
        findings = summary.triage.findings()
        if self.shrink:
            for environment in environments:
                self._shrink(findings, environment)
        if self.corpus is not None:
            self._heal(self.corpus, findings, [each.name for each in environments])

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

    def _shrink(self, findings: Sequence[Finding], environment: Interpreter) -> None:
        from harness.campaign.cases import NoCaseError, find, solve
        from harness.campaign.routes import routes

        here = [each for each in self.records if each.get("reader", environment.name) == environment.name]
        with probing(environment, ledger=self.ledger) as probe:
            for number, finding in enumerate(findings, start=1):
                spec, *_, fingerprint = finding.clue
                wanted = [each for each in here if each["record"] != "trial" or each["spec"] == spec]
                try:
                    case = find(wanted, fingerprint, routes())
                except NoCaseError:
                    # Another environment's finding.
                    continue
                click.echo(f"\nShrunk {number}/{len(findings)} ({environment.name})")
                for line in told(solve(case, probe, self.budget)):
                    click.echo(f"   {line}")
