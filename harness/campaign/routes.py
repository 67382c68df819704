"""The savers and loaders that there are: the harness's own formats, and those that other packages bring.

A package brings a format with an entry point of the group ``harness.formats``: a module with ``SAVERS`` and
``LOADERS`` that is importable without TensorFlow, and beside it, if it likes, ``<module>.toml`` with rules.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING

from harness.contract.windows import Window
from harness.subject import routes as declared

if TYPE_CHECKING:
    from harness.campaign.environments import Interpreter
    from harness.subject.formats import Loader, Saver

GROUP = "harness.formats"


@dataclass(frozen=True)
class Routes:
    """All savers and loaders, in the order in which the formats declare them."""

    savers: tuple[Saver, ...]
    loaders: tuple[Loader, ...]
    formats: tuple[str, ...]
    """Paths of the format modules, for the subject."""
    rules: tuple[Path, ...] = ()
    """Rule files that formats of other packages bring."""

    @property
    def saver_names(self) -> tuple[str, ...]:
        return tuple(saver.name for saver in self.savers)

    @property
    def loader_names(self) -> tuple[str, ...]:
        return tuple(loader.name for loader in self.loaders)


@cache
def routes(extra: tuple[str, ...] = ()) -> Routes:
    """All routes of all installed formats, and of the modules at the paths ``extra``."""
    paths = (*declared.builtin_paths(), *_foreign(), *extra)
    found = declared.load(paths)
    return Routes(
        savers=tuple(found.savers.values()),
        loaders=tuple(found.loaders.values()),
        formats=paths,
        rules=tuple(path for path in (Path(item).with_suffix(".toml") for item in paths) if path.is_file()),
    )


def _foreign() -> tuple[str, ...]:
    """Paths of the format modules of other packages, found without importing them."""
    builtin = {Path(path).resolve() for path in declared.builtin_paths()}
    found = (importlib.util.find_spec(point.value) for point in entry_points(group=GROUP))
    paths = [spec.origin for spec in found if spec is not None and spec.origin is not None]
    return tuple(path for path in sorted(set(paths)) if Path(path).resolve() not in builtin)


def pairs_with(saver: Saver, loader: Loader) -> bool:
    """Whether the loader can be pointed at what the saver writes: documented or not."""
    return saver.medium in loader.medium.split()


def exists(route: Saver | Loader, environment: Interpreter) -> bool:
    """Whether the environment's versions have the call, and the modules that it needs."""
    info = environment.info
    windows = ((route.keras, info["keras"]), (route.tf, info["tensorflow"]))
    in_window = all(str(version) in Window(window) for window, version in windows)
    return in_window and all(name in info["modules"] for name in route.needs)
