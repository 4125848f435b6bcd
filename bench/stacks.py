"""What can be said about many stacks without a cloud: `check`, `plan` and `diff`, against one preview by the engine."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import previews
from bench.clock import BenchError, Row
from tests.ops.estate import Estate

SIZES = (10, 50, 200, 1000)
MEASURED = 200
"""As many customers as the comparison with a preview and the limits of `diff` are for."""

SHARE = 1 / 20
"""What one stack may take, of one preview."""

GROWTH = 0.05
"""MiB that one more stack may add to a process."""


MEASURED_RUN = """
import atexit, pathlib, resource, runpy, sys
def taken():
    print(pathlib.Path("/proc/self/status").read_text(), file=sys.stderr)
    print("VmHWM:", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, "kB", file=sys.stderr)
atexit.register(taken)
module = sys.argv.pop(1)
runpy.run_module(module, run_name="__main__", alter_sys=True)
"""
"""Runs a module and says what it took, and what the largest of the processes did that it started: what the system tells
of a child includes the memory of who started it, so this must be asked in a small process.
"""


def measure(runs: int) -> list[Row]:
    """Customers of every shape; the larger estates are measured once."""
    preview = previews.seconds(runs)
    rows = [Row(what="one preview by the engine", values=tuple(preview))]
    middle = rows[0].middle
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        estates = {size: _estate(folder / str(size), size) for size in SIZES}
        for what, command in (("check", ["ops", "check"]), ("plan", ["ops", "plan", "--json"])):
            rows += _growth(what, estates, command, middle, runs)
        changed = _estate(folder / "changed", MEASURED)
        changed.customer("customer-0007", {"wickr:protectHosts": False})
        rows.append(_diff(f"diff of {MEASURED} stacks, one changed", estates[MEASURED], changed, runs, limit=10))
        program = changed.root / "guide" / "health.py"
        program.write_text(program.read_text() + "# changed\n")
        rows.append(_diff(f"diff of {MEASURED} stacks, the program changed", estates[MEASURED], changed, 1))
    return rows


def _growth(what: str, estates: dict[int, Estate], command: list[str], preview: float, runs: int) -> Iterator[Row]:
    memory = {}
    for size, estate in estates.items():
        found = [_run(estate, command) for _ in range(runs if size <= MEASURED else 1)]
        memory[size] = found[-1][1]
        yield Row(what=f"{what} of {size} stacks", values=tuple(seconds for seconds, _ in found))
        yield Row(what="  a stack", values=tuple(1000 * seconds / size for seconds, _ in found), unit="ms")
        if size == MEASURED:
            shares = tuple(seconds / size / preview for seconds, _ in found)
            yield Row(what="  a stack / preview", values=shares, limit=SHARE, unit="×")
    few, many = min(memory), max(memory)
    yield Row(what=f"{what}: memory with {many} stacks", values=(memory[many],), unit="MiB")
    more = (memory[many] - memory[few]) / (many - few)
    yield Row(what="  more for each stack", values=(more,), limit=GROWTH, unit="MiB")


def _estate(root: Path, size: int) -> Estate:
    """So many customers: with and without calling, in networks of their own or in others', with many sources or all."""
    estate = Estate(root)
    for number in range(size):
        estate.customer(f"customer-{number:04}", _customer(number))
    return estate


def _customer(number: int) -> dict[str, Any]:
    changes: dict[str, Any] = {"wickr:hostname": f"wickr-{number}.example.com", "wickr:tags": {"owner": f"o{number}"}}
    if number % 2:
        changes["wickr:calling"] = {"hostname": f"calls-{number}.example.com", "maxCalls": 10 + number}
    if number % 3 == 0:
        changes["wickr:clientCidrs"] = ["198.51.100.0/24", *(f"192.0.2.{n}/32" for n in range(5))]
    if number % 5 == 0:
        changes["wickr:network"] = {"vpcId": "vpc-0a", "publicSubnetIds": ["subnet-0a"]}
    return changes


def _run(estate: Estate, command: list[str]) -> tuple[float, float]:
    """Seconds of a command on all stacks of an estate, and the MiB that its largest process took at most."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-P", "-c", MEASURED_RUN, *command],
        cwd=estate.root,
        env=os.environ | {"PYTHONPATH": str(estate.root)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    seconds = time.monotonic() - began
    peak = re.findall(r"^VmHWM:\s+(\d+) kB$", done.stderr, re.MULTILINE)
    if done.returncode or not peak:
        raise BenchError(f"{' '.join(command)} failed: {done.stderr[-2000:]}")
    return seconds, max(map(int, peak)) / 1024


def _diff(what: str, base: Estate, head: Estate, runs: int, limit: float | None = None) -> Row:
    command = [sys.executable, "-P", "-m", "ops", "diff", str(base.root), str(head.root), "--allow", "unknown"]
    environment = os.environ | {"PYTHONPATH": str(head.root)}
    times = []
    for _ in range(runs):
        began = time.monotonic()
        done = subprocess.run(command, cwd=head.root, env=environment, capture_output=True, text=True)
        times.append(time.monotonic() - began)
        if done.returncode or "customer-0007" not in done.stdout:
            raise BenchError(f"diff failed:\n{done.stdout[-1000:]}\n{done.stderr[-1000:]}")
    return Row(what=what, values=tuple(times), limit=limit)
