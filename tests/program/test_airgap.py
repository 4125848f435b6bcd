"""An installation without internet under the real engine: made, left alone, and what its keys change."""

from pathlib import Path
from typing import Any

import pytest

from tests.program.cloud import Cloud
from tests.program.graph import NETWORK, VITALS, WHOLE
from tests.program.realstack import Changes, RealStack, touched
from tests.program.test_private import PUBLIC
from tests.stacks import AIRGAP

pytestmark = pytest.mark.engine

REGION = "ap-southeast-2"
BUCKET = f"bundles-{REGION}"
NEXT = "612/wickrenterprise-612.airgap"
BOOTSTRAP = "messaging-replicated"
OF_AIRGAP = {
    ("wickr:endpoint:ObjectsEndpoint", "bucket-endpoint"),
    ("aws:ec2/vpcEndpoint:VpcEndpoint", "bucket-endpoint-gateway"),
    ("aws:iam/rolePolicy:RolePolicy", "messaging-host-reads"),
    ("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "messaging-firewall-out-bucket"),
    ("command:remote:Command", f"{BOOTSTRAP}-fetch"),
    ("command:remote:Command", f"{BOOTSTRAP}-docker"),
}
OF_ONLINE = {
    ("wickr:network:Network", "network"),
    *NETWORK,
    *PUBLIC,
    *VITALS,
    *(
        ("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", f"messaging-firewall-out-{port}")
        for port in (80, 443)
    ),
}


def keys(airgap: dict[str, Any]) -> list[str]:
    return [airgap["archive"]["key"], airgap["bundle"]["key"], *(each["key"] for each in airgap["docker"])]


class Place:
    """A VPC that is there, with a subnet that leads nowhere, and a bucket with all that is needed."""

    def __init__(self, number: int) -> None:
        self.cloud = Cloud(REGION)
        self.vpc = self.cloud.vpc(f"10.{number}.0.0/16")
        self.subnet = self.cloud.subnet(self.vpc, f"10.{number}.0.0/24")

    def stack(self, **airgap: Any) -> Changes:
        return {
            "network": {"vpcId": self.vpc, "privateSubnetIds": [self.subnet], "publicAddresses": False},
            "installer": {"source": "airgap", "airgap": AIRGAP | {"bucket": BUCKET} | airgap},
            "egress": "none",
        }

    def table(self) -> str:
        """The VPC's main route table: its subnet has none of its own."""
        filters = [{"Name": "vpc-id", "Values": [self.vpc]}]
        (table,) = self.cloud.ec2.describe_route_tables(Filters=filters)["RouteTables"]
        return str(table["RouteTableId"])


@pytest.fixture(scope="module")
def place() -> Place:
    made = Place(40)
    made.cloud.bucket(BUCKET, [*keys(AIRGAP), NEXT])
    return made


@pytest.fixture(scope="module")
def airgapped(tmp_path_factory: pytest.TempPathFactory, place: Place) -> RealStack:
    stack = RealStack(tmp_path_factory.mktemp("airgap") / "engine", place.cloud, place.stack())
    assert stack.up().changes == {"create": len((WHOLE - OF_ONLINE) | OF_AIRGAP)}
    return stack


def test_the_only_way_out_of_the_subnet_is_the_endpoint_s(airgapped: RealStack, place: Place) -> None:
    (table,) = place.cloud.ec2.describe_route_tables(RouteTableIds=[place.table()])["RouteTables"]
    ways = {row.get("GatewayId", "")[:5] for row in table["Routes"]}
    assert ways == {"local", "vpce-"}


def test_the_next_update_and_a_refresh_find_nothing_to_do(airgapped: RealStack) -> None:
    assert set(airgapped.up().changes) == {"same"}
    refreshed = airgapped.engine.refresh()
    assert (refreshed.code, set(refreshed.changes)) == (0, {"same"}), refreshed.text


OTHER = {
    "bucket-endpoint-gateway": "update",
    "messaging-host-reads": "update",
    f"{BOOTSTRAP}-fetch": "update",
}


@pytest.mark.parametrize(
    ("airgap", "does"),
    [
        ({"bundle": {"key": NEXT, "sha256": "e" * 64}}, OTHER),
        ({"bundle": AIRGAP["bundle"] | {"sha256": "e" * 64}}, {f"{BOOTSTRAP}-fetch": "update"}),
        ({"archive": AIRGAP["archive"] | {"sha256": "e" * 64}}, {f"{BOOTSTRAP}-fetch": "update"}),
        ({"docker": []}, OTHER),
    ],
    ids=["another release", "another bundle", "another archive", "no Docker"],
)
def test_other_files_are_fetched_and_installed_by_nobody(
    airgapped: RealStack, place: Place, airgap: dict[str, Any], does: dict[str, str]
) -> None:
    """A new release waits in its place until somebody installs it, as online (IG 7)."""
    assert touched(airgapped.preview(place.stack(**airgap))) == does


def test_what_is_not_in_the_bucket_is_refused_before_anything_is_touched(airgapped: RealStack, place: Place) -> None:
    refused = airgapped.preview(place.stack(bundle={"key": "613/wickrenterprise-613.airgap", "sha256": "f" * 64}))
    assert refused.code != 0
    sentence = f"wickr:installer.airgap.bundle: there is no s3://{BUCKET}/613/wickrenterprise-613.airgap; put it there"
    assert refused.text.count(sentence) == 1
    assert "Traceback" not in refused.text


def test_a_way_to_the_internet_that_somebody_made_later_is_found_by_the_next_preview(
    airgapped: RealStack, place: Place
) -> None:
    gateway = place.cloud.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    place.cloud.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=place.vpc)
    route = {"RouteTableId": place.table(), "DestinationCidrBlock": "0.0.0.0/0"}
    place.cloud.ec2.create_route(**route, GatewayId=gateway)
    try:
        refused = airgapped.preview()
    finally:
        place.cloud.ec2.delete_route(**route)
    assert refused.code != 0
    assert f"the route table of {place.subnet}, has a route to 0.0.0.0/0" in refused.text


def test_where_the_route_table_has_an_endpoint_already_it_is_named_and_left_as_it_is(
    place: Place, tmp_path: Path
) -> None:
    """Unnamed, the stack's own beside it is refused by AWS, and late; named, the same stack goes on from there."""
    there = Place(41)
    ec2, service = there.cloud.ec2, f"com.amazonaws.{REGION}.s3"
    made = ec2.create_vpc_endpoint(VpcId=there.vpc, ServiceName=service, RouteTableIds=[there.table()])["VpcEndpoint"]

    def endpoints() -> Any:
        return ec2.describe_vpc_endpoints(Filters=[{"Name": "vpc-id", "Values": [there.vpc]}])["VpcEndpoints"]

    before = endpoints()
    stack = RealStack(tmp_path / "engine", there.cloud, there.stack())
    failed = stack.try_up()
    assert failed.code != 0
    assert "RouteAlreadyExists" in failed.text
    named = there.stack(endpointId=made["VpcEndpointId"])
    stack.up(named)
    assert touched(stack.preview(named)) == {}
    assert endpoints() == before
    elsewhere = ec2.create_vpc_endpoint(VpcId=place.vpc, ServiceName=service)["VpcEndpoint"]["VpcEndpointId"]
    refused = stack.preview(there.stack(endpointId=elsewhere))
    ec2.delete_vpc_endpoints(VpcEndpointIds=[elsewhere])
    assert f"is no gateway endpoint for S3 in {there.vpc}; name the one" in refused.text
