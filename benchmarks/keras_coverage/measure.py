"""Runs the harness, or Keras's own tests, under ``coverage``: a process that is told by its variables measures itself."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from benchmarks.keras_coverage.chosen import chosen, hand
from harness.campaign.routes import routes
from harness.campaign.run import contract
from harness.campaign.trials import Bench, Law, ModelTrials, Selection
from harness.contract.ledger import load_ledger

if TYPE_CHECKING:
    from harness.campaign.environments import Interpreter
    from harness.campaign.routes import Routes
    from harness.models.spec import ModelSpec

SAVING = ("keras/src/saving", "keras/src/legacy/saving")
DEADLINE = 120.0
FAREWELL = 60.0
"""Seconds that a process may take to write down what it has measured."""
SETTINGS = """\
[run]
branch = true
parallel = true
data_file = {folder}/measured
include = */keras/src/saving/*
          */keras/src/legacy/saving/*
omit = *_test.py
"""


@dataclass(frozen=True)
class Effort:
    """What was done while it was measured."""

    seconds: float
    """Of CPU time, of the process that has TensorFlow."""
    what: str


@dataclass(frozen=True)
class Measured:
    """A folder with what processes have measured."""

    folder: Path

    @property
    def settings(self) -> Path:
        """The settings of ``coverage``."""
        path = self.folder / "coverage.ini"
        if not path.is_file():
            path.write_text(SETTINGS.format(folder=self.folder), encoding="utf-8")
        return path

    def variables(self) -> dict[str, str]:
        """What makes a Python that has ``coverage`` measure itself from its start."""
        return {"COVERAGE_PROCESS_START": str(self.settings), "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}


def run_harness(environment: Interpreter, measured: Measured, seconds: float, seed: int) -> Effort:
    """Small models with much that is rare, each through a route or two of every kind, until so many seconds of CPU time are spent."""
    known = routes()
    bench = Bench(replace(environment, variables=measured.variables()), DEADLINE, known.formats)
    law = Law(contract(known), load_ledger())
    versions = (environment.info["keras"], environment.info["tensorflow"])
    models = trials = 0
    spent = 0.0
    for place, spec in enumerate(chosen(seed, versions)):
        trials += _try(spec, bench, law, _selection(known, hand(known, place, seed)), measured.folder)
        models, spent = place + 1, max(spent, _cpu(bench))
        if spent > seconds:
            break
    _farewell(bench)
    return Effort(spent, f"{models} models, {trials} trials")


def _selection(known: Routes, pairs: frozenset[tuple[str, str]]) -> Selection:
    savers = frozenset(saver for saver, _ in pairs)
    return Selection(known, savers, done=lambda _, saver, loader: bool(loader) and (saver, loader) not in pairs)


def _try(spec: ModelSpec, bench: Bench, law: Law, selection: Selection, folder: Path) -> int:
    return sum(1 for _ in ModelTrials(spec, bench, law, selection, folder, looks=()).run())


def _cpu(bench: Bench) -> float:
    if bench.subject is None or not bench.subject.alive:
        return 0.0
    times = psutil.Process(bench.subject.pid).cpu_times()
    return float(times.user + times.system)


def _farewell(bench: Bench) -> None:
    """Let the subject end by itself: it writes down what it has measured as it goes."""
    subject = bench.subject
    if subject is not None and subject.alive and subject.process.stdin is not None:
        subject.process.stdin.close()
        subject.process.wait(FAREWELL)
    bench.stop()


def run_own_tests(environment: Interpreter, measured: Measured, passed_over: tuple[str, ...] = ()) -> Effort:
    """Keras's own tests of saving, as its wheel has them; ``passed_over`` are names of files."""
    folder = keras_folder(environment).parent
    command = [environment.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *SAVING]
    command += [f"--ignore-glob=*{name}" for name in passed_over]
    variables = {**os.environ, **measured.variables(), "KERAS_BACKEND": "tensorflow"}
    before, started = os.times(), time.monotonic()
    done = subprocess.run(command, cwd=folder, env=variables, check=False, capture_output=True, text=True)
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    last = (done.stdout.strip().splitlines() or ["no test has run"])[-1]
    return Effort(spent, f"{last} ({time.monotonic() - started:.0f} s of the clock)")


def keras_folder(environment: Interpreter) -> Path:
    """Where the environment has the sources of Keras.

    Raises:
        FileNotFoundError: it has none, or no ``coverage``.
    """
    code = "import importlib.util as u; print(u.find_spec('keras').origin, bool(u.find_spec('coverage')))"
    told = subprocess.run([environment.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    origin, _, has_coverage = told.strip().rpartition(" ")
    if has_coverage != "True":
        msg = f"{environment.executable} has no coverage: pip install coverage"
        raise FileNotFoundError(msg)
    return Path(origin).parent
