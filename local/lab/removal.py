"""Removing what a lab made on this machine, whatever state it is in: by its prefix and by its folder, nothing else."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from local.lab import cgroup, topology, volumes
from local.lab.command import run
from local.lab.folder import LabFolder


def clear(lab: LabFolder) -> None:
    """Hosts, processes, mounts and namespaces. The folder stays."""
    cgroup.kill(lab.prefix)
    _end_processes(lab)
    for mount in _mounts_below(lab.path):
        run("umount", "--lazy", mount)
    for loop in volumes.loops(lab.path):
        volumes.detach(loop)
    topology.down(lab)


def _end_processes(lab: LabFolder, tries: int = 20) -> None:
    """Whatever runs in a namespace of the lab is the lab's, or a visitor's shell that has lost its ground."""
    mine = _ancestors()
    for _ in range(tries):
        left = topology.processes(lab) - mine
        if not left:
            return
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)


def _mounts_below(folder: Path) -> list[str]:
    points = (line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines())
    return sorted((point for point in points if point.startswith(f"{folder}/")), reverse=True)


def _ancestors() -> set[int]:
    """This process and those that it was started by: a `down` from inside a lab's shell must not end itself."""
    found, pid = set(), os.getpid()
    while pid > 1:
        found.add(pid)
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return found
