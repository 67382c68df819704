"""What a gate says: the exit code, and the Markdown verdict with its first line."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.gate.classes import CLASSES, counted, of_class
from harness.report import wording
from harness.report.markdown import escaped, fenced
from harness.report.outcome import Exit
from harness.report.rows import UNICODE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.gate.classes import Cause, Change, Class, Comparison
    from harness.gate.outcomes import Reason

LONGEST_HEAD = 120
LONGEST_DETAIL = 1000
MOST_ROUTES = 12
MOST_LINES = 40
"""Lines of a list that is no list of regressions."""

COMPARED: frozenset[Class] = frozenset({"regressed", "spurious", "known", "fixed", "same"})

MEANING: dict[Class, str] = {
    "regressed": "worse than with the baseline, and so again when it was repeated",
    "spurious": "worse at first, and not when it was repeated",
    "known": "worse, and a known issue or the documentation of this version says so",
    "fixed": "better than with the baseline",
    "new-route": "not possible with the baseline",
    "same": "as with the baseline",
    "gone": "nothing to compare: no such call, or no such model, in this version",
    "unmeasured": "one side has no such trial",
    "error": "the harness or the environment failed",
}


@dataclass(frozen=True)
class Run:
    """What a gate was asked for, for its report."""

    baseline: str
    candidate: str
    environments: tuple[str, ...]
    """Their versions, a line each."""
    journal: str
    replay: str
    """Options of ``roundtrip replay`` that name the candidate."""
    refused: int = 0
    """Models that there was no time for."""
    interrupted: bool = False
    notes: tuple[str, ...] = ()
    """What was not tried, and why."""


@dataclass
class Verdict:
    """All that a gate found."""

    run: Run
    comparison: Comparison
    changes: list[Change] = field(init=False)
    counts: Counter[Class] = field(init=False)
    causes: dict[Cause, list[Change]] = field(init=False)

    def __post_init__(self) -> None:
        self.changes = self.comparison.changes()
        self.counts = counted(self.changes)
        self.causes = self.comparison.causes(self.changes)

    @property
    def compared(self) -> int:
        """Trials that both sides have."""
        return sum(self.counts[each] for each in COMPARED)

    @property
    def exit(self) -> Exit:
        """What the caller may conclude; a regression is one, whatever else went wrong."""
        if self.run.interrupted:
            return Exit.INTERRUPTED
        if self.counts["regressed"]:
            return Exit.VIOLATIONS
        if self.counts["error"]:
            return Exit.UNUSABLE
        return Exit.OK if self.compared else Exit.NOTHING

    @property
    def headline(self) -> str:
        """The first line: pass or fail, and why."""
        names = f"{self.run.candidate} against {self.run.baseline}"
        models = wording.counted(len({change.key.spec for change in self.changes}), "model")
        tried = f"{wording.counted(self.compared, 'trial')} of {models}"
        if self.run.interrupted:
            return f"INTERRUPTED: {names}: {tried} compared so far, {self._suspected()}; go on with --resume"
        if self.counts["regressed"]:
            return (
                f"FAIL: {names}: {wording.counted(self.counts['regressed'], 'trial')} regressed, in "
                f"{wording.counted(len(self.causes), 'way')} ({self._worst()}); {tried} compared"
            )
        if self.counts["error"]:
            return (
                f"NO VERDICT: {names}: {wording.counted(self.counts['error'], 'trial')} failed for reasons of the "
                f"harness or of an environment ({self._first_error()}); mend that and run the gate again"
            )
        if not self.compared:
            return f"NO VERDICT: {names}: nothing could be compared; see what was not covered"
        others = ", ".join(
            f"{self.counts[each]} {each}" for each in ("fixed", "known", "spurious") if self.counts[each]
        )
        return f"PASS: {names}: nothing regressed in {tried}{f' ({others})' if others else ''}"

    def markdown(self) -> str:
        """The whole report."""
        return "\n".join(self._lines()) + "\n"

    def brief(self) -> Iterator[str]:
        """What a terminal shows: the headline, and each cause in a line."""
        yield self.headline
        for number, (cause, changes) in enumerate(self.causes.items(), start=1):
            yield f"{number:3}. {_cause(cause)}: {_seen(changes)}; smallest model {self._smallest(changes).key.spec}"

    def _suspected(self) -> str:
        return f"{self.counts['regressed'] + self.counts['spurious']} suspected of a regression"

    def _worst(self) -> str:
        first, *more = self.causes
        return f"{wording.cut(_cause(first), LONGEST_HEAD)}{f', and {len(more)} more' if more else ''}"

    def _first_error(self) -> str:
        first = next(of_class(self.changes, "error"))
        lines = [line for line in first.note.strip().splitlines() if line.strip()] or ["no reason given"]
        return wording.cut(lines[-1].strip(), LONGEST_HEAD)

    def _smallest(self, changes: Iterable[Change]) -> Change:
        return self.comparison.smallest(changes)

    def _lines(self) -> Iterator[str]:
        yield from (self.headline, "", "# Gate", "")
        yield from (f"- {line}" for line in self.run.environments)
        yield from ("", "| class | trials | meaning |", "|---|---:|---|")
        yield from (f"| {each} | {self.counts[each]} | {MEANING[each]} |" for each in CLASSES if self.counts[each])
        cross = sum(change.key.cross and change.classed in COMPARED for change in self.changes)
        if cross:
            yield from ("", f"{wording.counted(cross, 'trial')} of those compared read what the baseline had written.")
        yield from self._regressions()
        yield from self._better("fixed", "Fixed")
        yield from self._better("known", "Known")
        yield from self._list("Spurious", [self._line(change) for change in of_class(self.changes, "spurious")])
        yield from self._list("New routes", _by_route(of_class(self.changes, "new-route")))
        yield from self._list("Errors", _by_note(of_class(self.changes, "error"), LAST))
        yield from self._list("Not covered", list(self._not_covered()))

    def _regressions(self) -> Iterator[str]:
        if self.causes:
            yield from ("", f"## Regressions ({len(self.causes)})")
        for cause, changes in self.causes.items():
            yield from ("", f"### {escaped(wording.cut(_cause(cause), LONGEST_HEAD))}", "")
            least = self._smallest(changes)
            reason = next(each for each in least.unexplained if (each.facet, each.difference) == cause[1:])
            text = f"{cause.difference}\n{reason.detail}" if reason.detail else cause.difference
            yield from fenced(wording.cut(text, LONGEST_DETAIL))
            yield from ("", f"{_seen(changes)}.<br>", f"Smallest model: {self._described(least)}")
            yield "<br>\n".join(f"`{command}`" for command in self._commands(least, reason))
            yield ""
            yield from self._cut(_by_route(changes), MOST_ROUTES)

    def _described(self, change: Change) -> str:
        return escaped(self.comparison.descriptions.get(change.key.spec, change.key.spec))

    def _commands(self, change: Change, reason: Reason) -> Iterator[str]:
        """What shows it again; what the baseline wrote is written again by shrinking alone."""
        if not change.key.cross:
            yield self._again(change)
        if reason.fingerprint:
            yield f"roundtrip shrink {reason.fingerprint} --journal {self.run.journal} {self.run.replay}"

    def _again(self, change: Change) -> str:
        loader = f" --loader '{change.key.loader}'" if change.key.loader else ""
        return (
            f"roundtrip replay {change.key.spec} --journal {self.run.journal} {self.run.replay} "
            f"--saver '{change.key.saver}'{loader}"
        )

    def _better(self, classed: Class, title: str) -> Iterator[str]:
        grouped: dict[str, list[Change]] = {}
        for change in of_class(self.changes, classed):
            for reason in change.reasons:
                known = f" ({reason.known})" if reason.known and classed == "known" else ""
                cause = f"{reason.facet}: {wording.cut(reason.difference, LONGEST_HEAD)}{known}"
                grouped.setdefault(cause, []).append(change)
        ordered = sorted(grouped.items(), key=lambda item: (-len(item[1]), item[0]))
        yield from self._list(title, [f"{cause}: {_seen(changes)}" for cause, changes in ordered])

    def _line(self, change: Change) -> str:
        reasons = "; ".join(
            f"{reason.facet}: {wording.cut(reason.difference, LONGEST_HEAD)}" for reason in change.reasons
        )
        return f"{change.key.spec} {_route(change)}: {reasons}"

    def _list(self, title: str, lines: list[str]) -> Iterator[str]:
        if lines:
            yield from ("", f"## {title}", "")
            yield from self._cut(lines, MOST_LINES)

    @staticmethod
    def _cut(lines: list[str], most: int) -> Iterator[str]:
        yield from (f"- {escaped(line)}" for line in lines[:most])
        if len(lines) > most:
            yield f"- and {len(lines) - most} more"

    def _not_covered(self) -> Iterator[str]:
        yield from self.run.notes
        if self.run.refused:
            yield f"{wording.counted(self.run.refused, 'model')}: no time for them"
        for classed in ("gone", "unmeasured"):
            yield from _by_note(of_class(self.changes, classed), FIRST)
        for facet, count in self.comparison.not_repeatable().most_common():
            yield f"{facet} in {wording.counted(count, 'trial')}: not repeatable on one side, so not compared"


def _cause(cause: Cause) -> str:
    return f"{cause.facet} · {cause.family}: {cause.difference}"


def _seen(changes: list[Change]) -> str:
    trials = wording.counted(len(changes), "trial")
    models = wording.counted(len({change.key.spec for change in changes}), "model")
    cross = sum(change.key.cross for change in changes)
    return f"{trials}, {models}{f', {cross} of them reading what the baseline wrote' if cross else ''}"


def _route(change: Change) -> str:
    name = wording.route((change.key.saver, change.key.loader), UNICODE)
    return f"{name} (written by the baseline)" if change.key.cross else name


def _by_route(changes: Iterable[Change]) -> list[str]:
    return [f"{name}: {count}" for name, count in Counter(_route(change) for change in changes).most_common()]


FIRST, LAST = 0, -1
"""Which line of a note tells most: of a reason the first, of a traceback the last."""


def _by_note(changes: Iterable[Change], place: int) -> list[str]:
    counts: Counter[str] = Counter()
    for change in changes:
        lines = [line.strip() for line in change.note.splitlines() if line.strip()] or ["no reason given"]
        counts[f"{wording.cut(lines[place], LONGEST_HEAD)}"] += 1
    return [f"{note}: {wording.counted(count, 'trial')}" for note, count in counts.most_common()]
