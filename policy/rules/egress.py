"""Egress: hosts are let out to what the stack says, and to nothing more."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from guide.outbound import outbound_ports
from guide.roles import Role
from policy.graph import EGRESS, Graph
from policy.rule import Finding, Rule
from policy.rules.sources import CIDRS, Ports, blocks, network

ANYWHERE = "0.0.0.0/0"
"""The guide names hosts, and a security group knows addresses: this is what its outbound hosts come down to."""


def _let_out(graph: Graph) -> Iterator[Finding]:
    mode = str(graph.setting("egress") or "guide")
    if mode == "open":
        return
    allowed = _allowed(graph, mode)
    for rule in graph.of(EGRESS):
        if any(rule.inputs_from.get(key) for key in CIDRS):
            continue  # the address of a host of the stack
        ports = str(Ports.of(rule))
        for block in blocks(graph, rule):
            if (ports, block) not in allowed:
                yield Finding(
                    resource=rule, message=f"lets a host out to {ports} at {block}, which wickr:egress {mode} does not"
                )


def _allowed(graph: Graph, mode: str) -> set[tuple[str, str]]:
    """Ports as a rule writes them, and blocks."""
    if mode == "guide":
        return {(f"tcp {port}", ANYWHERE) for role in Role for port in outbound_ports(role)}
    if mode == "proxy":
        url = urlsplit(str(graph.setting("installer.proxy")))
        named = [str(each) for each in graph.setting("installer.proxyCidrs") or []]
        return {(f"tcp {url.port}", block) for block in named or [f"{url.hostname}/32"] if network(block)}
    return set()


EGRESS_MODE = Rule(
    name="egress",
    what="Hosts are let out to what wickr:egress says and to nothing more: the ports of the guide's outbound hosts, "
    "the proxy, or nothing.",
    whole=_let_out,
)
