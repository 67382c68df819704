"""What a run should have met: rules of the contract, known issues."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from harness.contract.situation import Situation, Versions

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from harness.contract.ledger import Ledger
    from harness.contract.rules import Contract, Rule
    from harness.contract.situation import FeatureValue
    from harness.report.summary import Summary

SAYS_NOTHING = frozenset({"not-applicable", "harness-error"})


@dataclass(frozen=True)
class Scope:
    """What a run was asked to try."""

    savers: Collection[str]
    loaders: Collection[str]
    kinds: Collection[str]
    environments: Mapping[str, Mapping[str, Any]]
    """By name."""
    pairs: Collection[tuple[str, str]] = ()
    """Names of writers and readers, where one reads what another has written."""

    def covers(self, rule: Rule) -> bool:
        """Whether some trial of the run could meet a rule."""
        return self._has_route(rule) and self._has_kind(rule) and self._has_version(rule)

    def _has_route(self, rule: Rule) -> bool:
        return any(saver in self.savers and (not loader or loader in self.loaders) for saver, loader in rule.routes)

    def _has_kind(self, rule: Rule) -> bool:
        wanted = [condition for condition in rule.predicate.when if condition.feature == "kind"]
        return any(all(condition.admits(kind) for condition in wanted) for kind in self.kinds)

    def _has_version(self, rule: Rule) -> bool:
        return any(rule.predicate.spans(writer, reader) for writer, reader in self._pairs())

    def _pairs(self) -> Iterator[tuple[Versions, Versions]]:
        known = {name: Versions.of(each) for name, each in self.environments.items()}
        yield from ((versions, versions) for versions in known.values())
        yield from ((known[writer], known[reader]) for writer, reader in self.pairs)


@dataclass
class Exercise:
    """Follows the trials of a run, and says at its end what did not show."""

    contract: Contract
    ledger: Ledger
    scope: Scope
    features: Callable[[str], Mapping[str, FeatureValue]]
    """Those of a spec, by id."""
    due: Counter[str] = field(default_factory=Counter)
    """Trials in which each known issue was to be expected."""

    def add(self, trial: Mapping[str, Any]) -> None:
        """Note what one trial record should have shown."""
        if trial["verdict"] in SAYS_NOTHING:
            return
        if trial["reader"] != trial["writer"]:
            # Whether an issue is the writer's or the reader's, only the trials of each alone can tell.
            return
        environment = self.scope.environments[trial["writer"]]
        situation = Situation(
            saver=trial["saver"],
            loader=trial["loader"],
            kind=trial["kind"],
            features=self.features(trial["spec"]),
            tf=environment["tensorflow"],
            keras=environment["keras"],
        )
        self.due.update(self.ledger.applicable(situation))

    def unexercised(self, summary: Summary) -> list[str]:
        """Rules within the scope of the run that no trial met."""
        return [rule.id for rule in self.contract.rules if self.scope.covers(rule) and rule.id not in summary.rules]

    def stale(self, summary: Summary) -> list[str]:
        """Known issues that were to be expected and never showed."""
        return list(self.ledger.stale(self.due, summary.known))
