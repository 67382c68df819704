"""The gate tested: a fault in a copy of Keras fails it and is named; a version against itself passes."""

from __future__ import annotations

import shlex
import stat
from typing import TYPE_CHECKING

import pytest

from benchmarks.mutants.plant import overlay, sources
from harness.campaign.journal import read
from harness.cli import main
from harness.report.outcome import Exit

if TYPE_CHECKING:
    from pathlib import Path

    from harness.campaign.environments import Interpreter

pytestmark = pytest.mark.tensorflow

ROUTE = ("--saver", "Model.save(.keras)", "--loader", "load_model", "--jobs", "1")

FILE = "src/optimizers/base_optimizer.py"
SAVES = "store[str(i)] = variable.numpy()"
FAULT = "store[str(i)] = variable.numpy() * 0"
"""Every variable of an optimizer is written as zero."""


@pytest.fixture
def faulty(roundtrip_environment: Interpreter, tmp_path: Path) -> Path:
    """An interpreter whose Keras forgets the state of optimizers."""
    copy = overlay(sources(roundtrip_environment), tmp_path)
    path = copy.keras / FILE
    source = path.read_text(encoding="utf-8")
    assert SAVES in source, "this Keras saves the state of optimizers in another way"
    path.write_text(source.replace(SAVES, FAULT), encoding="utf-8")
    starter = tmp_path / "python"
    command = f"PYTHONPATH={shlex.quote(str(copy.folder))} exec {shlex.quote(roundtrip_environment.executable)}"
    starter.write_text(f'#!/bin/sh\n{command} "$@"\n', encoding="utf-8")
    starter.chmod(starter.stat().st_mode | stat.S_IXUSR)
    return starter


def gate(baseline: str, candidate: str, out: Path, *options: str) -> tuple[int, str]:
    code = main(["gate", "--baseline", baseline, "--candidate", candidate, "--out", str(out), *ROUTE, *options])
    return code, (out / "gate.md").read_text(encoding="utf-8")


def test_a_planted_fault_fails_the_gate_and_is_named(
    roundtrip_environment: Interpreter, faulty: Path, tmp_path: Path
) -> None:
    options = ("--models", "3", "--having", "Adam")
    code, verdict = gate(roundtrip_environment.executable, str(faulty), tmp_path / "gate", *options)
    assert code == Exit.VIOLATIONS
    assert verdict.splitlines()[0].startswith("FAIL: ")
    assert "optimizer · keras: " in verdict
    repeated = {trial["reader"] for trial in read(tmp_path / "gate" / "gate.jsonl") if trial["record"] == "trial"}
    assert len([name for name in repeated if name.endswith("-again")]) == 2


@pytest.mark.parametrize("seed", ["0", "1"])
def test_a_version_gated_against_itself_passes(roundtrip_environment: Interpreter, tmp_path: Path, seed: str) -> None:
    python = roundtrip_environment.executable
    code, verdict = gate(python, python, tmp_path / "gate", "--models", "6", "--seed", seed)
    assert code == Exit.OK
    assert verdict.splitlines()[0].startswith("PASS: ")


def test_a_candidate_that_cannot_build_a_model_is_no_regression(
    roundtrip_environment: Interpreter, faulty: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layer = tmp_path / "site-packages" / "keras" / "src" / "layers" / "core" / "dense.py"
    layer.write_text("raise RuntimeError('broken on purpose')\n", encoding="utf-8")
    arguments = ["gate", "--baseline", roundtrip_environment.executable, "--candidate", str(faulty)]
    assert main([*arguments, "--out", str(tmp_path / "gate")]) == Exit.UNUSABLE
    assert "broken on purpose" in capsys.readouterr().err
