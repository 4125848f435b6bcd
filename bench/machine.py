"""What a new user waits for: set-up of a fresh machine, `make up`, `make up` again, the unit tests."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.clock import BenchError, Row, run
from tools import cache

# A lab of the benchmark's own: the one that somebody has running stays as it is.
LAB = {"WICKR_LAB": "bench"}


def local(*arguments: str) -> list[str]:
    """A command of the local cloud."""
    return [sys.executable, "-m", "local", *arguments]


def up(runs: int) -> list[Row]:
    """From nothing to a running installation with all tools in place, and again."""
    first, second = [], []
    try:
        for _ in range(runs):
            run(local("down"), extra=LAB)
            first.append(run(local("up"), extra=LAB))
            second.append(run(local("up"), extra=LAB))
    finally:
        run(local("down"), extra=LAB)
    return [
        Row(what="make up, tools in place", values=tuple(first), limit=180),
        Row(what="make up again, nothing to do", values=tuple(second), limit=20),
    ]


def unit(runs: int) -> list[Row]:
    """The tests that need Python alone."""
    command = ["make", "--silent", "test-unit"]
    return [Row(what="unit tests", values=tuple(run(command) for _ in range(runs)), limit=15)]


def fresh(_runs: int) -> list[Row]:
    """Set-up with an empty cache, from a clone, and the engine's part of it: everything but Debian packages.

    Go's own caches are empty, too. Once: it takes minutes and downloads a gigabyte.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run(["git", "clone", "--quiet", cache.CHECKOUT, folder / "clone"])
        # As a new user's shell: no Go on PATH either, unless the system has one.
        path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        environment = {"HOME": name, "XDG_CACHE_HOME": str(folder / "cache"), "PATH": path, "VIRTUAL_ENV": ""}
        whole, parts = _set_up(folder / "clone", environment)
        # Go keeps its module cache read-only, which would stand in the way of removing it.
        run(["chmod", "-R", "u+w", folder])
    rows = [Row(what=f"  of it: {part}", values=(seconds,), limit=limit) for part, seconds, limit in parts]
    return [Row(what="set-up of a fresh machine", values=(whole,)), *rows]


def _set_up(clone: Path, environment: dict[str, str]) -> tuple[float, list[tuple[str, float, float | None]]]:
    """Seconds of the whole set-up and of its parts, which run side by side; its lines are shown as they come."""
    began, parts = time.monotonic(), {}
    with subprocess.Popen(
        ["python3", "-u", "-m", "tools.setup", "environment", "engine", "lab"],
        cwd=clone,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            parts[line.split()[0]] = time.monotonic() - began
    if process.returncode:
        raise BenchError("the set-up failed, see above")
    return time.monotonic() - began, [
        (part, parts[part], 300 if part == "engine" else None)
        for part in ("python", "image", "engine")
        if part in parts
    ]
