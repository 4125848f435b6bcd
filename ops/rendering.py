"""Plans of many stacks at a time: `ops.render` in processes of its own, as many as there are processors to run them."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import cycle
from pathlib import Path
from typing import IO, Any

from ops.checkout import HERE

WORTH = 8
"""So many plans take as long as it takes to start one more process for them."""

MOST = 8
"""Processes at a time: each holds the SDK, some 130 MiB."""


@contextmanager
def rendering(
    root: Path, stacks: Sequence[str], *, commands: Path = HERE, called: str = "", digests: bool = False, sides: int = 1
) -> Iterator[Iterator[Any]]:
    """Plans of the stacks of a checkout in their order, or their problems, each made while those before it are looked
    at: by the checkout's own program, and the `ops` that is in the folder `commands`.

    `called` is the checkout's name in what is said about it; `digests` tells secrets apart (Veil); `sides` is how many
    checkouts are rendered at the same time.
    """
    count = max(1, min(processors() // sides, MOST, len(stacks) // WORTH))
    with ExitStack() as running:
        # In turn, so that nobody holds more than a plan that is waited for.
        processes = [
            running.enter_context(_process(root, stacks[first::count], commands, called or str(root), digests))
            for first in range(count)
        ]
        yield map(next, cycle(processes))


def processors() -> int:
    """How many of them this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _process(root: Path, stacks: Sequence[str], commands: Path, called: str, digests: bool) -> Iterator[Iterator[Any]]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "PULUMI_"))}
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as asked:
        json.dump({"root": str(root), "stacks": list(stacks), "digests": digests}, asked)
        asked.seek(0)
        with subprocess.Popen(
            [sys.executable, "-P", "-B", "-m", "ops.render"],
            cwd=root,
            env=environment | {"PYTHONPATH": f"{commands}{os.pathsep}{root}"},
            stdin=asked,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        ) as process:
            try:
                yield _answers(process, said, called)
            finally:
                process.kill()


def _answers(process: "subprocess.Popen[str]", said: IO[str], called: str) -> Iterator[Any]:
    yield from map(json.loads, process.stdout or ())
    # It ended before everything was answered, or nobody would ask on.
    process.wait()
    said.seek(0)
    reason = (said.read().strip().splitlines() or ["it says nothing"])[-1]
    while True:
        yield {"problems": [f"the program of {called} cannot be run: {reason}"]}
