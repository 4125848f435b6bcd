"""The messaging server (IG 3.1): the one host that every installation has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.address import PublicAddress
from components.certificate import Certificate
from components.firewall import Firewall, FirewallArgs, Sources
from components.host import Access, Host, HostArgs
from components.network import NetworkPlace
from components.replicated import Replicated, ReplicatedArgs
from components.secrets import Secrets
from guide import hosts, ports
from guide.docker import DockerWindow
from guide.outbound import outbound_ports
from guide.ports import NetworkRange
from guide.roles import Role


@dataclass(frozen=True, kw_only=True)
class MessagingServerArgs:
    """What makes one messaging server differ from another.

    `label` begins the Name tags. `internal_group_id` is the group of the cluster's other nodes, the guide's
    "Internal Network". `license` is the .rli file in base64. The rest is as in HostArgs and ReplicatedArgs.
    """

    label: str
    hostname: str
    place: NetworkPlace
    address: PublicAddress
    internal_group_id: pulumi.Input[str]
    client_cidrs: Sequence[str]
    admin_cidrs: Sequence[str]
    partition: pulumi.Input[str]
    image_id: str
    instance_type: str
    disk_gib: int
    rebuild: int
    protect: bool
    certificate: Certificate | None
    license: pulumi.Output[str]
    settings: Mapping[str, str]
    secrets: Secrets
    also_accept_os: tuple[str, ...]
    security_module: str
    installer_url: str
    installer_sha256: str | None
    docker_version: str | None
    docker_window: DockerWindow
    verify: bool


class MessagingServer(pulumi.ComponentResource):
    """A host in a public subnet, open as table 3.1.2 says and not otherwise, with Wickr started on it."""

    access: Access

    def __init__(self, name: str, args: MessagingServerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("wickr:messaging:MessagingServer", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        label = f"{args.label}-{Role.MESSAGING}"
        firewall = Firewall(
            f"{name}-firewall",
            FirewallArgs(
                name=label,
                vpc_id=args.place.vpc_id,
                inbound=ports.inbound(Role.MESSAGING),
                sources={
                    NetworkRange.ALL: Sources(cidrs=args.client_cidrs),
                    NetworkRange.ADMIN: Sources(cidrs=args.admin_cidrs),
                    NetworkRange.INTERNAL: Sources(groups={"internal": args.internal_group_id}),
                },
                outbound=outbound_ports(Role.MESSAGING),
            ),
            opts=child,
        )
        host = Host(
            f"{name}-host",
            HostArgs(
                name=label,
                role=Role.MESSAGING,
                hostname=label,
                image_id=args.image_id,
                instance_type=args.instance_type,
                disk_gib=args.disk_gib,
                subnet_id=args.place.public_subnet_ids[0],
                group_ids=[firewall.group_id],
                allocation_id=args.address.allocation_id,
                partition=args.partition,
                rebuild=args.rebuild,
                protect=args.protect,
            ),
            # A host that is up before its rules could be closed, or open, for a moment.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[firewall]),
        )
        self.access = host.access
        Replicated(
            f"{name}-replicated",
            ReplicatedArgs(
                access=host.access,
                hostname=args.hostname,
                certificate=args.certificate,
                license=args.license,
                settings=args.settings,
                console_password=args.secrets.console_password,
                cluster_token=args.secrets.cluster_token,
                rows=ports.inbound(Role.MESSAGING),
                minimum=hosts.MINIMUMS[Role.MESSAGING],
                also_accept_os=args.also_accept_os,
                security_module=args.security_module,
                installer_url=args.installer_url,
                installer_sha256=args.installer_sha256,
                docker_version=args.docker_version,
                docker_window=args.docker_window,
                verify=args.verify,
            ),
            opts=child,
        )
        self.register_outputs({"instanceId": host.access.instance_id})
