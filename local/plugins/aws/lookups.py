"""Functions: what is there already."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from local.plugins.aws.cloud import Client, account, client, partition, region
from local.plugins.framework import (
    BOOLEAN,
    STRING,
    Field,
    Function,
    ListOf,
    MapOf,
    Object,
    Refusal,
    Request,
    Values,
    required,
)

FILTERS = Field(
    "filters", ListOf(Object((Field("name", required=True), Field("values", ListOf(STRING), required=True))))
)
REGION = Field("region")


def filtered(request: Request, names: dict[str, str]) -> list[dict[str, Any]]:
    """What a Describe call is asked to leave out, from the arguments of these names, tags and filters."""
    given = request.inputs
    filters = [{"Name": key, "Values": [given[name]]} for name, key in names.items() if given.get(name) is not None]
    filters += [{"Name": f"tag:{key}", "Values": [value]} for key, value in (given.get("tags") or {}).items()]
    filters += [{"Name": row["name"], "Values": row["values"]} for row in given.get("filters") or []]
    return filters


def the_one(noun: str, rows: list[Any]) -> Any:
    """The only row. Raises Refusal for none and for several."""
    if not rows:
        raise Refusal(f"no matching {noun} found")
    if len(rows) > 1:
        raise Refusal(f"multiple {noun}s matched; use additional constraints to reduce matches to a single one")
    return rows[0]


def tagged(rows: Iterable[Any]) -> dict[str, str]:
    """Tags as the real plugin shows them."""
    return {row["Key"]: row["Value"] for row in rows}


def _asked(call: Callable[..., Any], ids: str, request: Request, names: dict[str, str]) -> Any:
    """The answer of a Describe call, by id and by filters."""
    wanted = {ids: [request.inputs["id"]]} if request.inputs.get("id") else {}
    filters = filtered(request, names)
    return call(**wanted, **({"Filters": filters} if filters else {}))


def _subnet(request: Request) -> Values:
    names = {
        "availabilityZone": "availabilityZone",
        "availabilityZoneId": "availabilityZoneId",
        "cidrBlock": "cidrBlock",
        "state": "state",
        "vpcId": "vpc-id",
    }
    api = client("ec2", request)
    found = the_one("EC2 Subnet", _asked(api.describe_subnets, "SubnetIds", request, names)["Subnets"])
    return {
        "id": found["SubnetId"],
        "arn": found["SubnetArn"],
        "vpcId": found["VpcId"],
        "cidrBlock": found["CidrBlock"],
        "availabilityZone": found["AvailabilityZone"],
        "availabilityZoneId": found["AvailabilityZoneId"],
        "availableIpAddressCount": found["AvailableIpAddressCount"],
        "defaultForAz": found["DefaultForAz"],
        "mapPublicIpOnLaunch": found["MapPublicIpOnLaunch"],
        "ownerId": found["OwnerId"],
        "state": found["State"],
        "assignIpv6AddressOnCreation": found.get("AssignIpv6AddressOnCreation", False),
        "ipv6CidrBlock": "",
        "ipv6CidrBlockAssociationId": "",
        "customerOwnedIpv4Pool": "",
        "enableDns64": False,
        "enableLniAtDeviceIndex": 0,
        "enableResourceNameDnsARecordOnLaunch": False,
        "enableResourceNameDnsAaaaRecordOnLaunch": False,
        "ipv6Native": False,
        "mapCustomerOwnedIpOnLaunch": False,
        "outpostArn": "",
        "privateDnsHostnameTypeOnLaunch": "ip-name",
        "region": region(request),
        "tags": tagged(found.get("Tags", [])),
    }


def _vpc(request: Request) -> Values:
    names = {"cidrBlock": "cidr", "dhcpOptionsId": "dhcp-options-id", "state": "state"}
    api = client("ec2", request)
    rows = _asked(api.describe_vpcs, "VpcIds", request, names)["Vpcs"]
    if request.inputs.get("default") is not None:
        rows = [row for row in rows if row["IsDefault"] is request.inputs["default"]]
    found = the_one("EC2 VPC", rows)
    id, owner = found["VpcId"], found.get("OwnerId") or account(request)  # noqa: A001
    main = api.describe_route_tables(
        Filters=[{"Name": "vpc-id", "Values": [id]}, {"Name": "association.main", "Values": ["true"]}]
    )["RouteTables"]
    return {
        "id": id,
        "arn": f"arn:{partition(region(request))}:ec2:{region(request)}:{owner}:vpc/{id}",
        "cidrBlock": found["CidrBlock"],
        "cidrBlockAssociations": [
            {
                "associationId": row["AssociationId"],
                "cidrBlock": row["CidrBlock"],
                "state": row["CidrBlockState"]["State"],
            }
            for row in found.get("CidrBlockAssociationSet", [])
        ],
        "default": found["IsDefault"],
        "dhcpOptionsId": found.get("DhcpOptionsId", ""),
        "enableDnsHostnames": _attribute(api, id, "enableDnsHostnames"),
        "enableDnsSupport": _attribute(api, id, "enableDnsSupport"),
        "enableNetworkAddressUsageMetrics": _attribute(api, id, "enableNetworkAddressUsageMetrics"),
        "instanceTenancy": found["InstanceTenancy"],
        "ipv6AssociationId": "",
        "ipv6CidrBlock": "",
        "mainRouteTableId": main[0]["RouteTableId"] if main else "",
        "ownerId": owner,
        "region": region(request),
        "state": found["State"],
        "tags": tagged(found.get("Tags", [])),
    }


def _attribute(api: Client, vpc: str, name: str) -> bool:
    return bool(api.describe_vpc_attribute(VpcId=vpc, Attribute=name)[name[0].upper() + name[1:]]["Value"])


def _ami(request: Request) -> Values:
    given = request.inputs
    wanted = {"Owners": given["owners"]} if given.get("owners") else {}
    filters = filtered(request, {})
    rows = client("ec2", request).describe_images(**wanted, **({"Filters": filters} if filters else {}))["Images"]
    if given.get("nameRegex"):
        rows = [row for row in rows if re.search(given["nameRegex"], row["Name"])]
    rows = sorted(rows, key=lambda row: str(row["CreationDate"]), reverse=True)
    if not rows:
        raise Refusal("Your query returned no results. Please change your search criteria and try again.")
    if len(rows) > 1 and not given.get("mostRecent"):
        raise Refusal("Your query returned more than one result. Try a more specific search, or set mostRecent.")
    found = rows[0]
    text = {
        name: found.get(name[0].upper() + name[1:]) or ""
        for name in (
            "architecture",
            "creationDate",
            "description",
            "hypervisor",
            "imageId",
            "imageLocation",
            "imageOwnerAlias",
            "imageType",
            "kernelId",
            "name",
            "ownerId",
            "platform",
            "ramdiskId",
            "rootDeviceName",
            "rootDeviceType",
            "sriovNetSupport",
            "state",
            "virtualizationType",
        )
    }
    place = region(request)
    return {
        **{name: given[name] for name in given},
        **text,
        "id": found["ImageId"],
        "arn": f"arn:{partition(place)}:ec2:{place}::image/{found['ImageId']}",
        "blockDeviceMappings": [],
        "productCodes": [],
        "public": bool(found.get("Public")),
        "rootSnapshotId": "",
        "stateReason": {},
        "region": place,
        "tags": tagged(found.get("Tags", [])),
    }


def _instance_type(request: Request) -> Values:
    name = request.inputs["instanceType"]
    rows = client("ec2", request).describe_instance_types(InstanceTypes=[name])["InstanceTypes"]
    found = the_one("EC2 Instance Type", rows)
    processor, cpu = found.get("ProcessorInfo", {}), found.get("VCpuInfo", {})
    network, storage = found.get("NetworkInfo", {}), found.get("EbsInfo", {})
    return {
        "id": name,
        "instanceType": name,
        "bareMetal": found.get("BareMetal", False),
        "burstablePerformanceSupported": found.get("BurstablePerformanceSupported", False),
        "currentGeneration": found.get("CurrentGeneration", False),
        "defaultCores": cpu.get("DefaultCores", 0),
        "defaultThreadsPerCore": cpu.get("DefaultThreadsPerCore", 0),
        "defaultVcpus": cpu.get("DefaultVCpus", 0),
        "ebsOptimizedSupport": storage.get("EbsOptimizedSupport", ""),
        "encryptionSupport": storage.get("EncryptionSupport", ""),
        "enaSupport": network.get("EnaSupport", ""),
        "freeTierEligible": found.get("FreeTierEligible", False),
        "hypervisor": found.get("Hypervisor", ""),
        "maximumNetworkInterfaces": network.get("MaximumNetworkInterfaces", 0),
        "memorySize": found.get("MemoryInfo", {}).get("SizeInMiB", 0),
        "networkPerformance": network.get("NetworkPerformance", ""),
        "region": region(request),
        "supportedArchitectures": processor.get("SupportedArchitectures", []),
        "supportedRootDeviceTypes": found.get("SupportedRootDeviceTypes", []),
        "supportedVirtualizationTypes": found.get("SupportedVirtualizationTypes", []),
        "sustainedClockSpeed": processor.get("SustainedClockSpeedInGhz", 0),
    }


def _zones(request: Request) -> Values:
    given = request.inputs
    filters = filtered(request, {"state": "state"})
    rows = client("ec2", request).describe_availability_zones(
        AllAvailabilityZones=bool(given.get("allAvailabilityZones")), **({"Filters": filters} if filters else {})
    )["AvailabilityZones"]
    rows = [row for row in rows if row["ZoneName"] not in (given.get("excludeNames") or [])]
    rows = [row for row in rows if row["ZoneId"] not in (given.get("excludeZoneIds") or [])]
    rows = sorted(rows, key=lambda row: str(row["ZoneName"]))
    return {
        **given,
        "id": region(request),
        "region": region(request),
        "groupNames": sorted({row.get("GroupName") or row["RegionName"] for row in rows}),
        "names": [row["ZoneName"] for row in rows],
        "zoneIds": [row["ZoneId"] for row in rows],
    }


def _caller(request: Request) -> Values:
    found = client("sts", request).get_caller_identity()
    return {"id": found["Account"], "accountId": found["Account"], "arn": found["Arn"], "userId": found["UserId"]}


def _region(request: Request) -> Values:
    name = request.inputs.get("name") or region(request)
    endpoint = f"ec2.{name}.{_suffix(name)}"
    return {"id": name, "region": name, "name": name, "description": name, "endpoint": endpoint}


def _suffix(name: str) -> str:
    return "amazonaws.com.cn" if name.startswith("cn-") else "amazonaws.com"


def _partition(request: Request) -> Values:
    name, suffix = partition(region(request)), _suffix(region(request))
    return {
        "id": name,
        "partition": name,
        "dnsSuffix": suffix,
        "reverseDnsPrefix": ".".join(reversed(suffix.split("."))),
    }


def _parameter(request: Request) -> Values:
    name, decrypt = request.inputs["name"], request.inputs["withDecryption"]
    found = client("ssm", request).get_parameter(Name=name, WithDecryption=decrypt)["Parameter"]
    hidden = found["Type"] == "SecureString"
    return {
        "id": found["Name"],
        "arn": found.get("ARN", ""),
        "name": found["Name"],
        "type": found["Type"],
        "value": found["Value"],
        "insecureValue": "" if hidden else found["Value"],
        "version": found["Version"],
        "withDecryption": decrypt,
        "region": region(request),
    }


FUNCTIONS = (
    Function(
        token="aws:ec2/getSubnet:getSubnet",
        inputs=(
            Field("id"),
            Field("availabilityZone"),
            Field("availabilityZoneId"),
            Field("cidrBlock"),
            Field("state"),
            Field("vpcId"),
            FILTERS,
            Field("tags", MapOf(STRING)),
            REGION,
        ),
        call=_subnet,
    ),
    Function(
        token="aws:ec2/getVpc:getVpc",
        inputs=(
            Field("id"),
            Field("cidrBlock"),
            Field("default", BOOLEAN),
            Field("dhcpOptionsId"),
            Field("state"),
            FILTERS,
            Field("tags", MapOf(STRING)),
            REGION,
        ),
        call=_vpc,
    ),
    Function(
        token="aws:ec2/getAmi:getAmi",
        inputs=(
            Field("owners", ListOf(STRING)),
            Field("mostRecent", BOOLEAN, default=False),
            Field("nameRegex"),
            FILTERS,
            REGION,
        ),
        call=_ami,
    ),
    Function(
        token="aws:ec2/getInstanceType:getInstanceType",
        inputs=(Field("instanceType"), REGION),
        rules=(required("instanceType"),),
        call=_instance_type,
    ),
    Function(
        token="aws:index/getAvailabilityZones:getAvailabilityZones",
        inputs=(
            Field("allAvailabilityZones", BOOLEAN),
            Field("excludeNames", ListOf(STRING)),
            Field("excludeZoneIds", ListOf(STRING)),
            Field("state"),
            FILTERS,
            REGION,
        ),
        call=_zones,
    ),
    Function(token="aws:index/getCallerIdentity:getCallerIdentity", call=_caller),
    Function(token="aws:index/getRegion:getRegion", inputs=(Field("name"), REGION), call=_region),
    Function(token="aws:index/getPartition:getPartition", call=_partition),
    Function(
        token="aws:ssm/getParameter:getParameter",
        inputs=(Field("name"), Field("withDecryption", BOOLEAN, default=True), REGION),
        rules=(required("name"),),
        call=_parameter,
    ),
)
