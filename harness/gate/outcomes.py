"""What one trial came to, and whether another outcome of the same trial is worse. Pure: knows records only.

Worse is what a user of the model would call so: a facet that survived and now does not, an exception where there was
none, a problem where there was none. A difference between two live models (another default in another version) is
none of it, for each side is compared with its own original; neither is what one side could not compare.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from harness.trial.compare import CAUSES
from harness.trial.judge import normalised

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

State = Literal["absent", "error", "raised", "died", "returned"]
"""``absent``: the route does not exist here; ``error``: our own fault, or the environment's."""

GONE = frozenset({"changed", "lost"})
DEATHS = frozenset({"crash", "timeout"})
UNEXPECTED = "unexpected-success"

MISSING = r"No module named '(?!keras\b|tf_keras\b|tensorflow\b|tensorflow_core\b)"

FOREIGN = re.compile(
    rf"{MISSING}|No space left on device"
    r"|Disk quota exceeded|Too many open files|Cannot allocate memory|Read-only file system"
)
"""Exceptions of an environment that is broken, whatever Keras does."""


class Facet(NamedTuple):
    """One facet of an outcome, as the journal has it."""

    name: str
    expected: str
    observed: str
    classed: str


class Problem(NamedTuple):
    """One problem of an outcome, as the journal has it."""

    facet: str
    severity: str
    difference: str
    detail: str
    known: str | None
    fingerprint: str


@dataclass(frozen=True)
class Outcome:
    """What one trial came to. Equal for most trials of a campaign, and then held once."""

    state: State
    verdict: str
    facets: tuple[Facet, ...] = ()
    problems: tuple[Problem, ...] = ()
    raised: str = ""
    """The exception without what varies in its message."""
    note: str = ""
    """Of trials that say nothing, and of those that depend on what was saved before."""

    def facet(self, name: str) -> Facet | None:
        """One facet, if it was compared."""
        return next((facet for facet in self.facets if facet.name == name), None)

    def lacks_the_same_as(self, other: Outcome) -> bool:
        """Whether both environments lack a package that is none of Keras: this route was asked of neither."""
        lacking = bool(self.raised) and re.search(MISSING, self.note) is not None
        return lacking and self.state == other.state == "error" and self.note == other.note

    @property
    def kept(self) -> bool:
        """Whether there is anything to lose."""
        return self.verdict == "as-documented" or any(facet.observed == "survived" for facet in self.facets)


class Reason(NamedTuple):
    """One way in which an outcome is worse than another."""

    facet: str
    """A facet, or ``error``."""
    difference: str
    detail: str = ""
    known: str = ""
    """The known issue or rule that says so of the worse version only; empty if nothing does."""
    fingerprint: str = ""
    """Of the problem, if it is one; what no rule speaks of has none."""


def outcome(trial: Mapping[str, Any]) -> Outcome:
    """The outcome that a trial record tells of."""
    problems = tuple(_problem(each) for each in trial["problems"])
    raised = trial.get("exception")
    text = "" if raised is None else f"{raised['stage']} raises {raised['type']}: {normalised(raised['message'])}"
    said = "" if raised is None else f"{raised['type']}: {raised['message']}"
    if FOREIGN.search(said):
        return Outcome("error", trial["verdict"], raised=text, note=said)
    facets = tuple(
        Facet(name, each["expected"], each["observed"], each["class"]) for name, each in trial["facets"].items()
    )
    return Outcome(_state(trial, problems), trial["verdict"], facets, problems, text, _note(trial))


def _state(trial: Mapping[str, Any], problems: Iterable[Problem]) -> State:
    if trial["verdict"] == "not-applicable":
        return "absent"
    if trial["verdict"] == "harness-error":
        return "error"
    if any(problem.facet == "error" and problem.severity in DEATHS for problem in problems):
        return "died"
    return "returned" if trial.get("exception") is None else "raised"


def _problem(data: Mapping[str, Any]) -> Problem:
    return Problem(**{name: data[name] for name in Problem._fields})


def _note(trial: Mapping[str, Any]) -> str:
    says_nothing = trial["verdict"] in {"not-applicable", "harness-error"}
    return str(trial["note"]) if says_nothing or depends_on_order(trial["note"]) else ""


def depends_on_order(note: str) -> bool:
    """Whether a save failed only after other savers."""
    return note.startswith("only after ")


def worse(before: Outcome, after: Outcome, *, own: bool = True) -> tuple[Reason, ...]:
    """In what way an outcome is worse than the one before; empty if it is not.

    What a known issue or a rule says of the later version is a reason too, and names it.

    Args:
        before: what it was.
        after: what it is now.
        own: whether each side was compared with its own original. Where the later one was compared with that of
            another version, what nothing promises may differ as the versions do.
    """
    reasons = [*_failure(before, after), *_problems(before, after, own=own), *(_facets(before, after) if own else ())]
    distinct = {(reason.facet, reason.difference): reason for reason in reversed(reasons)}
    return tuple(_without_consequences(list(reversed(distinct.values()))))


def _failure(before: Outcome, after: Outcome) -> Iterator[Reason]:
    """An exception or a death where there was none."""
    error = next((problem for problem in after.problems if problem.facet == "error"), None)
    if after.state == "died" and before.state != "died":
        assert error is not None
        yield _reason(error)
    elif after.state == "raised" and before.state == "returned" and before.kept:
        if error is not None:
            yield _reason(error)._replace(difference=after.raised)
        else:
            documented = ", as documented" if after.verdict == "as-documented" else ""
            yield Reason("error", after.raised, known=documented and "documented")
    elif after.state == "raised" and before.state == "raised" and before.verdict == "as-documented" and error:
        yield _reason(error)


def _reason(problem: Problem) -> Reason:
    return Reason(problem.facet, problem.difference, problem.detail, problem.known or "", problem.fingerprint)


def _problems(before: Outcome, after: Outcome, *, own: bool) -> Iterator[Reason]:
    """Problems that are new, in what was looked at before."""
    for problem in after.problems:
        if _is_new(problem, before, own=own):
            yield _reason(problem)


def _is_new(problem: Problem, before: Outcome, *, own: bool) -> bool:
    if problem.facet == "error":
        documented = before.state == "raised" and before.verdict == "as-documented"
        return problem.severity == UNEXPECTED and documented
    facet = before.facet(problem.facet)
    if facet is None:
        return False
    if problem.severity == UNEXPECTED:
        # What two versions can both say is less: there a facet may survive that did not in full.
        return own and facet.expected == "lost" and facet.observed in GONE
    if facet.observed == "survived":
        return True
    if problem.known is not None and problem.known in {each.known for each in before.problems}:
        return False
    was = {each.difference for each in before.problems if each.facet == problem.facet}
    # Where no rule spoke, what differed was not written down, and nothing can be said of what differs now.
    return facet.observed in GONE and facet.expected == "survives" and bool(was) and problem.difference not in was


def _facets(before: Outcome, after: Outcome) -> Iterator[Reason]:
    """Facets that survived and do not any more, whether or not a rule speaks of them."""
    told = {problem.facet for problem in after.problems}
    for facet in after.facets:
        was = before.facet(facet.name)
        if was is not None and was.observed == "survived" and _gone(facet) and facet.name not in told:
            yield Reason(facet.name, f"survived -> {facet.observed}", known=_documented(was, facet))


def _gone(facet: Facet) -> bool:
    """Whether a facet was looked at and did not survive; calling a model is saved where nothing depends on it."""
    looked_at = facet.classed != "exact" or facet.expected == "survives"
    return facet.observed in GONE and looked_at


def _documented(was: Facet, now: Facet) -> str:
    return "documented" if now.expected == "lost" and was.expected != "lost" else ""


def _without_consequences(reasons: list[Reason]) -> list[Reason]:
    """Predictions that differ because the weights do are no second cause."""
    named = {reason.facet for reason in reasons}

    def follows(reason: Reason) -> bool:
        return any(cause in named for cause in CAUSES.get(reason.facet, ())) and reason.difference.startswith("surv")

    return [reason for reason in reasons if not follows(reason)]
