"""Airgap: where a stack says that it installs without the internet, nothing of it can reach the internet."""

from collections.abc import Iterator, Mapping
from typing import Any

from policy.graph import EGRESS, INSTANCE, Graph, bare
from policy.rule import Finding, Rule
from policy.rules.sources import blocks, is_private

WAYS_OUT = {
    "aws:ec2/natGateway:NatGateway": "a NAT gateway",
    "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway": "an egress-only internet gateway",
}
ROUTE = "aws:ec2/route:Route"
ROUTE_TABLES = ("aws:ec2/routeTable:RouteTable", "aws:ec2/defaultRouteTable:DefaultRouteTable")
DESTINATIONS = ("destinationCidrBlock", "destinationIpv6CidrBlock", "cidrBlock", "ipv6CidrBlock")
"""Of a route that is a resource, and of one inside a table."""


def _way_out(graph: Graph) -> Iterator[Finding]:
    if graph.setting("installer.source") != "airgap":
        return
    for resource in graph.resources:
        if resource.type in WAYS_OUT:
            yield Finding(resource=resource, message=f"is {WAYS_OUT[resource.type]}: a way out of an airgap stack")
        if resource.type == ROUTE and (out := _leaves_for(resource.inputs)):
            yield Finding(resource=resource, message=f"leads to {out}: a way out of an airgap stack")
        if resource.type in ROUTE_TABLES:
            for route in resource.at("routes") or []:
                if out := _leaves_for(bare(route)):
                    yield Finding(resource=resource, message=f"leads to {out}: a way out of an airgap stack")
        if resource.type == INSTANCE and resource.at("associatePublicIpAddress") is True:
            yield Finding(resource=resource, message="has a public address, in a stack that is airgap")
    for rule in graph.of(EGRESS):
        if rule.inputs_from.get("cidrIpv4") or rule.inputs_from.get("cidrIpv6"):
            continue  # the address of a host of the stack
        for block in blocks(graph, rule):
            if not is_private(block):
                yield Finding(resource=rule, message=f"lets a host of an airgap stack out to {block}")


def _leaves_for(route: Mapping[str, Any]) -> str | None:
    found = [bare(route.get(key)) for key in DESTINATIONS if route.get(key)]
    return next((str(each) for each in found if not is_private(str(each))), None)


AIRGAP = Rule(
    name="airgap",
    what="A stack whose installer.source is airgap has no gateway, route or rule that leads to the internet.",
    whole=_way_out,
)
