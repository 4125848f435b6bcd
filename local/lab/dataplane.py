"""The cloud router's packet rules, computed from the API's state: a snapshot in, nftables text out.

Security groups are chains per host, stateful as in AWS; elastic addresses are NAT between the internet's link and
the host's; route tables decide whether a subnet's packets may leave at all. Whatever no rule allows is dropped.
"""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network

from local.lab.addresses import INTERNET, METADATA, RESOLVER, SERVICES
from local.lab.folder import link
from local.lab.snapshot import Instance, NatGateway, Route, Rule, Snapshot, Subnet

ANYWHERE = IPv4Network("0.0.0.0/0")
OUTSIDE = f'{{ "{INTERNET}", "{SERVICES.name}" }}'  # the ways out of all networks of the cloud
NUMBERS = {"6": "tcp", "17": "udp", "1": "icmp"}


def ruleset(snapshot: Snapshot) -> str:
    """The whole table, replacing the one before it in one step."""
    hosts = sorted((i for i in snapshot.instances if i.alive), key=lambda i: i.id)
    subnets = sorted(snapshot.subnets, key=lambda s: s.id)
    lines = ["table ip cloud", "delete table ip cloud", "table ip cloud {"]
    for chain in (
        _prerouting(hosts),
        _addresses_in(snapshot, hosts),
        _addresses_out(snapshot, hosts, subnets),
        _input(hosts),
        _forward(hosts, subnets),
        *(_routes(snapshot, subnet, hosts) for subnet in subnets),
        *(_egress(snapshot, host) for host in hosts),
        *(_ingress(snapshot, host, hosts) for host in hosts),
    ):
        name, *body = chain
        lines += [f"  chain {name} {{", *(f"    {line}" for line in body), "  }"]
    return "\n".join([*lines, "}"]) + "\n"


def _prerouting(hosts: list[Instance]) -> Iterator[str]:
    yield "anti_spoof"
    yield "type filter hook prerouting priority raw; policy accept;"
    for host in hosts:
        if host.check_addresses:
            yield f'iifname "{link(host.id)}" ip saddr != {host.private} drop'


def _addresses_in(snapshot: Snapshot, hosts: list[Instance]) -> Iterator[str]:
    yield "addresses_in"
    yield "type nat hook prerouting priority dstnat; policy accept;"
    attached = {vpc for _, vpc in snapshot.internet_gateways}
    for host in hosts:
        if host.public and host.vpc in attached:
            yield f'iifname "{INTERNET}" ip daddr {host.public} dnat to {host.private}'


def _addresses_out(snapshot: Snapshot, hosts: list[Instance], subnets: list[Subnet]) -> Iterator[str]:
    """A packet that its subnet's routes let out leaves with the address of the way that it took."""
    yield "addresses_out"
    yield "type nat hook postrouting priority srcnat; policy accept;"
    nats = {nat.id: nat for nat in snapshot.nat_gateways}
    for subnet in subnets:
        members = [host for host in hosts if host.subnet == subnet.id]
        for route in _longest_first(subnet):
            nat = nats.get(route.target)
            if _is_endpoint(snapshot, subnet, route.target):  # the service sees the private address
                yield f'oifname "{SERVICES.name}" ip saddr {subnet.cidr}{_to(route.to)} accept'
            elif nat and _has_internet(snapshot, nat, route.to):
                yield f"oifname {OUTSIDE} ip saddr {subnet.cidr}{_to(route.to)} snat to {nat.public}"
            elif _is_internet(snapshot, subnet, route.target):
                for host in members:
                    if host.public:
                        yield f"oifname {OUTSIDE} ip saddr {host.private}{_to(route.to)} snat to {host.public}"


def _input(hosts: list[Instance]) -> Iterator[str]:
    """The router itself answers for the metadata service and for names, which no security group can close."""
    yield "metadata"
    yield "type filter hook input priority filter; policy drop;"
    for host in hosts:
        yield f'iifname "{link(host.id)}" ip daddr {METADATA} tcp dport 80 accept'
        yield f'iifname "{link(host.id)}" ip daddr {RESOLVER} meta l4proto {{ tcp, udp }} th dport 53 accept'


def _forward(hosts: list[Instance], subnets: list[Subnet]) -> Iterator[str]:
    yield "forward"
    yield "type filter hook forward priority filter; policy drop;"
    # Routes come first and hold for replies too: a subnet without a way out answers nobody outside.
    for subnet in subnets:
        for host in hosts:
            if host.subnet == subnet.id:
                yield f'iifname "{link(host.id)}" oifname {OUTSIDE} jump {_chain("routes", subnet.id)}'
    yield "ct state established,related accept"
    yield "ct state invalid drop"
    # A private address means nothing on the internet: only what came for a public one goes in.
    yield f'iifname "{INTERNET}" oifname "{SERVICES.name}" accept'
    yield f"iifname {OUTSIDE} ct status and dnat == 0 drop"
    for host in hosts:
        yield f'iifname "{link(host.id)}" jump {_chain("egress", host.id)}'
    yield f"iifname != {OUTSIDE} oifname {OUTSIDE} accept"
    for host in hosts:
        yield f'oifname "{link(host.id)}" goto {_chain("ingress", host.id)}'


def _routes(snapshot: Snapshot, subnet: Subnet, hosts: list[Instance]) -> Iterator[str]:
    """Where packets of a subnet may leave to the internet; the longest prefix decides, as in a route table."""
    yield _chain("routes", subnet.id)
    nats = {nat.id: nat for nat in snapshot.nat_gateways}
    public = [host.private for host in hosts if host.subnet == subnet.id and host.public]
    for route in _longest_first(subnet):
        nat = nats.get(route.target)
        if _is_endpoint(snapshot, subnet, route.target) or (nat and _has_internet(snapshot, nat, route.to)):
            yield f"{_to(route.to)} return".strip()
        elif public and _is_internet(snapshot, subnet, route.target):
            yield f"ip saddr {_set(public)}{_to(route.to)} return"
        if route.to != ANYWHERE:
            yield f"{_to(route.to)} drop".strip()
    yield "drop"


def _egress(snapshot: Snapshot, host: Instance) -> Iterator[str]:
    yield _chain("egress", host.id)
    for match in _matches(snapshot, host, egress=True):
        yield f"{match} return".strip()
    yield "drop"


def _ingress(snapshot: Snapshot, host: Instance, hosts: list[Instance]) -> Iterator[str]:
    yield _chain("ingress", host.id)
    strangers = [link(other.id) for other in hosts if other.vpc != host.vpc]
    if strangers:
        yield f"iifname {_set(f'{chr(34)}{name}{chr(34)}' for name in strangers)} drop"
    for match in _matches(snapshot, host, egress=False):
        yield f"{match} accept".strip()
    yield "drop"


def _matches(snapshot: Snapshot, host: Instance, *, egress: bool) -> list[str]:
    """What the union of a host's groups allows in one direction, one match an entry, in a stable order."""
    rules = [rule for group in host.groups for rule in snapshot.rules.get(group, ()) if rule.egress == egress]
    found = (_match(rule, _others(snapshot, host, rule)) for rule in rules)
    return sorted({match for match in found if match is not None})


def _others(snapshot: Snapshot, host: Instance, rule: Rule) -> list[str]:
    """The addresses at the other end of a rule; a group stands for its members' private addresses."""
    members = (i.private for i in snapshot.instances if i.alive and i.vpc == host.vpc and rule.group in i.groups)
    return sorted({*rule.cidrs, *(members if rule.group else ())})


def _match(rule: Rule, others: list[str]) -> str | None:
    if not others:
        return None
    side = "daddr" if rule.egress else "saddr"
    whole = any(IPv4Network(other).prefixlen == 0 for other in others)
    where = "" if whole else f"ip {side} {_set(others)} "
    return f"{where}{_traffic(rule)}".strip()


def _traffic(rule: Rule) -> str:
    protocol = NUMBERS.get(rule.protocol, rule.protocol)
    if protocol == "-1":
        return ""
    if protocol in ("tcp", "udp"):
        every = rule.first in (-1, 0) and rule.last in (-1, 65535)
        ports = str(rule.first) if rule.first == rule.last else f"{rule.first}-{rule.last}"
        return f"meta l4proto {protocol}" if every else f"{protocol} dport {ports}"
    if protocol == "icmp" and rule.first != -1:
        return f"icmp type {rule.first}" + (f" icmp code {rule.last}" if rule.last != -1 else "")
    return f"meta l4proto {protocol}"


def _longest_first(subnet: Subnet) -> list[Route]:
    outside = [route for route in subnet.routes if route.target != "local"]
    return sorted(outside, key=lambda route: (-route.to.prefixlen, str(route.to)))


def _is_internet(snapshot: Snapshot, subnet: Subnet, target: str) -> bool:
    return (target, subnet.vpc) in snapshot.internet_gateways


def _is_endpoint(snapshot: Snapshot, subnet: Subnet, target: str) -> bool:
    return (target, subnet.vpc) in snapshot.endpoints


def _has_internet(snapshot: Snapshot, nat: NatGateway, to: IPv4Network) -> bool:
    """Whether the subnet that a NAT gateway is in has a way out to these addresses itself."""
    home = snapshot.subnet(nat.subnet)
    ways = (route for route in home.routes if route.to.supernet_of(to)) if home else ()
    return home is not None and any(_is_internet(snapshot, home, way.target) for way in ways)


def _to(network: IPv4Network) -> str:
    return "" if network == ANYWHERE else f" ip daddr {network}"


def _set(values: Iterable[str]) -> str:
    items = list(values)
    return items[0] if len(items) == 1 else f"{{ {', '.join(items)} }}"


def _chain(kind: str, id: str) -> str:
    return f"{kind}_{id.replace('-', '_')}"
