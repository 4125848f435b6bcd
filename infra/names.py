"""Checks of names and address blocks, shared by the settings. Each returns the value or raises ValueError."""

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from annotated_types import GroupedMetadata
from pydantic import AfterValidator, Field

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")

WIDEST_ADMIN_PREFIX = {4: 8, 6: 32}
"""A wider block is the world in all but name: two /1 blocks are 0.0.0.0/0."""


def host_name(value: str) -> str:
    """A DNS name in lower case, or an IP address; no scheme, port, path or wildcard."""
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        pass
    name = value.lower().removesuffix(".")
    if "://" in value or "/" in value:
        raise ValueError(f"{value!r} is a URL; write the host name alone, for example wickr.example.com")
    if ":" in value:
        raise ValueError(f"{value!r} carries a port; write the host name alone (IG 4.4.1)")
    labels = name.split(".")
    if len(name) > 253 or len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError(
            f"{value!r} is no host name; write a full DNS name such as wickr.example.com, or an IP address"
        )
    if labels[-1].isdigit():
        raise ValueError(f"{value!r} looks like an IP address but is none; four numbers from 0 to 255 are")
    return name


def address_block(value: str) -> str:
    """An IPv4 or IPv6 network in CIDR notation, without host bits."""
    if "/" not in value:
        try:
            address = ipaddress.ip_address(value)
        except ValueError:
            raise ValueError(f"{value!r} is no address block; write one such as 203.0.113.0/24") from None
        raise ValueError(f"{value!r} has no prefix length; for this one address write {value}/{address.max_prefixlen}")
    try:
        return str(ipaddress.ip_network(value))
    except ValueError:
        pass
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        raise ValueError(f"{value!r} is no address block; write one such as 203.0.113.0/24") from None
    raise ValueError(f"{value!r} has bits beyond its prefix, which AWS refuses; write {network}")


def admin_block(value: str) -> str:
    """An address block that SSH and the installer may be opened to (IG 3.1.2, 3.3): never the world."""
    block = ipaddress.ip_network(address_block(value))
    if block.prefixlen == 0:
        raise ValueError(
            f"{value} is everybody; ports 22 and 8800 are for administrators (IG 3.1.2): name your own networks"
        )
    widest = WIDEST_ADMIN_PREFIX[block.version]
    if block.prefixlen < widest:
        raise ValueError(
            f"{value} holds {block.num_addresses:,} addresses; an admin network is at most a /{widest}: "
            "name your own networks"
        )
    return str(block)


def vpc_block(value: str) -> str:
    """An IPv4 block that a VPC can have and that docker0 does not use on every host."""
    block = ipaddress.ip_network(address_block(value))
    if not isinstance(block, ipaddress.IPv4Network):
        raise ValueError(f"{value} is IPv6; a VPC's main block is IPv4, for example 10.20.0.0/16")
    if not 16 <= block.prefixlen <= 24:
        raise ValueError(
            f"{value} is a /{block.prefixlen}; AWS takes /16 at most, and below /24 four subnets do not fit"
        )
    docker = ipaddress.IPv4Network("172.17.0.0/16")
    if block.overlaps(docker):
        raise ValueError(f"{value} overlaps {docker}, which Docker takes for docker0 on every host; choose another")
    return str(block)


@dataclass(frozen=True)
class Form(GroupedMetadata):
    """Only texts that match a pattern as a whole; `what` says what one is, and how it looks."""

    pattern: str
    what: str

    def __iter__(self) -> Iterator[object]:
        yield AfterValidator(self._check)
        # For editors, which know the pattern from the schema.
        yield Field(json_schema_extra={"pattern": f"^({self.pattern})$"})

    def _check(self, value: str) -> str:
        if not re.fullmatch(self.pattern, value):
            raise ValueError(f"{value!r} is no {self.what}")
        return value


HostName = Annotated[str, AfterValidator(host_name)]
AddressBlock = Annotated[str, AfterValidator(address_block)]
AdminBlock = Annotated[str, AfterValidator(admin_block)]
VpcBlock = Annotated[str, AfterValidator(vpc_block)]
ImageId = Annotated[str, Form(r"ami-[0-9a-f]+", "machine image; write its id, such as ami-0123456789abcdef0")]
VpcId = Annotated[str, Form(r"vpc-[0-9a-f]+", "VPC; write its id, such as vpc-0123456789abcdef0")]
SubnetId = Annotated[str, Form(r"subnet-[0-9a-f]+", "subnet; write its id, such as subnet-0123456789abcdef0")]
InstanceType = Annotated[str, Form(r"[a-z0-9-]+\.[a-z0-9-]+", "instance type; write one such as t3.large")]
System = Annotated[
    str, Form(r"[a-z]+ [0-9]+(\.[0-9]+)?", "operating system; write ID and VERSION_ID of /etc/os-release: debian 12")
]
HttpsUrl = Annotated[str, Form(r"https://[^\s'\"]+", "https:// URL; without TLS the script could be anybody's")]
Sha256 = Annotated[str, Form(r"[0-9a-f]{64}", "SHA-256; write the 64 hexadecimal digits, in lower case, of sha256sum")]
SettingKey = Annotated[
    str, Form(r"[A-Za-z0-9_]+", "key of a setting; letters, digits and underscores, as 'app-config export' lists them")
]
DockerVersion = Annotated[str, Form(r"\d+\.\d+\.\d+", "version of Docker; write three numbers, such as 18.09.2")]
