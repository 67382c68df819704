"""The interpreters under test, known by the versions that they report."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.campaign.process import Died, Subject
from harness.campaign.tox import ToxError, environments

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.campaign.tox import Declared


class EnvironmentError_(Exception):  # noqa: N801 - the builtin of that name means another thing
    """An environment cannot be used; the message says what to do about it."""


@dataclass(frozen=True)
class Interpreter:
    """A Python with TensorFlow: how the journal names it, and what it reports of itself."""

    name: str
    executable: str
    info: dict[str, Any] = field(default_factory=dict, compare=False)
    variables: Mapping[str, str] = field(default_factory=dict, compare=False)
    """What its processes have in their environment beside what the harness has in its own."""

    @property
    def title(self) -> str:
        """The pair of versions: from TF 2.16 on, one does not fix the other."""
        return f"TF {self.info.get('tensorflow', '?')} / Keras {self.info.get('keras', '?')}"


def resolve(python: str | None = None, env: str | None = None, folder: Path | None = None) -> Interpreter:
    """Start an interpreter once, and ask it what it is.

    Args:
        python: path of an interpreter; by default the one that runs the harness.
        env: instead, the name of an installed environment of ``tox.ini``.
        folder: where the environments are installed; by default where tox puts them.

    Raises:
        EnvironmentError_: there is no such interpreter, or it has no usable TensorFlow.
    """
    executable, variables = _declared_python(env, folder) if env else (_found(python), {})
    if not Path(executable).is_file():
        msg = f"no interpreter at {executable}: --python takes the path of one, say .venv/bin/python"
        raise EnvironmentError_(msg)
    info = _ask(executable, variables)
    return Interpreter(env or f"tf{info['tensorflow']}-keras{info['keras']}", executable, info, variables)


def _found(python: str | None) -> str:
    return (shutil.which(python) or python) if python else sys.executable


def declared() -> dict[str, Declared]:
    """The environments under test that ``tox.ini`` in the working directory names.

    Raises:
        EnvironmentError_: it cannot be read.
    """
    try:
        return environments(Path.cwd() / "tox.ini")
    except ToxError as error:
        raise EnvironmentError_(str(error)) from error


def installed(folder: Path | None = None) -> tuple[str, ...]:
    """Names of the environments of ``tox.ini`` that are installed.

    Raises:
        EnvironmentError_: it cannot be read.
    """
    return tuple(name for name, each in declared().items() if each.python(folder).is_file())


def repeated(names: Sequence[str]) -> Mapping[str, str]:
    """Environments that are made as an earlier one of the names is, by that one's name: they would say the same.

    Raises:
        EnvironmentError_: ``tox.ini`` cannot be read.
    """
    known = declared()
    first: dict[object, str] = {}
    found = {}
    for name, each in ((name, known[name]) for name in names if name in known):
        if first.setdefault(each.made, name) != name:
            found[name] = first[each.made]
    return found


def _ask(executable: str, variables: Mapping[str, str]) -> dict[str, Any]:
    try:
        subject = Subject(executable, variables=variables)
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


def _declared_python(name: str, folder: Path | None) -> tuple[str, Mapping[str, str]]:
    known = declared()
    if name not in known:
        msg = f"tox.ini here names no environment {name!r}; it has: {', '.join(known) or 'none'}"
        raise EnvironmentError_(msg)
    python = known[name].python(folder)
    if not python.is_file():
        msg = f"environment {name!r} is not installed: roundtrip envs --install {name}"
        raise EnvironmentError_(msg)
    return str(python), known[name].variables
