"""What came of the hunts, as a table in Markdown."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from benchmarks.bugs.catalogue import Bug

Record = dict[str, Any]


def table_of(bugs: Sequence[Bug], results: Sequence[Record]) -> Iterator[str]:
    """Recall, then a line for each bug, then the controls."""
    by_key = {(each["id"], each["phase"]): each for each in results}
    all_ = [bug for bug in bugs if bug.role == "bug"]
    hunted = [bug for bug in all_ if (bug.id, "buggy") in by_key]
    yield from _summary(all_, by_key)
    yield ""
    yield "| bug | environment | found | models | with the ingredient | seconds | route | facet | smallest model has | fixed environment |"
    yield "|---|---|---|---:|---:|---:|---|---|---|---|"
    for bug in hunted:
        yield _line(bug, by_key[bug.id, "buggy"], by_key.get((bug.id, "fixed")))
    for bug in all_:
        if bug not in hunted:
            yield f"| {bug.id} | {' → '.join(bug.buggy)} | not measured |  |  |  |  |  |  |  |"
    yield ""
    yield "| control | environment | models with the ingredient | reported |"
    yield "|---|---|---:|---|"
    for bug in bugs:
        watched = by_key.get((bug.id, "control"))
        if watched is not None:
            yield f"| {bug.id} | {watched['environment']} | {watched['having']} | {_reported(watched)} |"


def _summary(bugs: Sequence[Bug], by_key: Mapping[tuple[str, str], Record]) -> Iterator[str]:
    measured = [by_key[bug.id, "buggy"] for bug in bugs if (bug.id, "buggy") in by_key]
    found = [each for each in measured if each["found"]]
    fixed, controls = (
        [each for (_, phase), each in by_key.items() if phase == wanted and each["having"]]
        for wanted in ("fixed", "control")
    )
    yield f"- found: {len(found)} of {len(bugs)} ({len(found) / max(len(bugs), 1):.0%})"
    if len(measured) < len(bugs):
        yield f"- not measured, and counted as not found: {len(bugs) - len(measured)}"
    if found:
        yield (
            f"- median of those found: {median(each['models'] for each in found):.0f} models, "
            f"{median(each['seconds'] for each in found):.0f} s, {median(each['layers'] for each in found):.0f} "
            "layers in the smallest model"
        )
    yield f"- silent in the fixed environment: {sum(not each['found'] for each in fixed)} of {len(fixed)} that were met"
    yield f"- controls that stay silent: {sum(not each['found'] for each in controls)} of {len(controls)} that were met"


def _line(bug: Bug, buggy: Record, fixed: Record | None) -> str:
    saver, loader = buggy["route"]
    route = f"{saver} → {loader}" if loader else saver
    cells = [
        bug.id,
        buggy["environment"],
        "yes" if buggy["found"] else "no",
        str(buggy["models"]),
        str(buggy["having"]),
        f"{buggy['seconds']:.0f}",
        route if buggy["found"] else "",
        buggy["facet"],
        ", ".join(buggy["culprit"]),
        "none has it fixed" if not bug.fixed else "not tried" if fixed is None else _silence(fixed),
    ]
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _silence(fixed: Record) -> str:
    if not fixed["having"]:
        return f"{fixed['environment']}: never met"
    if fixed["found"]:
        return f"{fixed['environment']}: not silent"
    return f"{fixed['environment']}: silent, {fixed['having']} models"


def _reported(watched: Record) -> str:
    if not watched["having"]:
        return "never met"
    return f"yes: {watched['difference']}" if watched["found"] else "no"
