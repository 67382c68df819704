"""The small matrix of the checks: what it says when an environment cannot be made."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

MATRIX = Path(__file__).parent.parent / ".ci" / "matrix"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a shell script")


def matrix(scratch: Path, *, without: str = "", outcome: int = 0) -> tuple[subprocess.CompletedProcess[str], str]:
    """Run it with a stand-in for ``roundtrip`` that cannot install some environments; what it was asked to run."""
    asked = scratch / "asked"
    stand_in = scratch / "roundtrip"
    stand_in.write_text(
        "#!/usr/bin/env bash\n"
        'if [[ $1 == envs ]]; then\n    name=${!#}\n    echo "tried $name"\n'
        f'    [[ " {without} " != *" $name "* ]] || exit 2\n'
        f'else\n    echo "$*" > "{asked}"\n    exit {outcome}\nfi\n'
    )
    stand_in.chmod(0o755)
    done = subprocess.run(
        [str(MATRIX), str(stand_in), "/keras3/python"],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "ROUNDTRIP_ENVS": str(scratch)},
    )
    return done, asked.read_text() if asked.exists() else ""


def test_three_versions_are_run_alone_and_across(tmp_path: Path) -> None:
    done, asked = matrix(tmp_path)
    assert done.returncode == 0, done.stderr
    assert "--python /keras3/python --env tf2.5 --env tf2.15 --cross" in asked
    assert "INCOMPLETE" not in done.stderr


def test_a_missing_environment_is_named_and_the_rest_runs(tmp_path: Path) -> None:
    done, asked = matrix(tmp_path, without="tf2.5")
    assert done.returncode == 0, done.stderr
    assert "MATRIX INCOMPLETE: tf2.5 could not be installed" in done.stderr
    assert "--env tf2.15 --cross" in asked
    assert "tf2.5" not in asked


def test_a_single_version_has_nothing_to_cross_with(tmp_path: Path) -> None:
    done, asked = matrix(tmp_path, without="tf2.5 tf2.15")
    assert "MATRIX INCOMPLETE: tf2.5 tf2.15" in done.stderr
    assert "--cross" not in asked


def test_violations_are_shown_and_faults_of_the_harness_fail_the_checks(tmp_path: Path) -> None:
    done, _ = matrix(tmp_path, outcome=1)
    assert (done.returncode, "MATRIX: violations" in done.stderr) == (0, True)
    assert matrix(tmp_path, outcome=2)[0].returncode == 2
