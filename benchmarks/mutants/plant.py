"""A copy of the Keras sources that comes first on the path of a subject: the environment itself is left alone."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness.campaign.process import FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.mutants.sample import Mutant
    from harness.campaign.environments import Interpreter

PATIENCE = 900.0
"""Seconds to import TensorFlow on a machine that has much else to do."""

ZYGOTE = Path(__file__).with_name("zygote.py")
WHERE = "import importlib.util; print(importlib.util.find_spec('keras').submodule_search_locations[0])"


class NoKerasError(Exception):
    """An environment has no Keras; the message says which, and what to do."""


def sources(interpreter: Interpreter) -> Path:
    """Where an environment has its Keras.

    Raises:
        NoKerasError: nowhere, or there is no such interpreter.
    """
    try:
        asked = subprocess.run([interpreter.executable, "-c", WHERE], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        msg = f"no Keras at {interpreter.executable}: name a Python that has TensorFlow and Keras 3"
        raise NoKerasError(msg) from error
    return Path(asked.stdout.strip())


@dataclass(frozen=True)
class Overlay:
    """A folder with a Keras of its own."""

    folder: Path

    @property
    def keras(self) -> Path:
        """The copy."""
        return self.folder / "keras"

    def interpreter(self, clean: Interpreter, name: str = "mutant") -> Interpreter:
        """The environment, but with this Keras."""
        return replace(clean, name=name, variables={**clean.variables, "PYTHONPATH": str(self.folder)})

    @contextmanager
    def planted(self, mutant: Mutant) -> Iterator[None]:
        """The copy has a fault, until the end of the block."""
        path = self.keras / mutant.file
        source = path.read_text(encoding="utf-8")
        try:
            path.write_text(mutant.applied(source), encoding="utf-8")
            yield
        finally:
            path.write_text(source, encoding="utf-8")


@contextmanager
def forking(clean: Interpreter, folder: Path) -> Iterator[Interpreter]:
    """The environment as an interpreter that starts at once: its processes are forked from one that has TensorFlow.

    Raises:
        RuntimeError: that one does not start.
    """
    path = folder / "zygote.socket"
    program = str(FOLDER / "__main__.py")
    server = subprocess.Popen([clean.executable, str(ZYGOTE), str(path), program], start_new_session=True)
    try:
        until = time.monotonic() + PATIENCE
        while not path.exists():
            if server.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{clean.executable} does not import TensorFlow")
            time.sleep(0.1)
        starter = folder / "python"
        client = shlex.join([sys.executable, "-S", "-E", str(ZYGOTE), "--client", str(path)])
        starter.write_text(f'#!/bin/sh\nexec {client} "$PYTHONPATH"\n', encoding="utf-8")
        starter.chmod(0o755)
        yield replace(clean, executable=str(starter), variables={**clean.variables, "PYTHONPATH": ""})
    finally:
        server.kill()
        server.wait()


def overlay(keras: Path, folder: Path) -> Overlay:
    """Copy Keras; the folder's name is that of a real one, so that errors name their place as they would there."""
    made = Overlay(folder / "site-packages")
    if not made.keras.exists():
        shutil.copytree(keras, made.keras)
    return made
