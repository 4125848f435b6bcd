"""A stack's settings: the stack file, parsed once into one frozen typed object.

What is a key, what it means and what it may be stands here; that a key exists is declared in Pulumi.yaml too, for
the engine. Everything that can be refused without asking AWS is refused here.
"""

import datetime
from collections.abc import Sequence
from ipaddress import ip_network
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationInfo, field_validator

from guide import calls, hosts
from infra import license as license_file
from infra.backup import Backup
from infra.bastion import Bastion
from infra.calling import Calling
from infra.certificate import Certificate
from infra.compliance import Compliance
from infra.dns import Dns
from infra.encryption import Encryption
from infra.iam import Iam
from infra.installer import Installer
from infra.messaging import Messaging
from infra.model import Model, each_once, written
from infra.monitoring import Monitoring
from infra.names import AddressBlock, AdminBlock, HostName, KmsKeyId, SettingKey
from infra.network import Network
from infra.snapshots import Snapshots
from infra.vitals import CERTIFICATE_DAYS

FIRST_EPHEMERAL_PORT = 32768
"""Where Linux begins to take ports for connections of its own, unless it is told otherwise."""


def _setting(value: object) -> object:
    """Settings of Replicated are texts; its own exports write yes and no as "1" and "0"."""
    return written(int(value) if isinstance(value, bool) else value)


def _for_bash(value: str) -> str:
    if "\0" in value:
        # The value may be a secret, and is not repeated.
        raise ValueError("holds a NUL byte, which the host's shell cannot carry; take it out")
    return value


def _license(value: SecretStr) -> SecretStr:
    problem = license_file.problem(value.get_secret_value())
    if problem:
        raise ValueError(problem)
    return SecretStr("".join(value.get_secret_value().split()))


def _tags(value: dict[str, str]) -> dict[str, str]:
    if len(value) > 40:
        raise ValueError(f"{len(value)} tags; AWS allows 50 on a resource and some are the program's own: 40 at most")
    for key, text in value.items():
        if key.lower().startswith("aws:"):
            raise ValueError(f"{key!r} begins with aws:, which AWS keeps for itself; choose another name")
        if not 1 <= len(key) <= 128 or len(text) > 256:
            raise ValueError(f"{key!r}: AWS allows 128 characters in a tag's name and 256 in its value")
    return value


def _provided(certificate: Certificate, names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Errors and warnings about a certificate that was brought along; none about others."""
    if certificate.provided is None:
        return [], []
    # Here, so that its library is loaded only where there is a certificate to look at.
    from infra import provided_certificate

    chain, key = certificate.provided
    return provided_certificate.problems(
        chain_pem=chain,
        private_key_pem=key,
        ca_pem=certificate.ca_pem,
        names=names,
        now=datetime.datetime.now(datetime.UTC),
    )


class Settings(Model):
    """Everything that a stack says about an installation. Field names are the keys below `wickr:`, in camelCase."""

    hostname: HostName
    """The DNS name, or the address, that clients use and that the certificate carries (IG 4.4.1)."""
    admin_cidrs: Annotated[tuple[AdminBlock, ...], Field(min_length=1), AfterValidator(each_once)]
    """Networks that may use SSH and the installer, ports 22 and 8800 (IG 3.1.2); the machine that runs Pulumi is in one
    of them. Never everybody."""
    client_cidrs: Annotated[tuple[AddressBlock, ...], Field(min_length=1), AfterValidator(each_once)] = ("0.0.0.0/0",)
    """Networks that clients connect from, port 443: the guide's "ALL" (IG 3.1.2)."""
    network: Network = Network(cidr="10.20.0.0/16")
    """Where the hosts stand."""
    bastion: Annotated[Bastion | None, BeforeValidator(lambda value: None if value == {} else value)] = None
    """The host that SSH goes through to the hosts, if it cannot reach them directly. It is yours, and there already."""
    messaging: Messaging
    """The messaging host (IG 3.1)."""
    calling: Annotated[Calling | None, BeforeValidator(lambda value: None if value == {} else value)] = None
    """The voice and video host (IG 3.2), if there is to be one."""
    kms_key_id: Annotated[KmsKeyId | None, BeforeValidator(lambda value: value or None)] = None
    """A key of yours for the hosts' encrypted volumes, by its id or ARN; without it, AWS's own for the account. Decided
    when a host, or a volume, is made: what is there keeps its key."""
    encryption: Encryption = Encryption()
    """Another key for these volumes."""
    iam: Iam = Iam()
    """What bounds the hosts in AWS (IAM)."""
    dns: Annotated[Dns | None, BeforeValidator(lambda value: None if value == {} else value)] = None
    """The records of both names in Route 53, if the stack is to make them."""
    compliance: Annotated[Compliance | None, BeforeValidator(lambda value: None if value == {} else value)] = None
    """The compliance host (CG 2), if there is to be one. It stands in the first private subnet."""
    installer: Installer = Installer()
    """How Replicated is installed (IG 4.1)."""
    egress: Literal["guide", "open", "proxy", "none"] = "guide"
    """What the hosts may reach outside the installation: TCP 443 and 80 for the guide's outbound hosts (IG 3.5), which
    a security group can only open towards every address; everything (`open`); `installer.proxy` and nothing else
    (`proxy`); or nothing (`none`)."""
    license: Annotated[SecretStr, AfterValidator(_license)]
    """The vendor's licence, the .rli file in base64 (IG 3)."""
    certificate: Certificate = Certificate()
    """TLS (IG 4.4.2)."""
    settings: dict[SettingKey, Annotated[str, BeforeValidator(_setting), AfterValidator(_for_bash)]] = Field({})
    """Settings of the application by the vendor's key names, passed on as they are (IG 5). Any may be encrypted."""
    monitoring: Monitoring = Monitoring()
    """What watches the installation."""
    backup: Backup = Backup()
    """Backups of the hosts."""
    snapshots: Snapshots = Snapshots()
    """Where Replicated's own snapshots go."""
    tags: Annotated[dict[str, Annotated[str, BeforeValidator(written)]], AfterValidator(_tags)] = Field({})
    """Tags on everything in AWS."""
    protect_hosts: bool = True
    """Whether hosts, their address, the CA and the cluster's secret are guarded against deletion. False before a
    deliberate destroy."""

    @field_validator("calling")
    @classmethod
    def _calling_has_its_own_name(cls, value: Calling | None, others: ValidationInfo) -> Calling | None:
        if value and value.hostname == others.data.get("hostname"):
            raise ValueError(
                f"hostname is {value.hostname}, as wickr:hostname is; the two hosts have an address each, "
                "so each needs a name of its own"
            )
        return value

    @field_validator("certificate")
    @classmethod
    def _certificate_fits(cls, value: Certificate, others: ValidationInfo) -> Certificate:
        # A host name that is wrong itself is no reason to be silent about the certificate.
        given = [others.data.get("hostname"), getattr(others.data.get("calling"), "hostname", None)]
        errors, _ = _provided(value, [name for name in given if name])
        if errors:
            raise ValueError("; ".join(errors))
        return value

    @property
    def records_are_yours(self) -> bool:
        """Whether clients find the hosts only by records that a person makes: there is no zone, or one that clients
        of public addresses do not see.
        """
        return self.dns is None or (self.dns.private and self.network.public_addresses)

    @property
    def keeps_flow_logs(self) -> bool:
        """Whether the flows of the VPC are logged."""
        asked = self.monitoring.flow_logs.enabled
        return bool(self.network.cidr and not self.iam.instance_profile) if asked is None else asked

    @property
    def tells_vitals(self) -> bool:
        """Whether the hosts tell CloudWatch how they are. What a proxy lets through is not the stack's to know."""
        asked = self.monitoring.vitals.enabled
        reach = self.egress in ("guide", "open") and not self.installer.proxy
        return bool(reach and not self.iam.instance_profile) if asked is None else asked

    @property
    def certificate_days(self) -> int:
        """How many days a certificate is still valid when people are told."""
        asked = self.monitoring.vitals.certificate_days
        if asked is not None:
            return asked
        renewed = self.certificate.renew_before_days // 2 if self.certificate.source == "issued" else CERTIFICATE_DAYS
        return min(CERTIFICATE_DAYS, renewed)

    @property
    def keeps_backups(self) -> bool:
        """Whether the hosts are backed up."""
        return not self.iam.instance_profile if self.backup.enabled is None else self.backup.enabled

    @property
    def verified_from(self) -> Literal["deployer", "bastion"] | None:
        """Where the question of IG 9.1 is asked, if it is."""
        asker = self.messaging.health_check or ("bastion" if self.bastion else "deployer")
        return None if asker == "none" else asker

    @property
    def names(self) -> list[str]:
        """The names that clients use. One certificate is for all of them: calling cannot have its own (IG 4.4.2)."""
        return [self.hostname, *([self.calling.hostname] if self.calling else [])]

    def warnings(self) -> list[str]:
        """What is allowed but deserves a sentence."""
        warnings = [f"wickr:certificate.{each}" for each in _provided(self.certificate, self.names)[1]]
        if self.messaging.disk_gib < hosts.PREFLIGHT_DISK_GB:
            warnings.append(
                f"wickr:messaging.diskGiB is {self.messaging.disk_gib}: the table allows it (IG 3.1), the vendor's "
                f"preflight asks for {hosts.PREFLIGHT_DISK_GB} (IG 4.4.5)"
            )
        if not self.network.public_addresses and all(ip_network(each).is_global for each in self.admin_cidrs):
            warnings.append(
                f"wickr:adminCidrs names public networks alone ({', '.join(self.admin_cidrs)}), and the hosts have "
                "private addresses alone: connections that come by a VPN or a peering have private sources"
            )
        if self.dns and not self.dns.private and not self.network.public_addresses:
            warnings.append(
                f"wickr:dns.zoneId {self.dns.zone_id} is taken for a public zone, and the hosts have private addresses "
                "alone: everybody can read those there; a private zone keeps them inside"
            )
        if self.snapshots.enabled:
            warnings.append(
                "wickr:snapshots.enabled is true: Replicated is a container, and what the metadata service tells it, "
                "it tells every container of the messaging host: the SSH host key in the user data, and the "
                "credentials of the host's role"
            )
        if self.calling and calls.last_media_port(self.calling.max_calls) >= FIRST_EPHEMERAL_PORT:
            warnings.append(
                f"wickr:calling.maxCalls is {self.calling.max_calls}: its range reaches port {FIRST_EPHEMERAL_PORT}, "
                "from which Linux takes the ports of outgoing connections; set net.ipv4.ip_local_port_range on the host"
            )
        return warnings
