"""The installation, in the order of the guide: network, names and certificate, messaging and calling servers."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from components.address import PublicAddress
from components.calling import TAG, CallingServer, CallingServerArgs
from components.certificate import Certificate, IssuedCertificate, IssuedCertificateArgs
from components.cluster import ClusterGroup
from components.compliance import ComplianceServer
from components.dns import Records, RecordsArgs
from components.messaging import MessagingServer
from components.replicated import JoinedNode, Replicated, ReplicatedArgs
from components.secrets import Secrets
from guide.roles import Role
from infra import arguments, brought, keep, lookups, outputs, stack_names, watch
from infra.place import network_place
from infra.region import Region
from infra.settings import Settings
from infra.supply import supply as bucket_supply


def deploy(settings: Settings, provider: aws.Provider, region: Region) -> None:
    """Composes an installation from settings that were checked. Raises SettingsError where AWS contradicts them,
    before anything is made.
    """
    for warning in settings.warnings():
        pulumi.log.warn(warning)
    invoke = pulumi.InvokeOptions(provider=provider)
    lookups.check(settings, region, invoke)
    label = stack_names.label()
    top = pulumi.ResourceOptions(providers={"aws": provider})

    place, nat = network_place(settings, label, region, invoke, top)
    cluster = ClusterGroup("cluster", label=label, vpc_id=place.vpc_id, opts=top)
    secrets = Secrets("secrets", protect=settings.protect_hosts, opts=top)
    roles = [Role.MESSAGING, *([Role.CALLING] if settings.calling else [])]
    elastic = {
        role: PublicAddress(f"{role}-address", label=f"{label}-{role}", protect=settings.protect_hosts, opts=top)
        for role in roles
        if settings.network.public_addresses
    }
    mine = keep.along(settings, label, brought.along(settings, invoke), top)
    snapshots = keep.snapshots(settings, label, mine, region, top)
    supply = bucket_supply(settings, label, place, region, snapshots, invoke, top)
    supplies = {Role.MESSAGING: supply, Role.CALLING: supply.for_node()} if supply else {}
    servers = {
        role: arguments.server(
            settings, role, label, place, elastic.get(role), secrets, region, mine, supplies.get(role)
        )
        for role in roles
    }

    messaging = MessagingServer(
        "messaging",
        servers[Role.MESSAGING],
        internal_group_id=cluster.group_id,
        snapshots=snapshots,
        opts=top,
    )
    calling = None
    if settings.calling:
        calling = CallingServer(
            "calling",
            servers[Role.CALLING],
            CallingServerArgs(
                messaging=messaging,
                messaging_address=elastic.get(Role.MESSAGING),
                cluster_group_id=cluster.group_id,
                machine=arguments.machine(settings, settings.calling, servers[Role.CALLING]),
                cluster_token=secrets.cluster_token,
                operator_url=settings.installer.operator_url,
                proxy=arguments.proxy(settings),
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
            machine=arguments.machine(settings, settings.messaging, servers[Role.MESSAGING]),
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
            proxy=arguments.proxy(settings),
            supply=supplies.get(Role.MESSAGING),
            verified_from=settings.verified_from,
        ),
        opts=pulumi.ResourceOptions(parent=messaging),
    )
    hosts = {Role.MESSAGING: watch.Server(component=messaging, access=messaging.access, after=[replicated.ready])}
    if calling:
        hosts[Role.CALLING] = watch.Server(component=calling, access=calling.access, after=[calling.ready])
    if settings.compliance:
        compliance = ComplianceServer(
            "compliance",
            arguments.compliance(
                settings, settings.compliance, label, place, nat, secrets, region, mine, messaging, replicated
            ),
            opts=top,
        )
        access[Role.COMPLIANCE] = compliance.access
        # Its way out takes minutes, and it is up sooner.
        reached = [compliance.ready, *([nat] if nat else [])]
        hosts[Role.COMPLIANCE] = watch.Server(component=compliance, access=compliance.access, after=reached)
    # What watches and keeps comes last: no host waits for it.
    watch.flow_logs(settings, label, place, region, top)
    keep.backups(settings, label, access, region, top)
    told = watch.vitals(settings, label, hosts, region, top)
    topic = watch.alarms(settings, label, access, told, region, top)
    outputs.export(settings, access, addresses, certificate, secrets, topic, snapshots)


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
