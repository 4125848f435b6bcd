"""The voice and video server (IG 3.2): optional, a node of the messaging server's cluster."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.address import PublicAddress
from components.firewall import Firewall, FirewallArgs, Sources
from components.host import Access, Host, HostArgs
from components.machine import MachineArgs
from components.messaging import MessagingServer, ServerArgs
from components.node import Node, NodeArgs
from components.proxy import Proxy
from components.supply import Supply
from guide.ports import MESSAGING, NetworkRange, PortRow
from guide.roles import Role

TAG = "calling"
"""What Replicated places the calling service by (IG 4.5)."""


@dataclass(frozen=True, kw_only=True)
class CallingServerArgs:
    """The cluster that the server joins, and how the messaging host may reach it.

    `messaging_address` is where the messaging host's packets come from when it dials a public name, if it has one.
    `cluster_group_id` is that of the cluster's nodes.
    """

    messaging: MessagingServer
    messaging_address: PublicAddress | None
    cluster_group_id: pulumi.Input[str]
    machine: MachineArgs
    cluster_token: pulumi.Output[str]
    operator_url: str
    proxy: Proxy | None
    supply: Supply | None


class CallingServer(pulumi.ComponentResource):
    """A host open as table 3.2.2 says, that joins the cluster by itself while the messaging host is being installed."""

    access: Access
    ready: pulumi.Resource
    joined: pulumi.Resource

    def __init__(
        self, name: str, server: ServerArgs, args: CallingServerArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("wickr:calling:CallingServer", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        label = f"{server.label}-{Role.CALLING}"
        dialler = args.messaging_address
        firewall = Firewall(
            f"{name}-firewall",
            FirewallArgs(
                name=label,
                vpc_id=server.place.vpc_id,
                inbound=server.rows,
                sources={
                    NetworkRange.ALL: Sources(cidrs=server.client_cidrs),
                    NetworkRange.ADMIN: Sources(cidrs=server.admin_cidrs),
                    # Inside the VPC its group, by a public name its elastic IP: the guide does not say which it dials.
                    NetworkRange.MESSAGING: Sources(
                        groups={"messaging": args.messaging.group_id},
                        addresses={"messaging-address": dialler.address} if dialler else {},
                    ),
                },
                outbound=server.outbound,
                room=server.room,
            ),
            opts=child,
        )
        for row in MESSAGING:
            if row.network_range is NetworkRange.INTERNAL:
                self._out(f"{name}-out-{row.name}", row, firewall.group_id, group_id=args.messaging.group_id)
        for row in server.rows:
            if row.network_range is NetworkRange.MESSAGING:
                towards = f"{name}-from-messaging-{row.name}"
                self._out(towards, row, args.messaging.group_id, group_id=firewall.group_id)
                if server.address:
                    self._out(f"{towards}-address", row, args.messaging.group_id, address=server.address.address)
        host = Host(
            f"{name}-host",
            HostArgs(
                name=label,
                role=Role.CALLING,
                size=server.size,
                subnet_id=server.subnet_id,
                group_ids=[*firewall.group_ids, args.cluster_group_id],
                allocation_id=server.allocation_id,
                login_key=server.login_key,
                jump=server.jump,
                domain=server.domain,
                brought=server.brought,
                protect=server.protect,
                reads=server.reads,
                rules=[firewall],
            ),
            opts=child,
        )
        node = Node(
            f"{name}-node",
            NodeArgs(
                access=host.access,
                machine=args.machine,
                key=TAG,
                tag=TAG,
                daemon_address=args.messaging.access.private_address,
                cluster_token=args.cluster_token,
                operator_url=args.operator_url,
                proxy=args.proxy,
                supply=args.supply,
            ),
            opts=child,
        )
        self.access = host.access
        self.ready = node.ready
        self.joined = node.joined
        self.register_outputs({})

    def _out(
        self,
        name: str,
        row: PortRow,
        from_group: pulumi.Input[str],
        *,
        group_id: pulumi.Input[str] | None = None,
        address: pulumi.Output[str] | None = None,
    ) -> None:
        """Lets one host of the cluster out to the row of the other; hosts reach nothing else inside the VPC."""
        aws.vpc.SecurityGroupEgressRule(
            name,
            security_group_id=from_group,
            ip_protocol=row.protocol,
            from_port=row.first,
            to_port=row.last,
            referenced_security_group_id=group_id,
            cidr_ipv4=pulumi.Output.concat(address, "/32") if address is not None else None,
            description=f"{row.purpose} ({row.section})",
            opts=pulumi.ResourceOptions(parent=self),
        )
