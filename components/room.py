"""Room in security groups: which networks are rules of a host's own group, and which are prefix lists in further ones.

AWS allows a group so many rules of a direction, and counts a rule that names a prefix list as often as that list may
have entries; and it allows a network interface so many groups. A host's own group holds one rule for each row and
network as long as they fill half of it: new rules come before old ones go, so whoever swaps all networks has both for
a moment. Networks beyond that go into lists as long as a group has room for, each list in a group of its own. So
nothing that grows or shrinks ever shares a group with what it takes the place of.
"""

from bisect import bisect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, collapse_addresses

from guide.ports import NetworkRange, PortRow

ENTRIES_AT_ONCE = 100
"""Entries that AWS takes in one call that makes or changes a prefix list."""

LABELS = {NetworkRange.ALL: "clients", NetworkRange.ADMIN: "admins"}
"""Network ranges that a stack names by address blocks, in resource names: never changed."""

Crowd = tuple[NetworkRange, int]
"""The networks of a range, of one IP version: AWS counts the versions apart."""


@dataclass(frozen=True, kw_only=True)
class Room:
    """What AWS allows an account: inbound rules of a security group, counted for each IP version (quota L-0EA8095F),
    and groups of a network interface (L-2AFB9258).
    """

    rules: int = 60
    groups: int = 5


@dataclass(frozen=True, kw_only=True)
class PrefixList:
    """Networks under one name. `size` is what the list may hold, and what a rule that names it counts as."""

    label: str
    network_range: NetworkRange
    version: int
    size: int
    networks: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Arrangement:
    """Networks that have rules in the host's own group, by range, and the lists of the others, each for a group."""

    own: Mapping[NetworkRange, tuple[str, ...]]
    lists: tuple[PrefixList, ...]


def arrange(
    rows: Sequence[PortRow], cidrs: Mapping[NetworkRange, Sequence[str]], between: int, room: Room
) -> Arrangement:
    """Where the networks of each range go; `between` is the number of rules for other hosts, in the own group always.

    Of each IP version, the ranges that need fewest rules stay in the own group.
    """
    ranges = [row.network_range for row in rows]
    crowds = {
        (each, version): tuple(cidr for cidr in given if _version(cidr) == version)
        for each, given in cidrs.items()
        for version in (4, 6)
    }
    needs = {crowd: ranges.count(crowd[0]) * len(networks) for crowd, networks in crowds.items()}
    own = {crowd for version in (4, 6) for crowd in _fitting(needs, version, room.rules // 2 - between)}
    return Arrangement(
        own={each: tuple(cidr for cidr in given if (each, _version(cidr)) in own) for each, given in cidrs.items()},
        lists=tuple(
            PrefixList(label=label, network_range=crowd[0], version=crowd[1], size=size, networks=part)
            for crowd, networks in crowds.items()
            if crowd not in own
            for size in [min(room.rules // ranges.count(crowd[0]), ENTRIES_AT_ONCE)]
            for label, part in _parts(crowd, join(networks, crowd[1]), size)
        ),
    )


def join(cidrs: Sequence[str], version: int) -> list[str]:
    """The same addresses in as few blocks as there can be, in the order in which they were first named: so a network
    that is added at the end changes the last list alone.
    """
    networks: Sequence[IPv4Network] | Sequence[IPv6Network]
    blocks: Sequence[IPv4Network] | Sequence[IPv6Network]
    if version == 4:
        networks = [IPv4Network(cidr) for cidr in cidrs]
        blocks = [*collapse_addresses(networks)]
    else:
        networks = [IPv6Network(cidr) for cidr in cidrs]
        blocks = [*collapse_addresses(networks)]
    starts = [int(block.network_address) for block in blocks]
    places = (bisect(starts, int(network.network_address)) - 1 for network in networks)
    return [str(blocks[place]) for place in dict.fromkeys(places)]


def _version(cidr: str) -> int:
    return 6 if ":" in cidr else 4


def _fitting(needs: Mapping[Crowd, int], version: int, allowed: int) -> Iterator[Crowd]:
    """The ranges that fit, those that need least first."""
    for crowd in sorted((each for each in needs if each[1] == version), key=lambda each: (needs[each], each[0])):
        allowed -= needs[crowd]
        if allowed < 0:
            return
        yield crowd


def _parts(crowd: Crowd, networks: Sequence[str], size: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    label = LABELS[crowd[0]] + ("-6" if crowd[1] == 6 else "")
    for number, start in enumerate(range(0, len(networks), size), start=1):
        yield f"{label}-{number}", tuple(networks[start : start + size])
