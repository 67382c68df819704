from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--roundtrip-python", "/nowhere/python", "no interpreter at /nowhere/python"),
        ("--roundtrip-env", "nowhere", "no environment 'nowhere'"),
        ("--roundtrip-examples", "0", "'0' is not a number from 1 on"),
    ],
)
def test_a_wrong_option_ends_the_session_once(option: str, value: str, message: str) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "sequential and to_yaml"]
    done = subprocess.run(
        [*command, f"{option}={value}", str(HERE / "roundtrip")],
        capture_output=True,
        text=True,
        check=False,
        cwd=HERE.parent,
    )
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert (done.stdout + done.stderr).count(message) == 1
