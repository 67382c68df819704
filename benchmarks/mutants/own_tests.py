"""Keras's own tests, as its wheel has them, on the same mutants: those of saving, and those beside the faulty file."""

from __future__ import annotations

import os
import re
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.mutants.plant import Overlay
    from benchmarks.mutants.sample import Mutant

SAVING = ("keras/src/saving", "keras/src/legacy/saving")
FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)
DEADLINE = 1800.0
NONE_FAILED, SOME_FAILED = 0, 1


@dataclass(frozen=True)
class OwnTests:
    """Runs tests of a copy of Keras."""

    python: str
    overlay: Overlay
    pytest: Path
    """A folder with pytest: the environment need not have it."""

    def failing(self) -> frozenset[str]:
        """Tests of saving that fail without any fault: they say nothing."""
        return frozenset(FAILED.findall(self._run(SAVING, ()).stdout))

    def tried(self, mutant: Mutant, passed_over: frozenset[str]) -> dict[str, Any]:
        """Whether a test fails with a fault that passes without."""
        started = time.monotonic()
        beside = f"keras/{mutant.file.removesuffix('.py')}_test.py"
        there = (self.overlay.folder / beside).is_file() and not beside.startswith(SAVING)
        targets = (*SAVING, beside) if there else SAVING
        if there:
            passed_over |= frozenset(FAILED.findall(self._run((beside,), ()).stdout))
        deselected = (f"--deselect={name}" for name in sorted(passed_over))
        with self.overlay.planted(mutant):
            try:
                done = self._run(targets, ("-x", *deselected))
            except subprocess.TimeoutExpired:
                return {**mutant.to_json(), "outcome": "killed", "by": ["timeout"], "seconds": DEADLINE}
        # Anything but a passed or a failed test is a Keras that cannot be imported.
        outcome = {NONE_FAILED: "survived", SOME_FAILED: "killed"}.get(done.returncode, "broken")
        by = FAILED.findall(done.stdout)[:1]
        seconds = round(time.monotonic() - started, 1)
        return {**mutant.to_json(), "outcome": outcome, "by": by, "seconds": seconds}

    def _run(self, targets: tuple[str, ...], options: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
        command = [self.python, "-m", "pytest", "-q", "-rfE", "-p", "no:cacheprovider", *options, *targets]
        path = os.pathsep.join((str(self.overlay.folder), str(self.pytest)))
        quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1", "KERAS_BACKEND": "tensorflow"}
        environment = {**os.environ, **quiet, "PYTHONPATH": path}
        return subprocess.run(
            command,
            cwd=self.overlay.folder,
            env=environment,
            timeout=DEADLINE,
            check=False,
            capture_output=True,
            text=True,
        )
