"""The interpreters under test, known by the versions that they report."""

from __future__ import annotations

import configparser
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.campaign.process import Died, Subject


class EnvironmentError_(Exception):  # noqa: N801 - the builtin of that name means another thing
    """An environment cannot be used; the message says what to do about it."""


@dataclass(frozen=True)
class Interpreter:
    """A Python with TensorFlow: how the journal names it, and what it reports of itself."""

    name: str
    executable: str
    info: dict[str, Any] = field(default_factory=dict, compare=False)

    @property
    def title(self) -> str:
        """The pair of versions: from TF 2.16 on, one does not fix the other."""
        return f"TF {self.info.get('tensorflow', '?')} / Keras {self.info.get('keras', '?')}"


def resolve(python: str | None = None, env: str | None = None) -> Interpreter:
    """Start an interpreter once, and ask it what it is.

    Args:
        python: path of an interpreter; by default the one that runs the harness.
        env: instead, the name of an environment of ``tox.ini`` that tox has made.

    Raises:
        EnvironmentError_: there is no such interpreter, or it has no usable TensorFlow.
    """
    executable = _tox_python(env) if env else (shutil.which(python) or python if python else sys.executable)
    if not Path(executable).is_file():
        msg = f"no interpreter at {executable}: --python takes the path of one, say .venv/bin/python"
        raise EnvironmentError_(msg)
    info = _ask(executable)
    return Interpreter(env or f"tf{info['tensorflow']}-keras{info['keras']}", executable, info)


def _ask(executable: str) -> dict[str, Any]:
    try:
        subject = Subject(executable)
    except OSError as error:
        msg = f"{executable} cannot be started: {error.strerror or error}"
        raise EnvironmentError_(msg) from error
    try:
        reply = subject.hello()
    except Died as death:
        raise EnvironmentError_(_why(executable, str(death))) from None
    finally:
        subject.close()
    if "fault" in reply:
        raise EnvironmentError_(_why(executable, reply["fault"]))
    if not isinstance(reply.get("environment"), dict):
        raise EnvironmentError_(_why(executable, "it does not answer as a Python with the harness's program would"))
    environment: dict[str, Any] = reply["environment"]
    return environment


def _why(executable: str, fault: str) -> str:
    last = fault.strip().splitlines()[-1]
    if any(f"No module named '{name}'" in last for name in ("tensorflow", "numpy", "h5py")):
        return (
            f"{executable} has no TensorFlow: install it there (pip install tensorflow), or name another with --python"
        )
    return f"{executable} cannot be used as an environment under test: {last}"


def tox_environments(folder: Path) -> dict[str, Path]:
    """Environments that ``tox.ini`` names, with where tox puts their interpreter."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(folder / "tox.ini", encoding="utf-8")
    names = [section.partition(":")[2] for section in parser.sections() if section.startswith("testenv:tf")]
    return {name: folder / ".tox" / name / "bin" / "python" for name in names}


def _tox_python(name: str) -> str:
    known = tox_environments(Path.cwd())
    if name not in known:
        msg = f"tox.ini here names no environment {name!r}; it has: {', '.join(known) or 'none'}"
        raise EnvironmentError_(msg)
    if not known[name].is_file():
        msg = f"environment {name!r} is not installed: tox run -e {name} --notest"
        raise EnvironmentError_(msg)
    return str(known[name])
