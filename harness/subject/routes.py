"""Finds the savers and loaders of all format modules, the user's own included, by file path."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, NamedTuple

if TYPE_CHECKING:
    from .formats import Loader, Saver


class Routes(NamedTuple):
    """All savers and loaders, by name."""

    savers: Dict[str, Saver]
    loaders: Dict[str, Loader]


def load(paths: Iterable[str]) -> Routes:
    """Import format modules by path.

    Raises:
        ValueError: two formats declare the same name.
    """
    savers, loaders = {}, {}  # type: Dict[str, Saver], Dict[str, Loader]
    for path in paths:
        module = _import(path)
        _add(savers, module.SAVERS, path)
        _add(loaders, module.LOADERS, path)
    return Routes(savers, loaders)


def builtin_paths() -> List[str]:
    """The format modules beside this one."""
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "formats")
    names = sorted(name for name in os.listdir(folder) if name.endswith(".py") and not name.startswith("_"))
    return [os.path.join(folder, name) for name in names]


def _add(known: Dict[str, Any], routes: Iterable[Any], path: str) -> None:
    for route in routes:
        if route.name in known:
            raise ValueError("%s: %r is declared twice" % (path, route.name))
        known[route.name] = route


def _import(path: str) -> Any:
    if os.path.dirname(os.path.abspath(path)) == os.path.dirname(builtin_paths()[0]):
        return importlib.import_module(".formats." + os.path.basename(path)[:-3], __package__)
    _alias()
    name = "roundtrip_format_" + os.path.basename(path)[:-3]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ValueError("%s: not a Python module" % path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _alias() -> None:
    """Formats of other packages import ``harness_subject.formats``, under which the subject has it, on both sides."""
    for part in ("", ".formats"):
        sys.modules.setdefault("harness_subject" + part, importlib.import_module(str(__package__) + part))
