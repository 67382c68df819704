"""Sentences that the terminal and Markdown share."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from harness.trial.records import VERDICTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.report.rows import Symbols
    from harness.report.summary import Found, Summary

WIDE = 132
"""From this width on, facets are written in full."""


LONGEST_DESCRIPTION = 240
"""Characters of a model; its spec says the rest."""


def cut(text: str, longest: int) -> str:
    """The text, or its beginning."""
    return text if len(text) <= longest else f"{text[: longest - 3]}..."


def counted(number: int, noun: str) -> str:
    """``1 trial``, ``2 trials``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def legend(symbols: Symbols) -> str:
    """What the signs mean."""
    verdicts = "  ".join(f"{symbols.verdicts[verdict]} {verdict}" for verdict in VERDICTS)
    marks = "  ".join(
        f"{symbols.marks[mark]} {meaning}"
        for mark, meaning in (
            ("survived", "survives"),
            ("lost", "lost as documented, or with another facet"),
            ("absent", "the model has none"),
            ("unknown", "could not be compared"),
        )
    )
    return f"Trials: {verdicts}\nFacets: {marks}"


def route(found: Found, symbols: Symbols) -> str:
    """The route that shows the problem most, and how many others do."""
    saver, loader = found.route
    name = f"{saver} {symbols.arrow} {loader}" if loader else saver
    others = len(found.routes) - 1
    return f"{name} (and {counted(others, 'more route')})" if others else name


def body(found: Found, journal: str, longest: int) -> list[str]:
    """The lines below the head of a problem; the last is a command, or what to look for."""
    smallest = f": {cut(found.description, LONGEST_DESCRIPTION)}" if found.description else ""
    again = f"roundtrip replay {found.spec} --journal {shlex.quote(journal)}" if journal else f"spec {found.spec}"
    return [
        cut(found.difference, longest),
        f"{counted(found.count, 'trial')}; fingerprint {found.fingerprint}",
        f"smallest model{smallest}",
        again,
    ]


def environment(record: Mapping[str, Any]) -> str:
    """The versions that decide an outcome."""
    return (
        f"{record['name']}: TensorFlow {record['tensorflow']}, Keras {record['keras']} as {record['namespace']}, "
        f"Python {record['python']}, NumPy {record['numpy']}, h5py {record['h5py']}, {record['platform']}"
    )


def totals(summary: Summary) -> str:
    """Models, trials and verdicts in one line."""
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(summary.specs.items()))
    models = f"{counted(summary.specs.total(), 'model')}{f' ({kinds})' if kinds else ''}"
    verdicts = ", ".join(f"{summary.verdicts[name]} {name}" for name in VERDICTS if summary.verdicts[name])
    trials = f"{counted(summary.trials, 'trial')}{f': {verdicts}' if verdicts else ''}"
    return f"{models}, {trials}"


def interrupted(summary: Summary) -> str:
    """What a missing footer means."""
    runs = "the run" if summary.runs == 1 else f"{summary.interrupted} of {summary.runs} runs"
    return f"{runs} did not finish: this is what was measured so far (--resume goes on from here)"
