"""Exit codes: what a caller may conclude without reading."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.report.summary import Summary


class Exit(IntEnum):
    """Exit codes of ``roundtrip``."""

    OK = 0
    """All as documented or known."""
    VIOLATIONS = 1
    """Keras did not do what is documented; with ``--strict`` also: a known issue is stale."""
    UNUSABLE = 2
    """Bad arguments, could not run (in one of the environments), or the harness itself failed in a trial; or, with
    ``--coverage-floor``: too little was covered."""
    NOTHING = 5
    """Nothing was run."""
    INTERRUPTED = 130
    """Ctrl-C, after the partial summary."""


def outcome(summary: Summary, *, strict: bool = False, floor: float = 0) -> Exit:
    """Exit code for what was run; our own faults weigh most, for they leave the question open.

    Args:
        summary: what was run.
        strict: a known issue that was not met counts as a violation.
        floor: of everything that Keras has, the models have to have had this many percent.
    """
    if summary.verdicts["harness-error"] or summary.unusable:
        return Exit.UNUSABLE
    if summary.violations or summary.verdicts["violation"]:
        return Exit.VIOLATIONS
    if not summary.judged:
        return Exit.NOTHING
    if any(row.percent < floor for row in summary.spans):
        return Exit.UNUSABLE
    return Exit.VIOLATIONS if strict and summary.stale else Exit.OK
