"""What the commands share: refusals of one line, and writing what people read."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import click

from harness.report.outcome import Exit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import Console

    from harness.report.summary import Summary


class Refusal(click.ClickException):
    """What was asked for cannot be done; the message is one line."""

    exit_code = Exit.UNUSABLE


@contextmanager
def to_stdout() -> Iterator[None]:
    """Write what people read; what it says is not lost with it, it is in the exit code."""
    try:
        yield
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        # The reader has seen enough (``| head``).
        _mute_stdout()
    except OSError as error:
        _mute_stdout()
        raise Refusal(f"cannot write to standard output: {error.strerror or error}") from error


def _mute_stdout() -> None:
    """Send what is left in the buffer of a broken output nowhere, rather than complain again at the exit."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def refusing(*errors: type[Exception]) -> Iterator[None]:
    """Turn errors of the engine that are the caller's to mend into one line."""
    try:
        yield
    except errors as error:
        raise Refusal(str(error)) from error


def printed(lines: Iterable[str]) -> int:
    """Print lines, and succeed."""
    with to_stdout():
        for line in lines:
            click.echo(line)
    return Exit.OK


def show(summary: Summary, journal: str, *, every: bool) -> None:
    """Print a summary."""
    from harness.report import terminal

    with to_stdout():
        terminal.show(summary, console(), every=every, journal=journal)


def console(*, stderr: bool = False) -> Console:
    """Where people read: standard output, or standard error."""
    from rich.console import Console

    class Kept(Console):
        def on_broken_pipe(self) -> None:
            """Leave it to the caller: rich would exit with 1, which says that Keras is at fault."""
            raise BrokenPipeError

    return Kept(stderr=stderr, highlight=False)


def said(message: str, code: Exit) -> Exit:
    """Say something on standard error, and hand on the exit code that goes with it."""
    click.echo(f"roundtrip: {message}", err=True)
    return code
