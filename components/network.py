"""The network of an installation: a VPC of its own in two zones, or subnets that are there already."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import pulumi
import pulumi_aws as aws

ZONES = 2
SUBNET_BITS = 4
"""A subnet is a sixteenth of the VPC: two public, two private, and room for what comes later."""


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """`cidr` is the VPC's IPv4 block; `zones` the two availability zones; `name` goes into the Name tags."""

    name: str
    cidr: str
    zones: Sequence[pulumi.Input[str]]


@dataclass(frozen=True, kw_only=True)
class NetworkPlace:
    """Where hosts can be put: what other components accept, whoever made it."""

    vpc_id: pulumi.Input[str]
    public_subnet_ids: Sequence[pulumi.Input[str]]
    private_subnet_ids: Sequence[pulumi.Input[str]]
    private_zones: Sequence[pulumi.Input[str]] = ()
    """The zones of the private subnets, where somebody needs them: a volume is of the zone of its host."""


def subnet_cidrs(cidr: str) -> tuple[list[str], list[str]]:
    """The public and the private subnets' blocks inside a VPC's block, two of each.

    Raises ValueError when the block is too small for four subnets of AWS's minimum size, /28.
    """
    block = ipaddress.IPv4Network(cidr)
    if block.prefixlen + SUBNET_BITS > 28:
        raise ValueError(f"network.cidr {cidr} is too small: its four subnets would be below AWS's minimum of /28")
    subnets = [str(subnet) for subnet in block.subnets(prefixlen_diff=SUBNET_BITS)]
    return subnets[:ZONES], subnets[ZONES : 2 * ZONES]


class Network(pulumi.ComponentResource):
    """A VPC with two public subnets behind an internet gateway and two private ones without a way out."""

    place: NetworkPlace
    private_routes_id: pulumi.Output[str]

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("wickr:network:Network", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        vpc = aws.ec2.Vpc(
            f"{name}-vpc",
            cidr_block=args.cidr,
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags={"Name": args.name},
            opts=child,
        )
        # AWS makes a group that lets its members talk; taken over, it holds no rule at all.
        aws.ec2.DefaultSecurityGroup(
            f"{name}-default-group", vpc_id=vpc.id, tags={"Name": f"{args.name}-unused"}, opts=child
        )
        gateway = aws.ec2.InternetGateway(f"{name}-gateway", vpc_id=vpc.id, tags={"Name": args.name}, opts=child)
        public_routes = aws.ec2.RouteTable(
            f"{name}-public-routes", vpc_id=vpc.id, tags={"Name": f"{args.name}-public"}, opts=child
        )
        internet = aws.ec2.Route(
            f"{name}-public-internet",
            route_table_id=public_routes.id,
            destination_cidr_block="0.0.0.0/0",
            gateway_id=gateway.id,
            opts=child,
        )
        private_routes = aws.ec2.RouteTable(
            f"{name}-private-routes", vpc_id=vpc.id, tags={"Name": f"{args.name}-private"}, opts=child
        )
        public_cidrs, private_cidrs = subnet_cidrs(args.cidr)
        public, _ = self._subnets(name, "public", args, vpc, public_cidrs, public_routes, after=[internet])
        private, zones = self._subnets(name, "private", args, vpc, private_cidrs, private_routes)
        self.place = NetworkPlace(
            vpc_id=vpc.id, public_subnet_ids=public, private_subnet_ids=private, private_zones=zones
        )
        self.private_routes_id = private_routes.id
        self.register_outputs({})

    def _subnets(
        self,
        name: str,
        kind: str,
        args: NetworkArgs,
        vpc: aws.ec2.Vpc,
        cidrs: Sequence[str],
        routes: aws.ec2.RouteTable,
        after: Sequence[pulumi.Resource] = (),
    ) -> tuple[list[pulumi.Output[str]], list[pulumi.Output[str]]]:
        """Ids and zones: one subnet a zone, each with its route table. Addresses are given to hosts one by one, never
        by a subnet.
        """
        ids: list[pulumi.Output[str]] = []
        zones: list[pulumi.Output[str]] = []
        for number, (cidr, zone) in enumerate(zip(cidrs, args.zones, strict=True), start=1):
            subnet = aws.ec2.Subnet(
                f"{name}-{kind}-{number}",
                vpc_id=vpc.id,
                cidr_block=cidr,
                availability_zone=zone,
                map_public_ip_on_launch=False,
                tags={"Name": f"{args.name}-{kind}-{number}"},
                # AWS lists a region's zones anew now and then; a subnet that hosts live in stays where it is.
                opts=pulumi.ResourceOptions(parent=self, ignore_changes=["availabilityZone"]),
            )
            routed = aws.ec2.RouteTableAssociation(
                f"{name}-{kind}-{number}-routes",
                subnet_id=subnet.id,
                route_table_id=routes.id,
                opts=pulumi.ResourceOptions(parent=self, depends_on=list(after)),
            )
            # By way of its routes: a host is made after them, and none of them goes while it is there. (Optional in
            # the SDK, since routes can be a gateway's instead.)
            ids.append(cast("pulumi.Output[str]", routed.subnet_id))
            zones.append(subnet.availability_zone)
        return ids, zones
