"""Zones of Route 53: who asks for a name, and what they are told."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

LONGEST_CHAIN = 8


@dataclass(frozen=True, kw_only=True)
class Zone:
    """A hosted zone; `vpcs` are those that a private one is for. A name has addresses, or stands for another."""

    name: str
    private: bool = False
    vpcs: frozenset[str] = frozenset()
    addresses: dict[str, tuple[str, ...]] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Whether a name belongs to this zone."""
        return name == self.name or name.endswith(f".{self.name}")

    def tells(self, vpc: str) -> bool:
        """Whether those of a VPC (empty: the internet) are told what is in it."""
        return not self.private or vpc in self.vpcs


def read(route53: Any) -> Iterator[Zone]:
    """All zones of the account."""
    for listed in route53.list_hosted_zones()["HostedZones"]:
        private = listed.get("Config", {}).get("PrivateZone", False)
        vpcs = route53.get_hosted_zone(Id=listed["Id"]).get("VPCs", []) if private else []
        addresses, aliases = {}, {}
        for row in route53.list_resource_record_sets(HostedZoneId=listed["Id"])["ResourceRecordSets"]:
            values = tuple(record["Value"] for record in row.get("ResourceRecords", []))
            if row["Type"] == "A" and values:
                addresses[_plain(row["Name"])] = values
            elif row["Type"] == "CNAME" and values:
                aliases[_plain(row["Name"])] = _plain(values[0])
        yield Zone(
            name=_plain(listed["Name"]),
            private=private,
            vpcs=frozenset(vpc["VPCId"] for vpc in vpcs),
            addresses=addresses,
            aliases=aliases,
        )


def resolve(zones: Iterable[Zone], name: str, vpc: str = "") -> str | None:
    """The address of a name for those of a VPC, or for the internet; None if there is none.

    The zone with the longest name answers, a private one before a public one, and another is not asked: a private zone
    hides what a public one has.
    """
    known = [zone for zone in zones if zone.tells(vpc)]
    for _ in range(LONGEST_CHAIN):
        fitting = [zone for zone in known if zone.has(name)]
        best = max(fitting, key=lambda zone: (len(zone.name), zone.private), default=None)
        if best is None:
            return None
        if name in best.addresses:
            return best.addresses[name][0]
        if name not in best.aliases:
            return None
        name = best.aliases[name]
    return None


def public(zones: Iterable[Zone]) -> dict[str, str]:
    """What the internet knows."""
    every = tuple(zones)
    names = {name for zone in every if not zone.private for name in (*zone.addresses, *zone.aliases)}
    return {name: address for name in sorted(names) if (address := resolve(every, name))}


def _plain(name: str) -> str:
    return name.rstrip(".").lower().replace("\\052", "*")
