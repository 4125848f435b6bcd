"""What the hosts connect to (IG 3.5; CG 2.1), as rows of destination names and ports.

A security group knows addresses, not names: for it a row is "TCP 443 to anywhere". The names are here
for proxies, network firewalls and documents that can filter by name.
"""

from dataclasses import dataclass

from guide.roles import Role


@dataclass(frozen=True, kw_only=True)
class OutboundRow:
    """Names that hosts of some roles must reach on one TCP port, and what for."""

    name: str
    port: int
    hosts: tuple[str, ...]
    roles: frozenset[Role]
    purpose: str
    section: str


NODES = frozenset({Role.MESSAGING, Role.CALLING})
EVERY_ROLE = frozenset(Role)

ONLINE: tuple[OutboundRow, ...] = (
    OutboundRow(
        name="replicated",
        port=443,
        hosts=(
            "get.replicated.com",
            "api.replicated.com",
            "registry.replicated.com",
            "registry-data.replicated.com",
            "quay.io",
        ),
        roles=NODES,
        purpose="installer, licence, updates and images of Replicated and Wickr",
        section="IG 3.5",
    ),
    OutboundRow(
        name="docker-hub",
        port=443,
        hosts=(
            "registry-1.docker.io",
            "auth.docker.io",
            "index.docker.io",
            "production.cloudflare.docker.com",
        ),
        roles=NODES,
        purpose="images of Replicated 2.45.0 and later, which the list of IG 3.5 predates",
        section="Replicated, Firewalls and Outbound Access",
    ),
    OutboundRow(
        name="docker-packages",
        port=443,
        hosts=("download.docker.com",),
        roles=EVERY_ROLE,
        purpose="Docker itself",
        section="IG 3.1.1",
    ),
    OutboundRow(
        name="os-packages",
        port=80,
        hosts=(),
        roles=NODES,
        purpose="package archives of the operating system, most of which are plain HTTP with signatures",
        section="IG 3.1",
    ),
    OutboundRow(
        name="compliance-messaging",
        port=443,
        hosts=(),
        roles=frozenset({Role.COMPLIANCE}),
        purpose="the messaging host, of which the compliance bot is a client",
        section="CG 2.1",
    ),
    OutboundRow(
        name="compliance-image",
        port=443,
        hosts=("public.ecr.aws",),
        roles=frozenset({Role.COMPLIANCE}),
        purpose="the image of the compliance bot, or Docker Hub where that is where it is kept",
        section="Administration guide, Installation",
    ),
    OutboundRow(
        name="compliance-configuration",
        port=443,
        hosts=(),
        roles=frozenset({Role.COMPLIANCE}),
        purpose="the region's Secrets Manager and S3, from which the bot takes its configuration",
        section="WickrIO, Automatic configuration",
    ),
    OutboundRow(
        name="compliance-integrations",
        port=443,
        hosts=(),
        roles=frozenset({Role.COMPLIANCE}),
        purpose="the public archive of JavaScript packages, from which the bot upgrades its integration",
        section="CG 5",
    ),
)


def outbound_ports(role: Role) -> dict[int, tuple[OutboundRow, ...]]:
    """The TCP ports that a role must reach when it is installed online, with the rows behind each."""
    rows = [row for row in ONLINE if role in row.roles]
    return {port: tuple(row for row in rows if row.port == port) for port in sorted({row.port for row in rows})}
