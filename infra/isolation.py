"""What AWS tells of an installation without internet before anything is made: that its subnets lead nowhere, and that
its bucket holds what the stack names, and that an endpoint which is there leads to it from these subnets.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from components.snapshots import ACTIONS
from infra import stack_names
from infra.airgap import Airgap, Item
from infra.answers import unanswered
from infra.network import Network
from infra.region import Region

EVERYWHERE = ("0.0.0.0/0", "::/0")
INSIDE = ("local", "vgw-", "vpce-")
"""What the target of a route may be called in `gateway_id`, besides peerings and transit gateways."""

READING = frozenset({"s3:GetObject"})
"""What an endpoint need let through of an installation's files."""

NO_MATCH = re.compile("no matching|returned no results|couldn't find|not found", re.IGNORECASE)
NOT_THERE = re.compile(r"couldn't find|not found|NoSuch|\b404\b", re.IGNORECASE)


def route_tables(network: Network, invoke: pulumi.InvokeOptions) -> list[str]:
    """The route tables of the private subnets, each once."""
    return list(dict.fromkeys(_table(each, network, invoke).route_table_id for each in network.private_subnet_ids))


def problems(
    network: Network, airgap: Airgap, region: Region, invoke: pulumi.InvokeOptions, *, snapshots: bool
) -> Sequence[str]:
    """Where AWS contradicts a stack that is to have no internet. What cannot be looked at is a warning. `snapshots` go
    to S3, too.
    """
    found = [
        f"wickr:network.privateSubnetIds[{number}]: {problem}"
        for number, subnet_id in enumerate(network.private_subnet_ids)
        for problem in _ways_out(subnet_id, network, invoke)
    ]
    items = {"archive": airgap.archive, "bundle": airgap.bundle}
    items |= {f"docker[{number}]": each for number, each in enumerate(airgap.docker)}
    for name, item in items.items():
        problem = _object(airgap.bucket, item, invoke)
        found += [f"wickr:installer.airgap.{name}: {problem}"] if problem else []
    return [*found, *_endpoint(network, airgap, region, invoke, snapshots)]


def endpoint(
    endpoint_id: str, network: Network, region: Region, invoke: pulumi.InvokeOptions
) -> aws.ec2.GetVpcEndpointResult:
    """A gateway endpoint that is there, if it is one for S3 in this VPC."""
    return aws.ec2.get_vpc_endpoint(
        id=endpoint_id,
        vpc_id=network.vpc_id,
        service_name=f"com.amazonaws.{region.name}.s3",
        vpc_endpoint_type="Gateway",
        opts=invoke,
    )


def _endpoint(
    network: Network, airgap: Airgap, region: Region, invoke: pulumi.InvokeOptions, snapshots: bool
) -> Sequence[str]:
    """Where the endpoint that the stack names is none, or leads nowhere from a subnet."""
    where, named = "wickr:installer.airgap.endpointId", airgap.endpoint_id
    if named is None:
        return []
    try:
        found = endpoint(named, network, region, invoke)
    except Exception as error:  # noqa: BLE001 - as below
        if not NO_MATCH.search(str(error)):
            return [f"{where}: {unanswered(named, error)}"]
        return [
            f"{where}: {named} is no gateway endpoint for S3 in {network.vpc_id}; name the one that the route tables "
            "of network.privateSubnetIds have, or leave it out, and the stack makes one"
        ]
    tags = found.tags or {}
    if (tags.get("wickr:project"), tags.get("wickr:stack")) == (pulumi.get_project(), pulumi.get_stack()):
        return [
            f"{where}: {named} is the one that this stack has made, and would delete where another is named; leave the "
            "key out"
        ]
    if _wider(found.policy, stack_names.folder() if snapshots else None):
        pulumi.log.warn(
            f"{where}: the policy of {named} lets more of S3 through than the files of this stack; who has credentials "
            "of another account could write from a host into that account's buckets (docs/airgap.md)"
        )
    return [
        f"{where}: {named} is not in {table}, a route table of network.privateSubnetIds, so hosts there do not reach "
        "the bucket; associate it with that table"
        for table in _known_tables(network, invoke)
        if table not in found.route_table_ids
    ]


def _known_tables(network: Network, invoke: pulumi.InvokeOptions) -> Sequence[str]:
    """The same tables; none where AWS does not tell, which is a problem of its own."""
    try:
        return route_tables(network, invoke)
    except Exception:  # noqa: BLE001 - as below
        return []


def _wider(policy: str, folder: str | None) -> bool:
    """Whether an endpoint's policy allows anything but reading objects that it names, and what snapshots need in their
    `folder`, or is none that can be read.
    """
    try:
        statements = json.loads(policy)["Statement"]
    except (ValueError, KeyError, TypeError):
        return bool(policy)
    allowed = [each for each in _listed(statements) if each.get("Effect") == "Allow"]
    return any(not _narrow(each, folder) for each in allowed)


def _narrow(statement: Mapping[str, Any], folder: str | None) -> bool:
    """Whether a statement lets no more through than reading objects by their names, or what snapshots need in their
    `folder` and of its bucket. One that says what it does *not* mean is no such statement.
    """
    actions, resources = (_listed(statement.get(key)) for key in ("Action", "Resource"))
    if not all(isinstance(each, str) for each in (*actions, *resources)):
        return False
    inside = f"/{folder}/*"
    kept = [each for each in resources if folder and (each.endswith(inside) or "/" not in each)]
    if any(mark in each.removesuffix(inside if folder else "") for each in resources for mark in "*?"):
        return False
    return READING.issuperset(actions) or (kept == resources and (READING | ACTIONS).issuperset(actions))


def _listed(value: Any) -> list[Any]:
    """JSON policies write one of a thing without a list."""
    return value if isinstance(value, list) else [value]


def _ways_out(subnet_id: str, network: Network, invoke: pulumi.InvokeOptions) -> Sequence[str]:
    """Routes of a subnet that lead to the internet, or might: what is not known to stay inside, does not."""
    try:
        table = _table(subnet_id, network, invoke)
    except Exception as error:  # noqa: BLE001 - the engine's invoke errors have no type of their own
        return [unanswered(f"the routes of {subnet_id}", error)]
    found = []
    for route in table.routes:
        to = route.cidr_block or route.ipv6_cidr_block or route.destination_prefix_list_id
        inside = (
            (route.gateway_id or "").startswith(INSIDE) or route.transit_gateway_id or route.vpc_peering_connection_id
        )
        if to in EVERYWHERE or not inside:
            found.append(
                f"{table.route_table_id}, the route table of {subnet_id}, has a route to {to}; an installation without "
                "internet has none but inside the VPC and to networks by a VPN gateway, transit gateway or peering: "
                "take it out, or name another subnet"
            )
    return found


def _table(subnet_id: str, network: Network, invoke: pulumi.InvokeOptions) -> aws.ec2.GetRouteTableResult:
    """The route table of a subnet: its own, or the VPC's main one, which AWS does not name at the subnet."""
    try:
        return aws.ec2.get_route_table(subnet_id=subnet_id, opts=invoke)
    except Exception as error:
        if not NO_MATCH.search(str(error)):
            raise
        main = [aws.ec2.GetRouteTableFilterArgs(name="association.main", values=["true"])]
        return aws.ec2.get_route_table(vpc_id=network.vpc_id, filters=main, opts=invoke)


def _object(bucket: str, item: Item, invoke: pulumi.InvokeOptions) -> str | None:
    """What is wrong with an object of the bucket. The host compares every byte, whatever is noted beside it here."""
    where = f"s3://{bucket}/{item.key}"
    try:
        found = aws.s3.get_object(bucket=bucket, key=item.key, opts=invoke)
    except Exception as error:  # noqa: BLE001 - as above
        if NOT_THERE.search(str(error)):
            return f"there is no {where}; put it there with ./wickr upload, or correct the stack"
        pulumi.log.warn(f"{where} cannot be looked at from here; the host will tell ({unanswered(where, error)})")
        return None
    noted = found.metadata.get("sha256")
    if noted is not None and noted != item.sha256:
        return f"{where} was uploaded as SHA-256 {noted}, the stack names {item.sha256}; correct one of the two"
    return None
