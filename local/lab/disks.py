"""The data volumes of one host: devices as Nitro instances show them, following what the API says is attached."""

from dataclasses import dataclass, field
from pathlib import Path

from local.lab import volumes
from local.lab.command import run
from local.lab.machine import Machine
from local.lab.snapshot import Disk
from local.lab.volumes import Loop

SCRIPT = "etc/systemd/system-generators/lab-volumes"
LIST = "var/lib/lab/volumes"
SOURCE = Path(__file__).with_name("guest") / "volumes.sh"


@dataclass(frozen=True)
class Held:
    """A volume that this host has."""

    disk: Disk
    node: str  # such as nvme1n1
    loop: Loop


@dataclass
class Disks:
    """What the host has now. The first free number is taken, so a volume's node may change from boot to boot."""

    machine: Machine
    held: dict[str, Held] = field(default_factory=dict)
    shown: bool = True

    def settled(self, wanted: tuple[Disk, ...]) -> bool:
        """Whether the host has what it should have, as large as it should be."""
        return self.shown and {held.disk for held in self.held.values()} == set(wanted)

    def follow(self, wanted: tuple[Disk, ...]) -> None:
        """Take, let go of and enlarge devices, and leave the list for the host. After a LabError, call it again."""
        self.shown = False
        by_id = {disk.volume: disk for disk in wanted}
        for volume in [volume for volume in self.held if volume not in by_id]:
            volumes.detach(self.held.pop(volume).loop)
        for volume, held in self.held.items():
            if by_id[volume].gib > held.disk.gib:
                volumes.grow(held.loop, by_id[volume].gib)
            self.held[volume] = Held(by_id[volume], held.node, held.loop)
        try:
            for disk in wanted:
                if disk.volume not in self.held:
                    loop = volumes.attach(self.machine.lab.volumes / f"{disk.volume}.img", disk.gib)
                    self.held[disk.volume] = Held(disk, self._free(), loop)
        finally:
            self._write()

    def show(self) -> None:
        """Make the running host see it. Raises LabError, also when it has not come far enough."""
        leader = self.machine.leader()
        if leader:
            run("nsenter", f"--target={leader}", "--all", "sh", f"/{SCRIPT}")
            self.shown = True

    def release(self) -> None:
        """Let go of all: the host is off."""
        for held in self.held.values():
            volumes.detach(held.loop)
        self.held.clear()

    def _free(self) -> str:
        taken = {held.node for held in self.held.values()}
        return next(name for number in range(1, 100) if (name := f"nvme{number}n1") not in taken)

    def _write(self) -> None:
        root = self.machine.root
        lines = (
            f"{held.node} {held.disk.volume.replace('-', '')} {held.loop.numbers.replace(':', ' ')}\n"
            for held in self.held.values()
        )
        (root / LIST).parent.mkdir(parents=True, exist_ok=True)
        (root / LIST).write_text("".join(lines))
        (root / SCRIPT).parent.mkdir(parents=True, exist_ok=True)
        (root / SCRIPT).write_text(SOURCE.read_text())
        (root / SCRIPT).chmod(0o755)
