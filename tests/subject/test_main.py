from __future__ import annotations

import os
import subprocess
import sys
import threading

import psutil

from harness.subject import __main__ as program

CHILD = """
import os
from harness.subject.__main__ import end_with
parent = os.getppid()
print(os.getpid(), flush=True)
end_with(parent)
"""
PARENT = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", sys.argv[1]])
time.sleep(600)
"""


def test_the_subject_ends_with_the_process_that_started_it_though_it_is_busy() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT, CHILD], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        subject = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
        subject.wait(timeout=60)
    assert not subject.is_running()


def test_it_goes_on_while_that_process_is_there() -> None:
    watching = threading.Thread(target=program.end_with, args=(os.getppid(),), daemon=True)
    watching.start()
    watching.join(timeout=2.5 * program.WATCH)
    assert watching.is_alive()
