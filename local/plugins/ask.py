"""What the engine starts as a plugin on a running lab: it has one forked that is loaded already, and ends with it.

A run of the engine starts three plugins, and to load them takes longer than all that a small run asks of them. Run by
itself, with nothing but the standard library, so that it starts in no time: see `local.plugins.nursery`.
"""

import contextlib
import json
import os
import signal
import socket
import sys

ADDRESS = "\0wickr-plugins"
"""An abstract name: each network namespace has its own, so each lab has one, and nothing of it stays behind."""

POLL_SECONDS = 0.5


def main(name: str, words: list[str]) -> None:
    """Where no lab has plugins ready, this process becomes the plugin."""
    with socket.socket(socket.AF_UNIX) as there:
        try:
            there.connect(ADDRESS)
        except OSError:
            python = [sys.executable, "-P", "-m", f"local.plugins.{name}", *words]
            os.execv(sys.executable, python)  # noqa: S606  (no shell is wanted)
        folder = os.getcwd()  # noqa: PTH109  (to load pathlib takes longer than all of this)
        wanted = {"name": name, "words": words, "folder": folder, "environment": dict(os.environ)}
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: _end(there))
        socket.send_fds(there, [json.dumps(wanted).encode() + b"\n"], [0, 1, 2])
        _until_it_ends(there)


def _end(there: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it has ended already
        there.shutdown(socket.SHUT_WR)


def _until_it_ends(there: socket.socket) -> None:
    """Or until the engine was killed, which nobody tells."""
    engine = os.getppid()
    there.settimeout(POLL_SECONDS)
    while os.getppid() == engine:
        with contextlib.suppress(TimeoutError):
            there.recv(1)
            return


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
