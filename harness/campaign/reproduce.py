"""Runs a script in an environment, and says whether it shows what it was written for."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.repro.script import ERROR, LOOKING, SHOWN
from harness.trial.judge import normalised

if TYPE_CHECKING:
    from pathlib import Path

    from harness.campaign.environments import Interpreter
    from harness.campaign.probe import Clue

DEADLINE = 900.0
"""Seconds; importing TensorFlow on a busy machine is most of it."""

QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1", "TF_ENABLE_ONEDNN_OPTS": "0"}


@dataclass(frozen=True)
class Reproduction:
    """What came of running a script."""

    reproduced: bool
    said: str
    """What it printed of the finding, or why it did not get so far."""


def reproduce(
    path: Path, clue: Clue, environment: Interpreter, writer: Interpreter | None = None, deadline: float = DEADLINE
) -> Reproduction:
    """Run a script: it must end with 1, say that it shows it, and of an error the same error.

    Args:
        path: of the script.
        clue: what it is to show.
        environment: where it is to show.
        writer: where what is read there is written first; None if it is one script of one environment.
        deadline: seconds for each process.
    """
    try:
        if writer is not None:
            written = _run(path, writer, deadline, "save", str(path.parent))
            if written.returncode != 0:
                return Reproduction(reproduced=False, said=f"the script failed to write: {_last(written)}")
        done = _run(path, environment, deadline, *(() if writer is None else ("load", str(path.parent))))
    except subprocess.TimeoutExpired:
        return Reproduction(reproduced=False, said=f"no answer in {deadline:g} s")
    said = _said(done.stdout)
    if said is None:
        return Reproduction(reproduced=False, said=f"the script failed: {_last(done)}")
    shown = done.returncode == 1 and said.startswith(SHOWN)
    return Reproduction(shown and same_error(clue.difference, said.removeprefix(SHOWN)), said)


def _run(path: Path, environment: Interpreter, deadline: float, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [environment.executable, str(path), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=deadline,
        env={**os.environ, **QUIET, **environment.variables},
        cwd=path.parent,
    )


def _last(done: subprocess.CompletedProcess[str]) -> str:
    return (done.stderr.strip().splitlines() or [f"ended with status {done.returncode}"])[-1][:300]


def _said(output: str) -> str | None:
    """From the line that says whether it shows it, to the end."""
    found = re.search(r"^(not )?shown: .*", output, re.DOTALL | re.MULTILINE)
    return found.group().strip() if found else None


def same_error(difference: str, said: str) -> bool:
    """Whether an error is the one of a finding; anything else than an error is not in question."""
    raised = ERROR.match(difference) or LOOKING.match(difference)
    if raised is None:
        return True
    kind, _, message = said.partition(": ")
    expected = difference[raised.end() :].removeprefix(": ")
    return kind == raised.group(2) and _begins_alike(normalised(message), expected)


def _begins_alike(one: str, other: str) -> bool:
    """Messages that quote names or values differ behind them."""
    first, second = (text.split("<", maxsplit=1)[0].split() for text in (one, other))
    return all(left == right for left, right in zip(first, second, strict=False))
