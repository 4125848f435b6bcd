"""A plan as a table: what is made, below what, and the words that tell one resource from another."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.markup import escape
from rich.table import Table

from ops.plan import Plan
from ops.screen import counted, out

TELLING = (
    *("cidrBlock", "availabilityZone", "destinationCidrBlock", "instanceType", "ipProtocol", "ports"),
    *("cidrIpv4", "cidrIpv6", "referencedSecurityGroupId", "prefixListId", "description", "algorithm", "dnsNames"),
    *("ipAddresses", "validityPeriodHours", "create", "region"),
)
"""Inputs that say what a resource is for, in the order in which they read well."""


def show(plan: Plan) -> None:
    """The graph as a tree of components, then what the stack tells in the end."""
    table = Table(title=f"stack {plan['stack']}", title_justify="left", box=None, pad_edge=False)
    for heading in ("resource", "type", "what"):
        table.add_column(heading, overflow="fold")
    children: dict[str, list[Mapping[str, Any]]] = {}
    for each in plan["resources"]:
        children.setdefault(each["parent"], []).append(each)
    top = next(each for each in children if each not in {row["name"] for row in plan["resources"]})
    for depth, each in _tree(children, top, 0):
        guarded = " [yellow](protected)[/yellow]" if each["options"].get("protect") else ""
        kind = each["type"].rpartition(":")[2]
        table.add_row(f"{'  ' * depth}{escape(each['name'])}{guarded}", kind, escape(_words(each["inputs"])))
    out.print(table)
    out.print(f"\n{counted(len(plan['resources']), 'resource')}")
    for sentence in (*plan["warnings"], *plan["notes"]):
        out.print(f"[yellow]{escape(sentence)}[/yellow]")


def _tree(
    children: Mapping[str, list[Mapping[str, Any]]], parent: str, depth: int
) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for each in children.get(parent, []):
        yield depth, each
        yield from _tree(children, each["name"], depth + 1)


def _words(inputs: Mapping[str, Any]) -> str:
    if "fromPort" in inputs:
        inputs = {**inputs, "ports": ports(inputs["fromPort"], inputs["toPort"])}
    found = [inputs[key] for key in TELLING if inputs.get(key) not in (None, "", [])]
    disk = inputs.get("rootBlockDevice", {}).get("volumeSize")
    texts = [", ".join(map(str, each)) if isinstance(each, list) else str(each) for each in found]
    return " · ".join([*texts, *([f"{disk} GiB"] if disk else [])])


def ports(first: int, last: int) -> str:
    """A range as the guide writes it."""
    return str(first) if first == last else f"{first}-{last}"
