"""From failing trials to findings: problems with one cause are one finding, and the cause is inferred.

Problems are told apart by what differs, not by whose value it is, and by their saver. Those that show in the same
models are one finding, and so is what shows only where an earlier facet differs already. The culprit is what the
models that show it have in common and the others lack. Sets of models and trials are numbers, one bit for each.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Any

from harness.trial.records import FACETS, SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from harness.trial.records import Severity

Record = dict[str, Any]

SAYS_NOTHING = frozenset({"not-applicable", "harness-error"})
ANY = "any model"

DEPENDENT = ("weights", "state", "compile", "optimizer", "metrics", "predictions", "resume")
"""Facets that may differ because another one does, an earlier one first."""

VALUES = "values differ"
COMPUTED = (VALUES, "evaluate")
"""Differences of the compile settings that may follow from others."""

ALIKE = 0.5
"""Share of models that two problems must have in common to be one."""
EXPLAINED = 0.9
"""A finding that covers this share of another one's trials accounts for it."""
COMMON = 0.95
"""Share of the failing models that must have what is blamed."""
TELLING = 0.8
"""Where so many of the models that have something fail, it is blamed alone."""
AMBIGUOUS = 3
"""Features that tell as much as one another: with more of them, none is blamed."""
SEVERAL = 4
"""Failing models from which on two features may be blamed together."""
CLEARLY = 1.25
"""How much more two features have to tell than one of them."""
WORDS = 7
"""Words of an error message that tell it from others."""

FLAGS = ("frozen", "shared", "stateful", "random", "compiled", "trained", "loss_weights", "weighted_metrics", "weights")
NEGATABLE = ("compiled", "trained", "weights")
TEXTS = ("kind", "built", "config", "holds", "optimizer", "schedule")
SETS = ("loss", "loss_form", "metrics", "metrics_form", "custom")
UNREMARKABLE = frozenset({"-", "none"})


@dataclass(frozen=True)
class Symptom:
    """What two problems must have alike to be taken for the same: not whose values differ, but which option does."""

    facet: str
    severity: str
    difference: str
    saver: str


@dataclass
class Finding:
    """Problems that have one cause."""

    culprit: tuple[str, ...]
    """What the models that show it have in common; empty where nothing tells them from the others."""
    failing: int
    """Models that show it."""
    passing: int
    """Models with the same in common that were tried in the same ways and do not show it."""
    tried: int
    """Models that were tried in the same ways."""
    count: int
    """Trials that show it."""
    severity: Severity
    facets: tuple[str, ...]
    differences: tuple[str, ...]
    """The most frequent first."""
    fingerprints: tuple[str, ...]
    """The most frequent first."""
    routes: tuple[tuple[str, str], ...]
    """The most frequent first."""
    specs: tuple[str, ...]
    """Ids of the models that show it, the smallest first."""
    clue: tuple[str, str, str, str]
    """Spec, saver, loader and fingerprint of the smallest that shows its first facet."""
    known: tuple[str, ...] = ()
    """Known issues that explain some of it."""

    @property
    def title(self) -> str:
        """The culprit in a few words."""
        if self.culprit:
            return " and ".join(self.culprit)
        return ANY if self.failing > 1 and self.failing == self.tried else "not told apart yet"


@dataclass
class _Cluster:
    """Symptoms that are taken for one finding, and where they show."""

    specs: int = 0
    trials: int = 0
    saves: set[tuple[str, str]] = field(default_factory=set)
    """Pairs of spec and saver."""
    savers: set[str] = field(default_factory=set)
    symptoms: list[Symptom] = field(default_factory=list)
    problems: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By difference and fingerprint."""
    known: Counter[str] = field(default_factory=Counter)
    clues: dict[str, tuple[tuple[int, int], tuple[str, str, str, str]]] = field(default_factory=dict)
    """By facet: the size of the smallest model, and what it takes to see the problem in it."""
    culprit: tuple[str, ...] = ()

    def take(self, other: _Cluster) -> None:
        """Become both."""
        self.specs |= other.specs
        self.trials |= other.trials
        self.saves |= other.saves
        self.savers |= other.savers
        self.symptoms += other.symptoms
        self.problems += other.problems
        self.known += other.known
        for facet, clue in other.clues.items():
            self.clues[facet] = min(clue, self.clues.get(facet, clue))

    @property
    def facet(self) -> str:
        """The earliest of its facets."""
        return min((symptom.facet for symptom in self.symptoms), key=_place)


class Triage:
    """Takes the records of a run, and tells the findings."""

    def __init__(self, *, known: bool = False) -> None:
        """Group what no known issue explains; with ``known``, the rest too."""
        self.with_known = known
        self.specs: dict[str, int] = {}
        """Each model's place among the bits."""
        self.sizes: dict[str, tuple[int, int]] = {}
        self.atoms: dict[str, int] = {}
        """Models that have each feature."""
        self.tried: dict[str, int] = {}
        """Models that were tried with each saver."""
        self.routes: list[tuple[str, str, str]] = []
        """Spec, saver and loader of each trial with problems."""
        self.found: dict[Symptom, _Cluster] = {}

    def add(self, record: Mapping[str, Any]) -> None:
        """Take one record of a journal."""
        if record["record"] == "spec" and record["id"] not in self.specs:
            self._add_spec(record)
        elif record["record"] == "trial" and record["verdict"] not in SAYS_NOTHING:
            self._add_trial(record)

    def _add_spec(self, record: Mapping[str, Any]) -> None:
        self.sizes[record["id"]] = _size(record["spec"])
        bit = self._bit(record["id"])
        for atom in spec_atoms(record.get("features") or {}):
            self.atoms[atom] = self.atoms.get(atom, 0) | bit

    def _bit(self, spec: str) -> int:
        return 1 << self.specs.setdefault(spec, len(self.specs))

    def _add_trial(self, trial: Mapping[str, Any]) -> None:
        saver = trial["saver"]
        self.tried[saver] = self.tried.get(saver, 0) | self._bit(trial["spec"])
        counted = [each for each in trial["problems"] if each["known"] is None or self.with_known]
        for problem in counted:
            key = Symptom(problem["facet"], problem["severity"], symptom(problem), saver)
            self._add_problem(self.found.setdefault(key, _Cluster(symptoms=[key])), problem, trial)
        if counted:
            self.routes.append((trial["spec"], trial["saver"], trial["loader"]))

    def _add_problem(self, cluster: _Cluster, problem: Mapping[str, Any], trial: Mapping[str, Any]) -> None:
        cluster.specs |= self._bit(trial["spec"])
        cluster.trials |= 1 << len(self.routes)
        cluster.saves.add((trial["spec"], trial["saver"]))
        cluster.savers.add(trial["saver"])
        cluster.problems[problem["difference"], problem["fingerprint"]] += 1
        if problem["known"] is not None:
            cluster.known[problem["known"]] += 1
        size = self.sizes.get(trial["spec"], (0, 0))
        clue = (size, (trial["spec"], trial["saver"], trial["loader"], problem["fingerprint"]))
        cluster.clues[problem["facet"]] = min(clue, cluster.clues.get(problem["facet"], clue))

    def findings(self) -> list[Finding]:
        """All findings, the worst and most frequent first."""
        clusters = self._merged_savers()
        clusters = self._absorbed(clusters)
        for cluster in clusters:
            cluster.culprit = self._culprit(cluster)
        made = [self._finding(cluster) for cluster in self._merged_culprits(clusters)]
        return sorted(made, key=lambda each: (SEVERITIES.index(each.severity), -each.count, each.differences))

    def _merged_savers(self) -> list[_Cluster]:
        """The same problem of several savers, where it is the same models that show it."""
        together: dict[tuple[str, str, str], list[_Cluster]] = {}
        for key, cluster in self.found.items():
            made = _Cluster()
            made.take(cluster)
            alike = together.setdefault((key.facet, key.severity, key.difference), [])
            for other in alike:
                both = self._tried(other.savers) & self._tried(made.savers)
                if _jaccard(other.specs & both, made.specs & both) >= ALIKE:
                    other.take(made)
                    break
            else:
                alike.append(made)
        return [cluster for clusters in together.values() for cluster in clusters]

    def _tried(self, savers: Iterable[str]) -> int:
        tried = 0
        for saver in savers:
            tried |= self.tried.get(saver, 0)
        return tried

    @staticmethod
    def _absorbed(clusters: list[_Cluster]) -> list[_Cluster]:
        """Without what shows only where an earlier facet differs: it is part of that finding."""
        left: list[_Cluster] = []
        for cluster in sorted(clusters, key=lambda each: (_place(each.facet), -each.trials.bit_count())):
            cause = next((other for other in left if _accounts_for(other, cluster)), None)
            if cause is None:
                left.append(cluster)
            else:
                cause.take(cluster)
        return left

    def _culprit(self, cluster: _Cluster) -> tuple[str, ...]:
        """One or two features that nearly all failing models have, and the fewest others."""
        tried = self._tried(cluster.savers)
        failing, passing = cluster.specs, tried & ~cluster.specs
        if not passing:
            return ()
        enough = COMMON * failing.bit_count()
        shared = [atom for atom, mask in self.atoms.items() if (mask & failing).bit_count() >= enough]
        named = " ".join(symptom.difference for symptom in cluster.symptoms)
        ranked = sorted(
            ((self._telling((atom,), failing, passing), _rank(atom, named), atom) for atom in shared), reverse=True
        )
        best = [each for each in ranked if each[:2] == ranked[0][:2]]
        if len(best) > AMBIGUOUS and best[0][1] < NAMED:
            # Too few models to tell by: any of these may be to blame.
            return ()
        if failing.bit_count() < SEVERAL:
            alone = failing.bit_count() == 1
            blamed = best and (best[0][1] >= NAMED or (best[0][0] >= TELLING and not alone))
            return (best[0][2],) if blamed else ()
        if not best or best[0][0] >= TELLING:
            return tuple(each[2] for each in best[:1])
        return self._pair(best[0], shared, named, (failing, passing))

    def _pair(
        self, lone: tuple[float, int, str], shared: list[str], named: str, models: tuple[int, int]
    ) -> tuple[str, ...]:
        """Two features, if together they tell clearly more than one."""
        pairs = (
            (self._telling(pair, *models), sum(_rank(atom, named) for atom in pair), pair)
            for pair in combinations(sorted(shared), 2)
        )
        telling, _, best = max(pairs, default=(0.0, 0, ()))
        return best if telling > lone[0] * CLEARLY else (lone[2],)

    def _telling(self, atoms: Iterable[str], failing: int, passing: int) -> float:
        """Share of the models with these features that fail."""
        having = -1
        for atom in atoms:
            having &= self.atoms[atom]
        fails, passes = (having & failing).bit_count(), (having & passing).bit_count()
        return round(fails / (fails + passes), 2) if fails else 0.0

    def _merged_culprits(self, clusters: list[_Cluster]) -> list[_Cluster]:
        """Findings that blame the same option are one."""
        by_option: dict[tuple[str, ...], _Cluster] = {}
        left = []
        for cluster in clusters:
            is_option = any("." in atom and "=" not in atom for atom in cluster.culprit)
            other = by_option.get(cluster.culprit)
            if is_option and other is not None:
                other.take(cluster)
                continue
            by_option[cluster.culprit] = cluster
            left.append(cluster)
        return left

    def _finding(self, cluster: _Cluster) -> Finding:
        tried = self._tried(cluster.savers)
        having = tried
        for atom in cluster.culprit:
            having &= self.atoms[atom]
        affected = [self.routes[place] for place in _bits(cluster.trials)]
        by_difference: Counter[str] = Counter()
        by_fingerprint: Counter[str] = Counter()
        for (difference, fingerprint), count in cluster.problems.items():
            by_difference[difference] += count
            by_fingerprint[fingerprint] += count
        severities: list[Severity] = [
            each for each in SEVERITIES if any(each == item.severity for item in cluster.symptoms)
        ]
        return Finding(
            culprit=cluster.culprit,
            failing=cluster.specs.bit_count(),
            passing=(having & ~cluster.specs).bit_count(),
            tried=tried.bit_count(),
            count=cluster.trials.bit_count(),
            severity=severities[0],
            facets=tuple(sorted({each.facet for each in cluster.symptoms}, key=_place)),
            differences=tuple(text for text, _ in by_difference.most_common()),
            fingerprints=tuple(text for text, _ in by_fingerprint.most_common()),
            routes=tuple(route for route, _ in Counter((saver, loader) for _, saver, loader in affected).most_common()),
            specs=tuple(
                sorted({spec for spec, _, _ in affected}, key=lambda spec: (self.sizes.get(spec, (0, 0)), spec))
            ),
            clue=cluster.clues[cluster.facet][1],
            known=tuple(name for name, _ in cluster.known.most_common()),
        )


def symptom(problem: Mapping[str, Any]) -> str:
    """A difference without the names of what differs: the same problem of another layer reads the same."""
    text = str(problem["difference"])
    if text.endswith((" diverged", " tolerance")):
        return VALUES
    if problem["facet"] == "layout":
        return re.sub(r"^\w+ ", "", re.sub(r"lack .*", "lack some", text))
    if problem["facet"] == "architecture" and re.fullmatch(r"\w+\.\w+(\.\w+)?\.trainable", text):
        return "variables.trainable"
    if problem["severity"] == "loud" or problem["facet"] == "error":
        return " ".join(re.sub(r"^(undocumented error: )?(save|load) raises ", "", text).split()[:WORDS])
    return text


def _accounts_for(cause: _Cluster, other: _Cluster) -> bool:
    """Whether a problem shows (nearly) only where another one does that may have brought it about."""
    severe = {item.severity for item in other.symptoms}
    if any(item.facet == "compile" and item.difference not in COMPUTED for item in other.symptoms):
        # An option that is lost is lost by itself, whatever else is.
        return False
    if other.facet not in DEPENDENT or not (severe <= {"silent"} or other.facet == "resume") or cause.facet == "error":
        return False
    if cause.facet in {"layout", "purity"}:
        return len(cause.saves & other.saves) >= EXPLAINED * len(other.saves)
    return (cause.trials & other.trials).bit_count() >= EXPLAINED * other.trials.bit_count()


def spec_atoms(features: Mapping[str, Any]) -> Iterator[str]:
    """What there is to say of a model."""
    yield from (f"{name}={features[name]}" for name in TEXTS if features.get(name, "-") not in UNREMARKABLE)
    yield from (name for name in FLAGS if features.get(name))
    yield from (f"not {name}" for name in NEGATABLE if features.get(name) is False)
    yield from (f"several {name}" for name in ("inputs", "outputs") if features.get(name, 1) > 1)
    if features.get("nested"):
        yield "nested"
    for name in SETS:
        yield from (f"{name}={value}" for value in features.get(name, ()) if value not in UNREMARKABLE)
    yield from (f"class {name}" for name in features.get("classes", ()))
    for name in features.get("arguments", ()):
        yield name
        yield f"*.{name.partition('.')[2]}"


SHORTEST = 3
"""Letters of a word that can be looked for in a difference."""

NAMED = 3
"""Rank, from which on the difference names a feature."""


def _rank(atom: str, differences: str) -> int:
    """Of two features that tell as much, the better to blame: what is named, then options, then classes."""
    name = re.split(r"[.= ]", atom)[-1]
    is_option = "." in atom and "=" not in atom
    if len(name) >= SHORTEST and re.search(rf"(?<![A-Za-z]){re.escape(name)}", differences):
        return NAMED + (is_option and not atom.startswith("*"))
    if is_option:
        return 2 - atom.startswith("*")
    return 1 if atom.startswith("class ") else 0


def _place(facet: str) -> int:
    """Errors first, then what is on disk and what a save has damaged, then the facets of a loaded model."""
    first = ("error", "layout", "purity")
    return (*first, *(each for each in FACETS if each not in first)).index(facet)


def _jaccard(one: int, other: int) -> float:
    either = (one | other).bit_count()
    return (one & other).bit_count() / either if either else 0.0


def _size(spec: Mapping[str, Any]) -> tuple[int, int]:
    text = str(spec)
    return (text.count("'cls'"), len(text))


def _bits(mask: int) -> Iterator[int]:
    for place, digit in enumerate(reversed(f"{mask:b}")):
        if digit == "1":
            yield place
