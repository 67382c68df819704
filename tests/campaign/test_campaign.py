"""The command as its users meet it: a killed subject, Ctrl-C, a resumed run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from harness.campaign.journal import key

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.campaign.environments import Interpreter

pytestmark = pytest.mark.tensorflow

ROUTES = ["--saver", "Model.to_json", "--saver", "Model.save_weights(.weights.h5)"]
PATIENCE = 120.0
"""Seconds to wait for a journal to grow."""


@pytest.fixture
def command(roundtrip_environment: Interpreter, tmp_path: Path) -> list[str]:
    python = ["--python", roundtrip_environment.executable]
    out = ["--out", str(tmp_path / "journal.jsonl")]
    return [sys.executable, "-m", "harness", "run", "--models", "9", "--jobs", "1", *ROUTES, *python, *out]


def records(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in lines[:-1]]


def trials(path: Path) -> list[dict[str, Any]]:
    return [record for record in records(path) if record["record"] == "trial"]


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.02)


def start(command: list[str]) -> subprocess.Popen[str]:
    # A shell has its background jobs ignore Ctrl-C, and so would all that they start.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    finally:
        signal.signal(signal.SIGINT, before)


def subject_of(process: subprocess.Popen[str]) -> int:
    (child,) = [item for item in psutil.Process(process.pid).children() if "subject" in " ".join(item.cmdline())]
    return child.pid


def test_a_killed_subject_costs_one_trial_and_the_run_goes_on(command: list[str], tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    process = start(command)
    until(lambda: len(trials(journal)) >= 5)
    os.kill(subject_of(process), signal.SIGKILL)
    output, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1, errors
    (killed,) = [trial for trial in trials(journal) if trial["severity"] == "crash"]
    assert "killed by signal 9" in killed["note"]
    assert "crash" in output
    assert records(journal)[-1]["record"] == "footer"


def test_ctrl_c_leaves_a_journal_that_a_resumed_run_finishes(command: list[str], tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    process = start(command)
    until(lambda: len(trials(journal)) >= 5)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert "did not finish" in output
    before = trials(journal)
    assert records(journal)[-1]["record"] != "footer"

    again = subprocess.run([*command, "--resume"], capture_output=True, text=True, timeout=2 * PATIENCE, check=False)
    assert again.returncode in {0, 1}, again.stderr
    after = trials(journal)
    assert after[: len(before)] == before
    assert max(Counter(key(trial) for trial in after).values()) == 1
    assert len({trial["spec"] for trial in after}) == 9
    assert records(journal)[-1]["record"] == "footer"


def test_an_environment_that_stops_starting_is_told_apart_from_keras(
    roundtrip_environment: Interpreter, tmp_path: Path
) -> None:
    program = tmp_path / "python"
    # Starts once, for the versions that it reports; never again.
    program.write_text(f'#!/bin/sh\nmkdir "{tmp_path}/met" && exec "{roundtrip_environment.executable}" "$@"\nexit 9\n')
    program.chmod(0o755)
    journal = tmp_path / "journal.jsonl"
    command = [sys.executable, "-m", "harness", "run", "--models", "3", "--jobs", "1", *ROUTES]
    broken = start([*command, "--python", str(program), "--out", str(journal)])
    _, errors = broken.communicate(timeout=PATIENCE)
    assert broken.returncode == 2, errors
    assert {trial["verdict"] for trial in trials(journal)} == {"harness-error"}
    assert all("does not start any more" in trial["note"] for trial in trials(journal))
    assert records(journal)[-1]["record"] == "footer"
