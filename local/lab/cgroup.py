"""A control group for each host, so that its processes are known exactly and share no systemd state with others."""

import contextlib
import os
import signal
import time
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
# Where systemd keeps its own tree: the one hierarchy of today's machines, or these two of older ones.
HYBRID = (ROOT / "systemd", ROOT / "unified")


def hierarchies() -> list[Path]:
    """The roots of the trees that systemd uses here."""
    return [path for path in HYBRID if (path / "cgroup.procs").exists()] or [ROOT]


def make(prefix: str, host: str) -> list[Path]:
    """The groups of a host, one a hierarchy."""
    groups = [path / prefix / host for path in hierarchies()]
    for group in groups:
        group.mkdir(parents=True, exist_ok=True)
    return groups


def processes(prefix: str, host: str = "") -> set[int]:
    """Every process of a host, or of all hosts of a lab."""
    found: set[int] = set()
    for path in hierarchies():
        for file in (path / prefix / host).rglob("cgroup.procs"):
            with contextlib.suppress(OSError):
                found.update(int(line) for line in file.read_text().split())
    return found


def kill(prefix: str, host: str = "", seconds: float = 5) -> None:
    """End every process of a host, or of all hosts of a lab, and remove the groups."""
    deadline = time.monotonic() + seconds
    while (left := processes(prefix, host)) and time.monotonic() < deadline:
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)
    for path in hierarchies():
        top = path / prefix / host
        for group in sorted((g for g in (top, *top.rglob("*")) if g.is_dir()), reverse=True):
            with contextlib.suppress(OSError):
                group.rmdir()
