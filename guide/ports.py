"""The port tables of the guide: the only place in the project where a port is opened.

Security groups, the host's own firewall, documents and tests are projections of these rows.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from guide.calls import DEFAULT_MAX_CALLS, FIRST_MEDIA_PORT, last_media_port
from guide.releases import Release
from guide.roles import Role

Protocol = Literal["tcp", "udp"]


class NetworkRange(StrEnum):
    """Who may connect, in the words of the guide's column "Network Range"."""

    ALL = "ALL"
    ADMIN = "Admin Networks"
    INTERNAL = "Internal Network"
    MESSAGING = "Messaging Server IP"


@dataclass(frozen=True, kw_only=True)
class PortRow:
    """One row of a table "Networking Requirements": ports that a host answers on, and for whom.

    `name` identifies the row in rule names, plans and diffs and never changes; `first` and `last` are
    inclusive. Raises ValueError for ports that do not exist, since AWS would refuse them late.
    """

    name: str
    protocol: Protocol
    first: int
    last: int
    network_range: NetworkRange
    purpose: str
    section: str

    def __post_init__(self) -> None:
        if not 1 <= self.first <= self.last <= 65535:
            raise ValueError(f"row {self.name}: {self.first}-{self.last} is no range of ports")

    @property
    def ports(self) -> str:
        """The ports as the guide writes them: `443` or `9870-9881`."""
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


def _row(
    name: str, protocol: Protocol, ports: tuple[int, int], who: NetworkRange, purpose: str, section: str
) -> PortRow:
    return PortRow(
        name=name,
        protocol=protocol,
        first=ports[0],
        last=ports[1],
        network_range=who,
        purpose=purpose,
        section=section,
    )


MESSAGING: tuple[PortRow, ...] = (
    _row("wickr-services", "tcp", (443, 443), NetworkRange.ALL, "Wickr Services", "IG 3.1.2"),
    _row("ssh", "tcp", (22, 22), NetworkRange.ADMIN, "SSH", "IG 3.1.2"),
    _row("installer-ui", "tcp", (8800, 8800), NetworkRange.ADMIN, "Wickr Installer UI", "IG 3.1.2"),
    _row("replicated", "tcp", (9870, 9881), NetworkRange.INTERNAL, "Replicated Services", "IG 3.1.2"),
)


INTERNAL_HTTPS = _row(
    "internal-https",
    "tcp",
    (8443, 8443),
    NetworkRange.MESSAGING,
    "internal communication between the messaging and calling servers",
    "release notes 6.32",
)
"""What the guide does not know yet. The notes do not say who dials; it is taken to be the messaging host."""


def calling(max_calls: int = DEFAULT_MAX_CALLS, release: Release = Release.GUIDE) -> tuple[PortRow, ...]:
    """The table of the voice and video host (IG 3.2.2) for a number of concurrent calls (IG 6.4).

    Later releases add a row to it.

    Raises ValueError for a number of calls whose range does not exist.
    """
    media = (FIRST_MEDIA_PORT, last_media_port(max_calls))
    return (
        _row("tcp-proxy", "tcp", (443, 443), NetworkRange.ALL, "TCP Proxy", "IG 3.2.2"),
        _row("socks-proxy", "tcp", (8001, 8001), NetworkRange.ALL, "SOCKS Proxy", "IG 3.2.2"),
        _row("media", "udp", media, NetworkRange.ALL, "Audio/Video Streams", "IG 3.2.2"),
        _row("http-api", "tcp", (444, 444), NetworkRange.MESSAGING, "HTTP API", "IG 3.2.2"),
        _row("ssh", "tcp", (22, 22), NetworkRange.ADMIN, "SSH", "IG 3.2.2"),
        *((INTERNAL_HTTPS,) if release.internal_https else ()),
    )


COMPLIANCE: tuple[PortRow, ...] = ()
"""Nothing connects to the compliance host (CG 2.1); what it may reach is in guide.outbound."""

SSH_BY_WAY_OF_MESSAGING = _row(
    "ssh", "tcp", (22, 22), NetworkRange.MESSAGING, "SSH, by way of the messaging host", "not in CG 2.1"
)
"""How the compliance host is set up and looked after, since it has no public address: the one port beyond its table."""


def inbound(role: Role, max_calls: int = DEFAULT_MAX_CALLS, release: Release = Release.GUIDE) -> tuple[PortRow, ...]:
    """The inbound table of a role; calls and release matter to the calling host alone."""
    match role:
        case Role.MESSAGING:
            return MESSAGING
        case Role.CALLING:
            return calling(max_calls, release)
        case Role.COMPLIANCE:
            return COMPLIANCE
