"""What a trial is: facts that travel from the subject to the journal, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

FACETS = (
    "architecture",
    "weights",
    "state",
    "compile",
    "optimizer",
    "metrics",
    "predictions",
    "resume",
    "layout",
    "purity",
)
"""What may survive a save and a load. ``state`` is what a model remembers beside its weights (seeds of random
layers, states of stateful ones); ``purity`` is the live model after the save."""

Expected = Literal["survives", "lost", "any"]
Observed = Literal["survived", "lost", "changed", "absent", "unknown"]
"""``absent``: the original has no such facet; ``unknown``: it could not be looked at (or is not repeatable)."""

Verdict = Literal["as-documented", "known", "undocumented", "not-applicable", "violation", "harness-error"]
VERDICTS: tuple[Verdict, ...] = (
    "as-documented",
    "known",
    "undocumented",
    "not-applicable",
    "violation",
    "harness-error",
)

Severity = Literal["silent", "loud", "crash", "timeout", "unexpected-success"]
SEVERITIES: tuple[Severity, ...] = ("silent", "crash", "timeout", "unexpected-success", "loud")
"""Worst first."""


@dataclass(frozen=True)
class Raised:
    """An exception seen in the subject; ``stage`` is ``save`` or ``load`` or a step of looking at the result."""

    stage: str
    type: str
    message: str
    where: str = ""
    """Innermost frame inside Keras or TensorFlow, ``path:function``."""


@dataclass(frozen=True)
class Facet:
    """One facet of one trial."""

    expected: Expected
    observed: Observed
    classed: str = "exact"
    """``exact``, ``ulp``, ``tolerance``, ``diverged`` or ``structure``; ``consequence`` of another facet."""


@dataclass(frozen=True)
class Problem:
    """One disagreement: the unit that fingerprints, known issues and findings are about."""

    facet: str
    """A facet, or ``error`` for an exception, a crash or a missing documented exception."""
    severity: Severity
    difference: str
    """Normalised: ``Dense.activation: relu -> linear`` without numbers; or ``TypeError: message``."""
    fingerprint: str
    detail: str = ""
    known: str | None = None
    """Id of the known issue that explains it."""


@dataclass(frozen=True)
class Trial:
    """One spec x saver x loader x writer x reader, judged. ``loader`` is empty for the save itself."""

    spec: str
    kind: str
    saver: str
    loader: str
    writer: str
    reader: str
    verdict: Verdict
    severity: Severity | None = None
    facets: dict[str, Facet] = field(default_factory=dict)
    exception: Raised | None = None
    warnings: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    seconds: float = 0.0
    note: str = ""

    @property
    def fingerprint(self) -> str | None:
        """That of the first problem no known issue explains, or of the first problem."""
        ordered = sorted(self.problems, key=lambda problem: problem.known is not None)
        return ordered[0].fingerprint if ordered else None


Json = Any
