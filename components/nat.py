"""A way out of private subnets that is no way in: a NAT gateway with an address that stays."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.address import PublicAddress


@dataclass(frozen=True, kw_only=True)
class NatGatewayArgs:
    """The public subnet that the gateway stands in, and the route table of those who go out by it."""

    name: str
    subnet_id: pulumi.Input[str]
    route_table_id: pulumi.Input[str]
    protect: bool


class NatGateway(pulumi.ComponentResource):
    """What leaves by it comes from `address`, and nothing can begin on the other side."""

    address: pulumi.Output[str]

    def __init__(self, name: str, args: NatGatewayArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("wickr:nat:NatGateway", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        # Others may have it in their firewalls, as they have the hosts' addresses.
        public = PublicAddress(f"{name}-address", label=args.name, protect=args.protect, opts=child)
        gateway = aws.ec2.NatGateway(
            f"{name}-gateway",
            subnet_id=args.subnet_id,
            allocation_id=public.allocation_id,
            tags={"Name": args.name},
            opts=child,
        )
        aws.ec2.Route(
            f"{name}-internet",
            route_table_id=args.route_table_id,
            destination_cidr_block="0.0.0.0/0",
            nat_gateway_id=gateway.id,
            opts=child,
        )
        self.address = public.address
        self.register_outputs({})
