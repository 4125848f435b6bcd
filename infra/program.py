"""The installation, in the order of the guide: network, names and certificate, messaging server."""

import pulumi

from components.address import PublicAddress
from components.certificate import Certificate, IssuedCertificate, IssuedCertificateArgs
from components.cluster import ClusterGroup
from components.messaging import MessagingServer, MessagingServerArgs
from components.network import Network, NetworkArgs, NetworkPlace
from components.secrets import Secrets
from infra import configuration, lookups, outputs
from infra.errors import SettingsError
from infra.provider import aws_provider
from infra.settings import Settings


def main() -> None:
    """Deploys the selected stack. A stack that is wrong ends in sentences, before anything is made."""
    try:
        deploy(configuration.read())
    except SettingsError as error:
        for problem in error.problems:
            pulumi.log.error(problem)
        count = len(error.problems)
        raise pulumi.RunError(
            f"the stack is not deployed: {count} problem{'s' if count > 1 else ''} in its settings, listed above"
        ) from None


def deploy(settings: Settings) -> None:
    """Composes an installation from settings that were checked."""
    for warning in settings.warnings():
        pulumi.log.warn(warning)
    label = f"wickr-{pulumi.get_stack()}"
    provider = aws_provider({"wickr:project": pulumi.get_project(), "wickr:stack": pulumi.get_stack(), **settings.tags})
    invoke = pulumi.InvokeOptions(provider=provider)
    lookups.check(settings.network, settings.messaging, invoke)
    top = pulumi.ResourceOptions(providers={"aws": provider})

    place = _place(settings, label, invoke, top)
    cluster = ClusterGroup("cluster", label=label, vpc_id=place.vpc_id, opts=top)
    secrets = Secrets("secrets", protect=settings.protect_hosts, opts=top)
    address = PublicAddress("messaging-address", label=f"{label}-messaging", protect=settings.protect_hosts, opts=top)
    certificate = _certificate(settings, address, top)
    messaging = MessagingServer(
        "messaging",
        MessagingServerArgs(
            label=label,
            hostname=settings.hostname,
            place=place,
            address=address,
            internal_group_id=cluster.group_id,
            client_cidrs=settings.client_cidrs,
            admin_cidrs=settings.admin_cidrs,
            partition=lookups.partition(invoke),
            image_id=settings.messaging.image_id,
            instance_type=settings.messaging.instance_type,
            disk_gib=settings.messaging.disk_gib,
            rebuild=settings.messaging.rebuild,
            protect=settings.protect_hosts,
            certificate=certificate,
            license=pulumi.Output.secret(settings.license.get_secret_value()),
            settings=settings.settings,
            secrets=secrets,
            also_accept_os=settings.messaging.also_accept_os,
            security_module=settings.installer.security_module,
            installer_url=settings.installer.url,
            installer_sha256=settings.installer.sha256,
            docker_version=settings.installer.docker_version,
            docker_window=settings.installer.window,
            verify=settings.messaging.health_check == "deployer",
        ),
        opts=top,
    )
    outputs.export(settings, messaging.access, address.address, certificate, secrets)


def _place(settings: Settings, label: str, invoke: pulumi.InvokeOptions, top: pulumi.ResourceOptions) -> NetworkPlace:
    """A network of the stack's own, or the one that the stack names."""
    network = settings.network
    if network.cidr is not None:
        made = Network("network", NetworkArgs(name=label, cidr=network.cidr, zones=lookups.zones(invoke)), opts=top)
        return made.place
    return NetworkPlace(
        vpc_id=network.vpc_id or "",  # the settings allow no third case
        public_subnet_ids=network.public_subnet_ids,
        private_subnet_ids=network.private_subnet_ids,
    )


def _certificate(settings: Settings, address: PublicAddress, top: pulumi.ResourceOptions) -> Certificate | None:
    """The certificate that the host presents; None leaves it to the vendor's installer (IG 4.4.1)."""
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
            names=[settings.hostname],
            addresses=[address.address],
            validity_days=given.validity_days,
            renew_before_days=given.renew_before_days,
            ca_validity_days=given.ca_validity_days,
            protect=settings.protect_hosts,
        ),
        opts=top,
    )
    return issued.certificate
