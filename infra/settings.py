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

from guide import docker, hosts
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
    Sha256,
    SubnetId,
    System,
    VpcBlock,
    VpcId,
)
from installer.arguments import DEFAULT_URL


class Model(BaseModel):
    """Frozen, in camelCase as Pulumi configuration is, and with no key that is not declared.

    The text below a field describes the key: editors and the reference show it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, hide_input_in_errors=True)


def _written(value: object) -> object:
    """What YAML, or the command line, took for a number or for yes or no, where a text is meant: 6.26, 4711, true."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


class Network(Model):
    """Where hosts stand: a VPC that the stack makes (`cidr`), or one that is there (`vpcId` and its subnets)."""

    cidr: VpcBlock | None = None
    """The IPv4 block of a new VPC in two zones, /16 to /24."""
    vpc_id: VpcId | None = None
    """A VPC that is there; then there is no `cidr`."""
    public_subnet_ids: tuple[SubnetId, ...] = ()
    """Its subnets with a route to an internet gateway; the messaging host stands in the first."""
    private_subnet_ids: tuple[SubnetId, ...] = ()
    """Its subnets without one."""

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


def _disk(value: int) -> int:
    table = hosts.MINIMUMS[Role.MESSAGING]
    if value < table.disk_gb:
        raise ValueError(
            f"{value} is below the {table.disk_gb} of the table ({table.section}); "
            f"{hosts.PREFLIGHT_DISK_GB} is what the vendor's preflight accepts"
        )
    return value


class Messaging(Model):
    """The messaging host (IG 3.1)."""

    image_id: ImageId
    """The machine image that a host is made from: Ubuntu 18.04 or later, RHEL or CentOS 7 (IG 3.1). A new one replaces
    nothing: it counts when a host is made, and when it is rebuilt."""
    instance_type: InstanceType = "t3.large"
    """At least 2 vCPU and 8 GiB, x86_64 (IG 3.1). Another one restarts the host."""
    disk_gib: Annotated[int, Field(alias="diskGiB", le=16384), AfterValidator(_disk)] = hosts.PREFLIGHT_DISK_GB
    """The encrypted root volume in GiB: 1 to 5 GB a user (IG 3.1), at least 120; the vendor's preflight asks for 200
    (IG 4.4.5). It can grow, and never shrink."""
    also_accept_os: tuple[System, ...] = ()
    """Operating systems beyond the guide's list that the preflight lets pass: `debian 12`."""
    health_check: Literal["deployer", "none"] = "deployer"
    """Who asks the question of IG 9.1 in the end: the machine that runs Pulumi, or nobody where it cannot reach 443."""
    rebuild: Annotated[int, Field(ge=0)] = 0
    """Raised by one, it rebuilds the host from the image that stands here by then. The old disk stays, too."""


class Installer(Model):
    """How Replicated comes onto a host (IG 4.1)."""

    source: Literal["online"] = "online"
    """Where Replicated comes from: the vendor's servers."""
    url: HttpsUrl = DEFAULT_URL
    """The vendor's script (IG 4.1)."""
    sha256: Sha256 | None = None
    """Pins that script: another one is refused."""
    docker_version: DockerVersion | None = None
    """The Docker that the script installs where there is none; without it, the script's own choice."""
    docker_window: Annotated[Literal["guide", "6.26"], BeforeValidator(_written)] = "guide"
    """Which Docker a host may bring along: 1.7.1 to 18.09.2 (`guide`, IG 3.1.1), or 20.10.10 or later (releases from
    6.26.1 on)."""
    security_module: Literal["permissive", "keep"] = "permissive"
    """SELinux and AppArmor: make them permissive, as the guide asks, or keep them and refuse a host where they
    enforce."""

    @property
    def window(self) -> docker.DockerWindow:
        """The range of Docker that the installed release accepts."""
        return docker.GUIDE_WINDOW if self.docker_window == "guide" else docker.LATER_WINDOW

    @model_validator(mode="after")
    def _docker(self) -> Self:
        if self.docker_version:
            major, minor, patch = (int(part) for part in self.docker_version.split("."))
            if not self.window.accepts((major, minor, patch)):
                raise ValueError(
                    f"dockerVersion {self.docker_version} is outside what {self.window.release} accepts "
                    f"({self.window.text}, {self.window.section}); choose one inside, or another dockerWindow"
                )
        return self


class Certificate(Model):
    """The certificate that clients see (IG 4.4.1, 4.4.2): issued by the stack, provided, or the installer's own."""

    source: Literal["issued", "provided", "installer"] = "issued"
    """Who issues it: a CA of the stack's own, you (`chainPem`, `privateKeyPem`), or the vendor's installer."""
    organization: Annotated[str, Field(min_length=1, max_length=64)] = "Wickr Enterprise"
    """The organisation in certificates that the stack issues."""
    validity_days: Annotated[int, Field(ge=1, le=825)] = 397
    """How long such a certificate is valid; many clients take no more than 825 days."""
    renew_before_days: Annotated[int, Field(ge=1)] = 60
    """In its last days, `pulumi up` renews it."""
    ca_validity_days: Annotated[int, Field(ge=365, le=7300)] = 3650
    """How long the stack's CA is valid. Another number is another CA, which clients would have to pin anew."""
    chain_pem: str | None = None
    """Yours: the server's certificate, then its intermediates, in PEM."""
    private_key_pem: SecretStr | None = None
    """Yours: its private key in PEM, without a passphrase."""
    ca_pem: str | None = None
    """Yours: the CA, where the machines' own trust stores do not know it."""

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
    """The DNS name, or the address, that clients use and that the certificate carries (IG 4.4.1)."""
    admin_cidrs: Annotated[tuple[AdminBlock, ...], Field(min_length=1), AfterValidator(_each_once)]
    """Networks that may use SSH and the installer, ports 22 and 8800 (IG 3.1.2); the machine that runs Pulumi is in one
    of them. Never everybody."""
    client_cidrs: Annotated[tuple[AddressBlock, ...], Field(min_length=1), AfterValidator(_each_once)] = ("0.0.0.0/0",)
    """Networks that clients connect from, port 443: the guide's "ALL" (IG 3.1.2)."""
    network: Network = Network(cidr="10.20.0.0/16")
    """Where the hosts stand."""
    messaging: Messaging
    """The messaging host (IG 3.1)."""
    installer: Installer = Installer()
    """How Replicated is installed (IG 4.1)."""
    license: Annotated[SecretStr, AfterValidator(_license)]
    """The vendor's licence, the .rli file in base64 (IG 3)."""
    certificate: Certificate = Certificate()
    """TLS (IG 4.4.2)."""
    settings: dict[str, Annotated[str, BeforeValidator(_setting)]] = {}
    """Settings of the application by the vendor's key names, passed on as they are (IG 5). Any may be encrypted."""
    tags: Annotated[dict[str, Annotated[str, BeforeValidator(_written)]], AfterValidator(_tags)] = {}
    """Tags on everything in AWS."""
    protect_hosts: bool = True
    """Whether hosts, their address, the CA and the cluster's secret are guarded against deletion. False before a
    deliberate destroy."""

    @field_validator("certificate")
    @classmethod
    def _certificate_fits(cls, value: Certificate, others: ValidationInfo) -> Certificate:
        # A host name that is wrong itself is no reason to be silent about the certificate.
        errors, _ = _provided(value, [others.data["hostname"]] if "hostname" in others.data else [])
        if errors:
            raise ValueError("; ".join(errors))
        return value

    def warnings(self) -> list[str]:
        """What is allowed but deserves a sentence."""
        warnings = [f"wickr:certificate.{each}" for each in _provided(self.certificate, [self.hostname])[1]]
        if self.messaging.disk_gib < hosts.PREFLIGHT_DISK_GB:
            warnings.append(
                f"wickr:messaging.diskGiB is {self.messaging.disk_gib}: the table allows it (IG 3.1), the vendor's "
                f"preflight asks for {hosts.PREFLIGHT_DISK_GB} (IG 4.4.5)"
            )
        return warnings
