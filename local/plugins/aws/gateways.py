"""Ways out of private subnets: NAT gateways, and endpoints of AWS's own services."""

import time
from typing import Any

from local.plugins.aws import checks, tags
from local.plugins.aws.cloud import arn, client, unless_gone
from local.plugins.aws.shape import aws_resource
from local.plugins.framework import (
    BOOLEAN,
    Field,
    ListOf,
    Refusal,
    Request,
    Values,
    one_of,
    outputs,
    required,
)

LIMIT = 600.0
"""Seconds for a NAT gateway to become available, as in the real plugin."""


def _create_nat(request: Request) -> str:
    given = request.inputs
    names = {"allocationId": "AllocationId", "privateIp": "PrivateIpAddress"}
    answer = client("ec2", request).create_nat_gateway(
        SubnetId=given["subnetId"],
        ConnectivityType=given["connectivityType"],
        TagSpecifications=tags.specification("natgateway", tags.all_tags(request)),
        **{key: given[name] for name, key in names.items() if given.get(name)},
    )
    made = str(answer["NatGateway"]["NatGatewayId"])
    end = time.monotonic() + (request.timeout or LIMIT)
    while (found := _nat(request, made)) is None or found["State"] != "available":
        if time.monotonic() > end or request.cancelled.wait(1.0):
            raise Refusal(f"NAT gateway {made} did not become available")
    return made


def _nat(request: Request, id: str) -> Any:
    found = unless_gone(lambda: client("ec2", request).describe_nat_gateways(NatGatewayIds=[id]))
    rows = found["NatGateways"] if found else []
    return rows[0] if rows and rows[0]["State"] not in ("deleted", "deleting", "failed") else None


def _describe_nat(request: Request, id: str) -> Values | None:
    found = _nat(request, id)
    if found is None:
        return None
    address = (found.get("NatGatewayAddresses") or [{}])[0]
    return {
        "subnetId": found["SubnetId"],
        "allocationId": address.get("AllocationId", ""),
        "associationId": address.get("AssociationId", ""),
        "connectivityType": found.get("ConnectivityType", "public"),
        "networkInterfaceId": address.get("NetworkInterfaceId", ""),
        "privateIp": address.get("PrivateIp", ""),
        "publicIp": address.get("PublicIp", ""),
        "tags": found.get("Tags", []),
    }


def _delete_nat(request: Request) -> None:
    unless_gone(lambda: client("ec2", request).delete_nat_gateway(NatGatewayId=request.id))


NAT_GATEWAY = aws_resource(
    "aws:ec2/natGateway:NatGateway",
    inputs=(
        Field("subnetId", replaces=True, check=checks.identifier("subnet")),
        Field("allocationId", computed=True, replaces=True, check=checks.identifier("eipalloc")),
        Field("connectivityType", default="public", replaces=True, check=one_of("public", "private")),
        Field("privateIp", computed=True, replaces=True, check=checks.address_v4),
    ),
    outputs=outputs("associationId", "networkInterfaceId", "publicIp"),
    create=_create_nat,
    describe=_describe_nat,
    delete=_delete_nat,
    rules=(required("subnetId"),),
)

_LISTS = {"routeTableIds": "RouteTableIds", "subnetIds": "SubnetIds", "securityGroupIds": "SecurityGroupIds"}


def _create_endpoint(request: Request) -> str:
    given = request.inputs
    asked = {key: given[name] for name, key in _LISTS.items() if given.get(name)}
    if given.get("policy"):
        asked["PolicyDocument"] = given["policy"]
    answer = client("ec2", request).create_vpc_endpoint(
        VpcId=given["vpcId"],
        ServiceName=given["serviceName"],
        VpcEndpointType=given["vpcEndpointType"],
        PrivateDnsEnabled=bool(given.get("privateDnsEnabled")),
        TagSpecifications=tags.specification("vpc-endpoint", tags.all_tags(request)),
        **asked,
    )
    return str(answer["VpcEndpoint"]["VpcEndpointId"])


def _describe_endpoint(request: Request, id: str) -> Values | None:
    found = unless_gone(lambda: client("ec2", request).describe_vpc_endpoints(VpcEndpointIds=[id]))
    if not found or not found["VpcEndpoints"]:
        return None
    row = found["VpcEndpoints"][0]
    if row.get("State", "").lower() in ("deleted", "deleting"):
        return None
    owner = row.get("OwnerId", "")
    return {
        "arn": arn(request, "ec2", f"vpc-endpoint/{id}", owner),
        "vpcId": row["VpcId"],
        "serviceName": row["ServiceName"],
        "vpcEndpointType": row.get("VpcEndpointType", "Gateway"),
        "policy": row.get("PolicyDocument", ""),
        "privateDnsEnabled": row.get("PrivateDnsEnabled", False),
        "routeTableIds": row.get("RouteTableIds", []),
        "subnetIds": row.get("SubnetIds", []),
        "securityGroupIds": [group["GroupId"] for group in row.get("Groups", [])],
        "networkInterfaceIds": row.get("NetworkInterfaceIds", []),
        "dnsEntries": [],
        "cidrBlocks": [],
        "ownerId": owner,
        "prefixListId": "",
        "requesterManaged": False,
        "state": row.get("State", "available"),
        "tags": row.get("Tags", []),
    }


def _update_endpoint(request: Request) -> None:
    change: dict[str, Any] = {}
    for name, key in (("routeTableIds", "RouteTableIds"), ("subnetIds", "SubnetIds")):
        before, after = set(request.state.get(name) or []), set(request.inputs.get(name) or [])
        if after and before != after:
            change |= {f"Add{key}": sorted(after - before), f"Remove{key}": sorted(before - after)}
    if request.changed("policy") and request.inputs.get("policy"):
        change["PolicyDocument"] = request.inputs["policy"]
    if change:
        client("ec2", request).modify_vpc_endpoint(VpcEndpointId=request.id, **change)


def _delete_endpoint(request: Request) -> None:
    unless_gone(lambda: client("ec2", request).delete_vpc_endpoints(VpcEndpointIds=[request.id]))


ENDPOINT = aws_resource(
    "aws:ec2/vpcEndpoint:VpcEndpoint",
    inputs=(
        Field("vpcId", required=True, replaces=True, check=checks.identifier("vpc")),
        Field("serviceName", computed=True, replaces=True),
        Field("vpcEndpointType", default="Gateway", replaces=True, check=one_of("Gateway", "Interface")),
        Field("policy", computed=True, check=checks.json_object, same=checks.same_json),
        Field("routeTableIds", ListOf(checks.id_of("rtb"), unordered=True), computed=True),
        Field("subnetIds", ListOf(checks.id_of("subnet"), unordered=True), computed=True),
        # The API behind this stand-in cannot change these two in place.
        Field("securityGroupIds", ListOf(checks.id_of("sg"), unordered=True), computed=True, replaces=True),
        Field("privateDnsEnabled", BOOLEAN, computed=True, replaces=True),
    ),
    outputs=outputs(
        "arn",
        "cidrBlocks",
        "dnsEntries",
        "networkInterfaceIds",
        "ownerId",
        "prefixListId",
        "requesterManaged",
        "state",
    ),
    create=_create_endpoint,
    describe=_describe_endpoint,
    update=_update_endpoint,
    delete=_delete_endpoint,
    rules=(required("serviceName"),),
)
