"""Who a rule of a security group lets in or out, read from the graph."""

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from policy.graph import PREFIX_LIST, Graph, Resource, bare

WIDEST = {4: 8, 6: 16}
"""Prefix lengths below which a block is no network of somebody's but a part of the internet: 0.0.0.0/0, and also the
two halves that it can be written as.
"""

CIDRS = ("cidrIpv4", "cidrIpv6")
PRIVATE = tuple(
    ipaddress.ip_network(each)
    for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "fc00::/7")
)
"""Blocks that no packet leaves for the internet to (RFC 1918, 6598, 3927, 4193)."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, kw_only=True)
class Ports:
    """What a rule is about. All ports of all protocols are 0-65535 of `-1`."""

    protocol: str
    first: int
    last: int

    @classmethod
    def of(cls, rule: Resource) -> "Ports":
        """Of a rule of a group; a port that is not known counts as all."""
        first, last = rule.at("fromPort"), rule.at("toPort")
        return cls(
            protocol=str(rule.at("ipProtocol")),
            first=int(first) if isinstance(first, int | float) else 0,
            last=int(last) if isinstance(last, int | float) else 65535,
        )

    def include(self, protocol: str, port: int) -> bool:
        return self.protocol in (protocol, "-1") and self.first <= port <= self.last

    def __str__(self) -> str:
        ports = str(self.first) if self.first == self.last else f"{self.first}-{self.last}"
        return f"{self.protocol} {ports}"


def blocks(graph: Graph, rule: Resource) -> Iterator[str]:
    """The address blocks of a rule: its own, and those of a prefix list of the stack."""
    for key in CIDRS:
        if rule.at(key):
            yield str(rule.at(key))
    for each in graph.behind(rule, "prefixListId"):
        if each.type == PREFIX_LIST:
            for entry in each.at("entries") or []:
                yield str(bare(bare(entry)["cidr"]))


def network(block: str) -> Network | None:
    """A block as numbers; None where it is not known before the deployment, as the address of a host is."""
    try:
        return ipaddress.ip_network(block, strict=False)
    except ValueError:
        return None


def join(blocks: Iterable[str]) -> list[Network]:
    """The same addresses in as few blocks as there can be; what is no block is left out."""
    found = [each for each in map(network, blocks) if each is not None]
    return [
        *ipaddress.collapse_addresses(each for each in found if isinstance(each, ipaddress.IPv4Network)),
        *ipaddress.collapse_addresses(each for each in found if isinstance(each, ipaddress.IPv6Network)),
    ]


def inside(block: Network, other: Network) -> bool:
    """Whether all addresses of a block are in another one."""
    return block.version == other.version and block.prefixlen >= other.prefixlen and block.network_address in other


def is_world(block: str) -> bool:
    """Whether a block is everybody, or so much of everybody that it makes no difference."""
    found = network(block)
    return found is not None and found.prefixlen < WIDEST[found.version]


def is_private(block: str) -> bool:
    """Whether a block is inside the ranges that the internet does not carry."""
    found = network(block)
    return found is not None and any(
        found.network_address in each and found.prefixlen >= each.prefixlen for each in PRIVATE
    )
