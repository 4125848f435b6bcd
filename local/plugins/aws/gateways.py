"""The way out of private subnets: NAT gateways."""

import time
from typing import Any

from local.plugins.aws import checks, tags
from local.plugins.aws.cloud import client, unless_gone
from local.plugins.aws.shape import aws_resource
from local.plugins.framework import (
    Field,
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
