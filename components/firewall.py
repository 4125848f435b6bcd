"""The security group of a host: one rule resource for each row of the guide's table and each source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components.egress import Exit
from guide.ports import NetworkRange, PortRow


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Who a network range of the guide is in this installation: address blocks, and, by a lasting name, groups and
    single addresses that only AWS knows.
    """

    cidrs: Sequence[str] = ()
    groups: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    addresses: Mapping[str, pulumi.Output[str]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class FirewallArgs:
    """`inbound` is the role's table; `sources` must name each network range that occurs in it.

    `outbound` is where the host is let out to.
    """

    name: str
    vpc_id: pulumi.Input[str]
    inbound: Sequence[PortRow]
    sources: Mapping[NetworkRange, Sources]
    outbound: Sequence[Exit]


def slug(cidr: str) -> str:
    """An address block as part of a resource name: 203.0.113.0/24 becomes 203.0.113.0-24."""
    return cidr.replace("/", "-").replace(":", ".")


class Firewall(pulumi.ComponentResource):
    """A group whose inbound rules equal a table of the guide, and whose outbound rules are written out.

    A rule is named by its row and its source, so a new source adds one rule and touches no other.
    """

    group_id: pulumi.Output[str]

    def __init__(self, name: str, args: FirewallArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("wickr:firewall:Firewall", name, None, opts)
        group = aws.ec2.SecurityGroup(
            f"{name}-group",
            vpc_id=args.vpc_id,
            # Never changed: a new description would replace the group, and with it the host's place in it.
            description="Wickr Enterprise: the port table of the installation guide",
            tags={"Name": args.name},
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.group_id = group.id
        for row in args.inbound:
            source = args.sources[row.network_range]
            for cidr in source.cidrs:
                self._inbound(name, row, slug(cidr), cidr=cidr)
            for label, group_id in source.groups.items():
                self._inbound(name, row, label, group_id=group_id)
            for label, address in source.addresses.items():
                self._inbound(name, row, label, cidr=pulumi.Output.concat(address, "/32"))
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
        self.register_outputs({"groupId": self.group_id})

    def _inbound(
        self,
        name: str,
        row: PortRow,
        label: str,
        *,
        cidr: pulumi.Input[str] | None = None,
        group_id: pulumi.Input[str] | None = None,
    ) -> None:
        if (cidr is None) == (group_id is None):
            raise ValueError(f"row {row.name}: a rule has one source, an address block or a group")
        version_6 = isinstance(cidr, str) and ":" in cidr
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-in-{row.name}-{label}",
            security_group_id=self.group_id,
            ip_protocol=row.protocol,
            from_port=row.first,
            to_port=row.last,
            cidr_ipv4=None if version_6 else cidr,
            cidr_ipv6=cidr if version_6 else None,
            referenced_security_group_id=group_id,
            description=f"{row.purpose} ({row.section}, {row.network_range})",
            opts=pulumi.ResourceOptions(parent=self),
        )
