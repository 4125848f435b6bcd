"""The messaging server (IG 3.1): the one host that every installation has."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.address import PublicAddress
from components.egress import Exit
from components.firewall import Firewall, FirewallArgs, Sources
from components.host import Access, BroughtAlong, Host, HostArgs, HostSize, Jump
from components.network import NetworkPlace
from components.room import Room
from components.secrets import LoginKey
from components.snapshots import Destination
from guide.ports import NetworkRange, PortRow
from guide.roles import Role


@dataclass(frozen=True, kw_only=True)
class ServerArgs:
    """What messaging and calling servers have in common.

    `label` begins the Name tags. `rows` is the role's port table, `outbound` where it is let out to, `room` what AWS
    allows the account. Without an `address` the host is in a private subnet and has no public one. SSH goes by way of
    `jump`, if there is one. `reads` are ARNs of what its role may read.
    """

    label: str
    place: NetworkPlace
    address: PublicAddress | None
    rows: Sequence[PortRow]
    outbound: Sequence[Exit]
    client_cidrs: Sequence[str]
    admin_cidrs: Sequence[str]
    room: Room
    size: HostSize
    login_key: LoginKey
    jump: Jump | None
    domain: str
    brought: BroughtAlong
    protect: bool
    reads: Sequence[str] = ()

    @property
    def subnet_id(self) -> pulumi.Input[str]:
        """Where the host stands."""
        subnets = self.place.public_subnet_ids if self.address else self.place.private_subnet_ids
        return subnets[0]

    @property
    def allocation_id(self) -> pulumi.Output[str] | None:
        """Of its elastic IP, if it has one."""
        return self.address.allocation_id if self.address else None


class MessagingServer(pulumi.ComponentResource):
    """A host that is open as table 3.1.2 says and not otherwise."""

    access: Access
    group_id: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        args: ServerArgs,
        *,
        internal_group_id: pulumi.Input[str],
        snapshots: Destination | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`internal_group_id` is the group of the cluster's other nodes, the guide's "Internal Network". `snapshots` is
        where Replicated keeps its own by the host's role, if it does.
        """
        super().__init__("wickr:messaging:MessagingServer", name, None, opts)
        label = f"{args.label}-{Role.MESSAGING}"
        firewall = Firewall(
            f"{name}-firewall",
            FirewallArgs(
                name=label,
                vpc_id=args.place.vpc_id,
                inbound=args.rows,
                sources={
                    NetworkRange.ALL: Sources(cidrs=args.client_cidrs),
                    NetworkRange.ADMIN: Sources(cidrs=args.admin_cidrs),
                    NetworkRange.INTERNAL: Sources(groups={"internal": internal_group_id}),
                },
                outbound=args.outbound,
                room=args.room,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        host = Host(
            f"{name}-host",
            HostArgs(
                name=label,
                role=Role.MESSAGING,
                size=args.size,
                subnet_id=args.subnet_id,
                group_ids=firewall.group_ids,
                allocation_id=args.allocation_id,
                login_key=args.login_key,
                jump=args.jump,
                # Replicated takes the role's credentials from inside a container: one hop further.
                metadata_hops=2 if snapshots else 1,
                domain=args.domain,
                brought=args.brought,
                protect=args.protect,
                reads=args.reads,
                rules=[firewall],
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        # The role of a profile that is somebody else's is theirs to change.
        if snapshots and host.access.role_name is not None:
            aws.iam.RolePolicy(
                f"{name}-snapshots",
                role=host.access.role_name,
                policy=snapshots.policy(),
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.access = host.access
        self.group_id = firewall.group_id
        self.register_outputs({})
