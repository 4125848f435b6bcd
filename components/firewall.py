"""The security group of a host: one rule resource for each row of the guide's table and each source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components.egress import Exit
from components.room import PrefixList, Room, arrange
from guide.ports import NetworkRange, PortRow


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Who a network range of the guide is in this installation: address blocks, and, by a lasting name, groups and
    single addresses that only AWS knows.
    """

    cidrs: Sequence[str] = ()
    groups: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    addresses: Mapping[str, pulumi.Output[str]] = field(default_factory=dict)

    @property
    def hosts(self) -> int:
        """How many rules a row of theirs takes, beside those for address blocks."""
        return len(self.groups) + len(self.addresses)


@dataclass(frozen=True, kw_only=True)
class FirewallArgs:
    """`inbound` is the role's table; `sources` must name each network range that occurs in it.

    `outbound` is where the host is let out to, `room` what AWS allows the account.
    """

    name: str
    vpc_id: pulumi.Input[str]
    inbound: Sequence[PortRow]
    sources: Mapping[NetworkRange, Sources]
    outbound: Sequence[Exit]
    room: Room = field(default_factory=Room)


def slug(cidr: str) -> str:
    """An address block as part of a resource name: 203.0.113.0/24 becomes 203.0.113.0-24."""
    return cidr.replace("/", "-").replace(":", ".")


class Firewall(pulumi.ComponentResource):
    """A group whose inbound rules equal a table of the guide, and whose outbound rules are written out.

    A rule is named by its row and its source, so a new source adds one rule and touches no other. Where sources are
    many they are prefix lists, in further groups: see components.room. `group_id` is how other hosts know this one,
    `group_ids` are all that it carries.
    """

    group_id: pulumi.Output[str]
    group_ids: Sequence[pulumi.Output[str]]

    def __init__(self, name: str, args: FirewallArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("wickr:firewall:Firewall", name, None, opts)
        self.group_id = self._group(f"{name}-group", args.vpc_id, args.name)
        between = sum(args.sources[row.network_range].hosts for row in args.inbound)
        cidrs = {each: source.cidrs for each, source in args.sources.items()}
        arranged = arrange(args.inbound, cidrs, between, args.room)
        for row in args.inbound:
            source = args.sources[row.network_range]
            for cidr in arranged.own[row.network_range]:
                self._inbound(name, row, slug(cidr), cidr=cidr)
            for label, group_id in source.groups.items():
                self._inbound(name, row, label, group_id=group_id)
            for label, address in source.addresses.items():
                self._inbound(name, row, label, cidr=pulumi.Output.concat(address, "/32"))
        self.group_ids = [self.group_id, *(self._listed(name, args, each) for each in arranged.lists)]
        for each in args.outbound:
            version_6 = each.cidr is not None and ":" in each.cidr
            aws.vpc.SecurityGroupEgressRule(
                f"{name}-out-{each.name}",
                security_group_id=self.group_id,
                ip_protocol="-1" if each.port is None else "tcp",
                from_port=each.port,
                to_port=each.port,
                cidr_ipv4=None if version_6 else each.cidr,
                cidr_ipv6=each.cidr if version_6 else None,
                prefix_list_id=each.prefix_list_id,
                description=each.purpose,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})

    def _group(self, name: str, vpc_id: pulumi.Input[str], label: str) -> pulumi.Output[str]:
        return aws.ec2.SecurityGroup(
            name,
            vpc_id=vpc_id,
            # Never changed: a new description would replace the group, and with it the host's place in it.
            description="Wickr Enterprise: the port table of the installation guide",
            tags={"Name": label},
            opts=pulumi.ResourceOptions(parent=self),
        ).id

    def _listed(self, name: str, args: FirewallArgs, given: PrefixList) -> pulumi.Output[str]:
        """A group for the networks of a list: each row that is theirs is one rule."""
        label = f"{args.name}-{given.label}"
        held = aws.ec2.ManagedPrefixList(
            f"{name}-{given.label}",
            name=label,
            address_family=f"IPv{given.version}",
            max_entries=given.size,
            entries=[aws.ec2.ManagedPrefixListEntryArgs(cidr=each) for each in given.networks],
            tags={"Name": label},
            opts=pulumi.ResourceOptions(parent=self),
        )
        group_id = self._group(f"{name}-{given.label}-group", args.vpc_id, label)
        for row in args.inbound:
            if row.network_range is given.network_range:
                self._inbound(name, row, given.label, prefix_list_id=held.id, into=group_id)
        return group_id

    def _inbound(
        self,
        name: str,
        row: PortRow,
        label: str,
        *,
        cidr: pulumi.Input[str] | None = None,
        group_id: pulumi.Input[str] | None = None,
        prefix_list_id: pulumi.Input[str] | None = None,
        into: pulumi.Output[str] | None = None,
    ) -> None:
        if [cidr, group_id, prefix_list_id].count(None) != 2:
            raise ValueError(f"row {row.name}: a rule has one source, an address block, a group or a list")
        version_6 = isinstance(cidr, str) and ":" in cidr
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-in-{row.name}-{label}",
            security_group_id=self.group_id if into is None else into,
            ip_protocol=row.protocol,
            from_port=row.first,
            to_port=row.last,
            cidr_ipv4=None if version_6 else cidr,
            cidr_ipv6=cidr if version_6 else None,
            referenced_security_group_id=group_id,
            prefix_list_id=prefix_list_id,
            description=f"{row.purpose} ({row.section}, {row.network_range})",
            opts=pulumi.ResourceOptions(parent=self),
        )
