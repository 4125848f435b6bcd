"""What a host must have (IG 3.1, 3.2, 4.4.5; CG 2.1)."""

from dataclasses import dataclass
from types import MappingProxyType

from guide.roles import Role


@dataclass(frozen=True, kw_only=True)
class Minimum:
    """The table "Resource / Recommendation" of a host.

    `memory_gib` is what the instance type must offer; Linux shows a little less. `disk_gb` counts
    decimal gigabytes of the root file system, as the vendor's preflight does (IG 4.4.5: it calls a
    file system of 150 GiB "161.1G"). `preflight_disk_gb` is what that preflight asks for beyond the table.
    """

    cpus: int
    memory_gib: int
    disk_gb: int
    section: str
    preflight_disk_gb: int = 0


PREFLIGHT_DISK_GB = 200
"""What the installer's own preflight asks of `/` on the messaging host, above the table's 120 GB (IG 4.4.5)."""

MINIMUMS = MappingProxyType(
    {
        Role.MESSAGING: Minimum(
            cpus=2, memory_gib=8, disk_gb=120, section="IG 3.1", preflight_disk_gb=PREFLIGHT_DISK_GB
        ),
        Role.CALLING: Minimum(cpus=2, memory_gib=8, disk_gb=60, section="IG 3.2"),
        Role.COMPLIANCE: Minimum(cpus=2, memory_gib=8, disk_gb=100, section="CG 2.1"),
    }
)

MINIMUM_KERNEL = (3, 10)
"""Oldest Linux that the preflight accepts (IG 4.4.5)."""


@dataclass(frozen=True, kw_only=True)
class OperatingSystem:
    """A distribution as /etc/os-release names it, and the versions that the guide accepts."""

    id: str
    oldest: tuple[int, ...]
    newest: tuple[int, ...] | None = None

    @property
    def text(self) -> str:
        """The oldest version for people: `ubuntu 18.04`, where the second number is a month, or `rhel 7`."""
        return f"{self.id} " + ".".join([str(self.oldest[0]), *(f"{part:02}" for part in self.oldest[1:])])

    def accepts(self, version: tuple[int, ...]) -> bool:
        """Whether a version, compared as far as the bound is written, is inside the range."""
        upper = self.newest is None or version[: len(self.newest)] <= self.newest
        return version[: len(self.oldest)] >= self.oldest and upper


OPERATING_SYSTEMS = (
    OperatingSystem(id="ubuntu", oldest=(18, 4)),
    OperatingSystem(id="rhel", oldest=(7,), newest=(7,)),
    OperatingSystem(id="centos", oldest=(7,), newest=(7,)),
)
"""IG 3.1 and 3.2: "Ubuntu 18.04+ or RHEL/CentOS 7"."""

COMPLIANCE_SYSTEMS = (
    OperatingSystem(id="ubuntu", oldest=(18, 4)),
    OperatingSystem(id="centos", oldest=(7,), newest=(8,)),
    OperatingSystem(id="amzn", oldest=(2,)),
)
"""CG 2.1: "Ubuntu or CentOS 7/8", of which Ubuntu 16.04 is too old for any Docker of today; the makers of the bot try
theirs on Amazon Linux, too.
"""

SIZING_USERS = (200, 300)
"""The users, with moderate use, that the messaging table is meant for (IG 3.1)."""

STORAGE_GB_PER_USER = (1, 5)
"""File storage per user with the standard retention of 30 days (IG 3.1)."""

ARCHIVE_GB_PER_USER = (5, 10)
"""What the compliance bot keeps per user where nobody takes its files away (CG 2.1)."""
