"""What has to be known of a new customer, and what follows from it."""

import ipaddress
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from guide import hosts
from guide.releases import Release
from guide.roles import Role
from infra.airgap import Airgap
from infra.configuration import PROJECT
from ops.checkout import OpsError
from ops.stack_file import StackFile

NAME = re.compile(r"[a-z][a-z0-9-]{0,46}")
"""A host is called wickr-NAME-messaging, and a name in DNS has 63 characters at most."""

FIRST_NETWORK = ipaddress.IPv4Network("10.20.0.0/16")
DOCKER = ipaddress.IPv4Network("172.17.0.0/16")
LARGEST_DISK = 16384
STEP = 10


@dataclass(frozen=True, kw_only=True)
class Existing:
    """A VPC that is there, with its subnets. `private` hosts have no public addresses."""

    vpc: str
    public_subnets: tuple[str, ...]
    private_subnets: tuple[str, ...]
    private: bool = False


@dataclass(frozen=True, kw_only=True)
class Calls:
    """Voice and video: the name of its host, and how many calls at once."""

    hostname: str
    most: int


@dataclass(frozen=True, kw_only=True)
class Customer:
    """`network` is the block of a new VPC, or one that is there. `gb_per_user` is for the files that users send. `bot`
    is the image of the compliance bot, if there is to be one; `airgap` what is there in the place of an internet; with
    `own_key` the stack makes a key for its disks.
    """

    name: str
    hostname: str
    region: str
    image: str
    admins: tuple[str, ...]
    clients: tuple[str, ...]
    network: str | Existing
    users: int
    gb_per_user: int
    instance_type: str
    calls: Calls | None
    bot: str | None
    airgap: Mapping[str, Any] | None
    own_key: bool
    certificate: str
    accounts: tuple[str, ...]
    tags: dict[str, str]

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise OpsError(
                f"{self.name!r} is no name of a stack: small letters, digits and hyphens, a letter first, at most 47, "
                "since hosts are named after it"
            )
        least, most = hosts.STORAGE_GB_PER_USER
        if not least <= self.gb_per_user <= most:
            raise OpsError(f"--gb-per-user is {self.gb_per_user}; the guide reckons with {least} to {most} (IG 3.1)")
        if self.users < 1:
            raise OpsError(f"--users is {self.users}; an installation has at least one")
        if self.disk > LARGEST_DISK:
            raise OpsError(f"{self.disk_arithmetic}: a volume holds {LARGEST_DISK:,} GiB at most")

    @property
    def disk(self) -> int:
        """GiB of the root volume: room for the users' files beside the table's disk, and what the preflight asks."""
        table = hosts.MINIMUMS[Role.MESSAGING].disk_gb
        needed = math.ceil((table + self.users * self.gb_per_user) / STEP) * STEP
        return max(hosts.PREFLIGHT_DISK_GB, needed)

    @property
    def archive(self) -> int:
        """GiB of the compliance host's data volume."""
        return min(
            LARGEST_DISK, max(hosts.MINIMUMS[Role.COMPLIANCE].disk_gb, self.users * hosts.ARCHIVE_GB_PER_USER[0])
        )

    @property
    def archive_arithmetic(self) -> str:
        """How the size of that volume comes about."""
        each, least = hosts.ARCHIVE_GB_PER_USER[0], hosts.MINIMUMS[Role.COMPLIANCE]
        return (
            f"{self.users:,} users x {each} GB, at least {least.disk_gb} ({least.section}) and at most {LARGEST_DISK:,}"
        )

    @property
    def disk_arithmetic(self) -> str:
        """How the size of the disk comes about."""
        table = hosts.MINIMUMS[Role.MESSAGING].disk_gb
        sum_ = table + self.users * self.gb_per_user
        least = "" if sum_ > hosts.PREFLIGHT_DISK_GB else f", at least {hosts.PREFLIGHT_DISK_GB} (IG 4.4.5)"
        return f"{table} + {self.users:,} users x {self.gb_per_user} GB = {sum_:,} (IG 3.1){least}"

    @property
    def release(self) -> Release:
        """The line of releases: that of the bundle, or the one that is in use everywhere."""
        if self.airgap is None:
            return Release.R6_26
        try:
            return Release.of(Airgap.model_validate(self.airgap).build)
        except ValidationError:  # which is told when the whole file is checked
            return Release.GUIDE

    @property
    def beyond_the_table(self) -> bool:
        """Whether there are more users than the guide's table is meant for."""
        return self.users > hosts.SIZING_USERS[1]


def free_network(files: Iterable[StackFile]) -> str:
    """A block that no other stack has, so that two customers' networks can be connected some day."""
    taken = [block for each in files for block in _blocks(each)]
    block = FIRST_NETWORK
    while any(block.overlaps(each) for each in (*taken, DOCKER)):
        following = int(block.network_address) + block.num_addresses
        block = ipaddress.IPv4Network((following, block.prefixlen))
        if not block.is_private:
            raise OpsError("no private /16 is left for a network; name one: --network CIDR")
    return str(block)


def _blocks(file: StackFile) -> Iterable[ipaddress.IPv4Network]:
    """The block of a stack's own VPC, the default where none is written."""
    text = file.values.get(f"{PROJECT}:network", f'{{"cidr": "{FIRST_NETWORK}"}}')
    for found in re.findall(r'"cidr": *"([^"]*)"', text):
        try:
            yield ipaddress.IPv4Network(found)
        except ValueError:
            continue
