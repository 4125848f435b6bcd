"""What AWS tells of an installation without internet before anything is made: that its subnets lead nowhere, and that
its bucket holds what the stack names.
"""

import re
from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from infra.airgap import Airgap, Item
from infra.answers import unanswered
from infra.network import Network

EVERYWHERE = ("0.0.0.0/0", "::/0")
INSIDE = ("local", "vgw-", "vpce-")
"""What the target of a route may be called in `gateway_id`, besides peerings and transit gateways."""

NOT_THERE = re.compile(r"couldn't find|not found|NoSuch|\b404\b", re.IGNORECASE)


def route_tables(network: Network, invoke: pulumi.InvokeOptions) -> list[str]:
    """The route tables of the private subnets, each once."""
    return list(dict.fromkeys(_table(each, network, invoke).route_table_id for each in network.private_subnet_ids))


def problems(network: Network, airgap: Airgap, invoke: pulumi.InvokeOptions) -> Sequence[str]:
    """Where AWS contradicts a stack that is to have no internet. What cannot be looked at is a warning."""
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
    return found


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
        if not re.search("no matching|returned no results|couldn't find|not found", str(error), re.IGNORECASE):
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
