"""Sets this machine up, step by step and side by side; what is there already costs nothing.

`python3 -m tools.setup environment engine lab` provides the parts that are named.
"""

import argparse
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tools import cache, debian, engine, steps, venv

PARTS = ("environment", "engine", "lab")


def _environment() -> None:
    if venv.ready():
        return
    with steps.step("python", "installing the Python packages into .venv"):
        venv.provide()


def _engine() -> None:
    if engine.ready():
        return
    with steps.step("engine", "building the Pulumi engine from its sources (once, a few minutes)"):
        engine.provide()


def _lab() -> None:
    debian.install(debian.of_the_lab())
    # This Python, not the environment's: the image needs the standard library only, and need not wait.
    command = [sys.executable, "-m", "local.lab.image"]
    result = subprocess.run(command, cwd=cache.CHECKOUT, stdin=subprocess.DEVNULL)
    if result.returncode:
        raise cache.SetupError("The image of the lab's hosts could not be made; what it says is above.")


def lab_refusal() -> str | None:
    """Why this machine cannot run the local cloud; None if it can."""
    if platform.system() != "Linux":
        return f"the local cloud needs Linux (this is {platform.system()})"
    if os.geteuid() != 0:
        return "the local cloud needs root: it makes network namespaces and boots hosts"
    if not debian.is_debian():
        return "the local cloud needs Debian or Ubuntu: its hosts are made with debootstrap"
    return None


def _side_by_side(*parts: Callable[[], None]) -> None:
    """Run the parts at once, let all of them end, then raise the first error."""
    with ThreadPoolExecutor(max_workers=max(len(parts), 1)) as pool:
        futures = [pool.submit(part) for part in parts]
    for future in futures:
        future.result()


def set_up(parts: list[str]) -> None:
    """Provide the named parts."""
    refusal = lab_refusal() if "lab" in parts else None
    if refusal:
        steps.say("lab", f"left out: {refusal}")
        parts = [part for part in parts if part != "lab"]
    if debian.is_debian():
        # First and alone: everything below makes a virtual environment, the Go toolchain's among them.
        debian.install(debian.FOR_PYTHON)

    wanted = {"environment": _environment, "engine": _engine, "lab": _lab}
    _side_by_side(*(wanted[part] for part in PARTS if part in parts))


def main(words: list[str] | None = None) -> int:
    """Command line of this module."""
    parser = argparse.ArgumentParser(prog="tools/setup", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=PARTS, default=list(PARTS), metavar="PART")
    try:
        set_up(parser.parse_args(words).parts)
    except cache.SetupError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
