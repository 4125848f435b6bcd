"""Reads the AWS API's state into a snapshot, over boto3, as any other client would."""

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from local.lab import zones
from local.lab.addresses import API_URL, REGION
from local.lab.snapshot import Disk, Instance, Metadata, NatGateway, Route, Rule, Snapshot, Subnet

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import InstanceTypeDef, RouteTypeDef, SecurityGroupRuleTypeDef, VolumeTypeDef


CONFIG = Config(retries={"max_attempts": 1}, read_timeout=10, proxies={}, parameter_validation=False)


def session() -> boto3.Session:
    """Dummy credentials, whatever this machine's AWS settings are."""
    return boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION)


def client(url: str = API_URL) -> "EC2Client":
    """A client of the lab's own API."""
    return session().client("ec2", endpoint_url=url, config=CONFIG)


def read(ec2: "EC2Client", route53: Any, reboots: dict[str, int]) -> Snapshot:
    """The state of this moment."""
    # Instances first: what one of them refers to exists by then, and is found by the calls after.
    reservations = ec2.describe_instances()["Reservations"]
    found = [one for reservation in reservations for one in reservation["Instances"]]
    volumes = ec2.describe_volumes()["Volumes"]
    sizes = {volume["VolumeId"]: volume["Size"] for volume in volumes}
    gateways = ec2.describe_internet_gateways()["InternetGateways"]
    return Snapshot(
        instances=tuple(_instance(one, sizes, reboots) for one in found),
        subnets=tuple(_subnets(ec2)),
        internet_gateways=frozenset(
            (gateway["InternetGatewayId"], attachment["VpcId"])
            for gateway in gateways
            for attachment in gateway["Attachments"]
        ),
        nat_gateways=tuple(_nat_gateways(ec2)),
        endpoints=frozenset(_endpoints(ec2)),
        rules=_rules(ec2),
        volumes=frozenset(sizes),
        zones=tuple(zones.read(route53)),
        unsupported=tuple(sorted({*_unsupported(found), *_from_snapshots(volumes), *_custom_acls(ec2)})),
    )


def user_data(ec2: "EC2Client", instance_id: str) -> str:
    """Base64, as the API keeps it; empty if there is none."""
    answer = ec2.describe_instance_attribute(InstanceId=instance_id, Attribute="userData")
    return answer["UserData"].get("Value") or ""


def _instance(one: "InstanceTypeDef", sizes: dict[str, int], reboots: dict[str, int]) -> Instance:
    tags = {tag["Key"]: tag["Value"] for tag in one.get("Tags", [])}
    interfaces = one.get("NetworkInterfaces", [])
    primary = next((i for i in interfaces if i["Attachment"]["DeviceIndex"] == 0), None)
    public = primary.get("Association", {}).get("PublicIp", "") if primary else ""
    disks = {disk["DeviceName"]: disk["Ebs"]["VolumeId"] for disk in one.get("BlockDeviceMappings", [])}
    volume = disks.pop(one.get("RootDeviceName", ""), "")
    options = one.get("MetadataOptions", {})
    return Instance(
        id=one["InstanceId"],
        name=tags.get("Name", ""),
        state=one["State"]["Name"],
        type=one["InstanceType"],
        image=one["ImageId"],
        vpc=one.get("VpcId", ""),
        subnet=one.get("SubnetId", ""),
        zone=one["Placement"].get("AvailabilityZone", ""),
        private=one.get("PrivateIpAddress", ""),
        public=public,
        groups=tuple(sorted(group["GroupId"] for group in one.get("SecurityGroups", []))),
        check_addresses=one.get("SourceDestCheck", True),
        metadata=Metadata(
            enabled=options.get("HttpEndpoint") != "disabled",
            tokens_required=options.get("HttpTokens") == "required",
            hop_limit=options.get("HttpPutResponseHopLimit", 1),
        ),
        profile=one.get("IamInstanceProfile", {}).get("Arn", ""),
        volume=volume,
        gib=sizes.get(volume, 0),
        disks=tuple(Disk(device=name, volume=held, gib=sizes.get(held, 0)) for name, held in sorted(disks.items())),
        reboots=reboots.get(one["InstanceId"], 0),
    )


def _subnets(ec2: "EC2Client") -> Iterator[Subnet]:
    tables = ec2.describe_route_tables()["RouteTables"]
    lists = _Lists(ec2)
    main: dict[str, list[RouteTypeDef]] = {}
    own: dict[str, list[RouteTypeDef]] = {}
    for table in tables:
        for association in table["Associations"]:
            if association.get("Main"):
                main[table["VpcId"]] = table["Routes"]
            elif "SubnetId" in association:
                own[association["SubnetId"]] = table["Routes"]
    for subnet in ec2.describe_subnets()["Subnets"]:
        rows = own.get(subnet["SubnetId"], main.get(subnet["VpcId"], []))
        routes = tuple(route for row in rows for route in _routes(row, lists))
        yield Subnet(id=subnet["SubnetId"], vpc=subnet["VpcId"], cidr=IPv4Network(subnet["CidrBlock"]), routes=routes)


def _routes(row: "RouteTypeDef", lists: "_Lists") -> Iterator[Route]:
    """A row of a table; one for a prefix list stands for all of the list's networks."""
    listed = row.get("DestinationPrefixListId", "")
    networks = lists[listed] if listed else tuple(filter(None, [row.get("DestinationCidrBlock")]))
    targets = (
        row.get("GatewayId"),
        row.get("NatGatewayId"),
        row.get("NetworkInterfaceId"),
        row.get("InstanceId"),
        row.get("TransitGatewayId"),
        row.get("VpcPeeringConnectionId"),
    )
    target = next((target for target in targets if target), "nowhere")
    yield from (Route(to=IPv4Network(to), target=target) for to in networks)


def _nat_gateways(ec2: "EC2Client") -> Iterator[NatGateway]:
    for nat in ec2.describe_nat_gateways()["NatGateways"]:
        public = [address["PublicIp"] for address in nat["NatGatewayAddresses"] if address.get("PublicIp")]
        if nat["State"] == "available" and public:
            yield NatGateway(id=nat["NatGatewayId"], subnet=nat["SubnetId"], public=public[0])


def _endpoints(ec2: "EC2Client") -> Iterator[tuple[str, str]]:
    for endpoint in ec2.describe_vpc_endpoints()["VpcEndpoints"]:
        gateway = endpoint.get("VpcEndpointType") in (None, "Gateway")
        if gateway and endpoint["ServiceName"].endswith(".s3") and endpoint["State"].lower() == "available":
            yield endpoint["VpcEndpointId"], endpoint["VpcId"]


class _Lists(dict[str, tuple[str, ...]]):
    """The IPv4 networks of prefix lists, each asked for once."""

    def __init__(self, ec2: "EC2Client") -> None:
        super().__init__()
        self.ec2 = ec2

    def __missing__(self, id: str) -> tuple[str, ...]:
        entries = self.ec2.get_managed_prefix_list_entries(PrefixListId=id)["Entries"]
        self[id] = tuple(entry["Cidr"] for entry in entries if ":" not in entry["Cidr"])
        return self[id]


def _rules(ec2: "EC2Client") -> dict[str, tuple[Rule, ...]]:
    lists = _Lists(ec2)
    rules: dict[str, list[Rule]] = {}
    for row in ec2.describe_security_group_rules()["SecurityGroupRules"]:
        listed = row.get("PrefixListId", "")
        rules.setdefault(row["GroupId"], []).append(_rule(row, lists[listed] if listed else ()))
    return {group: tuple(rows) for group, rows in rules.items()}


def _rule(row: "SecurityGroupRuleTypeDef", listed: tuple[str, ...]) -> Rule:
    cidr = row.get("CidrIpv4")
    return Rule(
        egress=row["IsEgress"],
        protocol=row["IpProtocol"],
        first=row.get("FromPort", -1),
        last=row.get("ToPort", -1),
        cidrs=(cidr,) if cidr else listed,  # a rule for IPv6 alone matches nothing: the lab has no IPv6
        group=row.get("ReferencedGroupInfo", {}).get("GroupId", ""),
    )


def _unsupported(found: "list[InstanceTypeDef]") -> Iterator[str]:
    """What instances have and the lab leaves out, so that it can say so."""
    for one in found:
        instance = one["InstanceId"]
        if one["State"]["Name"] == "terminated":
            continue
        if len(one.get("NetworkInterfaces", [])) > 1:
            yield f"{instance}: only the primary network interface is connected"
        if any(len(i.get("PrivateIpAddresses", [])) > 1 for i in one.get("NetworkInterfaces", [])):
            yield f"{instance}: only the primary private address is reachable"


def _from_snapshots(volumes: "list[VolumeTypeDef]") -> Iterator[str]:
    for volume in volumes:
        if volume.get("SnapshotId") and volume["Attachments"]:
            text = f"{volume['VolumeId']}: it was made from {volume['SnapshotId']}, but the lab keeps no snapshots"
            yield f"{text}, and it is empty"


def _custom_acls(ec2: "EC2Client") -> Iterator[str]:
    for acl in ec2.describe_network_acls()["NetworkAcls"]:
        if not acl["IsDefault"] and acl["Associations"]:
            yield f"{acl['NetworkAclId']}: network ACLs are not enforced"
