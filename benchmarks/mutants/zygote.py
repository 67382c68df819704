"""Runs in the environment under test: imports TensorFlow once, and forks a subject for each that asks.

Importing TensorFlow is most of what a mutant would cost. A child forgets the Keras that came with it, and imports the
one that is first on its path. ``python zygote.py SOCKET PROGRAM`` serves; with ``--client SOCKET PATH`` it hands its
own standard streams to a new child, and lives as long as that does.
"""

from __future__ import annotations

import os
import runpy
import signal
import socket
import sys
import threading

STREAMS = 3
LONGEST_PATH = 4096


def serve(path: str, program: str) -> None:
    """Import, then fork until the socket is gone."""
    os.environ.update({"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1", "TF_ENABLE_ONEDNN_OPTS": "0"})
    import h5py  # noqa: F401 - children have it then
    import tensorflow as tf  # noqa: F401

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        while True:
            connection, _ = listener.accept()
            overlay, streams, _, _ = socket.recv_fds(connection, LONGEST_PATH, STREAMS)
            if os.fork() == 0:
                listener.close()
                _child(connection, overlay.decode().strip(), streams, program)
            for stream in streams:
                os.close(stream)
            connection.close()


def _child(connection: socket.socket, overlay: str, streams: list[int], program: str) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    threading.Thread(target=_leave_with, args=(connection,), daemon=True).start()
    if overlay:
        for name in [name for name in sys.modules if name.partition(".")[0] == "keras"]:
            del sys.modules[name]
        sys.path.insert(0, overlay)
    code = 1
    try:
        runpy.run_path(program, run_name="__main__")
        code = 0
    finally:
        os._exit(code)


def _leave_with(connection: socket.socket) -> None:
    """End when the client does, whatever TensorFlow is at."""
    connection.recv(1)
    os._exit(1)


def ask(path: str, overlay: str) -> None:
    """Be a subject, by way of a child of the server."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        socket.send_fds(connection, [f"{overlay}\n".encode()], range(STREAMS))
        for stream in range(STREAMS):
            os.close(stream)
        connection.recv(1)


if __name__ == "__main__":
    if sys.argv[1] == "--client":
        ask(*sys.argv[2:4])
    else:
        serve(*sys.argv[1:3])
