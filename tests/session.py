"""Ending a program as a machine that goes down does: at once, without a word, and everything that it started."""

import contextlib
import os
import signal
from pathlib import Path


def kill(leader: int) -> None:
    """Every process of a session: the engine, the program, and every plugin, whose process groups are their own."""
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            session = int(entry.read_text().rpartition(")")[2].split()[3])
            if session == leader:
                os.kill(int(entry.parent.name), signal.SIGKILL)
