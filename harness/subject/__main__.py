"""Starts the subject: ``python harness/subject`` in the environment under test, which has nothing of ours installed."""

from __future__ import annotations

import importlib
import importlib.util
import io
import os
import sys
import threading
import time
from typing import Any

PACKAGE = "harness_subject"
WATCH = 2.0
"""Seconds between two looks at whether the driver is still there."""


def package(folder: str) -> Any:
    """Import this folder as a package of its own, without putting anything of the harness on the path."""
    spec = importlib.util.spec_from_file_location(
        PACKAGE, os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
    )
    if spec is None or spec.loader is None:
        raise ImportError(folder)
    module = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = module
    spec.loader.exec_module(module)
    return importlib.import_module(PACKAGE + ".server")


def end_with(parent: int) -> None:
    """End this process when the one that started it has ended: a load that never ends does not read the pipe."""
    while os.getppid() == parent:
        time.sleep(WATCH)
    os._exit(1)


def main() -> None:
    """Serve on the pipes, keeping them clear of whatever TensorFlow or a layer may print."""
    threading.Thread(target=end_with, args=(os.getppid(),), daemon=True).start()
    folder = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != folder]
    with io.open(os.dup(1), "w", encoding="utf-8") as replies, io.open(os.dup(0), "r", encoding="utf-8") as requests:
        os.dup2(2, 1)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        package(folder).serve(requests, replies)


if __name__ == "__main__":
    main()
