"""The installation, in the order of the guide: network, names and certificate, messaging and calling servers."""

from collections.abc import Sequence
from dataclasses import replace

import pulumi
import pulumi_aws as aws

from components.address import PublicAddress
from components.calling import TAG, CallingServer, CallingServerArgs
from components.certificate import Certificate, IssuedCertificate, IssuedCertificateArgs
from components.cluster import ClusterGroup
from components.compliance import BotSource, ComplianceServer, ComplianceServerArgs
from components.dns import Records, RecordsArgs
from components.host import BroughtAlong, HostSize, Jump
from components.machine import MachineArgs, PreflightArgs
from components.messaging import MessagingServer, ServerArgs
from components.nat import NatGateway, NatGatewayArgs
from components.network import ZONES, Network, NetworkArgs, NetworkPlace
from components.proxy import Proxy
from components.replicated import JoinedNode, Replicated, ReplicatedArgs
from components.secrets import Secrets
from components.supply import Supply
from guide import hosts, ports
from guide.calls import DEFAULT_MAX_CALLS
from guide.roles import Role
from infra import brought, egress, lookups, outputs
from infra.calling import Calling
from infra.compliance import LEAST_ROOT_GIB, Compliance
from infra.messaging import Messaging
from infra.region import Region
from infra.settings import Settings
from infra.supply import supply as bucket_supply


def deploy(settings: Settings, provider: aws.Provider, region: Region) -> None:
    """Composes an installation from settings that were checked. Raises SettingsError where AWS contradicts them,
    before anything is made.
    """
    for warning in settings.warnings():
        pulumi.log.warn(warning)
    lookups.check(settings, region, pulumi.InvokeOptions(provider=provider))
    label = f"wickr-{pulumi.get_stack()}"
    top = pulumi.ResourceOptions(providers={"aws": provider})

    place, nat = _place(settings, label, region, pulumi.InvokeOptions(provider=provider), top)
    cluster = ClusterGroup("cluster", label=label, vpc_id=place.vpc_id, opts=top)
    secrets = Secrets("secrets", protect=settings.protect_hosts, opts=top)
    roles = [Role.MESSAGING, *([Role.CALLING] if settings.calling else [])]
    elastic = {
        role: PublicAddress(f"{role}-address", label=f"{label}-{role}", protect=settings.protect_hosts, opts=top)
        for role in roles
        if settings.network.public_addresses
    }
    invoke = pulumi.InvokeOptions(provider=provider)
    supply = bucket_supply(settings, label, place, region, invoke, top)
    supplies = {Role.MESSAGING: supply, Role.CALLING: supply.for_node()} if supply else {}
    mine = brought.along(settings, invoke)
    servers = {
        role: _server(settings, role, label, place, elastic.get(role), secrets, region, mine, supplies.get(role))
        for role in roles
    }

    messaging = MessagingServer("messaging", servers[Role.MESSAGING], internal_group_id=cluster.group_id, opts=top)
    calling = None
    if settings.calling:
        calling = CallingServer(
            "calling",
            servers[Role.CALLING],
            CallingServerArgs(
                messaging=messaging,
                messaging_address=elastic.get(Role.MESSAGING),
                cluster_group_id=cluster.group_id,
                machine=_machine(settings, settings.calling, servers[Role.CALLING]),
                cluster_token=secrets.cluster_token,
                operator_url=settings.installer.operator_url,
                proxy=_proxy(settings),
                supply=supplies.get(Role.CALLING),
            ),
            opts=top,
        )
    access = {Role.MESSAGING: messaging.access, **({Role.CALLING: calling.access} if calling else {})}
    # An elastic IP is known before its host, so that the certificate need not wait for one.
    addresses = {
        role: elastic[role].address if role in elastic else each.private_address for role, each in access.items()
    }
    certificate = _certificate(settings, list(addresses.values()), top)
    if settings.dns:
        names = dict(zip(access, settings.names, strict=True))
        records = RecordsArgs(zone_id=settings.dns.zone_id, names=names, addresses=addresses, ttl=settings.dns.ttl)
        Records("dns", records, opts=top)
    replicated = Replicated(
        "messaging-replicated",
        ReplicatedArgs(
            access=messaging.access,
            machine=_machine(settings, settings.messaging, servers[Role.MESSAGING]),
            hostname=settings.hostname,
            certificate=certificate,
            license=pulumi.Output.secret(settings.license.get_secret_value()),
            settings=settings.settings,
            console_password=secrets.console_password,
            cluster_token=secrets.cluster_token,
            calling=JoinedNode(
                tag=TAG,
                instance_id=calling.access.instance_id,
                joined=calling.joined,
                endpoints=[addresses[Role.CALLING], settings.calling.hostname],
            )
            if calling and settings.calling
            else None,
            installer_url=settings.installer.url,
            installer_sha256=settings.installer.sha256,
            proxy=_proxy(settings),
            supply=supplies.get(Role.MESSAGING),
            verified_from=settings.verified_from,
        ),
        opts=pulumi.ResourceOptions(parent=messaging),
    )
    if settings.compliance:
        compliance = ComplianceServer(
            "compliance",
            _compliance(settings, settings.compliance, label, place, nat, secrets, region, mine, messaging, replicated),
            opts=top,
        )
        access[Role.COMPLIANCE] = compliance.access
    outputs.export(settings, access, addresses, certificate, secrets)


def _server(
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
        outbound=egress.exits(settings, role, supply.endpoint.prefix_list_id if supply else None),
        client_cidrs=settings.client_cidrs,
        admin_cidrs=settings.admin_cidrs,
        size=HostSize(
            image_id=host.image_id or messaging.image_id,
            instance_type=host.instance_type,
            disk_gib=host.disk_gib,
            rebuild=host.rebuild,
        ),
        login_key=secrets.login_key,
        jump=_jump(settings),
        partition=region.partition,
        domain=region.domain,
        brought=mine,
        protect=settings.protect_hosts,
        reads=supply.reads if supply else (),
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


def _compliance(
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
        source=BotSource(secret_arn=source.secret_arn, bucket=source.bucket, key=source.key) if source else None,
        docker_version=given.docker_version,
        docker_sha256=given.docker_sha256,
        login_key=secrets.login_key,
        partition=region.partition,
        domain=region.domain,
        brought=mine,
        protect=settings.protect_hosts,
    )


def _machine(settings: Settings, host: Messaging | Calling, server: ServerArgs) -> MachineArgs:
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


def _proxy(settings: Settings) -> Proxy | None:
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


def _place(
    settings: Settings, label: str, region: Region, invoke: pulumi.InvokeOptions, top: pulumi.ResourceOptions
) -> tuple[NetworkPlace, NatGateway | None]:
    """A network of the stack's own, or the one that the stack names; in one's own, a way out for the private host."""
    network = settings.network
    if network.cidr is None:
        private = network.private_subnet_ids
        return NetworkPlace(
            vpc_id=network.vpc_id or "",  # the settings allow no third case
            public_subnet_ids=network.public_subnet_ids,
            private_subnet_ids=private,
            private_zones=[lookups.zone(private[0], invoke)] if settings.compliance else [],
        ), None
    made = Network("network", NetworkArgs(name=label, cidr=network.cidr, zones=region.zones[:ZONES]), opts=top)
    if not settings.compliance:
        return made.place, None
    return made.place, NatGateway(
        "nat",
        NatGatewayArgs(
            name=f"{label}-nat",
            subnet_id=made.place.public_subnet_ids[0],
            route_table_id=made.private_routes_id,
            protect=settings.protect_hosts,
        ),
        opts=top,
    )


def _certificate(
    settings: Settings, addresses: Sequence[pulumi.Output[str]], top: pulumi.ResourceOptions
) -> Certificate | None:
    """The one certificate that all hosts present; None leaves it to the vendor's installer (IG 4.4.1)."""
    given = settings.certificate
    if given.provided:
        chain, key = given.provided
        return Certificate(chain_pem=chain, private_key_pem=pulumi.Output.secret(key), ca_pem=given.ca_pem)
    if given.source == "installer":
        return None
    issued = IssuedCertificate(
        "certificate",
        IssuedCertificateArgs(
            organization=given.organization,
            names=settings.names,
            addresses=addresses,
            validity_days=given.validity_days,
            renew_before_days=given.renew_before_days,
            ca_validity_days=given.ca_validity_days,
            protect=settings.protect_hosts,
        ),
        opts=top,
    )
    return issued.certificate
