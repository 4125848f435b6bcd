"""Hosts without public addresses under the real engine: made, left alone, and what switching to and fro would do."""

import pytest

from tests.program.cloud import Cloud
from tests.program.graph import NETWORK, WHOLE
from tests.program.realstack import Changes, RealStack, touched

pytestmark = pytest.mark.engine

REGION = "sa-east-1"
PUBLIC = {
    ("wickr:address:PublicAddress", "messaging-address"),
    ("aws:ec2/eip:Eip", "messaging-address-eip"),
    ("aws:ec2/eipAssociation:EipAssociation", "messaging-host-address"),
}
REACHED = ("messaging-replicated", "messaging-tells")
"""What runs again, since it is reached at another address."""


class Place:
    """A VPC that is there, of which the stack's host stands in one subnet, whatever that is called."""

    def __init__(self, cloud: Cloud) -> None:
        self.vpc = cloud.vpc("10.40.0.0/16")
        # Without one AWS gives no elastic address to anybody.
        gateway = cloud.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        cloud.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=self.vpc)
        self.mine, self.other = (cloud.subnet(self.vpc, f"10.40.{number}.0/24") for number in (0, 1))

    def private(self, subnet: str) -> Changes:
        return {"network": {"vpcId": self.vpc, "privateSubnetIds": [subnet], "publicAddresses": False}}

    def public(self, subnet: str) -> Changes:
        return {"network": {"vpcId": self.vpc, "publicSubnetIds": [subnet]}}


@pytest.fixture(scope="module")
def place() -> Place:
    return Place(Cloud(REGION))


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory, place: Place) -> RealStack:
    """A private stack, deployed. A test that changes it puts it back."""
    # A subnet that hands out public addresses by itself.
    cloud = Cloud(REGION)
    cloud.ec2.modify_subnet_attribute(SubnetId=place.mine, MapPublicIpOnLaunch={"Value": True})
    stack = RealStack(tmp_path_factory.mktemp("private") / "engine", cloud, place.private(place.mine))
    assert stack.up().changes == {"create": len(WHOLE - NETWORK - PUBLIC - {("wickr:network:Network", "network")})}
    return stack


def test_the_host_has_no_public_address_even_where_its_subnet_hands_them_out(private: RealStack, place: Place) -> None:
    (row,) = (each["id"] for each in private.engine.resources() if each["urn"].endswith("::messaging-host-instance"))
    (host,) = private.cloud.ec2.describe_instances(InstanceIds=[row])["Reservations"][0]["Instances"]
    assert (host.get("PublicIpAddress"), host["SubnetId"]) == (None, place.mine)
    assert private.engine.outputs()["messagingAddress"] == host["PrivateIpAddress"]


def test_the_next_update_and_a_refresh_find_nothing_to_do(private: RealStack) -> None:
    assert set(private.up().changes) == {"same"}
    refreshed = private.engine.refresh()
    assert (refreshed.code, set(refreshed.changes)) == (0, {"same"}), refreshed.text


@pytest.mark.parametrize("public", [False, True])
def test_another_subnet_would_replace_the_host_and_is_refused(private: RealStack, place: Place, public: bool) -> None:
    refused = private.preview(place.public(place.other) if public else place.private(place.other))
    assert refused.code != 0
    assert "::messaging-host-instance" in refused.text
    assert "protect" in refused.text


def test_a_host_that_stays_where_it_is_gets_and_loses_an_address_without_being_another(
    private: RealStack, place: Place
) -> None:
    given = touched(private.up(place.public(place.mine)))
    assert {name: op for name, op in given.items() if not name.startswith(REACHED)} == {
        "messaging-address": "create",
        "messaging-address-eip": "create",
        "messaging-host-address": "create",
        "certificate-request": "replace",
        "certificate-server": "replace",
    }
    refused = private.preview()
    assert refused.code != 0
    assert "::messaging-address-eip" in refused.text
    urn = next(each["urn"] for each in private.engine.resources() if each["urn"].endswith("::messaging-address-eip"))
    assert private.engine.run("state", "unprotect", urn, "--yes").code == 0
    taken = touched(private.up())
    assert {name: op for name, op in taken.items() if not name.startswith(REACHED)} == {
        "messaging-address": "delete",
        "messaging-address-eip": "delete",
        "messaging-host-address": "delete",
        "certificate-request": "replace",
        "certificate-server": "replace",
    }
