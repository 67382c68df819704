"""The outcome as a small picture for a README."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report import wording
from harness.report.templating import template

if TYPE_CHECKING:
    from harness.report.summary import Summary

LABEL = "save/load"
CHARACTER = 6.5
"""Pixels; the text is stretched to what this makes of it, so that every font fits."""
PADDING = 10

GREEN, YELLOW, RED, GREY = "#2f7d32", "#8a6100", "#b3261e", "#5f6368"
"""White text is readable on each."""


def render(summary: Summary) -> str:
    """An SVG with the number of environments and of distinct violations."""
    text, colour = _said(summary)
    widths = [round(CHARACTER * len(part)) for part in (LABEL, text)]
    return template("badge.svg").render(label=LABEL, text=text, colour=colour, widths=widths, padding=PADDING)


def _said(summary: Summary) -> tuple[str, str]:
    if summary.verdicts["harness-error"]:
        return wording.counted(summary.verdicts["harness-error"], "harness error"), GREY
    if summary.unusable:
        return f"{wording.counted(len(summary.unusable), 'environment')} not run", GREY
    if not summary.judged:
        return "nothing was run", GREY
    where = wording.counted(len(summary.environments), "environment")
    if summary.violations:
        return f"{where}, {wording.counted(len(summary.groups), 'violation')}", RED
    known = len(summary.known)
    return (
        (f"{where}, {wording.counted(known, 'known issue')}", YELLOW) if known else (f"{where}, as documented", GREEN)
    )
