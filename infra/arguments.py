"""Components' arguments from the settings: what the hosts of the guide are, role by role."""

from dataclasses import replace

import pulumi

from components.address import PublicAddress
from components.compliance import BotSource, ComplianceServerArgs
from components.host import BroughtAlong, HostSize, Jump
from components.machine import MachineArgs, PreflightArgs
from components.messaging import MessagingServer, ServerArgs
from components.nat import NatGateway
from components.network import NetworkPlace
from components.proxy import Proxy
from components.replicated import Replicated
from components.secrets import Secrets
from components.supply import Supply
from guide import hosts, ports
from guide.calls import DEFAULT_MAX_CALLS
from guide.roles import Role
from infra import egress
from infra.calling import Calling
from infra.compliance import LEAST_ROOT_GIB, Compliance
from infra.messaging import Messaging
from infra.region import Region
from infra.settings import Settings


def server(
    settings: Settings,
    role: Role,
    label: str,
    place: NetworkPlace,
    address: PublicAddress | None,
    secrets: Secrets,
    region: Region,
    mine: BroughtAlong,
    supply: Supply | None,
) -> ServerArgs:
    """What a role's host is, from the stack."""
    messaging = settings.messaging
    host = settings.calling if role is Role.CALLING and settings.calling else messaging
    return ServerArgs(
        label=label,
        place=place,
        address=address,
        rows=ports.inbound(
            role, settings.calling.max_calls if settings.calling else DEFAULT_MAX_CALLS, settings.installer.release
        ),
        outbound=egress.exits(settings, role, supply.way.prefix_list_id if supply else None),
        client_cidrs=settings.client_cidrs,
        admin_cidrs=settings.admin_cidrs,
        room=settings.network.room,
        size=HostSize(
            image_id=host.image_id or messaging.image_id,
            instance_type=host.instance_type,
            disk_gib=host.disk_gib,
            rebuild=host.rebuild,
        ),
        login_key=secrets.login_key,
        jump=_jump(settings),
        domain=region.domain,
        brought=mine,
        protect=settings.protect_hosts,
        reads=supply.reads if supply else (),
    )


def compliance(
    settings: Settings,
    given: Compliance,
    label: str,
    place: NetworkPlace,
    nat: NatGateway | None,
    secrets: Secrets,
    region: Region,
    mine: BroughtAlong,
    messaging: MessagingServer,
    replicated: Replicated,
) -> ComplianceServerArgs:
    """What the compliance host is, from the stack."""
    source = given.configuration
    return ComplianceServerArgs(
        label=label,
        place=place,
        outbound=egress.exits(settings, Role.COMPLIANCE, None),
        messaging=messaging,
        messaging_ready=[replicated],
        client_cidrs=settings.client_cidrs,
        nat=nat,
        size=HostSize(
            image_id=given.image_id or settings.messaging.image_id,
            instance_type=given.instance_type,
            disk_gib=given.disk_gib,
            rebuild=given.rebuild,
        ),
        data_gib=given.data_gib,
        machine=PreflightArgs(
            rows=ports.inbound(Role.COMPLIANCE),
            # The table's disk is that of the data volume.
            minimum=replace(hosts.MINIMUMS[Role.COMPLIANCE], disk_gb=LEAST_ROOT_GIB),
            systems=hosts.COMPLIANCE_SYSTEMS,
            also_accept_os=given.also_accept_os,
            security_module="any",
        ),
        image=given.image,
        source=BotSource(
            secret_arn=source.secret_arn, key_arn=source.secret_key_arn, bucket=source.bucket, key=source.key
        )
        if source
        else None,
        docker_version=given.docker_version,
        docker_sha256=given.docker_sha256,
        login_key=secrets.login_key,
        partition=region.partition,
        domain=region.domain,
        brought=mine,
        protect=settings.protect_hosts,
    )


def machine(settings: Settings, host: Messaging | Calling, server: ServerArgs) -> MachineArgs:
    """What a role's machine is compared with."""
    role = Role.CALLING if isinstance(host, Calling) else Role.MESSAGING
    return MachineArgs(
        rows=tuple(server.rows),
        minimum=hosts.MINIMUMS[role],
        also_accept_os=host.also_accept_os,
        security_module=settings.installer.security_module,
        # The operator's script takes no version: a node gets the one that the script pins.
        docker_version=settings.installer.docker_version if role is Role.MESSAGING else None,
        docker_window=settings.installer.release.docker,
        docker_preinstalled=settings.installer.docker == "preinstalled",
        fetches=settings.installer.airgap is not None,
    )


def proxy(settings: Settings) -> Proxy | None:
    """The way out through the stack's proxy, around which the installation's own names go."""
    installer = settings.installer
    if installer.proxy is None:
        return None
    secret = installer.proxy_credentials
    return Proxy(
        url=installer.proxy,
        credentials=pulumi.Output.secret(secret.get_secret_value()) if secret else None,
        exceptions=(*settings.names, *installer.no_proxy),
    )


def _jump(settings: Settings) -> Jump | None:
    """The stack's bastion, if it has one."""
    bastion = settings.bastion
    if bastion is None:
        return None
    return Jump(
        address=bastion.host,
        user=bastion.user,
        port=bastion.port,
        private_key=pulumi.Output.secret(bastion.private_key.get_secret_value()),
        host_key=bastion.host_key,
    )
