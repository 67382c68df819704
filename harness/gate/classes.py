"""Sorts the trials of a candidate by what became of them since the baseline, in the classes of Rust's ``crater``."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from harness.campaign.trials import NO_ROUTE
from harness.gate.outcomes import Outcome, Reason, depends_on_order, outcome, worse
from harness.report.summary import Size, size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

Class = Literal["regressed", "spurious", "known", "fixed", "new-route", "same", "gone", "unmeasured", "error"]
CLASSES: tuple[Class, ...] = (
    "regressed",
    "spurious",
    "known",
    "fixed",
    "new-route",
    "same",
    "gone",
    "unmeasured",
    "error",
)
"""``gone``: the candidate has no such call, or cannot make the model, or neither side says anything of it;
``unmeasured``: one side has no such trial; ``error``: our own fault or the environment's."""

AGAIN = "-again"
"""Ends the names of environments whose trials are repetitions, in fresh processes."""

FIRST_ROUND = 2
"""Trials of one cause that are repeated first; each further round repeats twice as many."""


class Key(NamedTuple):
    """One trial of the candidate: ``cross`` if it reads what the baseline wrote."""

    spec: str
    saver: str
    loader: str
    cross: bool = False


class Cause(NamedTuple):
    """What regressions are grouped by."""

    family: str
    """Of the saver: what is written, whoever writes it."""
    facet: str
    difference: str


@dataclass(frozen=True)
class Change:
    """One trial of the candidate, compared with the baseline's."""

    key: Key
    kind: str
    classed: Class
    reasons: tuple[Reason, ...] = ()
    note: str = ""

    @property
    def unexplained(self) -> tuple[Reason, ...]:
        """Reasons that no known issue and no rule accounts for."""
        return tuple(reason for reason in self.reasons if not reason.known)


@dataclass(frozen=True)
class Sides:
    """Names of the two environments, as the journal has them."""

    baseline: str
    candidate: str

    def side(self, trial: Mapping[str, Any]) -> tuple[str, bool] | None:
        """Which side a trial record is of, and whether it is a repetition; None for what is of neither."""
        writer, reader = trial["writer"], trial["reader"]
        again = str(reader).endswith(AGAIN) and reader not in {self.baseline, self.candidate}
        named = (writer.removesuffix(AGAIN), reader.removesuffix(AGAIN)) if again else (writer, reader)
        pairs = {
            (self.baseline, self.baseline): "before",
            (self.candidate, self.candidate): "after",
            (self.baseline, self.candidate): "cross",
        }
        return None if named not in pairs else (pairs[named], again)


@dataclass
class Comparison:
    """Takes records as they come, and says what changed."""

    sides: Sides
    families: Mapping[str, str]
    """Of savers, by name."""
    applied_before: Callable[[Key, Reason], bool] = field(default=lambda _key, _reason: False)
    """Whether what explains a reason was to be expected of the baseline, too."""
    trials: dict[tuple[str, bool], dict[Key, Outcome]] = field(default_factory=lambda: defaultdict(dict))
    kinds: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, Size] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    repeated: set[Key] = field(default_factory=set)
    """Trials that were tried again, whether or not that came to anything."""
    refused: set[str] = field(default_factory=set)
    """Models that there was no time for, though a stored baseline has them."""
    _known: dict[Outcome, Outcome] = field(default_factory=dict)

    def add(self, record: Mapping[str, Any]) -> None:
        """Take one record of the journal."""
        if record["record"] == "spec":
            self.kinds[record["id"]] = record["kind"]
            self.sizes[record["id"]] = size(record["spec"])
            self.descriptions[record["id"]] = record["description"]
        elif record["record"] == "trial":
            self._add_trial(record)

    def _add_trial(self, trial: Mapping[str, Any]) -> None:
        side = self.sides.side(trial)
        if side is not None:
            found = outcome(trial)
            key = Key(trial["spec"], trial["saver"], trial["loader"], side[0] == "cross")
            # Most outcomes are the same few: a big campaign holds each once.
            self.trials[side][key] = self._known.setdefault(found, found)
            if side[0] != "before" and side[1]:
                self.repeated.add(key)

    def changes(self) -> list[Change]:
        """Every trial of the candidate or of the baseline, with its class; regressions are confirmed or spurious."""
        first = self._first()
        believed = self._believed(first)
        return [self._settled(change, believed) for change in first]

    def suspects(self) -> list[Key]:
        """Trials to repeat next: a few of each cause that nothing has confirmed yet, the smallest models first."""
        first = self._first()
        believed = self._believed(first)
        found: dict[Key, None] = {}
        for cause, changes in self._by_cause(first).items():
            if cause in believed:
                continue
            left = [change.key for change in changes if change.key not in self.repeated]
            tried = len(changes) - len(left)
            found.update(dict.fromkeys(sorted(left, key=self._weight)[: max(FIRST_ROUND, tried)]))
        return list(found)

    def causes(self, changes: Iterable[Change]) -> dict[Cause, list[Change]]:
        """Confirmed regressions by cause, the most frequent first."""
        grouped = self._by_cause(change for change in changes if change.classed == "regressed")
        return dict(sorted(grouped.items(), key=lambda item: (-len(item[1]), item[0])))

    def order_dependent(self, key: Key) -> bool:
        """Whether a save failed only after other savers: to repeat it, they must come first again."""
        after = self.trials["after", False].get(key._replace(cross=False))
        return after is not None and depends_on_order(after.note)

    def smallest(self, changes: Iterable[Change]) -> Change:
        """The change with the smallest model."""
        return min(changes, key=lambda change: self._weight(change.key))

    def not_repeatable(self) -> Counter[str]:
        """Facets that one of the sides could not compare, by how often."""
        return Counter(
            facet.name
            for side in ("before", "after", "cross")
            for found in self.trials[side, False].values()
            for facet in found.facets
            if facet.observed == "unknown"
        )

    def _weight(self, key: Key) -> tuple[Size, bool, Key]:
        return self.sizes.get(key.spec, (10**6, 0)), key.cross, key

    def _first(self) -> list[Change]:
        """Changes as first measured: suspected regressions count as such."""
        before = self.trials["before", False]
        after = {**self.trials["after", False], **self.trials["cross", False]}
        changes = [self._change(key, before.get(key._replace(cross=False)), after[key]) for key in after]
        missing = [key for key in before if key not in after and key.spec not in self.refused]
        return [*changes, *(self._missing(key, before[key]) for key in missing)]

    def _change(self, key: Key, before: Outcome | None, after: Outcome) -> Change:
        if before is None:
            return self._only_candidate(key, after)
        kind = self.kinds.get(key.spec, "")
        states = (before.state, after.state)
        if states == ("absent", "error") or before.lacks_the_same_as(after):
            return Change(key, kind, "gone", note=after.note)
        if "error" in states:
            return Change(key, kind, "error", note=after.note if after.state == "error" else before.note)
        if "absent" in states:
            return Change(key, kind, "gone" if after.state == "absent" else "new-route", note=after.note)
        return self._judged(key, kind, before, after)

    def _judged(self, key: Key, kind: str, before: Outcome, after: Outcome) -> Change:
        reasons = tuple(self._explained(key, reason) for reason in worse(before, after, own=not key.cross))
        if any(not reason.known for reason in reasons):
            return Change(key, kind, "regressed", reasons)
        if reasons:
            return Change(key, kind, "known", reasons)
        better = worse(after, before)
        if key.cross:
            # Compared in what two versions can both say, a facet may survive that did not in full.
            better = tuple(reason for reason in better if reason.facet == "error")
        return Change(key, kind, "fixed" if better else "same", better)

    def _explained(self, key: Key, reason: Reason) -> Reason:
        """A known issue that was to be expected of the baseline and did not show there explains nothing."""
        if reason.known and reason.known != "documented" and self.applied_before(key, reason):
            return reason._replace(known="")
        return reason

    def _only_candidate(self, key: Key, after: Outcome) -> Change:
        kind = self.kinds.get(key.spec, "")
        save = self.trials["before", False].get(Key(key.spec, key.saver, ""))
        model = self.trials["before", False].get(Key(key.spec, NO_ROUTE, ""))
        if after.state in {"error", "absent"}:
            return Change(key, kind, "error" if after.state == "error" else "gone", note=after.note)
        if save is not None and save.state in {"raised", "died", "absent"}:
            return Change(key, kind, "new-route", note="the baseline could not write it")
        if model is not None:
            return Change(key, kind, "new-route", note=model.note)
        return Change(key, kind, "unmeasured", note="not tried with the baseline")

    def _missing(self, key: Key, before: Outcome) -> Change:
        kind = self.kinds.get(key.spec, "")
        save = self.trials["after", False].get(Key(key.spec, key.saver, ""))
        if before.state == "error":
            return Change(key, kind, "error", note=before.note)
        if key.saver == NO_ROUTE:
            return Change(key, kind, "gone", note=f"not with the baseline: {before.note}")
        if save is not None and save.state in {"raised", "died"}:
            return Change(key, kind, "unmeasured", note="the candidate could not write it: see the save")
        model = self.trials["after", False].get(Key(key.spec, NO_ROUTE, ""))
        if model is not None:
            return Change(key, kind, "gone", note=model.note)
        if save is not None and save.state == "absent":
            return Change(key, kind, "gone", note=save.note)
        return Change(key, kind, "unmeasured", note="not tried with the candidate")

    def _by_cause(self, changes: Iterable[Change]) -> dict[Cause, list[Change]]:
        grouped: dict[Cause, list[Change]] = {}
        for change in changes:
            if change.classed == "regressed":
                for reason in change.unexplained:
                    grouped.setdefault(self._cause(change.key, reason), []).append(change)
        return grouped

    def _cause(self, key: Key, reason: Reason) -> Cause:
        return Cause(self.families.get(key.saver, key.saver), reason.facet, reason.difference)

    def _again(self, key: Key) -> Change | None:
        """The repetition of a trial, compared; of a stored baseline there is none, and it stands as it is."""
        after = self.trials["cross" if key.cross else "after", True].get(key)
        plain = key._replace(cross=False)
        before = self.trials["before", True].get(plain) or self.trials["before", False].get(plain)
        return None if after is None else self._change(key, before, after)

    def _believed(self, first: Iterable[Change]) -> frozenset[Cause]:
        """Causes of which one trial showed the same facet worse again."""
        return frozenset(
            cause
            for cause, changes in self._by_cause(first).items()
            if any(self._confirms(change, cause) for change in changes)
        )

    def _confirms(self, change: Change, cause: Cause) -> bool:
        again = self._again(change.key)
        return again is not None and any(reason.facet == cause.facet for reason in again.unexplained)

    def _settled(self, change: Change, believed: frozenset[Cause]) -> Change:
        if change.classed != "regressed":
            return change
        if change.key in self.repeated:
            again = self._again(change.key)
            if again is not None and again.classed == "error":
                # Neither confirmed nor refuted: a regression must not pass for want of a repetition.
                return replace(change, classed="error", note=again.note)
            facets = {reason.facet for reason in again.unexplained} if again is not None else set()
            kept = tuple(reason for reason in change.unexplained if reason.facet in facets)
        else:
            kept = tuple(reason for reason in change.unexplained if self._cause(change.key, reason) in believed)
        return replace(change, reasons=kept) if kept else replace(change, classed="spurious")


def counted(changes: Iterable[Change]) -> Counter[Class]:
    """How many changes there are of each class."""
    return Counter(change.classed for change in changes)


def of_class(changes: Iterable[Change], classed: Class) -> Iterator[Change]:
    """The changes of one class."""
    return (change for change in changes if change.classed == classed)
