"""What the system's journal says of units, from where it was read last."""
# ruff: noqa: UP006, UP035 - for the Python of an older host

import json
import subprocess
import threading
import time
from typing import Any, Iterator, List, Mapping, Sequence

from installer.python.lines import Line

SINCE = "-24h"
"""How far back the first reading goes."""

LONGEST = 4 << 20
"""Bytes of an entry; a longer one is left out."""

COMMAND = ("journalctl", "--no-pager", "--quiet", "--all", "--output=json")


CONTAINER = ("CONTAINER_ID", "CONTAINER_ID_FULL", "CONTAINER_NAME")
"""Fields of what a container has written, where Docker is set to pass that to the journal, as a part of its own."""


def journal(units: Sequence[str], position: Mapping[str, Any], deadline: float) -> Iterator[Line]:
    """Entries after a position; an empty one begins a day ago. Ends at `deadline` (monotonic clock) at the latest.

    What containers write is left out. Where the journal has let go of what comes next, it goes on with what is left.
    """
    chosen = [f"--unit={unit}" for unit in units]
    seen = False
    if position:
        for line in _entries([*COMMAND, *chosen, f"--after-cursor={position['cursor']}"], deadline):
            seen = True
            yield line
    if not position or (not seen and not _knows(position["cursor"], deadline)):
        since = f"@{position['time'] // 1000 + 1}" if position else SINCE
        yield from _entries([*COMMAND, *chosen, f"--since={since}"], deadline)


def _knows(cursor: str, deadline: float) -> bool:
    """Whether the journal can make sense of a cursor."""
    command = [*COMMAND, "--lines=0", f"--after-cursor={cursor}"]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=max(1.0, deadline - time.monotonic()),
        )
    except (OSError, subprocess.TimeoutExpired):
        return True
    return done.returncode == 0


def _entries(command: List[str], deadline: float) -> Iterator[Line]:
    try:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except OSError:
        return  # a system without a journal
    end = threading.Timer(max(0.0, deadline - time.monotonic()), process.kill)
    end.daemon = True
    end.start()
    try:
        with process.stdout:  # type: ignore[union-attr]
            for text in iter(lambda: process.stdout.readline(LONGEST), b""):  # type: ignore[union-attr]
                line = _line(text)
                if line:
                    yield line
    finally:
        end.cancel()
        process.kill()
        process.wait()


def _line(text: bytes) -> "Line | None":
    """An entry in JSON, or None for what is none."""
    try:
        entry = json.loads(text.decode("utf-8", "replace"))
        stamp = int(entry["__REALTIME_TIMESTAMP"]) // 1000
        position = {"cursor": entry["__CURSOR"], "time": stamp}
        who = _text(entry.get("SYSLOG_IDENTIFIER") or entry.get("_COMM") or "")
        number, message = _text(entry.get("_PID") or ""), _text(entry.get("MESSAGE"))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    if not message or any(field in entry for field in CONTAINER):
        return Line(stamp, "", position)
    return Line(stamp, f"{who}{f'[{number}]' if number else ''}: {message}", position)


def _text(value: Any) -> str:
    """A field of the journal: text, bytes that are none, or several of them."""
    if isinstance(value, list):
        if value and all(isinstance(each, int) for each in value):
            return bytes(value).decode("utf-8", "replace")
        return " ".join(_text(each) for each in value)
    return "" if value is None else str(value)
