"""Takes the records of a run: to the journal first, then to what they add up to."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from harness.campaign.journal import read

if TYPE_CHECKING:
    from collections.abc import Container
    from pathlib import Path

    from harness.campaign.journal import Key, Record, Resumable, Writer
    from harness.report.exercise import Exercise
    from harness.report.summary import Summary


class Recorder:
    """Where a run's records end; what an earlier run left behind counts from the start."""

    def __init__(
        self, summary: Summary, exercise: Exercise, writer: Writer | None = None, old: Resumable | None = None
    ) -> None:
        self.summary, self.exercise, self.writer = summary, exercise, writer
        self.done: Container[Key] = old.done if old else frozenset()
        self._specs = set(old.specs) if old else set()
        self._started = time.monotonic()
        if old is not None and writer is not None:
            self._recall(writer.path)

    def emit(self, record: Record) -> Summary:
        """Take one record; a spec that is in the journal already is passed over."""
        if record["record"] == "spec":
            if record["id"] in self._specs:
                return self.summary
            self._specs.add(record["id"])
        if self.writer is not None:
            self.writer.write(record)
        self._count(record)
        return self.summary

    def finish(self) -> None:
        """Close the journal with the findings and the footer."""
        footer = self.summary.footer(
            unexercised=self.exercise.unexercised(self.summary),
            stale=self.exercise.stale(self.summary),
            seconds=time.monotonic() - self._started,
        )
        for record in (*self.summary.findings(), footer):
            self.emit(record)

    def _recall(self, path: Path) -> None:
        for record in read(path):
            self._count(record)

    def _count(self, record: Record) -> None:
        self.summary.add(record)
        if record["record"] == "trial":
            self.exercise.add(record)
