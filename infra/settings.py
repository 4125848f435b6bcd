"""A stack's settings: the stack file, parsed once into one frozen typed object.

What is a key, what it means and what it may be stands here; that a key exists is declared in Pulumi.yaml too, for
the engine. Everything that can be refused without asking AWS is refused here.
"""

import datetime
from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel

from guide import calls, hosts
from guide.releases import Release
from guide.roles import Role
from infra import license as license_file
from infra import provided_certificate
from infra.names import (
    AddressBlock,
    AdminBlock,
    DockerVersion,
    HostName,
    HttpsUrl,
    ImageId,
    InstanceType,
    SettingKey,
    Sha256,
    SubnetId,
    System,
    VpcBlock,
    VpcId,
)
from installer.arguments import DEFAULT_OPERATOR_URL, DEFAULT_URL

FIRST_EPHEMERAL_PORT = 32768
"""Where Linux begins to take ports for connections of its own, unless it is told otherwise."""


class Model(BaseModel):
    """Frozen, in camelCase as Pulumi configuration is, and with no key that is not declared."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, hide_input_in_errors=True)


def _written(value: object) -> object:
    """What YAML, or the command line, took for a number or for yes or no, where a text is meant: 6.26, 4711, true."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


class Network(Model):
    """Where hosts stand: a VPC that the stack makes (`cidr`), or one that is there (`vpcId` and its subnets)."""

    cidr: VpcBlock | None = None
    vpc_id: VpcId | None = None
    public_subnet_ids: tuple[SubnetId, ...] = ()
    private_subnet_ids: tuple[SubnetId, ...] = ()

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        subnets = (*self.public_subnet_ids, *self.private_subnet_ids)
        if self.cidr and (self.vpc_id or subnets):
            raise ValueError("name either cidr, for a new VPC, or vpcId with its subnets, not both")
        if not self.cidr and not self.vpc_id:
            raise ValueError("name cidr, for a new VPC, or vpcId with publicSubnetIds, for one that is there")
        if self.vpc_id and not self.public_subnet_ids:
            raise ValueError("vpcId needs publicSubnetIds: the messaging host stands in the first of them")
        if len(set(subnets)) != len(subnets):
            raise ValueError("a subnet is named twice; name each one once, as public or as private")
        return self


def _at_least_the_table(role: Role) -> AfterValidator:
    table = hosts.MINIMUMS[role]

    def check(value: int) -> int:
        if value < table.disk_gb:
            enough = (
                f"{table.preflight_disk_gb} is what the vendor's preflight accepts"
                if table.preflight_disk_gb
                else "raise it"
            )
            raise ValueError(f"{value} is below the {table.disk_gb} of the table ({table.section}); {enough}")
        return value

    return AfterValidator(check)


class Messaging(Model):
    """The messaging host (IG 3.1)."""

    image_id: ImageId
    instance_type: InstanceType = "t3.large"
    disk_gib: Annotated[int, Field(alias="diskGiB", le=16384), _at_least_the_table(Role.MESSAGING)] = (
        hosts.PREFLIGHT_DISK_GB
    )
    also_accept_os: tuple[System, ...] = ()
    health_check: Literal["deployer", "none"] = "deployer"
    rebuild: Annotated[int, Field(ge=0)] = 0


def _calls(value: int) -> int:
    calls.last_media_port(value)  # raises with the arithmetic
    return value


class Calling(Model):
    """The voice and video host (IG 3.2). Without an image of its own it has the messaging host's."""

    hostname: HostName
    max_calls: Annotated[int, AfterValidator(_calls)] = calls.DEFAULT_MAX_CALLS
    image_id: ImageId | None = None
    instance_type: InstanceType = "t3.large"
    disk_gib: Annotated[int, Field(alias="diskGiB", le=16384), _at_least_the_table(Role.CALLING)] = 80
    also_accept_os: tuple[System, ...] = ()
    rebuild: Annotated[int, Field(ge=0)] = 0


class Installer(Model):
    """How Replicated comes onto a host (IG 4.1)."""

    source: Literal["online"] = "online"
    url: HttpsUrl = DEFAULT_URL
    sha256: Sha256 | None = None
    docker_version: DockerVersion | None = None
    operator_url: HttpsUrl = DEFAULT_OPERATOR_URL
    release: Annotated[Release, BeforeValidator(_written)] = Release.GUIDE
    security_module: Literal["permissive", "keep"] = "permissive"

    @model_validator(mode="after")
    def _docker(self) -> Self:
        if self.docker_version:
            major, minor, patch = (int(part) for part in self.docker_version.split("."))
            window = self.release.docker
            if not window.accepts((major, minor, patch)):
                raise ValueError(
                    f"dockerVersion {self.docker_version} is outside what {window.release} accepts "
                    f"({window.text}, {window.section}); choose one inside, or another release"
                )
        return self


class Certificate(Model):
    """The certificate that clients see (IG 4.4.1, 4.4.2): issued by the stack, provided, or the installer's own."""

    source: Literal["issued", "provided", "installer"] = "issued"
    organization: Annotated[str, Field(min_length=1, max_length=64)] = "Wickr Enterprise"
    validity_days: Annotated[int, Field(ge=1, le=825)] = 397
    renew_before_days: Annotated[int, Field(ge=1)] = 60
    ca_validity_days: Annotated[int, Field(ge=365, le=7300)] = 3650
    chain_pem: str | None = None
    private_key_pem: SecretStr | None = None
    ca_pem: str | None = None

    @property
    def provided(self) -> tuple[str, str] | None:
        """Chain and key that were brought along; None for the other sources."""
        if self.chain_pem is None or self.private_key_pem is None:
            return None
        return self.chain_pem, self.private_key_pem.get_secret_value()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        given = [
            name
            for name, value in (
                ("chainPem", self.chain_pem),
                ("privateKeyPem", self.private_key_pem),
                ("caPem", self.ca_pem),
            )
            if value is not None
        ]
        if self.source == "provided" and not (self.chain_pem and self.private_key_pem):
            raise ValueError(
                "source provided needs chainPem and privateKeyPem; set the key with: "
                'pulumi config set --secret --path certificate.privateKeyPem "$(cat KEY.pem)"'
            )
        if self.source != "provided" and given:
            raise ValueError(f"{', '.join(given)} given, but source is {self.source}; set source to provided")
        if self.renew_before_days >= self.validity_days:
            raise ValueError(
                f"renewBeforeDays {self.renew_before_days} is not below validityDays {self.validity_days}: "
                "the certificate would be renewed at every deployment"
            )
        if self.ca_validity_days < self.validity_days:
            raise ValueError(
                f"caValidityDays {self.ca_validity_days} is below validityDays {self.validity_days}: "
                "the certificate would outlive the CA that vouches for it"
            )
        return self


def _setting(value: object) -> object:
    """Settings of Replicated are texts; its own exports write yes and no as "1" and "0"."""
    return _written(int(value) if isinstance(value, bool) else value)


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


def _each_once(value: Sequence[str]) -> Sequence[str]:
    twice = sorted({each for each in value if value.count(each) > 1})
    if twice:
        raise ValueError(f"{', '.join(twice)} stands there twice, which AWS refuses; name each block once")
    return value


def _provided(certificate: Certificate, names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Errors and warnings about a certificate that was brought along; none about others."""
    if certificate.provided is None:
        return [], []
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
    admin_cidrs: Annotated[tuple[AdminBlock, ...], Field(min_length=1), AfterValidator(_each_once)]
    client_cidrs: Annotated[tuple[AddressBlock, ...], Field(min_length=1), AfterValidator(_each_once)] = ("0.0.0.0/0",)
    network: Network = Network(cidr="10.20.0.0/16")
    messaging: Messaging
    calling: Annotated[Calling | None, BeforeValidator(lambda value: None if value == {} else value)] = None
    installer: Installer = Installer()
    license: Annotated[SecretStr, AfterValidator(_license)]
    certificate: Certificate = Certificate()
    settings: dict[SettingKey, Annotated[str, BeforeValidator(_setting)]] = {}
    tags: Annotated[dict[str, Annotated[str, BeforeValidator(_written)]], AfterValidator(_tags)] = {}
    protect_hosts: bool = True

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
        if self.calling and calls.last_media_port(self.calling.max_calls) >= FIRST_EPHEMERAL_PORT:
            warnings.append(
                f"wickr:calling.maxCalls is {self.calling.max_calls}: its range reaches port {FIRST_EPHEMERAL_PORT}, "
                "from which Linux takes the ports of outgoing connections; set net.ipv4.ip_local_port_range on the host"
            )
        return warnings
