"""A copy of the Keras sources that comes first on the path of a subject: the environment itself is left alone."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.mutants.sample import Mutant
    from harness.campaign.environments import Interpreter

WHERE = "import importlib.util; print(importlib.util.find_spec('keras').submodule_search_locations[0])"


def sources(interpreter: Interpreter) -> Path:
    """Where an environment has its Keras."""
    asked = [interpreter.executable, "-c", WHERE]
    return Path(subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip())


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
            path.write_text(mutant.mutation.applied(source), encoding="utf-8")
            yield
        finally:
            path.write_text(source, encoding="utf-8")


def overlay(keras: Path, folder: Path) -> Overlay:
    """Copy Keras; the folder's name is that of a real one, so that errors name their place as they would there."""
    made = Overlay(folder / "site-packages")
    if not made.keras.exists():
        shutil.copytree(keras, made.keras)
    return made
