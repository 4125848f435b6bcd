"""A stack's settings: the stack file, parsed once into one frozen typed object.

What is a key, what it means and what it may be stands here; that a key exists is declared in Pulumi.yaml too, for
the engine. Everything that can be refused without asking AWS is refused here.
"""

import datetime
from collections.abc import Sequence
from ipaddress import ip_network
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
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
from infra import proxy as forward_proxy
from infra.airgap import Airgap
from infra.bastion import Bastion
from infra.compliance import Compliance
from infra.dns import Dns
from infra.iam import Iam
from infra.model import Model, at_least_the_table, written
from infra.names import (
    AddressBlock,
    AdminBlock,
    DockerVersion,
    HostName,
    HttpsUrl,
    ImageId,
    InstanceType,
    KmsKeyId,
    SettingKey,
    Sha256,
    SubnetId,
    System,
    VpcBlock,
    VpcId,
    printable,
)
from infra.proxy import ProxyBlock, ProxyCredentials, ProxyException, ProxyUrl
from installer.arguments import DEFAULT_OPERATOR_URL, DEFAULT_URL

ONLINE_ONLY = (
    *("url", "sha256", "docker_version", "operator_url"),
    *("proxy", "proxy_credentials", "proxy_cidrs", "no_proxy"),
)
"""Keys of `installer` that say what is fetched from the vendor, and how."""

FIRST_EPHEMERAL_PORT = 32768
"""Where Linux begins to take ports for connections of its own, unless it is told otherwise."""


def _each_once(value: Sequence[str]) -> Sequence[str]:
    twice = sorted({each for each in value if value.count(each) > 1})
    if twice:
        raise ValueError(f"{', '.join(twice)} stands there twice, which AWS refuses; name each block once")
    return value


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
    public_addresses: bool = True
    """False gives no host a public address: they stand in the first private subnet of a VPC that is there, and are
    reached at their private addresses, by a VPN, a peering or the like. Decided when a host is made."""
    rules_per_group: Annotated[int, Field(ge=60, le=1000)] = 60
    """How many inbound rules AWS allows a security group of this account: quota L-0EA8095F, 60 unless it was raised."""

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        subnets = (*self.public_subnet_ids, *self.private_subnet_ids)
        if self.cidr and (self.vpc_id or subnets):
            raise ValueError("name either cidr, for a new VPC, or vpcId with its subnets, not both")
        if not self.vpc_id and not self.public_addresses:
            raise ValueError(
                "publicAddresses false needs vpcId and privateSubnetIds: no VPN or peering leads into a VPC that the "
                "stack has yet to make, so nobody could reach the hosts to install them; name a VPC that has one, or "
                "leave publicAddresses true"
            )
        if not self.cidr and not self.vpc_id:
            raise ValueError("name cidr, for a new VPC, or vpcId with publicSubnetIds, for one that is there")
        if self.vpc_id and not self.public_addresses and not self.private_subnet_ids:
            raise ValueError("publicAddresses false needs privateSubnetIds: the hosts stand in the first of them")
        if self.vpc_id and self.public_addresses and not self.public_subnet_ids:
            raise ValueError("vpcId needs publicSubnetIds: the messaging host stands in the first of them")
        if len(set(subnets)) != len(subnets):
            raise ValueError("a subnet is named twice; name each one once, as public or as private")
        return self


class Messaging(Model):
    """The messaging host (IG 3.1)."""

    image_id: ImageId
    """The machine image that a host is made from: Ubuntu 18.04 or later, RHEL or CentOS 7 (IG 3.1). A new one replaces
    nothing: it counts when a host is made, and when it is rebuilt."""
    instance_type: InstanceType = "t3.large"
    """At least 2 vCPU and 8 GiB, x86_64 (IG 3.1). Another one restarts the host."""
    disk_gib: Annotated[int, Field(alias="diskGiB", le=16384), at_least_the_table(Role.MESSAGING)] = (
        hosts.PREFLIGHT_DISK_GB
    )
    """The encrypted root volume in GiB: 1 to 5 GB a user (IG 3.1), at least 120; the vendor's preflight asks for 200
    (IG 4.4.5). It can grow, and never shrink."""
    also_accept_os: tuple[System, ...] = ()
    """Operating systems beyond the guide's list that the preflight lets pass: `debian 12`."""
    health_check: Literal["deployer", "bastion", "none"] | None = None
    """Who asks the question of IG 9.1 in the end: the machine that runs Pulumi, the bastion, or nobody where neither
    reaches 443. Without it, the bastion if there is one."""
    rebuild: Annotated[int, Field(ge=0)] = 0
    """Raised by one, it rebuilds the host from the image that stands here by then. The old disk stays, too."""


def _calls(value: int) -> int:
    calls.last_media_port(value)  # raises with the arithmetic
    return value


class Calling(Model):
    """The voice and video host (IG 3.2)."""

    hostname: HostName
    """The DNS name, or the address, at which clients reach calls (IG 5, Calling Hostname); not that of the messaging
    host. The one certificate carries it, too."""
    max_calls: Annotated[int, AfterValidator(_calls)] = calls.DEFAULT_MAX_CALLS
    """Concurrent calls: two UDP ports each from 16384 on are opened (IG 6.4). Beyond 50 the calling service must be
    told, by ORVILLE_MAX_CALLS."""
    image_id: ImageId | None = None
    """The machine image; without it, the messaging host's."""
    instance_type: InstanceType = "t3.large"
    """At least 2 vCPU and 8 GiB, x86_64 (IG 3.2). Another one restarts the host."""
    disk_gib: Annotated[int, Field(alias="diskGiB", le=16384), at_least_the_table(Role.CALLING)] = 80
    """The encrypted root volume in GiB, at least 60 (IG 3.2). It can grow, and never shrink."""
    also_accept_os: tuple[System, ...] = ()
    """Operating systems beyond the guide's list that the preflight lets pass: `debian 12`."""
    rebuild: Annotated[int, Field(ge=0)] = 0
    """Raised by one, it rebuilds the host from the image that stands here by then. The old disk stays, too."""


class Installer(Model):
    """How Replicated comes onto a host (IG 4.1)."""

    source: Literal["online", "airgap"] = "online"
    """Where Replicated and Wickr come from: the vendor's servers, or a bucket of yours, with nothing let out to anybody
    else (`airgap`, IG 4.2). Decided when a host is made."""
    airgap: Airgap | None = None
    """With `airgap`: what is installed, and where it lies."""
    url: HttpsUrl = DEFAULT_URL
    """The vendor's script (IG 4.1)."""
    sha256: Sha256 | None = None
    """Pins that script: another one is refused."""
    docker: Literal["script", "preinstalled"] = "script"
    """Where hosts have Docker from: the vendor's script, where none runs yet; or the image alone (`preinstalled`), so
    that a host without one is refused. One that runs already is kept and must be of the release's range."""
    docker_version: DockerVersion | None = None
    """The Docker that the script installs on the messaging host where there is none; without it, the script's own
    choice."""
    operator_url: HttpsUrl = DEFAULT_OPERATOR_URL
    """The vendor's script that makes the voice and video host a node (IG 4.5)."""
    release: Annotated[Release, BeforeValidator(written)] = Release.GUIDE
    """Which releases of Wickr this is for: `guide` (Docker 1.7.1 to 18.09.2, IG 3.1.1), `6.26` and later (Docker
    20.10.10 or later), `6.32` and later (TCP 8443 from the messaging host to the calling host, too)."""
    security_module: Literal["permissive", "keep"] = "permissive"
    """SELinux and AppArmor: make them permissive, as the guide asks, or keep them and refuse a host where they
    enforce."""
    proxy: ProxyUrl | None = None
    """The forward proxy through which hosts get out, as `http://host:port`: the vendor's scripts, Docker, Replicated
    and the package manager are given it."""
    proxy_credentials: ProxyCredentials | None = None
    """`USER:PASSWORD` for the proxy, if it asks for them."""
    proxy_cidrs: Annotated[tuple[ProxyBlock, ...], AfterValidator(_each_once)] = ()
    """The address blocks at which a proxy with a name answers, for `egress: proxy`: a security group knows no names."""
    no_proxy: tuple[ProxyException, ...] = ()
    """What else hosts reach without the proxy: names, domains with a dot before them, addresses. Themselves, each
    other, the installation's names and the metadata service they always do."""

    @property
    def proxy_blocks(self) -> tuple[str, ...]:
        """The addresses at which the proxy answers, as far as a stack can know."""
        return forward_proxy.blocks(self.proxy, self.proxy_cidrs) if self.proxy else ()

    @model_validator(mode="after")
    def _proxied(self) -> Self:
        keys = {
            "proxyCredentials": self.proxy_credentials,
            "proxyCidrs": self.proxy_cidrs,
            "noProxy": self.no_proxy,
        }
        given = [key for key, value in keys.items() if value]
        if given and not self.proxy:
            raise ValueError(f"{', '.join(given)} given, but no proxy; set it to http://host:port, or take them out")
        if self.proxy:
            forward_proxy.blocks(self.proxy, self.proxy_cidrs)  # raises where they do not fit
        return self

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.source == "online" and self.airgap:
            raise ValueError("airgap is given, and source is online; set source to airgap, or take the group out")
        if self.source == "airgap":
            if not self.airgap:
                raise ValueError(
                    "source airgap needs the group airgap: bucket, archive, bundle; ./wickr upload puts the files "
                    "there and prints it"
                )
            fetched = [name for name in ONLINE_ONLY if name in self.model_fields_set]
            if fetched:
                keys = ", ".join(to_camel(name) for name in fetched)
                raise ValueError(f"{keys}: for source online alone, where hosts fetch from the vendor; take them out")
            self.airgap.fits(self.release)
        return self

    @model_validator(mode="after")
    def _docker(self) -> Self:
        packages = self.airgap.docker if self.airgap else ()
        if self.docker == "preinstalled" and (self.docker_version or packages):
            given = "dockerVersion" if self.docker_version else "airgap.docker"
            raise ValueError(
                f"docker is preinstalled, so that nothing installs one, and {given} names one to install; take one of "
                "the two out"
            )
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
    """Who issues it: a CA of the stack's own, you (`chainPem`, `privateKeyPem`), or the vendor's installer."""
    organization: Annotated[str, Field(min_length=1, max_length=64), AfterValidator(printable)] = "Wickr Enterprise"
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
    admin_cidrs: Annotated[tuple[AdminBlock, ...], Field(min_length=1), AfterValidator(_each_once)]
    """Networks that may use SSH and the installer, ports 22 and 8800 (IG 3.1.2); the machine that runs Pulumi is in one
    of them. Never everybody."""
    client_cidrs: Annotated[tuple[AddressBlock, ...], Field(min_length=1), AfterValidator(_each_once)] = ("0.0.0.0/0",)
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
    """A key of yours for the hosts' encrypted root volumes, by its id or ARN; without it, AWS's own for the account.
    Decided when a host is made."""
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
        if self.calling and calls.last_media_port(self.calling.max_calls) >= FIRST_EPHEMERAL_PORT:
            warnings.append(
                f"wickr:calling.maxCalls is {self.calling.max_calls}: its range reaches port {FIRST_EPHEMERAL_PORT}, "
                "from which Linux takes the ports of outgoing connections; set net.ipv4.ip_local_port_range on the host"
            )
        return warnings
