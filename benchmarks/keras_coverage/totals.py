"""What a measurement adds up to: by file, and the functions that nothing has reached."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from benchmarks.keras_coverage.measure import Measured

REASONS = Path(__file__).with_name("reasons.json")


@dataclass(frozen=True)
class Counted:
    """Statements and branches, as ``coverage`` counts them."""

    covered: int
    total: int

    @property
    def percent(self) -> float:
        """The share that was executed."""
        return 100 * self.covered / self.total if self.total else 100.0

    def __add__(self, other: Counted) -> Counted:
        return Counted(self.covered + other.covered, self.total + other.total)


@dataclass(frozen=True)
class Totals:
    """Shares by file, and what was never reached, as ``file:function``."""

    files: dict[str, Counted]
    unreached: tuple[str, ...]

    def of(self, passed_over: Iterable[str] = ()) -> Counted:
        """The share of all files but some."""
        left_out = set(passed_over)
        return sum((each for name, each in self.files.items() if Path(name).name not in left_out), Counted(0, 0))


def totals(python: str, measured: Measured) -> Totals:
    """Put together what all processes have measured.

    Raises:
        subprocess.CalledProcessError: nothing was measured.
    """
    out = measured.folder / "coverage.json"
    for command in (("combine", "--keep"), ("json", "-o", str(out))):
        options = (f"--rcfile={measured.settings}", "-q")
        subprocess.run([python, "-m", "coverage", command[0], *options, *command[1:]], check=True, cwd=measured.folder)
    return counted(json.loads(out.read_text(encoding="utf-8"))["files"])


def counted(files: dict[str, Any]) -> Totals:
    """The totals of the files of a report of ``coverage``, by path."""
    by_name = {_short(path): each for path, each in sorted(files.items())}
    unreached = [f"{name}:{function}" for name, each in by_name.items() for function in _unreached(each)]
    return Totals({name: _counted(each["summary"]) for name, each in by_name.items()}, tuple(unreached))


def _short(path: str) -> str:
    return "keras/" + path.replace("\\", "/").rpartition("/keras/")[2]


def _counted(summary: dict[str, Any]) -> Counted:
    covered = summary["covered_lines"] + summary["covered_branches"]
    return Counted(covered, summary["num_statements"] + summary["num_branches"])


def _unreached(file: dict[str, Any]) -> Iterator[str]:
    for name, each in file["functions"].items():
        if name and each["summary"]["num_statements"] and not each["summary"]["covered_lines"]:
            yield name


def reasons(path: Path = REASONS) -> dict[str, str]:
    """Why no route reaches a function, by ``file:function``."""
    told: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
    return {f"{file}:{name}": why for file, names in told.items() for name, why in names.items()}
