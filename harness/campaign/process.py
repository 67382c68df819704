"""One subject process: started, asked with a deadline, and killed when it does not answer."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import psutil

import harness.subject

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FOLDER = Path(harness.subject.__file__).parent
START_DEADLINE = 600.0
"""Seconds to import TensorFlow on a slow machine with a cold disk and other work: only what hangs takes them."""

MEMORY_LIMIT = 4 * 2**30
"""Bytes of resident memory at which a subject is stopped."""

POLL = 0.5
"""Seconds between two looks at a busy subject's memory."""


class Died(Exception):
    """The subject gave no answer: it ended, it took too long, or it grew too large."""

    def __init__(self, how: str, detail: str) -> None:
        super().__init__(detail)
        self.how = how
        """``crash`` or ``timeout``."""


class Subject:
    """A process in the environment under test. Not thread-safe: one worker owns it."""

    def __init__(
        self,
        executable: str,
        memory_limit: int = MEMORY_LIMIT,
        program: Path = FOLDER,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self.memory_limit = memory_limit
        self.log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        try:
            self.process = subprocess.Popen(
                [executable, str(program)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self.log,
                text=True,
                encoding="utf-8",
                env={**os.environ, **(variables or {})},
                # Ctrl-C is for the driver, which then stops its subjects in good order.
                start_new_session=True,
            )
        except OSError:
            self.log.close()
            raise
        self.replies: queue.Queue[str | None] = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def hello(self, formats: Sequence[str] = ()) -> dict[str, Any]:
        """Import TensorFlow and the format modules there, and learn the versions."""
        return self.ask({"op": "hello", "formats": list(formats)}, START_DEADLINE)

    def ask(self, request: dict[str, Any], deadline: float) -> dict[str, Any]:
        """Send a request and wait for its reply.

        Args:
            request: what :mod:`harness.subject.server` answers.
            deadline: seconds to wait.

        Raises:
            Died: no reply; the process has been killed.
        """
        try:
            assert self.process.stdin is not None
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
        except (OSError, ValueError):
            raise self._death() from None
        line = self._wait(deadline)
        try:
            reply = json.loads(line)
        except ValueError:
            reply = None
        if not isinstance(reply, dict):
            self.kill()
            raise Died("crash", f"answered with {line[:100].strip()!r}")
        return reply

    def kill(self) -> None:
        """End the process and whatever it has started, and close its pipes; its log stays readable."""
        with contextlib.suppress(psutil.NoSuchProcess):
            for child in psutil.Process(self.pid).children(recursive=True):
                with contextlib.suppress(psutil.NoSuchProcess):
                    child.kill()
        self.process.kill()
        self.process.wait()
        self.reader.join()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            with contextlib.suppress(BrokenPipeError):
                pipe.close()

    def close(self) -> None:
        """End the process and forget its log."""
        self.kill()
        self.log.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.replies.put(line)
        self.replies.put(None)

    def _wait(self, deadline: float) -> str:
        left = deadline
        while left > 0:
            try:
                line = self.replies.get(timeout=min(POLL, left))
            except queue.Empty:
                left -= POLL
                self._check_memory()
                continue
            if line is None:
                raise self._death()
            return line
        self.kill()
        raise Died("timeout", f"no answer in {deadline:g} s")

    def _check_memory(self) -> None:
        try:
            resident = psutil.Process(self.pid).memory_info().rss
        except psutil.NoSuchProcess:
            return
        if resident > self.memory_limit:
            self.kill()
            raise Died("crash", f"memory grew beyond {self.memory_limit / 2**30:g} GiB")

    def resident(self) -> int:
        """Bytes of resident memory."""
        return int(psutil.Process(self.pid).memory_info().rss)

    def _death(self) -> Died:
        # It may still be on its way out, with a status that says more than our killing it would.
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=5)
        self.kill()
        code = self.process.returncode
        how = f"killed by signal {-code}" if code < 0 else f"ended with status {code}"
        return Died("crash", f"{how}{self._last_words()}")

    def _last_words(self) -> str:
        self.log.seek(0)
        lines = self.log.read().decode(errors="replace").strip().splitlines()
        return f": {lines[-1][:300]}" if lines else ""
