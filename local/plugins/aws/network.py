"""VPCs, subnets and internet gateways."""

from typing import Any

from local.plugins.aws import checks, tags
from local.plugins.aws.cloud import arn, client, patiently, unless_gone
from local.plugins.aws.shape import aws_resource
from local.plugins.framework import BOOLEAN, Field, Request, Values, conflict, one_of, outputs, required


def _create_vpc(request: Request) -> str:
    given = request.inputs
    answer = client("ec2", request).create_vpc(
        CidrBlock=given["cidrBlock"],
        InstanceTenancy=given["instanceTenancy"],
        TagSpecifications=tags.specification("vpc", tags.all_tags(request)),
    )
    id = str(answer["Vpc"]["VpcId"])  # noqa: A001
    _vpc_attributes(request, id)
    return id


def _update_vpc(request: Request) -> None:
    _vpc_attributes(request, request.id)


def _vpc_attributes(request: Request, id: str) -> None:
    api = client("ec2", request)
    for name in ("enableDnsSupport", "enableDnsHostnames", "enableNetworkAddressUsageMetrics"):
        value = request.inputs.get(name)
        if value is not None and value != request.state.get(name):
            api.modify_vpc_attribute(VpcId=id, **{name[0].upper() + name[1:]: {"Value": value}})


def _describe_vpc(request: Request, id: str) -> Values | None:
    api = client("ec2", request)
    found = unless_gone(lambda: api.describe_vpcs(VpcIds=[id]))
    if not found or not found["Vpcs"]:
        return None
    vpc = found["Vpcs"][0]
    inside = [{"Name": "vpc-id", "Values": [id]}]
    acl = api.describe_network_acls(Filters=[*inside, {"Name": "default", "Values": ["true"]}])["NetworkAcls"]
    tables = api.describe_route_tables(Filters=[*inside, {"Name": "association.main", "Values": ["true"]}])
    group = api.describe_security_groups(Filters=[*inside, {"Name": "group-name", "Values": ["default"]}])
    main = _first(tables["RouteTables"], "RouteTableId")
    return {
        "arn": arn(request, "ec2", f"vpc/{id}", vpc.get("OwnerId", "")),
        "cidrBlock": vpc["CidrBlock"],
        "instanceTenancy": vpc["InstanceTenancy"],
        "enableDnsSupport": _attribute(api, id, "enableDnsSupport"),
        "enableDnsHostnames": _attribute(api, id, "enableDnsHostnames"),
        "enableNetworkAddressUsageMetrics": _attribute(api, id, "enableNetworkAddressUsageMetrics"),
        "defaultNetworkAclId": _first(acl, "NetworkAclId"),
        "defaultRouteTableId": main,
        "mainRouteTableId": main,
        "defaultSecurityGroupId": _first(group["SecurityGroups"], "GroupId"),
        "dhcpOptionsId": vpc.get("DhcpOptionsId", ""),
        "ownerId": vpc.get("OwnerId", ""),
        "ipv6AssociationId": "",
        "tags": vpc.get("Tags", []),
    }


def _attribute(api: Any, vpc: str, name: str) -> bool:
    answer = api.describe_vpc_attribute(VpcId=vpc, Attribute=name)
    return bool(answer[name[0].upper() + name[1:]]["Value"])


def _first(rows: list[Any], key: str) -> str:
    return str(rows[0][key]) if rows else ""


def _delete_vpc(request: Request) -> None:
    patiently(request, lambda: client("ec2", request).delete_vpc(VpcId=request.id))


VPC = aws_resource(
    "aws:ec2/vpc:Vpc",
    inputs=(
        Field("cidrBlock", computed=True, replaces=True, check=checks.network_v4(16, 28)),
        Field("instanceTenancy", default="default", replaces=True, check=one_of("default", "dedicated")),
        Field("enableDnsSupport", BOOLEAN, default=True),
        Field("enableDnsHostnames", BOOLEAN, computed=True),
        Field("enableNetworkAddressUsageMetrics", BOOLEAN, computed=True),
    ),
    outputs=outputs(
        "arn",
        "defaultNetworkAclId",
        "defaultRouteTableId",
        "defaultSecurityGroupId",
        "dhcpOptionsId",
        "ipv6AssociationId",
        "mainRouteTableId",
        "ownerId",
    ),
    create=_create_vpc,
    describe=_describe_vpc,
    update=_update_vpc,
    delete=_delete_vpc,
    rules=(required("cidrBlock"),),
)


def _create_subnet(request: Request) -> str:
    given, api = request.inputs, client("ec2", request)
    place = {
        key: given[name]
        for key, name in (("AvailabilityZone", "availabilityZone"), ("AvailabilityZoneId", "availabilityZoneId"))
        if given.get(name)
    }
    answer = api.create_subnet(
        VpcId=given["vpcId"],
        CidrBlock=given["cidrBlock"],
        TagSpecifications=tags.specification("subnet", tags.all_tags(request)),
        **place,
    )
    id = str(answer["Subnet"]["SubnetId"])  # noqa: A001
    if given["mapPublicIpOnLaunch"]:
        api.modify_subnet_attribute(SubnetId=id, MapPublicIpOnLaunch={"Value": True})
    return id


def _update_subnet(request: Request) -> None:
    if request.changed("mapPublicIpOnLaunch"):
        client("ec2", request).modify_subnet_attribute(
            SubnetId=request.id, MapPublicIpOnLaunch={"Value": request.inputs["mapPublicIpOnLaunch"]}
        )


def _describe_subnet(request: Request, id: str) -> Values | None:
    found = unless_gone(lambda: client("ec2", request).describe_subnets(SubnetIds=[id]))
    if not found or not found["Subnets"]:
        return None
    subnet = found["Subnets"][0]
    return {
        "arn": subnet["SubnetArn"],
        "vpcId": subnet["VpcId"],
        "cidrBlock": subnet["CidrBlock"],
        "availabilityZone": subnet["AvailabilityZone"],
        "availabilityZoneId": subnet["AvailabilityZoneId"],
        "mapPublicIpOnLaunch": subnet["MapPublicIpOnLaunch"],
        "ownerId": subnet["OwnerId"],
        "ipv6CidrBlockAssociationId": "",
        "tags": subnet.get("Tags", []),
    }


def _delete_subnet(request: Request) -> None:
    patiently(request, lambda: client("ec2", request).delete_subnet(SubnetId=request.id))


SUBNET = aws_resource(
    "aws:ec2/subnet:Subnet",
    inputs=(
        Field("vpcId", required=True, replaces=True, check=checks.identifier("vpc")),
        Field("cidrBlock", replaces=True, check=checks.network_v4(16, 28)),
        Field("availabilityZone", computed=True, replaces=True),
        Field("availabilityZoneId", computed=True, replaces=True),
        Field("mapPublicIpOnLaunch", BOOLEAN, default=False),
    ),
    outputs=outputs("arn", "ownerId", "ipv6CidrBlockAssociationId"),
    create=_create_subnet,
    describe=_describe_subnet,
    update=_update_subnet,
    delete=_delete_subnet,
    rules=(required("cidrBlock"), conflict("availabilityZone", "availabilityZoneId")),
)


def _create_gateway(request: Request) -> str:
    api = client("ec2", request)
    answer = api.create_internet_gateway(
        TagSpecifications=tags.specification("internet-gateway", tags.all_tags(request))
    )
    id = str(answer["InternetGateway"]["InternetGatewayId"])  # noqa: A001
    if request.inputs.get("vpcId"):
        api.attach_internet_gateway(InternetGatewayId=id, VpcId=request.inputs["vpcId"])
    return id


def _update_gateway(request: Request) -> None:
    if not request.changed("vpcId"):
        return
    _detach(request)
    if request.inputs.get("vpcId"):
        api = client("ec2", request)
        api.attach_internet_gateway(InternetGatewayId=request.id, VpcId=request.inputs["vpcId"])


def _detach(request: Request) -> None:
    vpc = request.state.get("vpcId")
    if vpc:
        api = client("ec2", request)
        patiently(request, lambda: api.detach_internet_gateway(InternetGatewayId=request.id, VpcId=vpc))


def _describe_gateway(request: Request, id: str) -> Values | None:
    found = unless_gone(lambda: client("ec2", request).describe_internet_gateways(InternetGatewayIds=[id]))
    if not found or not found["InternetGateways"]:
        return None
    gateway = found["InternetGateways"][0]
    owner = gateway.get("OwnerId", "")
    return {
        "arn": arn(request, "ec2", f"internet-gateway/{id}", owner),
        "ownerId": owner,
        "vpcId": gateway["Attachments"][0]["VpcId"] if gateway.get("Attachments") else None,
        "tags": gateway.get("Tags", []),
    }


def _delete_gateway(request: Request) -> None:
    _detach(request)
    api = client("ec2", request)
    patiently(request, lambda: api.delete_internet_gateway(InternetGatewayId=request.id))


INTERNET_GATEWAY = aws_resource(
    "aws:ec2/internetGateway:InternetGateway",
    inputs=(Field("vpcId", computed=True, check=checks.identifier("vpc")),),
    outputs=outputs("arn", "ownerId"),
    create=_create_gateway,
    describe=_describe_gateway,
    update=_update_gateway,
    delete=_delete_gateway,
)
