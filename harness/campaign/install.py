"""Makes the environments of ``tox.ini`` with uv, and tries whether they work."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.campaign.environments import EnvironmentError_, resolve
from harness.campaign.process import Died, Subject
from harness.campaign.routes import routes
from harness.models.spec import Call, Compile, Input, Layer, Model, ModelSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.campaign.environments import Interpreter
    from harness.campaign.tox import Declared

SMOKE_DEADLINE = 120.0
SAVER, LOADER = "Model.save(.h5)", "load_model(compile=False)"
"""A route that every version has, without what some do not read back: a loss by its name."""

TRIVIAL = ModelSpec(
    Model(
        "sequential",
        "trivial",
        inputs=(Input("x", (2,)),),
        layers=(Layer("dense", "Dense", {"units": 1}),),
        calls=(Call(0, ("i0",)),),
        outputs=("c0",),
    ),
    seed=0,
    batch=2,
    # Keras 3.0 finds no loss that is called by its short name in .h5.
    compile=Compile("sgd", "mean_squared_error", ("like",)),
)


def install(environment: Declared, folder: Path | None = None) -> None:
    """Make an environment, or bring it up to what ``tox.ini`` says.

    Args:
        environment: what to install.
        folder: folder of environments; by default where tox puts them.

    Raises:
        EnvironmentError_: there is no uv, no such Python or no such package; the message is uv's.
    """
    uv = shutil.which("uv")
    if uv is None:
        msg = "environments are made with uv, which is not on PATH: pip install uv"
        raise EnvironmentError_(msg)
    python = environment.python(folder)
    if not python.is_file():
        _make(uv, environment, environment.folder(folder))
    _run([uv, "pip", "install", "--quiet", "--python", str(python), *environment.packages], environment.name)


def _make(uv: str, environment: Declared, folder: Path) -> None:
    """Make it with the first of its Pythons that there is; uv fetches one if it may."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    *better, last = environment.pythons
    for python in better:
        if subprocess.run([uv, "python", "find", python], capture_output=True, check=False).returncode == 0:
            last = python
            break
    _run([uv, "venv", "--quiet", "--python", last, str(folder)], environment.name)


def _run(command: Sequence[str], name: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = " ".join(done.stderr.split()) or f"uv ended with status {done.returncode}"
        msg = f"cannot install {name!r}: {said}"
        raise EnvironmentError_(msg)


def smoke_test(name: str, folder: Path | None = None) -> Interpreter:
    """Import, build, train, save and load one trivial model: what fails then is the environment, not Keras.

    Raises:
        EnvironmentError_: something failed; the message says what.
    """
    interpreter = resolve(env=name, folder=folder)
    subject = Subject(interpreter.executable, variables=interpreter.variables)
    try:
        with tempfile.TemporaryDirectory(prefix="roundtrip-") as scratch:
            _try(subject, Path(scratch))
    except Died as death:
        msg = f"environment {name!r} is broken: {death}"
        raise EnvironmentError_(msg) from death
    except _Broken as broken:
        msg = f"environment {name!r} is broken: {broken}"
        raise EnvironmentError_(msg) from broken
    finally:
        subject.close()
    return interpreter


class _Broken(Exception):
    pass


def _try(subject: Subject, scratch: Path) -> None:
    _checked(subject.hello(routes().formats))
    path = str(scratch / "model.h5")
    requests: tuple[dict[str, Any], ...] = (
        {"op": "open", "spec": TRIVIAL.to_json(), "arrays": str(scratch / "before.npz")},
        {"op": "save", "saver": SAVER, "path": path},
        {
            "op": "load",
            "saver": SAVER,
            "loader": LOADER,
            "path": path,
            "arrays": str(scratch / "after.npz"),
            "looks": ["predictions"],
        },
    )
    for request in requests:
        _checked(subject.ask(request, SMOKE_DEADLINE))


def _checked(reply: dict[str, Any]) -> None:
    if "fault" in reply:
        raise _Broken(reply["fault"].strip().splitlines()[-1])
    if reply.get("raised"):
        raise _Broken(f"{reply['raised']['type']}: {reply['raised']['message']}")
