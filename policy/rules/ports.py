"""Ports: nobody but administrators reaches theirs, and what is open is the guide's table, no more and no less."""

from collections.abc import Iterable, Iterator

from guide.calls import DEFAULT_MAX_CALLS, LARGEST_MAX_CALLS
from guide.ports import SSH_BY_WAY_OF_MESSAGING, NetworkRange, PortRow, inbound
from guide.releases import Release
from guide.roles import Role
from policy.graph import INGRESS, INSTANCE, Graph, Resource
from policy.rule import Finding, Rule
from policy.rules.sources import Ports, blocks, inside, is_world, join, network

SETTINGS = {NetworkRange.ALL: "clientCidrs", NetworkRange.ADMIN: "adminCidrs"}
"""Where a stack says who these are. The other network ranges are hosts of the stack itself."""

Entry = tuple[str, str]
"""Ports, and who may use them."""

A_HOST = "a host of the stack"


class Cover:
    """What entries come down to: neighbouring networks may be written as one that is as wide as both."""

    def __init__(self, entries: set[Entry]) -> None:
        self.entries = entries
        sources: dict[str, list[str]] = {}
        for ports, source in entries:
            sources.setdefault(ports, []).append(source)
        self.joined = {ports: join(each) for ports, each in sources.items()}

    def __contains__(self, entry: Entry) -> bool:
        if entry in self.entries:
            return True
        ports, source = entry
        block = network(source)
        return block is not None and any(inside(block, each) for each in self.joined.get(ports, []))


def admin_ports() -> dict[int, str]:
    """The ports of the guide that are for administrators, with what they are for."""
    rows = [row for role in Role for row in inbound(role) if row.network_range is NetworkRange.ADMIN]
    return {port: row.purpose for row in rows for port in range(row.first, row.last + 1)}


def _open_admin_ports(graph: Graph) -> Iterator[Finding]:
    for rule in graph.of(INGRESS):
        ports = Ports.of(rule)
        found = [f"{port} ({purpose})" for port, purpose in admin_ports().items() if ports.include("tcp", port)]
        wide = [block for block in blocks(graph, rule) if is_world(block)]
        if found and wide:
            yield Finding(
                resource=rule,
                message=f"opens {', '.join(found)} to {', '.join(wide)}; name the administrators' own networks in "
                "wickr:adminCidrs",
            )


def table(graph: Graph, role: Role) -> tuple[PortRow, ...]:
    """The guide's table of a role, for the calls and the release that the stack names."""
    calls = graph.setting("calling.maxCalls")
    release = graph.setting("installer.release")
    rows = inbound(
        role,
        int(calls) if calls and 1 <= int(calls) <= LARGEST_MAX_CALLS else DEFAULT_MAX_CALLS,
        Release(str(release)) if str(release) in set(Release) else Release.GUIDE,
    )
    return (*rows, SSH_BY_WAY_OF_MESSAGING) if role is Role.COMPLIANCE else rows


def _wanted(graph: Graph, rows: Iterable[PortRow]) -> set[Entry]:
    found: set[Entry] = set()
    for row in rows:
        ports = Ports(protocol=row.protocol, first=row.first, last=row.last)
        key = SETTINGS.get(row.network_range)
        sources = graph.setting(key) or [] if key else [A_HOST]
        found |= {(str(ports), str(source)) for source in sources}
    return found


def _client(graph: Graph, rows: Iterable[PortRow]) -> set[Entry]:
    """What the compliance bot may use besides, being a client (CG 2.1), where clients are not everybody."""
    if not any(host.role is Role.COMPLIANCE for host in graph.of(INSTANCE)):
        return set()
    served = [row for row in rows if row.network_range is NetworkRange.ALL]
    return {(str(Ports(protocol=row.protocol, first=row.first, last=row.last)), A_HOST) for row in served}


def sources(graph: Graph, rule: Resource) -> list[str]:
    """Who an ingress rule lets in. What is made from another resource of the stack is a host of it."""
    if rule.at("referencedSecurityGroupId") or any(rule.inputs_from.get(key) for key in ("cidrIpv4", "cidrIpv6")):
        return [A_HOST]
    return list(blocks(graph, rule)) or ["somebody whom the stack does not name"]


def rules_of(graph: Graph, host: Resource) -> list[Resource]:
    """The ingress rules of all groups that a host carries."""
    groups = {each.id for each in graph.behind(host, "vpcSecurityGroupIds")}
    return [rule for rule in graph.of(INGRESS) if groups & rule.inputs_from.get("securityGroupId", frozenset())]


def _other_ports(graph: Graph) -> Iterator[Finding]:
    for host in graph.of(INSTANCE):
        if host.role is None:
            yield Finding(resource=host, message="has no role, so no table of the guide says which ports are its own")
            continue
        rows = table(graph, host.role)
        wanted = _wanted(graph, rows)
        admitted = _client(graph, rows) if host.role is Role.MESSAGING else set()
        section = rows[0].section if rows else "CG 2.1"
        entries = [
            (rule, (str(Ports.of(rule)), source)) for rule in rules_of(graph, host) for source in sources(graph, rule)
        ]
        may, does = Cover(wanted | admitted), Cover({entry for _, entry in entries})
        for rule, (ports, source) in entries:
            if (ports, source) not in may:
                yield Finding(
                    resource=rule,
                    message=f"opens {ports} of the {host.role} host to {source}, which its table does not ({section})",
                )
        for ports, source in sorted(entry for entry in wanted if entry not in does):
            yield Finding(resource=host, message=f"lacks {ports} from {source}, which its table opens ({section})")


ADMIN_PORTS = Rule(
    name="admin-ports",
    what="SSH and the installer's console are open to administrators' networks alone (IG 3.1.2).",
    whole=_open_admin_ports,
)
PORT_TABLE = Rule(
    name="port-table",
    what="The open ports of a host are the guide's table of its role, for the sources that the stack names.",
    whole=_other_ports,
)
