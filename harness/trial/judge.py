"""Two snapshots and a rule make a verdict. Pure: knows neither TensorFlow nor files."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from harness.trial.compare import Comparison, Difference
from harness.trial.records import SEVERITIES, Expected, Facet, Problem, Raised, Severity, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

OBJECTS = re.compile(r"<[\w.]+ object at 0x[0-9a-fA-F]+>")
NUMBERS = re.compile(r"0x[0-9a-fA-F]+|\d+(\.\d+)?(e[+-]?\d+)?")
QUOTED = re.compile(r"'[^']{0,200}'|\"[^\"]{0,200}\"")
NAMES = re.compile(r"name=[^,>\s]+|path=[^,>\s]+|\bfilepath=\S+")
TENSORS = re.compile(r"shape=\([^)]*\)|\[[^\[\]]*\]|\([^()]*\)")
MARKS = ((OBJECTS, "<object>"), (NAMES, "<name>"), (QUOTED, "<quoted>"), (TENSORS, "<...>"), (NUMBERS, "<n>"))


class DocumentedError(Protocol):
    """What a rule says about a documented failure."""

    @property
    def type(self) -> str: ...
    @property
    def message(self) -> str: ...


class Expectation(Protocol):
    """What the contract says about one trial: outcomes per facet, or documented failures; and which rules."""

    @property
    def facets(self) -> Mapping[str, Expected]: ...
    @property
    def raises(self) -> Sequence[DocumentedError]: ...
    @property
    def rules(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Route:
    """What problems of a trial are counted under: the families of its saver and loader, and the loader's claims."""

    saver: str
    loader: str = ""
    claims: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What was observed in one trial."""

    raised: Raised | None = None
    compared: Mapping[str, Comparison] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    died: Severity | None = None
    """``crash`` or ``timeout``: the subject did not answer."""
    detail: str = ""


@dataclass(frozen=True)
class Judgement:
    """The verdict of one trial, with its reasons."""

    verdict: Verdict
    severity: Severity | None = None
    facets: dict[str, Facet] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def judge(
    route: Route, expectation: Expectation, outcome: Outcome, explain: Callable[[Problem], str | None]
) -> Judgement:
    """Judge what was observed by what is documented.

    Args:
        route: what fingerprints are made of, beside the problem itself.
        expectation: of the contract, for this route, model and version.
        outcome: what was observed.
        explain: the id of the known issue that explains a problem, if there is one.
    """
    facets = {} if outcome.died else _facets(route, expectation, outcome)
    found = [_fingerprinted(route, problem) for problem in _problems(route, expectation, outcome)]
    problems = tuple(replace(problem, known=explain(problem)) for problem in found)
    return _verdict(expectation, facets, problems)


def _verdict(expectation: Expectation, facets: dict[str, Facet], problems: tuple[Problem, ...]) -> Judgement:
    if any(problem.known is None for problem in problems):
        severity = min((p.severity for p in problems if p.known is None), key=SEVERITIES.index)
        return Judgement("violation", severity, facets, problems)
    if problems:
        return Judgement("known", min((p.severity for p in problems), key=SEVERITIES.index), facets, problems)
    return Judgement("as-documented" if expectation.rules else "undocumented", None, facets)


def _problems(route: Route, expectation: Expectation, outcome: Outcome) -> Iterable[Problem]:
    if outcome.died is not None:
        return [_problem("error", outcome.died, outcome.died, outcome.detail)]
    if outcome.raised is not None:
        # A save that fails may still have changed the model that it was given.
        return [*_of_exception(expectation, outcome.raised), *_of_facets(route, expectation, outcome)]
    if expectation.raises:
        documented = " or ".join(sorted({error.type for error in expectation.raises}))
        return [_problem("error", "unexpected-success", f"no {documented}, though it is documented")]
    return _of_facets(route, expectation, outcome)


def _of_facets(route: Route, expectation: Expectation, outcome: Outcome) -> list[Problem]:
    expected = {name: _expected(route, expectation, outcome, name) for name in outcome.compared}
    return [
        problem
        for name, comparison in outcome.compared.items()
        if not _is_consequence(comparison, expected)
        for problem in _of_facet(name, expected[name], comparison)
        # What nothing documents may fail, as long as it says so.
        if problem.severity != "loud" or name in expectation.facets
    ]


def _is_consequence(comparison: Comparison, expected: Mapping[str, Expected]) -> bool:
    """Whether another difference, itself a problem or a documented loss, accounts for this one.

    What no rule speaks of accounts for nothing: predictions that are promised may not change with it.
    """
    return any(expected.get(cause, "any") != "any" for cause in comparison.causes)


def _of_exception(expectation: Expectation, raised: Raised) -> list[Problem]:
    if any(_matches(error, raised) for error in expectation.raises):
        return []
    if not expectation.rules or expectation.facets.get("error") == "any":
        return []
    difference = f"{raised.stage} raises {raised.type}: {normalised(raised.message)}"
    detail = f"{raised.message} [{raised.where}]"
    if expectation.raises:
        return [_problem("error", "loud", f"undocumented error: {difference}", detail)]
    return [_problem("error", "loud", difference, detail)]


def _matches(documented: DocumentedError, raised: Raised) -> bool:
    return documented.type == raised.type and re.search(documented.message, raised.message) is not None


def _expected(route: Route, expectation: Expectation, outcome: Outcome, facet: str) -> Expected:
    """The rule's word; without one, what a call is for may not be lost without a word (invariant 1)."""
    if facet in expectation.facets:
        return expectation.facets[facet]
    if facet in route.claims and not outcome.warnings:
        return "survives"
    return "any"


def _of_facet(name: str, expected: Expected, comparison: Comparison) -> Iterable[Problem]:
    if expected == "lost" and comparison.observed == "survived" and not comparison.vacuous:
        yield _problem(name, "unexpected-success", f"{name} survives, though its loss is documented")
    if expected == "survives" and comparison.observed in {"changed", "lost"}:
        # An option lost from a layer's arguments is lost from its configuration too: one problem a key.
        distinct = {item.key: item for item in reversed(comparison.differences)}
        for difference in distinct.values() or (Difference(name, "", "present", "lost"),):
            yield _of_difference(name, difference)


def _of_difference(facet: str, difference: Difference) -> Problem:
    severity: Severity = "loud" if " raises " in difference.key else "silent"
    detail = f"{difference.path}: {difference.before} -> {difference.after}"
    text = difference.key
    if severity == "loud":
        text = f"{difference.key}: {normalised(difference.after.partition(': ')[2])}"
    elif difference.closeness != "structure":
        text = f"{difference.key} {difference.closeness}"
    return _problem(facet, severity, text, detail)


def _facets(route: Route, expectation: Expectation, outcome: Outcome) -> dict[str, Facet]:
    expected = {name: _expected(route, expectation, outcome, name) for name in outcome.compared}
    return {
        name: Facet(
            expected[name],
            comparison.observed,
            "consequence" if _is_consequence(comparison, expected) else comparison.closeness,
        )
        for name, comparison in outcome.compared.items()
    }


def _problem(facet: str, severity: Severity, difference: str, detail: str = "") -> Problem:
    return Problem(facet, severity, difference, "", detail[:1000])


def _fingerprinted(route: Route, problem: Problem) -> Problem:
    text = f"{route.saver}\n{route.loader}\n{problem.facet}\n{problem.severity}\n{problem.difference}"
    return replace(problem, fingerprint=hashlib.sha256(text.encode()).hexdigest()[:10])


def normalised(message: str) -> str:
    """The first lines of a message without names, numbers, shapes and quotes: the same fault reads the same."""
    text = " ".join(message.split())[:400]
    for pattern, mark in MARKS:
        text = pattern.sub(mark, text)
    return text[:200]
