"""Who can come from where: the sources of rules against each other, the network, and what hosts do themselves."""

import ipaddress
from collections.abc import Iterator, Sequence

from infra.names import DOCKER
from infra.settings import Settings

Block = ipaddress.IPv4Network | ipaddress.IPv6Network

PRIVATE = tuple(
    ipaddress.IPv4Network(each) for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
)
"""Addresses that no packet from the internet carries (RFC 1918, RFC 6598)."""


def blocks(texts: Sequence[str]) -> list[Block]:
    """Address blocks that were checked as texts."""
    return [ipaddress.ip_network(each) for each in texts]


def within(inner: Block, outer: Block) -> bool:
    """Whether every address of one block is in another, too."""
    return inner.version == outer.version and inner.subnet_of(outer)  # type: ignore[arg-type]


def _sources(settings: Settings) -> Iterator[tuple[str, list[Block]]]:
    yield "adminCidrs", blocks(settings.admin_cidrs)
    yield "clientCidrs", blocks(settings.client_cidrs)


def contained(settings: Settings) -> Iterator[str]:
    """No source lies inside another of the same list: who writes the narrow one means it."""
    for key, sources in _sources(settings):
        # Hundreds of networks have few sizes: each is looked for in its wider forms, not in every other network.
        known, sizes = set(sources), sorted({each.prefixlen for each in sources})
        for number, each in enumerate(sources):
            for wider in (each.supernet(new_prefix=size) for size in sizes if size < each.prefixlen):
                if wider in known:
                    yield (
                        f"{key}[{number}]: {each} lies inside {wider}, which is in the list, too, so that it changes "
                        "nothing; take out the one that is not meant"
                    )


def docker_bridge(settings: Settings) -> Iterator[str]:
    """Nobody is in the network that Docker takes for itself on each host."""
    for key, sources in _sources(settings):
        for number, each in enumerate(sources):
            if within(each, DOCKER):
                yield (
                    f"{key}[{number}]: {each} lies inside {DOCKER}, which Docker takes for docker0 on every host: what "
                    "hosts answer to it never leaves them; name the addresses that these people are seen with"
                )


def own_network(settings: Settings) -> Iterator[str]:
    """Nobody but hosts of Wickr is in a VPC that the stack makes."""
    if settings.network.cidr is None:
        return
    vpc = ipaddress.IPv4Network(settings.network.cidr)
    for key, sources in _sources(settings):
        for number, each in enumerate(sources):
            if within(each, vpc):
                yield (
                    f"{key}[{number}]: {each} lies inside network.cidr {vpc}, a VPC of this stack's own with no host "
                    "but Wickr's; name networks outside it, or for a VPC that others are in network.vpcId"
                )


def version_4(settings: Settings) -> Iterator[str]:
    """Hosts have IPv4 addresses: somebody must be let in by one."""
    for key, sources in _sources(settings):
        if all(each.version == 6 for each in sources):
            yield (
                f"{key}: {', '.join(map(str, sources))} is IPv6 alone, and hosts have IPv4 addresses: nobody could "
                "connect; name at least one IPv4 network"
            )


def public_administrators(settings: Settings) -> Iterator[str]:
    """Hosts of a new VPC are reached by way of the internet, which has no private sources."""
    fourth = [each for each in blocks(settings.admin_cidrs) if each.version == 4]
    if settings.network.cidr is None or not fourth:
        return
    if all(any(within(each, private) for private in PRIVATE) for each in fourth):
        yield (
            f"adminCidrs: {', '.join(map(str, fourth))} is private, and a new VPC is reached by way of the internet, "
            "where private addresses do not occur: Pulumi could not log in; name the public address that this machine "
            "is seen with, for example 203.0.113.7/32"
        )


def deployer_is_a_client(settings: Settings) -> Iterator[str]:
    """The machine that runs Pulumi, an administrator, asks the health check on 443 (IG 9.1)."""
    if settings.messaging.health_check == "none":
        return
    admins, clients = blocks(settings.admin_cidrs), blocks(settings.client_cidrs)
    if not any(within(a, c) or within(c, a) for a in admins for c in clients):
        yield (
            f"clientCidrs: {', '.join(map(str, clients))} has no address of adminCidrs ({', '.join(map(str, admins))}),"
            " from where the health check of IG 9.1 and the Admin Console (IG 5.1) are asked on 443; name an admin "
            "network in it, too, or set messaging.healthCheck to none"
        )


RULES = (
    contained,
    docker_bridge,
    own_network,
    version_4,
    public_administrators,
    deployer_is_a_client,
)
