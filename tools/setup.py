"""Sets this machine up, step by step and side by side; what is there already costs nothing.

`python3 -m tools.setup environment engine lab tests` provides the parts that are named.
"""

import argparse
import importlib.util
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tools import cache, debian, engine, operator_schema, policy_pack, scanners, steps, venv

PARTS = ("environment", "engine", "policy", "lab", "tests", "schemas", "scanners")
UNLESS_NAMED = tuple(part for part in PARTS if part not in ("schemas", "scanners"))
"""What is provided where nothing is named: scanners are 1.6 GB, schemas may need a Go toolchain, and only their own
tests need either."""


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


def _policy() -> None:
    if policy_pack.ready():
        return
    with steps.step("policy", "installing the Python packages of the policy pack into policy/.venv"):
        policy_pack.fill()


def _lab() -> None:
    debian.install(debian.of_the_lab())
    # In a process of its own, with this Python: the image is made while the environment is still being filled.
    refusal = _python("-c", "from local.lab import ability; print(ability.refusal() or '')")
    if refusal:
        steps.say("lab", f"left out: {refusal[0]}")
        return
    _python("-m", "local.lab.image", show="image")


def _python(*arguments: str, show: str | None = None) -> list[str]:
    """What a part of the local cloud prints when it is run; with `show` on the screen, too, as it comes."""
    command = [*steps.BESIDE, sys.executable, "-u", "-W", "ignore::RuntimeWarning", *arguments]
    lines = []
    with subprocess.Popen(
        command, cwd=cache.CHECKOUT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as process:
        for line in process.stdout or ():
            text = line.strip().removeprefix(f"{show}: ")
            # The last line is the path of the result: for programs.
            if show and not text.startswith("/"):
                steps.say(show, text)
            lines += [text] if text else []
    if process.returncode:
        raise cache.SetupError("The lab's hosts have no image: the reason is above.")
    return lines


def _tests() -> None:
    try:
        debian.install(debian.FOR_TESTS)
    except cache.SetupError as error:
        # The tests that need them are skipped, and say so.
        steps.say("tests", f"some are left out: {error}")


def _schemas() -> None:
    if operator_schema.file():
        return
    try:
        with steps.step("schemas", "fetching what the Kubernetes operator publishes of its resources"):
            operator_schema.provide()
    except cache.SetupError as error:
        steps.say("schemas", f"left out: {error}")


def _scanners() -> None:
    if scanners.ready():
        return
    try:
        with steps.step("scanners", "installing the Python packages of the scanners (once, 1.6 GB)"):
            scanners.provide()
    except cache.SetupError as error:
        # Their tests are skipped, and say so.
        steps.say("scanners", f"left out: {error}")


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
    if importlib.util.find_spec("ensurepip") is None:
        # First and alone: what follows makes virtual environments, the Go toolchain's among them.
        debian.install(debian.FOR_PYTHON)
    wanted = {
        "environment": _environment,
        "engine": _engine,
        "policy": _policy,
        "lab": _lab,
        "tests": _tests,
        "schemas": _schemas,
        "scanners": _scanners,
    }
    _side_by_side(*(wanted[part] for part in PARTS if part in parts))


def main(words: list[str] | None = None) -> int:
    """Command line of this module."""
    parser = argparse.ArgumentParser(prog="tools/setup", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; without any: {', '.join(UNLESS_NAMED)}"
    )
    parts = parser.parse_args(words).parts or list(UNLESS_NAMED)
    if unknown := set(parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    try:
        set_up(parts)
    except cache.SetupError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
