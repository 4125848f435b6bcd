"""One measured command: several runs, and what they say together."""

import os
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools import cache


class BenchError(Exception):
    """A command that was to be measured failed: its time would mean nothing."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table. What the project wants to reach is at most `limit` or at least `least`, in `unit`."""

    what: str
    values: tuple[float, ...]
    limit: float | None = None
    least: float | None = None
    unit: str = "s"

    @property
    def wanted(self) -> str:
        """What the project wants, in words; empty if it wants nothing."""
        bounds = (("at most", self.limit), ("at least", self.least))
        return " and ".join(f"{words} {value:g} {self.unit}" for words, value in bounds if value is not None)

    @property
    def met(self) -> bool:
        """Whether the median is within what is wanted."""
        return (self.limit is None or self.middle <= self.limit) and (self.least is None or self.middle >= self.least)

    @property
    def middle(self) -> float:
        """The median: one slow run on a busy machine says little."""
        return statistics.median(self.values)


def run(command: Sequence[str | Path], folder: Path = cache.CHECKOUT, extra: Mapping[str, str] | None = None) -> float:
    """Seconds that a command takes; raises BenchError with the end of its output if it fails."""
    began = time.monotonic()
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | (extra or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    seconds = time.monotonic() - began
    if done.returncode:
        tail = "\n".join(done.stdout.strip().splitlines()[-15:])
        raise BenchError(f"`{' '.join(map(str, command))}` failed (exit {done.returncode}):\n{tail}")
    return seconds
