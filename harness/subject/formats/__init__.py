"""Savers and loaders: one documented call each, with its options.

A format module is importable without TensorFlow (the driver reads the names of its routes), and declares
``SAVERS`` and ``LOADERS``. What runs inside the environment under test imports what it needs itself.
"""

from __future__ import annotations

from typing import Any, Callable, NamedTuple, Optional, Tuple

PATH = "path"
"""Medium of artifacts that are a file or a folder: every loader that takes a path is pointed at each."""


class Saver(NamedTuple):
    """One documented way to write a model down."""

    name: str
    run: Callable[..., Any]
    """``run(context, path)`` for the medium ``path``; ``run(context)`` returns the artifact otherwise."""
    medium: str = PATH
    """``path``, or the kind of object that is handed on in memory: ``config``, ``model``, ``pickle``."""
    family: str = ""
    """What is written, whoever writes it: problems of one family are the same problem."""
    suffix: str = ""
    layout: str = ""
    """Which reader of :mod:`harness.trial.layout` knows what is promised on disk."""
    keras: str = ""
    """Versions (PEP 440) that have the call, or that document its failure."""
    tf: str = ""
    needs: Tuple[str, ...] = ()
    """Optional modules without which the route does not exist."""


class Loader(NamedTuple):
    """One documented way to read a model, or part of it, back."""

    name: str
    run: Callable[..., Any]
    """``run(context, artifact)`` returns a model, or something callable for routes that promise no more."""
    medium: str = PATH
    claims: Tuple[str, ...] = ()
    """Facets that the call is for: what it may not lose silently, whether or not a rule speaks of it."""
    target: Optional[str] = None
    """For loaders that fill a model: ``rebuilt``, ``refrozen``, ``renamed`` or ``from_json``."""
    keras: str = ""
    tf: str = ""
    needs: Tuple[str, ...] = ()
