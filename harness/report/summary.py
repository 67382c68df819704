"""Adds up journals as they stream by; memory grows with what is distinct, not with how much was run."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from harness.models.spanned import Span, adjacent, names, spans
from harness.report.triage import Triage
from harness.trial.records import SEVERITIES, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from harness.report.triage import Finding

Record = dict[str, Any]
Route = tuple[str, str]
"""Saver and loader; the loader is empty for the save itself."""

Pair = tuple[str, str]
"""Writer and reader; the same environment twice where it reads its own files."""

Size = tuple[int, int]
"""Layers, then characters of JSON: what makes one spec smaller than another."""

Mark = Literal["violation", "known", "unknown", "lost", "survived", "absent"]
"""What became of one facet: ``lost`` is as documented or a consequence of another facet."""

MARKS: tuple[Mark, ...] = ("violation", "known", "unknown", "lost", "survived", "absent")
"""The first that occurs stands for many trials."""

ROUNDED = frozenset({"ulp", "tolerance"})

REMEMBERED_SPECS = 4096
"""How many of the latest specs are weighed against the smallest; a spec's trials come soon after it."""


class Place(NamedTuple):
    """Where a trial belongs, whatever the model."""

    writer: str
    reader: str
    saver: str
    loader: str
    kind: str

    @property
    def pair(self) -> Pair:
        """Writer and reader."""
        return self.writer, self.reader

    @property
    def route(self) -> Route:
        """Saver and loader."""
        return self.saver, self.loader


@dataclass
class Table:
    """The trials of one writer and reader."""

    verdicts: dict[Route, dict[str, Counter[str]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(Counter))
    )
    """By route, then by kind."""
    facets: dict[Route, dict[str, dict[str, Counter[Mark]]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(lambda: defaultdict(Counter)))
    )
    """By route, then by facet, then by kind."""
    seconds: dict[Route, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """By route, then by kind."""

    def add(self, trial: Mapping[str, Any]) -> None:
        """Count one trial record."""
        route, kind = (trial["saver"], trial["loader"]), trial["kind"]
        self.verdicts[route][kind][trial["verdict"]] += 1
        self.seconds[route][kind] += trial["seconds"]
        for name, mark in marks(trial).items():
            self.facets[route][name][kind][mark] += 1


@dataclass
class Found:
    """One distinct problem, by fingerprint."""

    fingerprint: str
    facet: str
    severity: Severity
    difference: str
    known: str | None
    count: int = 0
    """Trials that show it."""
    places: Counter[Place] = field(default_factory=Counter)
    """Trials by where they belong."""
    spec: str = ""
    """Id of the smallest spec so far that shows it."""
    description: str = ""
    detail: str = ""
    """What was seen of it there."""
    size: Size | None = None

    @property
    def routes(self) -> Counter[Route]:
        """Trials by route."""
        return _together(self.places, lambda place: place.route)

    @property
    def pairs(self) -> Counter[Pair]:
        """Trials by writer and reader."""
        return _together(self.places, lambda place: place.pair)

    @property
    def route(self) -> Route:
        """The route that shows it most."""
        return self.routes.most_common(1)[0][0]

    def weigh(self, spec: str, weight: tuple[Size, str] | None, detail: str = "") -> None:
        """Keep the smaller spec; one of unknown size only where there is no other."""
        if weight is None:
            if not self.spec:
                self.spec, self.detail = spec, detail
        elif self.size is None or weight[0] < self.size:
            self.spec, (self.size, self.description), self.detail = spec, weight, detail

    def to_json(self) -> Record:
        """As a ``finding`` record of a journal."""
        saver, loader = self.route
        return {
            "record": "finding",
            "fingerprint": self.fingerprint,
            "facet": self.facet,
            "severity": self.severity,
            "difference": self.difference,
            "detail": self.detail,
            "known": self.known,
            "saver": saver,
            "loader": loader,
            "routes": len(self.routes),
            "count": self.count,
            "spec": self.spec,
            "description": self.description,
        }


class Coverage(NamedTuple):
    """What was tried of one kind."""

    models: int
    trials: int
    judged: int
    """Routes with a trial that says something about Keras."""
    routes: int
    """Routes that were tried with any kind."""


@dataclass(frozen=True)
class Group:
    """One item of a report, on however many routes: problems that have one cause, or one known issue."""

    members: tuple[Found, ...]
    """At least one; those of its first facet first, then the most frequent."""
    cause: Finding | None = None
    """Of violations: what triage takes them for."""

    @property
    def facet(self) -> str:
        """What it is a difference of, or ``error``; of several, the one that may have brought about the others."""
        return self.members[0].facet

    @property
    def severity(self) -> Severity:
        """The worst of all members."""
        return min((found.severity for found in self.members), key=SEVERITIES.index)

    @property
    def difference(self) -> str:
        """That of the first member."""
        return self.members[0].difference

    @property
    def count(self) -> int:
        """Trials that show it."""
        return self.cause.count if self.cause else sum(found.count for found in self.members)

    @property
    def routes(self) -> list[Route]:
        """Those that show it, the most frequent first."""
        counts = _together(self.places, lambda place: place.route)
        return sorted(counts, key=lambda route: (-counts[route], route))

    @property
    def pairs(self) -> Counter[Pair]:
        """Trials by writer and reader."""
        return _together(self.places, lambda place: place.pair)

    @property
    def places(self) -> Counter[Place]:
        """Trials by where they belong."""
        added: Counter[Place] = Counter()
        for found in self.members:
            added.update(found.places)
        return added

    @property
    def smallest(self) -> Found:
        """The member with the smallest model, of those of its facet."""
        alike = [found for found in self.members if found.facet == self.facet]
        return min(alike, key=lambda found: (found.size is None, found.size or (0, 0)))


@dataclass
class Summary:
    """What one or several journals add up to."""

    environments: dict[str, Record] = field(default_factory=dict)
    tables: dict[Pair, Table] = field(default_factory=lambda: defaultdict(Table))
    """By writer and reader."""
    specs: Counter[str] = field(default_factory=Counter)
    """By kind; a model that several runs have tried counts once."""
    verdicts: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    """Of all trials together."""
    rounded: Counter[str] = field(default_factory=Counter)
    """Facets that came back but for rounding, by how near they are: ``ulp`` or ``tolerance``."""
    rules: Counter[str] = field(default_factory=Counter)
    """How often each rule of the contract was met."""
    problems: dict[tuple[str, str | None], Found] = field(default_factory=dict)
    """By fingerprint and by the known issue that explains it."""
    errors: Counter[str] = field(default_factory=Counter)
    """Last lines of the notes of harness errors; the journal has the rest."""
    triage: Triage = field(default_factory=Triage)
    """Finds the causes of violations."""
    unusable: dict[str, str] = field(default_factory=dict)
    """Environments that could not be run, and why."""
    runs: int = 0
    finished: int = 0
    """Runs that have a footer."""
    _unexercised: set[str] | None = None
    _stale: set[str] = field(default_factory=set)
    _ids: set[str] = field(default_factory=set)
    _weights: dict[str, tuple[Size, str]] = field(default_factory=dict)
    _met: set[str] = field(default_factory=set)

    def add(self, record: Mapping[str, Any]) -> None:
        """Count one record of a journal; findings are what this adds up to, and are passed over."""
        kind = record["record"]
        self.triage.add(record)
        if kind == "trial":
            self._add_trial(record)
        elif kind == "spec":
            self._add_spec(record)
        elif kind == "header":
            self.runs += 1
            self.environments.update({each["name"]: each for each in record["environments"]})
            self.unusable.update(record.get("unusable", {}))
        elif kind == "footer":
            self._add_footer(record)

    @property
    def trials(self) -> int:
        """All of them, those that did not apply included."""
        return self.verdicts.total()

    @property
    def judged(self) -> int:
        """Trials that say something about Keras."""
        return self.trials - self.verdicts["not-applicable"] - self.verdicts["harness-error"]

    @property
    def interrupted(self) -> int:
        """Runs without a footer."""
        return self.runs - self.finished

    @property
    def violations(self) -> list[Found]:
        """What no known issue explains, worst first."""
        return sorted((found for found in self.problems.values() if found.known is None), key=_worst_first)

    @property
    def groups(self) -> list[Group]:
        """Violations by cause, worst first."""
        return [self._group(cause) for cause in self.triage.findings()]

    def _group(self, cause: Finding) -> Group:
        found = [self.problems[fingerprint, None] for fingerprint in cause.fingerprints]
        first = cause.facets[0]
        members = sorted(found, key=lambda each: (each.facet != first, -each.count, each.fingerprint))
        return Group(tuple(members), cause)

    @property
    def issues(self) -> dict[str, Group]:
        """What the known issues explain, by their ids; the most frequent first."""
        together: dict[str, list[Found]] = {}
        for found in sorted(self.problems.values(), key=_worst_first):
            if found.known is not None:
                together.setdefault(found.known, []).append(found)
        groups = {known: Group(tuple(members)) for known, members in together.items()}
        return dict(sorted(groups.items(), key=lambda item: (-item[1].count, item[0])))

    @property
    def unknown(self) -> Counter[str]:
        """Facets that could not be compared, by how often."""
        counted: Counter[str] = Counter()
        for table in self.tables.values():
            for by_facet in table.facets.values():
                for facet, by_kind in by_facet.items():
                    counted[facet] += sum(marked["unknown"] for marked in by_kind.values())
        return +counted

    @property
    def coverage(self) -> dict[str, Coverage]:
        """What was tried of each kind."""
        return {kind: self._covered(kind) for kind in sorted(self.specs)}

    @property
    def spans(self) -> tuple[Span, ...]:
        """How much of Keras the models span; nothing where a journal does not tell their features."""
        if not self._met:
            return ()
        return spans(self._met, ((each["keras"], each["tensorflow"]) for each in self.environments.values()))

    @property
    def adjacent(self) -> int:
        """How many pairs of adjacent layers there were; 0 where a journal does not tell."""
        return adjacent(self._met)

    @property
    def known(self) -> Counter[str]:
        """Known issues that were met, by how many problems they explain."""
        met: Counter[str] = Counter()
        for found in self.problems.values():
            if found.known is not None:
                met[found.known] += found.count
        return met

    @property
    def stale(self) -> list[str]:
        """Known issues that should have been met, and were not."""
        return sorted(self._stale - set(self.known))

    @property
    def unexercised(self) -> list[str]:
        """Rules that no run met."""
        return sorted((self._unexercised or set()) - set(self.rules))

    def findings(self) -> list[Record]:
        """One ``finding`` record for each distinct problem."""
        return [found.to_json() for found in sorted(self.problems.values(), key=_worst_first)]

    def footer(self, *, unexercised: Iterable[str], stale: Iterable[str], seconds: float) -> Record:
        """Last record of the journal that was added up here."""
        return {
            "record": "footer",
            "complete": True,
            "specs": self.specs.total(),
            "trials": self.trials,
            "verdicts": dict(self.verdicts),
            "unexercised": sorted(unexercised),
            "stale": sorted(stale),
            "seconds": round(seconds, 3),
        }

    def _covered(self, kind: str) -> Coverage:
        by_route: dict[Route, Counter[str]] = defaultdict(Counter)
        for table in self.tables.values():
            for route, by_kind in table.verdicts.items():
                by_route[route].update(by_kind.get(kind, Counter[str]()))
        judged = sum(1 for verdicts in by_route.values() if set(verdicts) - {"not-applicable", "harness-error"})
        trials = sum(verdicts.total() for verdicts in by_route.values())
        return Coverage(self.specs[kind], trials, judged, len(by_route))

    def _add_spec(self, record: Mapping[str, Any]) -> None:
        if record["id"] not in self._ids:
            self._ids.add(record["id"])
            self.specs[record["kind"]] += 1
            if record.get("features"):
                self._met.update(names(record["features"]))
        self._weights[record["id"]] = size(record["spec"]), record["description"]
        if len(self._weights) > REMEMBERED_SPECS:
            del self._weights[next(iter(self._weights))]

    def _add_trial(self, trial: Mapping[str, Any]) -> None:
        self.verdicts[trial["verdict"]] += 1
        self.seconds += trial["seconds"]
        self.rules.update(trial["rules"])
        self.rounded.update(facet["class"] for facet in trial["facets"].values() if facet["class"] in ROUNDED)
        self.tables[trial["writer"], trial["reader"]].add(trial)
        if trial["verdict"] == "harness-error":
            self.errors[_error(trial)] += 1
        for identity, problem in {(each["fingerprint"], each["known"]): each for each in trial["problems"]}.items():
            self._add_problem(identity, problem, trial)

    def _add_problem(
        self, identity: tuple[str, str | None], problem: Mapping[str, Any], trial: Mapping[str, Any]
    ) -> None:
        found = self.problems.get(identity)
        if found is None:
            shown = {name: problem[name] for name in ("fingerprint", "facet", "severity", "difference", "known")}
            found = self.problems[identity] = Found(**shown)
        found.count += 1
        found.places[Place(*(trial[name] for name in Place._fields))] += 1
        found.weigh(trial["spec"], self._weights.get(trial["spec"]), problem["detail"])

    def _add_footer(self, record: Mapping[str, Any]) -> None:
        self.finished += 1
        unexercised = set(record["unexercised"])
        self._unexercised = unexercised if self._unexercised is None else self._unexercised & unexercised
        self._stale |= set(record["stale"])


def _together(places: Counter[Place], of: Callable[[Place], tuple[str, str]]) -> Counter[tuple[str, str]]:
    added: Counter[tuple[str, str]] = Counter()
    for place, count in places.items():
        added[of(place)] += count
    return added


def size(spec: Mapping[str, Any]) -> Size:
    """How big a spec is."""
    return sum(1 for _ in _layers(spec["model"])), len(json.dumps(spec, separators=(",", ":")))


def _layers(model: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for layer in model["layers"]:
        yield layer
        if layer.get("model"):
            yield from _layers(layer["model"])


def marks(trial: Mapping[str, Any]) -> dict[str, Mark]:
    """What became of each facet of a trial record."""
    found = {name: _observed(facet["observed"]) for name, facet in trial["facets"].items()}
    # Problems that no issue explains come last, so that they have the last word.
    for problem in sorted(trial["problems"], key=lambda each: each["known"] is None):
        if problem["facet"] != "error":
            found[problem["facet"]] = "violation" if problem["known"] is None else "known"
    return found


def _observed(observed: str) -> Mark:
    marked: dict[str, Mark] = {"survived": "survived", "absent": "absent", "unknown": "unknown"}
    return marked.get(observed, "lost")


def _error(trial: Mapping[str, Any]) -> str:
    raised = trial["exception"]
    note = trial["note"] or ("" if raised is None else f"{raised['type']}: {raised['message']}")
    return next((line.strip() for line in reversed(note.splitlines()) if line.strip()), "no reason given")


def _worst_first(found: Found) -> tuple[bool, int, int, str]:
    return (found.known is not None, SEVERITIES.index(found.severity), -found.count, found.fingerprint)
