"""Data volumes on this machine: a sparse file each, and a loop device while an instance has it."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from local.lab.command import LabError, run

LETTING_GO = 2.0  # seconds that the kernel may take over a device whose host is off


@dataclass(frozen=True)
class Loop:
    """A loop device, and the numbers that the kernel knows it by."""

    device: str
    file: Path
    numbers: str


def attach(file: Path, gib: int) -> Loop:
    """The device of a volume's file; the file is made when it is first needed. Raises LabError while it is in use."""
    deadline = time.monotonic() + LETTING_GO
    while used := any(loop.file == file for loop in loops()):
        if time.monotonic() > deadline:
            break
        time.sleep(0.1)
    if used:
        raise LabError(f"volume {file.stem} is still mounted where it was before: unmount it there")
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("ab") as handle:
        if handle.tell() < gib << 30:
            handle.truncate(gib << 30)
    device = run("losetup", "--find", "--show", file).strip()
    return next(loop for loop in loops() if loop.device == device)


def grow(loop: Loop, gib: int) -> None:
    """Let the device be as large as its volume has become."""
    with loop.file.open("ab") as handle:
        handle.truncate(gib << 30)
    run("losetup", "--set-capacity", loop.device)


def detach(loop: Loop) -> None:
    """Let go of the device: at once, or when whoever has mounted it is done."""
    if any(held == loop for held in loops()):
        run("losetup", "--detach", loop.device)


def loops(below: Path = Path("/")) -> Iterator[Loop]:
    """The loop devices of files in a folder."""
    text = run("losetup", "--json", "--list", "--output", "NAME,BACK-FILE,MAJ:MIN")
    for row in json.loads(text)["loopdevices"] if text.strip() else []:
        file = Path(str(row["back-file"]).removesuffix(" (deleted)"))
        if file.is_relative_to(below):
            yield Loop(row["name"], file, str(row["maj:min"]))
