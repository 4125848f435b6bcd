"""Checks of names and address blocks, shared by the settings. Those that take a value for a setting return it or raise
ValueError."""

import hashlib
import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from annotated_types import GroupedMetadata
from pydantic import AfterValidator, Field

from guide import hosts
from guide.calls import LAST_PORT

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")

WIDEST_ADMIN_PREFIX = {4: 8, 6: 32}
"""A wider block is the world in all but name: two /1 blocks are 0.0.0.0/0."""


LONGEST_NAME, LONGEST_LABEL = 253, 63
"""Characters of a name in DNS, and of a part of it between two dots (RFC 1035)."""

NOT_YOURS = {
    "amazonaws.com": "a name of AWS's own",
    "amazonaws.com.cn": "a name of AWS's own",
    "localhost": "every machine's name for itself",
    "localdomain": "every machine's name for itself",
}
"""Domains in which nobody can make a DNS record that leads clients to a host."""

NOBODY = {
    ipaddress.ip_network(block): what
    for what, blocks in {
        "loopback": ("127.0.0.0/8", "::1/128"),
        "link-local": ("169.254.0.0/16", "fe80::/10"),
        "multicast": ("224.0.0.0/4", "ff00::/8"),
        "reserved": ("0.0.0.0/8", "240.0.0.0/4", "::/128"),
    }.items()
    for block in blocks
}
"""Addresses that no packet on its way from one machine to another has as its source."""

SMALL = {"nano": 0.5, "micro": 1, "small": 2, "medium": 4}
"""GiB of memory by the last part of an instance type, of the x86_64 families that have such small ones."""

DOCKER = ipaddress.IPv4Network("172.17.0.0/16")
"""What Docker takes for docker0 on every host, unless it is told otherwise."""


def nobody(block: ipaddress.IPv4Network | ipaddress.IPv6Network) -> str | None:
    """The word for a block in which there is nobody; None for all others."""
    for each, what in NOBODY.items():
        if block.version == each.version and block.subnet_of(each):  # type: ignore[arg-type]
            return what
    return None


def host_name(value: str) -> str:
    """A DNS name in lower case, or an IP address; no scheme, port, path or wildcard."""
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return _own_name(value)
    what = nobody(ipaddress.ip_network(address))
    if what:
        raise ValueError(f"{value} is {what}; no client finds a host there: write its public address, or a DNS name")
    return str(address)


def _own_name(value: str) -> str:
    name = dns_name(value)
    for domain, what in NOT_YOURS.items():
        if name.endswith(f".{domain}"):
            raise ValueError(f"{value!r} is {what}, to which you can add no record; use a domain that is yours")
    return name


def dns_name(value: str) -> str:
    """A full DNS name in lower case, whoever's it is."""
    name = value.lower().removesuffix(".")
    if "://" in value or "/" in value:
        raise ValueError(f"{value!r} is a URL; write the host name alone, for example wickr.example.com")
    if ":" in value:
        raise ValueError(f"{value!r} carries a port; write the host name alone (IG 4.4.1)")
    if not name.isascii():
        raise ValueError(f"{value!r} has letters beyond ASCII; write it as DNS has it{_punycode(name)}")
    labels = name.split(".")
    for label in labels:
        if len(label) > LONGEST_LABEL:
            raise ValueError(f"{label!r} has {len(label)} characters; DNS allows {LONGEST_LABEL} between two dots")
    if len(name) > LONGEST_NAME:
        raise ValueError(f"{value!r} has {len(name)} characters; DNS allows {LONGEST_NAME}")
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError(
            f"{value!r} is no host name; write a full DNS name such as wickr.example.com, or an IP address"
        )
    if labels[-1].isdigit():
        raise ValueError(f"{value!r} looks like an IP address but is none; four numbers from 0 to 255 are")
    return name


def _punycode(name: str) -> str:
    try:
        return f": {name.encode('idna').decode()}"
    except UnicodeError:
        return ", in punycode"


def address_block(value: str) -> str:
    """An IPv4 or IPv6 network in CIDR notation, without host bits."""
    if "/" not in value:
        try:
            address = ipaddress.ip_address(value)
        except ValueError:
            raise ValueError(f"{value!r} is no address block; write one such as 203.0.113.0/24") from None
        raise ValueError(f"{value!r} has no prefix length; for this one address write {value}/{address.max_prefixlen}")
    try:
        block = ipaddress.ip_network(value)
    except ValueError:
        pass
    else:
        what = nobody(block)
        if what:
            raise ValueError(f"{value} is {what}: no packet comes from there; name networks that people are in")
        return str(block)
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
    if block.overlaps(DOCKER):
        raise ValueError(f"{value} overlaps {DOCKER}, which Docker takes for docker0 on every host; choose another")
    return str(block)


def instance_type(value: str) -> str:
    """An instance type that is not below the guide's tables by its name alone; AWS is asked about the others."""
    family, _, size = value.partition(".")
    if re.fullmatch(r"a1|[a-z]+[0-9]+g[a-z]*|mac[0-9].*", family):
        raise ValueError(f"{value} is not x86_64, which the vendor's images need; choose one such as t3.large")
    most = SMALL.get(size) or (4 if size == "large" and family.startswith("c") else None)
    least = min(each.memory_gib for each in hosts.MINIMUMS.values())
    if most is not None and most < least:
        raise ValueError(f"{value} has about {most:g} GiB of memory, the tables ask for {least} (IG 3.1, 3.2)")
    return value


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


def printable(value: str) -> str:
    """A text of one line that can be shown."""
    if not value.isprintable() or value != value.strip():
        raise ValueError(
            f"{value!r} has characters that cannot be seen, or spaces around it; write it in one plain line"
        )
    return value


def https_url(value: str) -> str:
    """A URL of a script, without credentials: it stands in the stack file, in plans and in logs."""
    host = value.removeprefix("https://").partition("/")[0]
    if "@" in host:
        # Not repeated: what stands before the @ may be a password.
        raise ValueError("carries a name or password before the @, which everybody could read; serve it without one")
    if "#" in value:
        raise ValueError(f"{value!r} has a part after #, which no server is ever sent; take it out")
    name, _, port = host.rpartition(":") if not host.endswith("]") and ":" in host else (host, "", "443")
    if not (re.fullmatch("[0-9]{1,5}", port) and 1 <= int(port) <= LAST_PORT):
        raise ValueError(f"{value!r} has {port!r} for a port; a number from 1 to {LAST_PORT} is one")
    if not name:
        raise ValueError(f"{value!r} names no server")
    return value


def digest(value: str) -> str:
    """A SHA-256 of something: that of nothing is what a download that failed leaves."""
    if value == hashlib.sha256().hexdigest():
        raise ValueError("is the SHA-256 of an empty file: the download failed; take it of the file itself")
    return value


HostName = Annotated[str, AfterValidator(host_name)]
AddressBlock = Annotated[str, AfterValidator(address_block)]
AdminBlock = Annotated[str, AfterValidator(admin_block)]
VpcBlock = Annotated[str, AfterValidator(vpc_block)]
ImageId = Annotated[str, Form(r"ami-[0-9a-f]+", "machine image; write its id, such as ami-0123456789abcdef0")]
VpcId = Annotated[str, Form(r"vpc-[0-9a-f]+", "VPC; write its id, such as vpc-0123456789abcdef0")]
EndpointId = Annotated[str, Form(r"vpce-[0-9a-f]+", "VPC endpoint; write its id, such as vpce-0123456789abcdef0")]
SubnetId = Annotated[str, Form(r"subnet-[0-9a-f]+", "subnet; write its id, such as subnet-0123456789abcdef0")]
InstanceType = Annotated[
    str,
    Form(r"[a-z0-9-]+\.[a-z0-9-]+", "instance type; write one such as t3.large"),
    AfterValidator(instance_type),
]
System = Annotated[
    str,
    Form(
        r"[a-z]+ [0-9]{1,4}(\.[0-9]{1,4})?", "operating system; write ID and VERSION_ID of /etc/os-release: debian 12"
    ),
]
HttpsUrl = Annotated[
    str,
    Form(r"https://[^\s'\"]+", "https:// URL; without TLS the script could be anybody's"),
    AfterValidator(https_url),
]
Sha256 = Annotated[
    str,
    Form(r"[0-9a-f]{64}", "SHA-256; write the 64 hexadecimal digits, in lower case, of sha256sum"),
    AfterValidator(digest),
]
SettingKey = Annotated[
    str, Form(r"[A-Za-z0-9_]+", "key of a setting; letters, digits and underscores, as 'app-config export' lists them")
]
ZoneId = Annotated[str, Form(r"Z[A-Z0-9]{1,31}", "hosted zone; write its id, such as Z0123456789ABCDEFGHIJ")]
KmsKeyId = Annotated[
    str,
    Form(
        r"(arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/)?(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})",
        "key of KMS; write its id or its ARN, no alias, which can become another key's",
    ),
]
KmsKeyArn = Annotated[
    str,
    Form(
        r"arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})",
        "ARN of a key of KMS; write the whole one, and no alias, which can become another key's",
    ),
]
BucketName = Annotated[
    str,
    Form(
        r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]",
        "bucket; write its name, of small letters, digits and hyphens: no certificate of S3 fits one with a dot",
    ),
]
PolicyArn = Annotated[
    str,
    Form(
        r"arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/[\w+=,.@/-]+",
        "policy; write its ARN, such as arn:aws:iam::123456789012:policy/boundary",
    ),
]
ProfileName = Annotated[str, Form(r"[\w+=,.@-]{1,128}", "instance profile; write its name, not its ARN or its role's")]
UserName = Annotated[str, Form(r"[a-z_][a-z0-9_-]{0,31}", "name of a user; write one such as ec2-user or ubuntu")]
DockerVersion = Annotated[
    str, Form(r"[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4}", "version of Docker; write three numbers, such as 18.09.2")
]
