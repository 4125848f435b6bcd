"""Runs rendered phases in bash here: the host's paths become a folder, commands of the host become functions."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from installer.phase import (
    CALLS,
    COMPLIANCE_PHASES,
    HEALTH,
    MESSAGING_PHASES,
    NODE_PHASES,
    SUPPLY_PHASES,
    VITALS,
    Phase,
)
from installer.script import render

EVERY = (*MESSAGING_PHASES, CALLS, *NODE_PHASES, *SUPPLY_PHASES, *COMPLIANCE_PHASES, VITALS)
PHASES = {phase.name: phase for phase in EVERY if phase is not HEALTH}
SCRIPTS = sorted({script for phase in PHASES.values() for script in phase.scripts})
HOST_PATHS = (
    *("/var/log/", "/var/lib/wickr-bootstrap", "/etc/replicated.conf", "/etc/default", "/etc/sysconfig"),
    *("/etc/apt/", "/etc/yum.conf", "/etc/dnf/", "/etc/systemd/system/"),
    *("/usr/local/bin/", "/dev/disk/by-id/", "/etc/fstab"),
    *("/usr/local/lib/wickr", "/var/lib/wickr-vitals", "/var/lib/dpkg/", "/var/lib/apt/"),
)


def there(text: str, folder: Path) -> str:
    """A script with the paths of a host moved below a folder."""
    for path in HOST_PATHS:
        text = text.replace(path, f"{folder}{path}")
    return text


@dataclass(frozen=True, kw_only=True)
class Done:
    """How a run ended: its code, and what it said, byte for byte."""

    code: int
    out: str
    err: str


def run(script: str, *, seconds: float = 20) -> Done:
    """Runs a script as the connection does: through standard input, under a clock, without a terminal."""
    done = subprocess.run(
        ["timeout", "-k", "5", str(seconds), "bash", "-s"],
        input=script.encode(),
        capture_output=True,
        start_new_session=True,
    )
    return Done(code=done.returncode, out=done.stdout.decode(), err=done.stderr.decode())


def run_phase(phase: Phase, values: Mapping[str, str], folder: Path, *, stubs: str = "", seconds: float = 20) -> Done:
    """Runs a phase with functions of bash in place of commands of the host."""
    for path in ("var/log", "var/lib", "etc", "usr/local/bin"):
        (folder / path).mkdir(parents=True, exist_ok=True)
    head, main, tail = there(render(phase, values), folder).partition("\nmain() {\n")
    assert main
    return run(f"{head}\n{stubs}{main}{tail}", seconds=seconds)


def log(folder: Path) -> str:
    """What the phases wrote on the host."""
    return (folder / "var/log/wickr-bootstrap.log").read_text()
