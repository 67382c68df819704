"""What a subject hears and answers."""

from __future__ import annotations

import logging
import warnings

import pytest

pytest.importorskip("tensorflow")

from harness.subject import env

env.prepare()

from harness.subject.server import attempt  # noqa: E402 - TensorFlow has to be prepared before

pytestmark = pytest.mark.tensorflow


def test_warnings_are_heard_though_tensorflow_is_not_to_show_them() -> None:
    logger = logging.getLogger("tensorflow")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        reply = attempt("load", lambda: logger.warning("not compiled"), hide=None)
        assert reply["warnings"] == ["not compiled"]
        assert logger.level == logging.ERROR
    finally:
        logger.setLevel(before)


def test_what_python_warns_of_is_heard_too() -> None:
    assert attempt("load", lambda: warnings.warn("lost", stacklevel=2), hide=None)["warnings"] == ["lost"]


def test_an_exception_is_an_observation() -> None:
    def fail() -> None:
        raise ValueError("no file at /scratch/x")

    raised = attempt("load", fail, hide="/scratch/x")["raised"]
    assert (raised["type"], raised["message"], raised["stage"]) == ("ValueError", "no file at <path>", "load")
