"""Known issues: confirmed disagreements of Keras with its documentation, so that only news is news."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from harness.contract.predicate import Predicate, matches, parse_predicate
from harness.contract.situation import RELATIONS
from harness.contract.tables import (
    Entry,
    InvalidEntryError,
    choices,
    known_keys,
    meant,
    quoted,
    read_entries,
    regex,
    sources,
    text,
    texts,
    unique_ids,
)
from harness.trial.records import FACETS, Severity

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from harness.contract.rules import Routes
    from harness.contract.situation import Situation
    from harness.trial.records import Problem

ENOUGH = 100
"""Trials that an issue must have applied to before its absence says anything."""

KNOWN_ISSUES = Path(__file__).with_name("known_issues.toml")
KEYS = (
    "id",
    "title",
    "saver",
    "loader",
    "kind",
    "when",
    "unless",
    "keras",
    "tf",
    "writer",
    "writer_keras",
    "writer_tf",
    "facet",
    "difference",
    "severity",
    "source",
    "model",
)


@dataclass(frozen=True)
class Issue:
    """One known issue: where it shows, and how its problems look."""

    id: str
    title: str
    savers: tuple[str, ...]
    loaders: tuple[str, ...]
    predicate: Predicate
    facets: tuple[str, ...]
    difference: str
    severities: tuple[str, ...]
    source: tuple[str, ...]
    model: Path
    """The smallest model spec that shows it."""
    where: str = ""

    crosses: bool = False
    """Whether it is about files that another version has written."""

    def applies(self, situation: Situation) -> bool:
        """Whether the issue is to be expected in this trial."""
        return (
            _any_matches(self.savers, situation.saver)
            and _any_matches(self.loaders, situation.loader)
            and self.predicate.holds(situation)
        )

    def explains(self, situation: Situation) -> bool:
        """Whether a problem of this trial may be the issue's.

        An issue that says nothing of writers may lie on either side of a file: in how it is written, or read.
        """
        return self.applies(situation) or (not self.crosses and self.applies(situation.at_writer))

    def describes(self, problem: Problem) -> bool:
        """Whether a problem looks like this issue."""
        return (
            problem.facet in self.facets
            and (not self.severities or problem.severity in self.severities)
            and re.search(self.difference, problem.difference) is not None
        )


STRANGERS: Mapping[str, tuple[str, ...]] = {
    "error": ("save raises StrangeError: never seen", "load raises StrangeError: never seen", "no StrangeError"),
    "architecture": ("Strange.option", "returns Strange"),
    "compile": ("compile.strange", "compile.loss.strange", "compile.metrics.strange", "strange raises StrangeError: x"),
    "optimizer": ("optimizer.strange", "strange raises StrangeError: never seen"),
}
"""Differences that nobody has seen, by facet: an entry that explains one of them would hide the next bug."""

STRANGE = ("Strange.option", "strange raises StrangeError: never seen")
"""Those of the other facets."""


def hides(issue: Issue) -> tuple[str, ...]:
    """Differences that an entry would explain though they are none of its own: with any, it is too wide."""
    return tuple(
        f"{facet}: {difference}"
        for facet in issue.facets
        for difference in STRANGERS.get(facet, STRANGE)
        if re.search(issue.difference, difference) is not None
    )


@dataclass(frozen=True)
class Ledger:
    """All known issues."""

    issues: tuple[Issue, ...] = ()

    def explain(self, situation: Situation, problem: Problem) -> str | None:
        """Id of the issue that a problem of a trial is known by, if there is one."""
        for issue in self.issues:
            if issue.describes(problem) and issue.explains(situation):
                return issue.id
        return None

    def applicable(self, situation: Situation) -> tuple[str, ...]:
        """Ids of the issues that are to be expected in a trial."""
        return tuple(issue.id for issue in self.issues if issue.applies(situation))

    def stale(self, seen: Mapping[str, int], reproduced: Collection[str]) -> tuple[str, ...]:
        """Ids that applied to many trials of a run (:data:`ENOUGH`) and never showed.

        A predicate cannot always tell which models show an issue; in a short run, none of them need have come.

        Args:
            seen: number of trials to which each issue applied.
            reproduced: ids that explained at least one problem.
        """
        return tuple(
            issue.id for issue in self.issues if seen.get(issue.id, 0) >= ENOUGH and issue.id not in reproduced
        )


def load_ledger(path: Path | None = None, *, routes: Routes | None = None) -> Ledger:
    """Read and check a ledger, by default the one that comes with the harness.

    Args:
        path: of another ledger.
        routes: if given, every saver and loader pattern must name one of them.

    Raises:
        ContractError: the first thing that is wrong, with its file and line.
    """
    entries = read_entries(KNOWN_ISSUES if path is None else path, "issue")
    unique_ids(entries)
    return Ledger(tuple(_issue(entry, routes) for entry in entries))


def _issue(entry: Entry, routes: Routes | None) -> Issue:
    known_keys(entry, KEYS)
    data = entry.data
    with entry.located():
        return Issue(
            id=str(entry.id),
            title=_required(data, "title"),
            savers=_patterns(data, "saver", None if routes is None else routes.savers),
            loaders=_patterns(data, "loader", None if routes is None else (*routes.loaders, "")),
            predicate=parse_predicate(data, RELATIONS),
            facets=_facets(data),
            difference=regex(_required(data, "difference"), "difference"),
            severities=choices(texts(data, "severity"), get_args(Severity), "severity"),
            source=sources(data),
            model=_model(entry),
            where=entry.where,
            crosses=any(key.startswith("writer") for key in data),
        )


def _patterns(data: dict[str, Any], key: str, known: tuple[str, ...] | None) -> tuple[str, ...]:
    found = texts(data, key)
    for pattern in found:
        if known is not None and not any(matches(pattern, name) for name in known):
            msg = f"no {key} matches {quoted(pattern)}{meant(pattern, known)}"
            raise InvalidEntryError(msg)
    return found


def _required(data: dict[str, Any], key: str) -> str:
    value = text(data, key)
    if not value.strip():
        msg = f"missing {key}"
        raise InvalidEntryError(msg)
    return value


def _facets(data: dict[str, Any]) -> tuple[str, ...]:
    found = choices(texts(data, "facet"), (*FACETS, "error"), "facet")
    if not found:
        msg = "missing facet"
        raise InvalidEntryError(msg)
    return found


def _model(entry: Entry) -> Path:
    found = entry.path.parent / _required(entry.data, "model")
    if not found.is_file():
        msg = f"no such model file: {entry.data['model']}"
        raise InvalidEntryError(msg)
    return found


def _any_matches(patterns: tuple[str, ...], name: str) -> bool:
    return not patterns or any(matches(pattern, name) for pattern in patterns)
