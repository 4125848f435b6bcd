"""Which ports are opened and closed, for whom and what for: the rules of the security groups, read as the guide is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ops.diff.hosts import Owners
from ops.plan import Plan

RULES = {
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "from",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": "to",
}
EVERY = (0, 65535)
PEERS = ("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId")


@dataclass(frozen=True, kw_only=True, order=True)
class Port:
    """Ports of a host that somebody may use: `direction` is `from` the peer to the host, or `to` the peer."""

    role: str
    direction: str
    protocol: str
    first: int
    last: int
    peer: str
    purpose: str

    @property
    def ports(self) -> str:
        """The range as the guide writes it."""
        if (self.first, self.last) == EVERY:
            return "all"
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


def opened(plan: Plan) -> set[Port]:
    """Every port that a plan opens."""
    owners = Owners.of(plan)
    lists = {f"[id of {each['name']}]": each for each in plan["resources"] if "PrefixList" in each["type"]}
    found = set()
    for each in plan["resources"]:
        if each["type"] not in RULES:
            continue
        inputs = each["inputs"]
        for peer in _peers(inputs, lists):
            found.add(
                Port(
                    role=owners.role(each["name"]) or each["parent"],
                    direction=RULES[each["type"]],
                    protocol="any" if inputs.get("ipProtocol") == "-1" else str(inputs.get("ipProtocol")),
                    first=int(inputs.get("fromPort", EVERY[0])),
                    last=int(inputs.get("toPort", EVERY[1])),
                    peer=peer,
                    purpose=str(inputs.get("description", "")),
                )
            )
    return found


def _peers(inputs: Mapping[str, Any], lists: Mapping[str, Any]) -> Iterator[str]:
    """Who it is opened for. A prefix list of the stack is what it holds."""
    for key in PEERS:
        peer = inputs.get(key)
        if peer is None:
            continue
        entries = lists[peer]["inputs"].get("entries", []) if peer in lists else []
        if entries:
            yield from (str(entry["cidr"]) for entry in entries)
        else:
            yield str(peer).removeprefix("[id of ").removesuffix("]")
