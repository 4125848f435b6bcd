"""Gateway endpoints: the way of a VPC to S3 without the internet."""

from typing import Any

from local.plugins.aws import checks, tags
from local.plugins.aws.cloud import arn, client, region, unless_gone
from local.plugins.aws.lookups import FILTERS, REGION, filtered, tagged, the_one
from local.plugins.aws.shape import aws_resource
from local.plugins.framework import (
    STRING,
    Field,
    Function,
    ListOf,
    MapOf,
    Refusal,
    Request,
    Values,
    one_of,
    outputs,
    required,
)


def _create(request: Request) -> str:
    given = request.inputs
    answer = client("ec2", request).create_vpc_endpoint(
        VpcId=given["vpcId"],
        ServiceName=given["serviceName"],
        VpcEndpointType=given["vpcEndpointType"],
        RouteTableIds=given.get("routeTableIds") or [],
        TagSpecifications=tags.specification("vpc-endpoint", tags.all_tags(request)),
        **({"PolicyDocument": given["policy"]} if given.get("policy") else {}),
    )
    return str(answer["VpcEndpoint"]["VpcEndpointId"])


def _endpoint(request: Request, id: str) -> Any:
    found = unless_gone(lambda: client("ec2", request).describe_vpc_endpoints(VpcEndpointIds=[id]))
    rows = found["VpcEndpoints"] if found else []
    return rows[0] if rows and rows[0]["State"] != "deleted" else None


def _describe(request: Request, id: str) -> Values | None:
    found = _endpoint(request, id)
    if found is None:
        return None
    service = found["ServiceName"]
    api = client("ec2", request)
    named = [{"Name": "prefix-list-name", "Values": [service]}]
    lists = api.describe_managed_prefix_lists(Filters=named)["PrefixLists"]
    if not lists:
        raise Refusal(f"{service} has no prefix list in this region, so it is no service of gateway endpoints")
    prefix_list = lists[0]["PrefixListId"]
    entries = api.get_managed_prefix_list_entries(PrefixListId=prefix_list)["Entries"]
    owner = found.get("OwnerId", "")
    return {
        "vpcId": found["VpcId"],
        "serviceName": service,
        "vpcEndpointType": found.get("VpcEndpointType", "Gateway"),
        "routeTableIds": found.get("RouteTableIds", []),
        "policy": found.get("PolicyDocument", ""),
        "arn": arn(request, "ec2", f"vpc-endpoint/{id}", owner),
        "cidrBlocks": [entry["Cidr"] for entry in entries],
        "ownerId": owner,
        "prefixListId": prefix_list,
        "state": found["State"],
        "tags": found.get("Tags", []),
    }


def _update(request: Request) -> None:
    change: dict[str, Any] = {}
    if request.changed("routeTableIds"):
        before, after = (set(held.get("routeTableIds") or []) for held in (request.state, request.inputs))
        change |= {"AddRouteTableIds": sorted(after - before), "RemoveRouteTableIds": sorted(before - after)}
    if request.changed("policy"):
        text = request.inputs.get("policy")
        change |= {"PolicyDocument": text} if text else {"ResetPolicy": True}
    if change:
        client("ec2", request).modify_vpc_endpoint(VpcEndpointId=request.id, **change)


def _delete(request: Request) -> None:
    unless_gone(lambda: client("ec2", request).delete_vpc_endpoints(VpcEndpointIds=[request.id]))


VPC_ENDPOINT = aws_resource(
    "aws:ec2/vpcEndpoint:VpcEndpoint",
    inputs=(
        Field("vpcId", required=True, replaces=True, check=checks.identifier("vpc")),
        Field("serviceName", replaces=True),
        Field("vpcEndpointType", default="Gateway", replaces=True, check=one_of("Gateway")),
        Field("routeTableIds", ListOf(STRING, unordered=True), computed=True),
        Field("policy", computed=True, check=checks.json_object, same=checks.same_json),
    ),
    outputs=outputs("arn", "cidrBlocks", "ownerId", "prefixListId", "state"),
    create=_create,
    describe=_describe,
    update=_update,
    delete=_delete,
    rules=(required("serviceName"),),
)


def _found(request: Request) -> Values:
    """The one endpoint that all arguments fit; the local cloud's API compares the service, the VPC and the state."""
    given = request.inputs
    names = {"serviceName": "service-name", "vpcId": "vpc-id", "state": "vpc-endpoint-state"}
    names |= {"vpcEndpointType": "vpc-endpoint-type"}
    wanted = {"VpcEndpointIds": [given["id"]]} if given.get("id") else {}
    call = client("ec2", request).describe_vpc_endpoints
    answer = unless_gone(lambda: call(**wanted, Filters=filtered(request, names)))
    row = the_one("EC2 VPC Endpoint", answer["VpcEndpoints"] if answer else [])
    described = _describe(request, row["VpcEndpointId"]) or {}
    return {
        **described,
        "id": row["VpcEndpointId"],
        "dnsEntries": [],
        "dnsOptions": [],
        "ipAddressType": "",
        "networkInterfaceIds": row.get("NetworkInterfaceIds", []),
        "privateDnsEnabled": bool(row.get("PrivateDnsEnabled")),
        "region": region(request),
        "requesterManaged": bool(row.get("RequesterManaged")),
        "securityGroupIds": [group["GroupId"] for group in row.get("Groups", [])],
        "serviceRegion": region(request),
        "subnetIds": row.get("SubnetIds", []),
        "tags": tagged(row.get("Tags", [])),
    }


FOUND = Function(
    token="aws:ec2/getVpcEndpoint:getVpcEndpoint",
    inputs=(
        *(Field(name) for name in ("id", "serviceName", "serviceRegion", "state", "vpcEndpointType", "vpcId")),
        FILTERS,
        Field("tags", MapOf(STRING)),
        REGION,
    ),
    call=_found,
)
