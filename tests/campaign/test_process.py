from __future__ import annotations

import os
import signal
import sys
import time
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from harness.campaign.process import Died, Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ECHO = """
import json, sys, time
for line in sys.stdin:
    request = json.loads(line)
    if request["op"] == "sleep":
        time.sleep(60)
    if request["op"] == "die":
        print("last words", file=sys.stderr)
        sys.exit(3)
    if request["op"] == "grow":
        hoard = bytearray(300 * 2**20)
        time.sleep(60)
    print(json.dumps({"echo": request}), flush=True)
"""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Subject]]:
    """Starts a subject that echoes, sleeps, dies or grows as it is asked."""
    program = tmp_path / "program.py"
    program.write_text(ECHO)
    started: list[Subject] = []

    def starter(**options: Any) -> Subject:
        started.append(Subject(sys.executable, program=program, **options))
        return started[-1]

    yield starter
    for subject in started:
        subject.close()


def test_a_request_has_its_reply(start: Callable[..., Subject]) -> None:
    subject = start()
    assert subject.ask({"op": "a"}, 10)["echo"] == {"op": "a"}
    assert subject.ask({"op": "b"}, 10)["echo"] == {"op": "b"}
    assert subject.alive


def test_no_answer_within_the_deadline_is_a_timeout_and_ends_the_process(start: Callable[..., Subject]) -> None:
    subject = start()
    with pytest.raises(Died, match=r"no answer in 0.5 s") as death:
        subject.ask({"op": "sleep"}, 0.5)
    assert death.value.how == "timeout"
    assert not subject.alive


def test_an_ended_process_is_a_crash_with_its_last_words(start: Callable[..., Subject]) -> None:
    with pytest.raises(Died, match="ended with status 3: last words") as death:
        start().ask({"op": "die"}, 10)
    assert death.value.how == "crash"


def test_a_killed_process_is_a_crash_with_the_signal(start: Callable[..., Subject]) -> None:
    subject = start()
    os.kill(subject.pid, signal.SIGKILL)
    with pytest.raises(Died, match="killed by signal 9"):
        subject.ask({"op": "a"}, 10)


def test_a_dead_process_answers_nothing_more(start: Callable[..., Subject]) -> None:
    subject = start()
    subject.kill()
    with pytest.raises(Died):
        subject.ask({"op": "a"}, 10)


def test_memory_growth_is_a_crash(start: Callable[..., Subject]) -> None:
    with pytest.raises(Died, match="memory grew beyond"):
        start(memory_limit=200 * 2**20).ask({"op": "grow"}, 30)


def test_kill_leaves_no_process_behind(start: Callable[..., Subject]) -> None:
    subject = start()
    subject.kill()
    deadline = time.monotonic() + 10
    while psutil.pid_exists(subject.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not psutil.pid_exists(subject.pid)
