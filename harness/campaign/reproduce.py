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

DEADLINE = 300.0
"""Seconds; importing TensorFlow on a busy machine is most of it."""

QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1", "TF_ENABLE_ONEDNN_OPTS": "0"}


@dataclass(frozen=True)
class Reproduction:
    """What came of running a script."""

    reproduced: bool
    said: str
    """What it printed of the finding, or why it did not get so far."""


def reproduce(path: Path, clue: Clue, environment: Interpreter, deadline: float = DEADLINE) -> Reproduction:
    """Run a script: it must end with 1, say that it shows it, and of an error the same error."""
    try:
        done = subprocess.run(
            [environment.executable, str(path)],
            capture_output=True,
            text=True,
            check=False,
            timeout=deadline,
            env={**os.environ, **QUIET, **environment.variables},
            cwd=path.parent,
        )
    except subprocess.TimeoutExpired:
        return Reproduction(reproduced=False, said=f"no answer in {deadline:g} s")
    said = _said(done.stdout)
    if said is None:
        last = (done.stderr.strip().splitlines() or [f"ended with status {done.returncode}"])[-1]
        return Reproduction(reproduced=False, said=f"the script failed: {last[:300]}")
    shown = done.returncode == 1 and said.startswith(SHOWN)
    return Reproduction(shown and same_error(clue.difference, said.removeprefix(SHOWN)), said)


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
