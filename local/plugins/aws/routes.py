"""Route tables, their routes, and the subnets that follow them."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any
from zlib import crc32

from local.plugins.aws import checks, tags
from local.plugins.aws.cloud import arn, client, patiently, unless_gone
from local.plugins.aws.shape import aws_resource
from local.plugins.framework import Field, Refusal, Request, Values, exactly_one_of, outputs

DESTINATIONS = {
    "destinationCidrBlock": "DestinationCidrBlock",
    "destinationIpv6CidrBlock": "DestinationIpv6CidrBlock",
    "destinationPrefixListId": "DestinationPrefixListId",
}
TARGETS = {
    "gatewayId": "GatewayId",
    "natGatewayId": "NatGatewayId",
    "networkInterfaceId": "NetworkInterfaceId",
    "vpcPeeringConnectionId": "VpcPeeringConnectionId",
}


def _create_table(request: Request) -> str:
    answer = client("ec2", request).create_route_table(
        VpcId=request.inputs["vpcId"],
        TagSpecifications=tags.specification("route-table", tags.all_tags(request)),
    )
    return str(answer["RouteTable"]["RouteTableId"])


def _table(request: Request, id: str) -> Any:
    found = unless_gone(lambda: client("ec2", request).describe_route_tables(RouteTableIds=[id]))
    return found["RouteTables"][0] if found and found["RouteTables"] else None


def _describe_table(request: Request, id: str) -> Values | None:
    table = _table(request, id)
    if table is None:
        return None
    owner = table.get("OwnerId", "")
    return {
        "arn": arn(request, "ec2", f"route-table/{id}", owner),
        "vpcId": table["VpcId"],
        "ownerId": owner,
        "tags": table.get("Tags", []),
    }


def _delete_table(request: Request) -> None:
    patiently(request, lambda: client("ec2", request).delete_route_table(RouteTableId=request.id))


ROUTE_TABLE = aws_resource(
    "aws:ec2/routeTable:RouteTable",
    inputs=(Field("vpcId", required=True, replaces=True, check=checks.identifier("vpc")),),
    outputs=outputs("arn", "ownerId"),
    create=_create_table,
    describe=_describe_table,
    delete=_delete_table,
)


def _named(request: Request, names: Mapping[str, str]) -> dict[str, Any]:
    return {key: request.inputs[name] for name, key in names.items() if request.inputs.get(name) is not None}


def _create_route(request: Request) -> str:
    destination, table = _named(request, DESTINATIONS), request.inputs["routeTableId"]
    api = client("ec2", request)
    if _route(request, table, destination) is not None:
        (value,) = destination.values()
        raise Refusal(f"RouteAlreadyExists: Route in Route Table ({table}) with destination ({value}) already exists")
    api.create_route(RouteTableId=table, **destination, **_named(request, TARGETS))
    (value,) = destination.values()
    return f"r-{table}{crc32(value.encode())}"


def _update_route(request: Request) -> None:
    client("ec2", request).replace_route(
        RouteTableId=request.inputs["routeTableId"], **_named(request, DESTINATIONS), **_named(request, TARGETS)
    )


def _route(request: Request, table: str, destination: Mapping[str, str]) -> Any:
    found = _table(request, table)
    routes = found["Routes"] if found else []
    wanted = dict(destination)
    return next((route for route in routes if all(route.get(key) == wanted[key] for key in wanted)), None)


def _describe_route(request: Request, _: str) -> Values | None:
    if not request.inputs.get("routeTableId"):
        raise Refusal("A route is found by its table and destination; this stand-in does not import routes")
    route = _route(request, request.inputs["routeTableId"], _named(request, DESTINATIONS))
    if route is None:
        return None
    found = {name: route.get(key) for name, key in {**DESTINATIONS, **TARGETS}.items()}
    return {
        **found,
        "routeTableId": request.inputs["routeTableId"],
        "instanceId": route.get("InstanceId", ""),
        "instanceOwnerId": route.get("InstanceOwnerId", ""),
        "origin": route.get("Origin", "CreateRoute"),
        "state": route.get("State", "active"),
    }


def _delete_route(request: Request) -> None:
    table, destination = request.inputs["routeTableId"], _named(request, DESTINATIONS)
    unless_gone(lambda: client("ec2", request).delete_route(RouteTableId=table, **destination))


ROUTE = aws_resource(
    "aws:ec2/route:Route",
    inputs=(
        Field("routeTableId", required=True, replaces=True, check=checks.identifier("rtb")),
        Field("destinationCidrBlock", replaces=True, check=checks.network_v4()),
        Field("destinationIpv6CidrBlock", replaces=True, check=checks.network_v6),
        Field("destinationPrefixListId", replaces=True, check=checks.identifier("pl")),
        Field("gatewayId", check=checks.identifier("igw", "vgw")),
        Field("natGatewayId", check=checks.identifier("nat")),
        Field("networkInterfaceId", computed=True, check=checks.identifier("eni")),
        Field("vpcPeeringConnectionId", check=checks.identifier("pcx")),
    ),
    outputs=outputs("instanceId", "instanceOwnerId", "origin", "state"),
    create=_create_route,
    describe=_describe_route,
    update=_update_route,
    delete=_delete_route,
    retag=None,
    rules=(exactly_one_of(*DESTINATIONS), exactly_one_of(*TARGETS)),
)


def _follower(request: Request) -> dict[str, str]:
    given = request.inputs
    return {"SubnetId": given["subnetId"]} if given.get("subnetId") else {"GatewayId": given["gatewayId"]}


def _associations(request: Request) -> Iterator[Any]:
    ((key, value),) = _follower(request).items()
    tables = client("ec2", request).describe_route_tables()["RouteTables"]
    for table in tables:
        for association in table["Associations"]:
            if association.get(key) == value:
                yield association


def _create_association(request: Request) -> str:
    answer = client("ec2", request).associate_route_table(
        RouteTableId=request.inputs["routeTableId"], **_follower(request)
    )
    return str(answer["AssociationId"])


def _update_association(request: Request) -> None:
    for association in _associations(request):
        client("ec2", request).replace_route_table_association(
            AssociationId=association["RouteTableAssociationId"], RouteTableId=request.inputs["routeTableId"]
        )


def _describe_association(request: Request, _: str) -> Values | None:
    # Found by who follows the table: a change of the table gives the association a new id.
    for association in _associations(request):
        return {
            "routeTableId": association["RouteTableId"],
            "subnetId": association.get("SubnetId"),
            "gatewayId": association.get("GatewayId"),
        }
    return None


def _delete_association(request: Request) -> None:
    api = client("ec2", request)
    for association in list(_associations(request)):
        id = association["RouteTableAssociationId"]  # noqa: A001
        unless_gone(partial(api.disassociate_route_table, AssociationId=id))


ROUTE_TABLE_ASSOCIATION = aws_resource(
    "aws:ec2/routeTableAssociation:RouteTableAssociation",
    inputs=(
        Field("routeTableId", required=True, check=checks.identifier("rtb")),
        Field("subnetId", replaces=True, check=checks.identifier("subnet")),
        Field("gatewayId", replaces=True, check=checks.identifier("igw", "vgw")),
    ),
    outputs=(),
    create=_create_association,
    describe=_describe_association,
    update=_update_association,
    delete=_delete_association,
    retag=None,
    rules=(exactly_one_of("subnetId", "gatewayId"),),
)
