"""Where the hosts of a stack stand, as it names it."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from components.room import Room
from infra.model import Model
from infra.names import SubnetId, VpcBlock, VpcId

ALLOWED = Room()
"""What AWS allows unless it has raised a quota."""

RULES_PER_INTERFACE = 1000
"""What AWS does not let the product of the two quotas exceed."""


class Network(Model):
    """Where hosts stand: a VPC that the stack makes (`cidr`), or one that is there (`vpcId` and its subnets)."""

    cidr: VpcBlock | None = None
    """The IPv4 block of a new VPC in two zones, /16 to /24."""
    vpc_id: VpcId | None = None
    """A VPC that is there; then there is no `cidr`."""
    public_subnet_ids: tuple[SubnetId, ...] = ()
    """Its subnets with a route to an internet gateway; the messaging host stands in the first."""
    private_subnet_ids: tuple[SubnetId, ...] = ()
    """Its subnets without one."""
    public_addresses: bool = True
    """False gives no host a public address: they stand in the first private subnet of a VPC that is there, and are
    reached at their private addresses, by a VPN, a peering or the like. Decided when a host is made."""
    rules_per_group: Annotated[int, Field(ge=ALLOWED.rules, le=200)] = ALLOWED.rules
    """How many inbound rules AWS allows a security group of this account: quota L-0EA8095F, 60 unless it was raised.
    Five groups of more than 200 are beyond what it raises the two quotas to."""
    groups_per_interface: Annotated[int, Field(ge=ALLOWED.groups, le=16)] = ALLOWED.groups
    """How many security groups AWS allows a network interface of this account: quota L-2AFB9258, 5 unless it was
    raised. Where sources are many, a host carries one group for each prefix list of theirs."""

    @property
    def room(self) -> Room:
        """Both quotas."""
        return Room(rules=self.rules_per_group, groups=self.groups_per_interface)

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        subnets = (*self.public_subnet_ids, *self.private_subnet_ids)
        if self.cidr and (self.vpc_id or subnets):
            raise ValueError("name either cidr, for a new VPC, or vpcId with its subnets, not both")
        if not self.vpc_id and not self.public_addresses:
            raise ValueError(
                "publicAddresses false needs vpcId and privateSubnetIds: no VPN or peering leads into a VPC that the "
                "stack has yet to make, so nobody could reach the hosts to install them; name a VPC that has one, or "
                "leave publicAddresses true"
            )
        if not self.cidr and not self.vpc_id:
            raise ValueError("name cidr, for a new VPC, or vpcId with publicSubnetIds, for one that is there")
        if self.vpc_id and not self.public_addresses and not self.private_subnet_ids:
            raise ValueError("publicAddresses false needs privateSubnetIds: the hosts stand in the first of them")
        if self.vpc_id and self.public_addresses and not self.public_subnet_ids:
            raise ValueError("vpcId needs publicSubnetIds: the messaging host stands in the first of them")
        if len(set(subnets)) != len(subnets):
            raise ValueError("a subnet is named twice; name each one once, as public or as private")
        if self.rules_per_group * self.groups_per_interface > RULES_PER_INTERFACE:
            raise ValueError(
                f"rulesPerGroup {self.rules_per_group} x groupsPerInterface {self.groups_per_interface} is "
                f"{self.rules_per_group * self.groups_per_interface}, and AWS lets no account have more than "
                f"{RULES_PER_INTERFACE} rules at a network interface; lower either"
            )
        return self
