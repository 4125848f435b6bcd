"""The compliance host against the network that it stands in."""

from collections.abc import Iterator

from infra.settings import Settings


def private_subnet(settings: Settings) -> Iterator[str]:
    """Nothing connects to the compliance host (CG 2.1), so it has no public address."""
    network = settings.network
    if settings.compliance and network.vpc_id and not network.private_subnet_ids:
        yield (
            "compliance: the host stands in a private subnet, and network names none; name one that leads out by a NAT "
            "gateway under network.privateSubnetIds (CG 2.1)"
        )


def way_out(settings: Settings) -> Iterator[str]:
    """The compliance host reaches TCP 443 (CG 2.1), by a NAT gateway and not by a proxy."""
    if settings.compliance and settings.egress in ("proxy", "none"):
        yield (
            f"egress: {settings.egress} keeps the compliance host from TCP 443, by which it gets Docker, its bot "
            "and the bot's configuration (CG 2.1); set it to guide, or take wickr:compliance out"
        )


def one_hop(settings: Settings) -> Iterator[str]:
    """Pulumi's connections go by one host, and the compliance host is behind the messaging host."""
    if settings.compliance and settings.bastion:
        yield (
            "compliance: its host is reached by way of the messaging host, and that by way of the bastion, and "
            "Pulumi's connections take one hop; take bastion out, and run Pulumi where it reaches the messaging host"
        )


RULES = (private_subnet, way_out, one_hop)
