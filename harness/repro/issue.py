"""The text of an upstream bug report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from harness.campaign.probe import Clue


@dataclass(frozen=True)
class Report:
    """What a bug report tells."""

    title: str
    clue: Clue
    environment: Mapping[str, Any]
    documented: tuple[tuple[str, tuple[str, ...]], ...]
    """What is promised, and where."""
    seen: str
    script: str
    side: str = ""
    since: str = ""
    written: Mapping[str, Any] | None = None
    """The environment that wrote what this one reads, if it is another."""


def issue(report: Report) -> str:
    """Markdown, as an issue tracker takes it."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> list[str]:
    clue = report.clue
    route = f"`{clue.saver}`, then `{clue.loader}`" if clue.loader else f"`{clue.saver}`"
    lines = [f"# {report.title}", "", f"**Versions:** {_versions(report.environment)}"]
    if report.written is not None:
        lines.append(f"**Written with:** {_versions(report.written)}")
    if report.since:
        lines.append(f"**Since:** {report.since}")
    lines += ["", "## What is documented", ""]
    for promise, sources in report.documented:
        lines += [f"- {promise}", *(f"  - {source}" for source in sources)]
    lines += ["", "## What happens", "", f"With {route}: {clue.difference}.", "", "```text", report.seen, "```"]
    if report.side:
        lines += ["", report.side]
    return [
        *lines,
        "",
        "## Script",
        "",
        "Exits with 1 if it shows, with 0 if it does not."
        if report.written is None
        else "`save DIR` with the versions that write, then `load DIR` with those that read: that exits with 1 if it shows.",
        "",
        "```python",
        report.script.rstrip(),
        "```",
    ]


def _versions(environment: Mapping[str, Any]) -> str:
    named = (
        ("TensorFlow", "tensorflow"),
        ("Keras", "keras"),
        ("Python", "python"),
        ("NumPy", "numpy"),
        ("h5py", "h5py"),
    )
    versions = ", ".join(f"{title} {environment[name]}" for title, name in named if environment.get(name))
    return f"{versions} (`{environment['namespace']}`)"
