"""Debian packages: which are missing, and installing them after saying so."""

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools import cache, steps

# What `python3 -m venv` needs and Debian ships apart from Python.
FOR_PYTHON = ("python3-venv",)
# The command stand-in is held against a real SSH server.
FOR_TESTS = ("openssh-client", "openssh-server")
# One name a line; kept beside the code that needs them.
OF_THE_LAB = cache.CHECKOUT / "local" / "lab" / "packages.txt"
# Debian asks this script before a package starts its service.
POLICY = Path("/usr/sbin/policy-rc.d")
# apt has one lock, and parts of the set-up run side by side.
_ONE_AT_A_TIME = threading.Lock()


def of_the_lab() -> tuple[str, ...]:
    """Packages that the hosts and networks of the local cloud are made with."""
    if not OF_THE_LAB.exists():
        return ()
    lines = (line.partition("#")[0].strip() for line in OF_THE_LAB.read_text().splitlines())
    return tuple(line for line in lines if line)


def is_debian() -> bool:
    """True on Debian and what descends from it (Ubuntu)."""
    return shutil.which("dpkg-query") is not None and shutil.which("apt-get") is not None


def missing(packages: tuple[str, ...]) -> list[str]:
    """Those of `packages` that are not installed."""
    command = ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\\n", *packages]
    rows = subprocess.run(command, capture_output=True, text=True).stdout.splitlines()
    installed = {row.split()[0] for row in rows if row.endswith(" installed")}
    return [package for package in packages if package not in installed]


def install(packages: tuple[str, ...]) -> None:
    """Install what is missing of `packages`; refuses with their names where that is not possible."""
    names = missing(packages) if is_debian() else list(packages)
    if not names:
        return
    if not is_debian():
        raise cache.SetupError(f"Not Debian or Ubuntu: install what they call {', '.join(names)} by other means.")
    if os.geteuid() != 0:
        raise cache.SetupError(f"Not root: ask for `apt-get install {' '.join(names)}`, or run this as root.")
    with _ONE_AT_A_TIME, steps.step("packages", f"installing the Debian packages {', '.join(names)}"):
        _apt("update")
        with _no_service_starts():
            _apt("install", "--yes", "--no-install-recommends", *names)
        if "openssh-server" in names and shutil.which("systemctl"):
            # Nor at the next start of the machine.
            subprocess.run(["systemctl", "--quiet", "disable", "ssh.service"], capture_output=True)


@contextmanager
def _no_service_starts() -> Iterator[None]:
    """Packages are wanted for their programs: none of their services is to run on this machine unasked."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()


def _apt(*arguments: str) -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    # Another apt may be at work, for example right after the machine's first start.
    command = ["apt-get", "--quiet", "-o", "DPkg::Lock::Timeout=300", *arguments]
    result = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=Path("/")
    )
    if result.returncode:
        tail = "\n".join((result.stdout + result.stderr).strip().splitlines()[-12:])
        raise cache.SetupError(f"`{' '.join(command)}` failed:\n{tail}")
