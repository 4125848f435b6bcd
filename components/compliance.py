"""The compliance server (CG 2): optional, in a private subnet, and no node of the cluster."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pulumi
import pulumi_aws as aws

from components.bot import Bot, BotArgs
from components.egress import ANYWHERE, Exit
from components.firewall import Firewall, FirewallArgs, Sources
from components.host import Access, BroughtAlong, Host, HostArgs, HostSize
from components.machine import PreflightArgs
from components.messaging import MessagingServer
from components.nat import NatGateway
from components.network import NetworkPlace
from components.policy_document import Statement, document
from components.secrets import LoginKey
from components.volume import DataVolume, DataVolumeArgs
from guide.ports import MESSAGING, SSH_BY_WAY_OF_MESSAGING, NetworkRange
from guide.roles import Role


@dataclass(frozen=True, kw_only=True)
class BotSource:
    """Where the bot's configuration is: a secret of Secrets Manager, and one object in S3. `key_arn` is the key of KMS
    that the secret is under, if it is not AWS's own.
    """

    secret_arn: str
    key_arn: str | None
    bucket: str
    key: str


@dataclass(frozen=True, kw_only=True)
class ComplianceServerArgs:
    """The host stands in the first private subnet, and is reached by way of the messaging host alone.

    `client_cidrs` are whom the messaging host serves; where that is not everybody, this host is admitted to it, at
    the address of `nat`, if it leaves by one of the stack's own. Without `source` the host is prepared and no bot runs;
    `messaging_ready` is what the bot waits for.
    """

    label: str
    place: NetworkPlace
    outbound: Sequence[Exit]
    messaging: MessagingServer
    messaging_ready: Sequence[pulumi.Resource]
    client_cidrs: Sequence[str]
    nat: NatGateway | None
    size: HostSize
    data_gib: int
    machine: PreflightArgs
    image: str
    source: BotSource | None
    docker_version: str
    docker_sha256: str | None
    login_key: LoginKey
    partition: pulumi.Input[str]
    domain: str
    brought: BroughtAlong
    protect: bool


class ComplianceServer(pulumi.ComponentResource):
    """A host that nothing connects to but SSH from the messaging host, with a data volume that outlives it."""

    access: Access
    ready: pulumi.Resource

    def __init__(self, name: str, args: ComplianceServerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("wickr:compliance:ComplianceServer", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        label = f"{args.label}-{Role.COMPLIANCE}"
        firewall = Firewall(
            f"{name}-firewall",
            FirewallArgs(
                name=label,
                vpc_id=args.place.vpc_id,
                inbound=[SSH_BY_WAY_OF_MESSAGING],
                sources={NetworkRange.MESSAGING: Sources(groups={"messaging": args.messaging.group_id})},
                outbound=args.outbound,
            ),
            opts=child,
        )
        jump = aws.vpc.SecurityGroupEgressRule(
            f"{name}-from-messaging-{SSH_BY_WAY_OF_MESSAGING.name}",
            security_group_id=args.messaging.group_id,
            ip_protocol=SSH_BY_WAY_OF_MESSAGING.protocol,
            from_port=SSH_BY_WAY_OF_MESSAGING.first,
            to_port=SSH_BY_WAY_OF_MESSAGING.last,
            referenced_security_group_id=firewall.group_id,
            description=f"{SSH_BY_WAY_OF_MESSAGING.purpose}, to the compliance host",
            opts=child,
        )
        admitted = self._admit(name, args, firewall)
        host = Host(
            f"{name}-host",
            HostArgs(
                name=label,
                role=Role.COMPLIANCE,
                size=args.size,
                subnet_id=args.place.private_subnet_ids[0],
                group_ids=[firewall.group_id],
                allocation_id=None,
                login_key=args.login_key,
                jump=args.messaging.access.as_jump(),
                # The bot reads its secret and its file by the host's role, from inside a container: one hop further.
                metadata_hops=2 if args.source else 1,
                domain=args.domain,
                # Its role reads the bot's configuration: a profile of somebody else's would not.
                brought=replace(args.brought, instance_profile=None),
                protect=args.protect,
                rules=[firewall, jump],
            ),
            opts=child,
        )
        volume = DataVolume(
            f"{name}-data",
            DataVolumeArgs(
                name=f"{label}-data",
                zone=args.place.private_zones[0],
                size_gib=args.data_gib,
                instance_id=host.access.instance_id,
                kms_key_arn=args.brought.kms_key_arn,
                protect=args.protect,
            ),
            opts=child,
        )
        bot = Bot(
            f"{name}-bot",
            BotArgs(
                access=host.access,
                machine=args.machine,
                volume=volume,
                image=args.image,
                secret_arn=args.source.secret_arn if args.source else None,
                docker_version=args.docker_version,
                docker_sha256=args.docker_sha256,
                way_out=[args.nat] if args.nat else [],
                after=[
                    *self._read(name, host.role_name, args),
                    *((*admitted, *args.messaging_ready) if args.source else ()),
                ],
            ),
            opts=child,
        )
        self.access, self.ready = host.access, bot.ready
        self.register_outputs({})

    def _admit(self, name: str, args: ComplianceServerArgs, firewall: Firewall) -> list[pulumi.Resource]:
        """The bot is a client of the messaging host (CG 2.1): by a private name its group, by the public one where its
        packets come from. Where clients are everybody, it is one of them.
        """
        if ANYWHERE in args.client_cidrs:
            return []
        (row,) = (each for each in MESSAGING if each.network_range is NetworkRange.ALL)
        cidrs: dict[str, pulumi.Input[str] | None] = {"": None}
        if args.nat is not None:
            cidrs["-address"] = pulumi.Output.concat(args.nat.address, "/32")
        return [
            aws.vpc.SecurityGroupIngressRule(
                f"{name}-to-messaging-{row.name}{suffix}",
                security_group_id=args.messaging.group_id,
                ip_protocol=row.protocol,
                from_port=row.first,
                to_port=row.last,
                cidr_ipv4=cidr,
                referenced_security_group_id=firewall.group_id if cidr is None else None,
                description=f"{row.purpose}, for the compliance host (CG 2.1)",
                opts=pulumi.ResourceOptions(parent=self),
            )
            for suffix, cidr in cidrs.items()
        ]

    def _read(self, name: str, role_name: pulumi.Input[str], args: ComplianceServerArgs) -> list[pulumi.Resource]:
        """What the bot may read by the host's role: one secret and one object."""
        source = args.source
        if source is None:
            return []

        def policy(partition: str) -> str:
            statements: list[Statement] = [
                {
                    "Sid": "BotConfiguration",
                    "Effect": "Allow",
                    "Action": "secretsmanager:GetSecretValue",
                    "Resource": source.secret_arn,
                },
                {
                    "Sid": "BotConfigurationFile",
                    "Effect": "Allow",
                    "Action": "s3:GetObject",
                    "Resource": f"arn:{partition}:s3:::{source.bucket}/{source.key}",
                },
            ]
            if source.key_arn:
                statements.append(_decrypting(source.secret_arn, source.key_arn, args.domain))
            return document(*statements)

        return [
            aws.iam.RolePolicy(
                f"{name}-reads",
                role=role_name,
                policy=pulumi.Output.from_input(args.partition).apply(policy),
                opts=pulumi.ResourceOptions(parent=self),
            )
        ]


def _decrypting(secret_arn: str, key_arn: str, domain: str) -> Statement:
    """The key that the secret is under, by way of Secrets Manager and for this secret alone."""
    via = f"secretsmanager.{secret_arn.split(':')[3]}.{domain}"
    return {
        "Sid": "BotConfigurationKey",
        "Effect": "Allow",
        "Action": "kms:Decrypt",
        "Resource": key_arn,
        "Condition": {"StringEquals": {"kms:ViaService": via, "kms:EncryptionContext:SecretARN": secret_arn}},
    }
