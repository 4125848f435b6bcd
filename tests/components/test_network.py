"""The network: a VPC in two zones, or the one that the stack names."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.network import subnet_cidrs
from tests.stacks import VPC, deployed

SUBNET = "aws:ec2/subnet:Subnet"
NETWORK = {
    "aws:ec2/vpc:Vpc",
    SUBNET,
    "aws:ec2/internetGateway:InternetGateway",
    "aws:ec2/routeTable:RouteTable",
    "aws:ec2/route:Route",
    "aws:ec2/routeTableAssociation:RouteTableAssociation",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
}

blocks = st.builds(
    lambda address, prefix: str(ipaddress.ip_network((address, prefix), strict=False)),
    st.integers(min_value=0, max_value=2**32 - 1),
    st.integers(min_value=16, max_value=24),
)


def test_a_new_vpc_has_two_public_and_two_private_subnets_in_two_zones() -> None:
    subnets = {each.name: each.inputs for each in deployed().of(SUBNET)}
    assert {name: (inputs["cidrBlock"], inputs["availabilityZone"]) for name, inputs in subnets.items()} == {
        "network-public-1": ("10.20.0.0/20", "eu-west-1a"),
        "network-public-2": ("10.20.16.0/20", "eu-west-1b"),
        "network-private-1": ("10.20.32.0/20", "eu-west-1a"),
        "network-private-2": ("10.20.48.0/20", "eu-west-1b"),
    }
    assert {inputs["vpcId"] for inputs in subnets.values()} == {"vpc-network-vpc"}
    assert {inputs["mapPublicIpOnLaunch"] for inputs in subnets.values()} == {False}


def test_only_the_public_subnets_have_a_way_to_the_internet() -> None:
    deployment = deployed()
    ways = {
        each.inputs["subnetId"]: each.inputs["routeTableId"]
        for each in deployment.of("aws:ec2/routeTableAssociation:RouteTableAssociation")
    }
    assert ways == {
        f"network-{kind}-{number}-id": f"network-{kind}-routes-id"
        for kind in ("public", "private")
        for number in (1, 2)
    }
    routes = [
        (each.inputs["routeTableId"], each.inputs["destinationCidrBlock"], each.inputs["gatewayId"])
        for each in deployment.of("aws:ec2/route:Route")
    ]
    assert routes == [("network-public-routes-id", "0.0.0.0/0", "network-gateway-id")]


def test_a_host_is_made_after_the_routes_of_its_subnet_and_these_go_after_it() -> None:
    deployment = deployed()
    way, host = deployment.named("network-public-1-routes"), deployment.the("aws:ec2/instance:Instance")
    assert deployment.the("aws:ec2/route:Route").urn in way.dependencies
    assert way.urn in host.dependencies


def test_a_vpc_resolves_names_and_its_default_group_is_emptied() -> None:
    vpc = deployed().the("aws:ec2/vpc:Vpc").inputs
    assert (vpc["cidrBlock"], vpc["enableDnsSupport"], vpc["enableDnsHostnames"]) == ("10.20.0.0/16", True, True)
    assert deployed().the("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup").inputs.keys() == {"vpcId", "tags"}


def test_a_vpc_that_is_there_stays_as_it_is() -> None:
    deployment = deployed("a VPC that is there")
    assert {each.type for each in deployment.resources} & NETWORK == set()
    groups = deployment.of("aws:ec2/securityGroup:SecurityGroup")
    assert {group.inputs["vpcId"] for group in groups} == {VPC["vpcId"]}
    assert deployment.the("aws:ec2/instance:Instance").inputs["subnetId"] == VPC["publicSubnetIds"][0]


@given(blocks)
def test_subnets_lie_inside_their_vpc_apart_from_each_other_and_are_not_too_small(cidr: str) -> None:
    public, private = subnet_cidrs(cidr)
    subnets = [ipaddress.IPv4Network(each) for each in (*public, *private)]
    assert (len(public), len(private)) == (2, 2)
    assert all(subnet.subnet_of(ipaddress.IPv4Network(cidr)) and subnet.prefixlen <= 28 for subnet in subnets)
    assert not any(one.overlaps(other) for one in subnets for other in subnets if one is not other)


@pytest.mark.parametrize("cidr", ["10.0.0.0/25", "10.0.0.0/28"])
def test_a_vpc_that_is_too_small_for_its_subnets_is_refused(cidr: str) -> None:
    with pytest.raises(ValueError, match=f"network.cidr {cidr} is too small"):
        subnet_cidrs(cidr)
