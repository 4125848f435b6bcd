"""A fleet's previews against one `pulumi preview` after another, of the same stacks on the same API, in turns."""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.clock import BenchError, Row
from bench.previews import LICENSE, STACK, api
from tests.engine import Engine
from tools import cache

STACKS = 8
PARALLEL = 2


def measure(runs: int) -> list[Row]:
    """Seconds of both, and how many times faster the fleet is."""
    with tempfile.TemporaryDirectory() as name:
        engine = Engine(Path(name), environment=api())
        # Copied, not linked: the commands work on the checkout that they are a part of.
        shutil.copytree(cache.CHECKOUT / "ops", engine.program / "ops")
        shutil.copytree(cache.CHECKOUT / "policy", engine.program / "policy")
        names = [f"customer-{number}" for number in range(1, STACKS + 1)]
        for each in names:
            engine.stack(STACK, secrets={"wickr:license": LICENSE}, name=each)
        # Not measured: the first preview of a program compiles its modules.
        _one(engine, names[0])
        times = [(_alone(engine, names), _fleet(engine)) for _ in range(runs)]
    return [
        Row(what=f"pulumi preview of {STACKS} stacks, one after another", values=tuple(time[0] for time in times)),
        Row(what=f"wickr fleet preview, {PARALLEL} at once", values=tuple(time[1] for time in times)),
        Row(what="  faster", values=tuple(time[0] / time[1] for time in times), least=1.6, unit="×"),
    ]


def _one(engine: Engine, name: str) -> None:
    done = engine.run("preview", "--stack", name)
    if done.code:
        raise BenchError(f"preview of {name} failed:\n{done.text[-3000:]}")


def _alone(engine: Engine, names: list[str]) -> float:
    began = time.monotonic()
    for name in names:
        _one(engine, name)
    return time.monotonic() - began


def _fleet(engine: Engine) -> float:
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-P", "-m", "ops", "fleet", "preview", "--parallel", str(PARALLEL)],
        cwd=engine.program,
        env=engine.environment | {"PYTHONPATH": str(engine.program)},
        capture_output=True,
        text=True,
    )
    seconds = time.monotonic() - began
    if done.returncode:
        raise BenchError(f"the fleet failed:\n{(done.stdout + done.stderr)[-3000:]}")
    return seconds
