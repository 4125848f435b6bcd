"""A Linux host of the installation: an instance that nothing replaces by surprise, and the way to reach it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_command as command
import pulumi_tls as tls

from components.endpoint import reading
from components.policy_document import document, trusting
from components.secrets import LoginKey
from installer.cloudinit import USER, user_data

SESSION_MANAGER = {
    "Sid": "SessionManager",
    "Effect": "Allow",
    "Action": [
        "ssm:UpdateInstanceInformation",
        *(f"ssmmessages:{verb}{what}Channel" for verb in ("Create", "Open") for what in ("Control", "Data")),
    ],
    # Of an instance that is not there yet, and of channels that AWS names: IAM knows no finer resource.
    "Resource": "*",
}
"""What session manager needs. AWS's own policy for it, AmazonSSMManagedInstanceCore, lets a host read all parameters of
the account, too, other people's secrets among them.
"""
COUNT_ONCE = ["ami", "userData", "userDataBase64", "associatePublicIpAddress", "rootBlockDevice.kmsKeyId"]
"""Inputs of an instance that count when it is made and never again, since another value would replace it.
(`associatePublicIpAddress` is true of whatever has an elastic IP, too: AWS does not tell the two apart.)
"""

DIAL_ERRORS = 10
"""Attempts to connect to a host that is up; the provider spreads ten over some 12 seconds."""

BOOT_DIAL_ERRORS = 30
"""Attempts while a host boots: two minutes when it refuses, ten when it is silent. Bounded, since a host that shows
another key than the pinned one is an error of this kind too, and must end the deployment, not be waited for.
"""


@dataclass(frozen=True, kw_only=True)
class HostSize:
    """What a stack says about a machine. `disk_gib` is the encrypted root volume, in GiB. `rebuild` counts deliberate
    rebuilds: a new number makes a new instance from the image that the stack names by then.
    """

    image_id: str
    instance_type: str
    disk_gib: int
    rebuild: int


@dataclass(frozen=True, kw_only=True)
class Jump:
    """A host on the way to those that cannot be reached directly: one hop, its key pinned like theirs."""

    address: pulumi.Input[str]
    user: str
    private_key: pulumi.Input[str]
    host_key: pulumi.Input[str]
    port: int = 22

    def first_half(self, dial_errors: int) -> command.remote.ProxyConnectionArgs:
        """The first half of a connection to a host behind it."""
        return command.remote.ProxyConnectionArgs(**self._arguments(dial_errors))

    def connection(self, dial_errors: int) -> command.remote.ConnectionArgs:
        """A connection that ends here."""
        return command.remote.ConnectionArgs(**self._arguments(dial_errors))

    def _arguments(self, dial_errors: int) -> dict[str, Any]:
        return {
            "host": self.address,
            "user": self.user,
            "port": self.port,
            "private_key": self.private_key,
            "host_key": self.host_key,
            "dial_error_limit": dial_errors,
        }


@dataclass(frozen=True, kw_only=True)
class BroughtAlong:
    """What of a host is the customer's own: the key of its disk, the profile that it carries in the place of one made
    for it, and what bounds the role of one that is.
    """

    kms_key_arn: pulumi.Input[str] | None = None
    instance_profile: str | None = None
    permissions_boundary: str | None = None


@dataclass(frozen=True, kw_only=True)
class HostArgs:
    """`name` is the Name tag and the host's own name. `protect` guards the instance in Pulumi and in AWS.

    A host without `allocation_id` has no public address: it is reached at its private one, by way of `jump` where that
    is out of reach itself. `metadata_hops` is how far an answer of the metadata service goes: with 1, containers get
    none, neither the user data nor the role's credentials. `reads` are ARNs of objects that
    its role may read. `rules` are what lets connections through to it, and its own out.
    """

    name: str
    role: str
    size: HostSize
    subnet_id: pulumi.Input[str]
    group_ids: Sequence[pulumi.Input[str]]
    allocation_id: pulumi.Input[str] | None
    login_key: LoginKey
    jump: Jump | None = None
    metadata_hops: int = 1
    domain: str
    brought: BroughtAlong = BroughtAlong()
    protect: bool
    reads: Sequence[str] = ()
    rules: Sequence[pulumi.Resource]


@dataclass(frozen=True, kw_only=True)
class Access:
    """How to reach a host over SSH: the only answer that is accepted is that of `host_key`. Whoever connects for the
    first time waits for `rules`. `role_name` is the role that the stack has made for it, if it has.
    """

    instance_id: pulumi.Output[str]
    instance_arn: pulumi.Output[str]
    private_address: pulumi.Output[str]
    public_address: pulumi.Output[str] | None
    private_key: pulumi.Output[str]
    host_key: pulumi.Output[str]
    rules: Sequence[pulumi.Resource]
    jump: Jump | None = None
    role_name: pulumi.Output[str] | None = None

    @property
    def address(self) -> pulumi.Output[str]:
        """Where the host answers those who may: its elastic IP, or else its private address."""
        return self.private_address if self.public_address is None else self.public_address

    def as_jump(self) -> Jump:
        """This host as the way to others."""
        return Jump(address=self.address, user=USER, private_key=self.private_key, host_key=self.host_key)

    def connection(self, *, dial_errors: int = DIAL_ERRORS) -> command.remote.ConnectionArgs:
        """A connection that accepts the host's own key, and that of the host on the way, and no other."""
        return command.remote.ConnectionArgs(
            host=self.address,
            user=USER,
            private_key=self.private_key,
            host_key=self.host_key,
            dial_error_limit=dial_errors,
            proxy=self.jump.first_half(dial_errors) if self.jump else None,
        )


class Host(pulumi.ComponentResource):
    """An instance with its role, its keys and, unless it is to have none, its public address.

    Its image and user data count when it is made and never again: a new default image must not replace a host
    that holds messages. Its disk outlives it.

    It is made beside the rules of its groups, not after them: a group without rules lets nothing in and nothing out
    (the provider takes away the one that AWS gives a new group), and while the host boots nobody needs any.
    """

    access: Access
    role_name: pulumi.Output[str]

    def __init__(self, name: str, args: HostArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("wickr:host:Host", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        host_key = tls.PrivateKey(f"{name}-host-key", algorithm="ED25519", opts=child)
        data: pulumi.Output[str] = pulumi.Output.all(
            login=args.login_key.public,
            key=host_key.private_key_openssh,
            public=host_key.public_key_openssh,
        ).apply(
            lambda keys: user_data(
                hostname=args.name,
                authorized_keys=[keys["login"]],
                host_key=keys["key"],
                host_key_public=keys["public"],
            )
        )
        secret_data: pulumi.Output[str] = pulumi.Output.secret(data)
        instance = aws.ec2.Instance(
            f"{name}-instance" + (f"-{args.size.rebuild}" if args.size.rebuild else ""),
            ami=args.size.image_id,
            instance_type=args.size.instance_type,
            subnet_id=args.subnet_id,
            vpc_security_group_ids=args.group_ids,
            # A subnet can hand out addresses by itself; where there is to be none, it must not.
            associate_public_ip_address=False if args.allocation_id is None else None,
            iam_instance_profile=args.brought.instance_profile or self._profile(name, args),
            user_data=secret_data,
            metadata_options=aws.ec2.InstanceMetadataOptionsArgs(
                http_endpoint="enabled",
                # Version 1 answers whoever can make the host send a request.
                http_tokens="required",
                http_put_response_hop_limit=args.metadata_hops,
            ),
            root_block_device=aws.ec2.InstanceRootBlockDeviceArgs(
                volume_size=args.size.disk_gib,
                volume_type="gp3",
                encrypted=True,
                kms_key_id=args.brought.kms_key_arn,
                delete_on_termination=False,
                tags={"Name": args.name},
            ),
            disable_api_termination=args.protect,
            tags={"Name": args.name, "wickr:role": args.role},
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect, ignore_changes=COUNT_ONCE),
        )
        public = None
        if args.allocation_id is not None:
            public = aws.ec2.EipAssociation(
                f"{name}-address", allocation_id=args.allocation_id, instance_id=instance.id, opts=child
            ).public_ip
        self.access = Access(
            instance_id=instance.id,
            instance_arn=instance.arn,
            private_address=instance.private_ip,
            public_address=public,
            private_key=args.login_key.private,
            host_key=host_key.public_key_openssh,
            rules=args.rules,
            jump=args.jump,
            role_name=None if args.brought.instance_profile else self.role_name,
        )
        self.register_outputs({})

    def _profile(self, name: str, args: HostArgs) -> pulumi.Output[str]:
        """A role that lets session manager in, and the host read its objects, and nothing else."""
        child = pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(
            f"{name}-role",
            # In China the service has another name, and IAM refuses this one.
            assume_role_policy=trusting(f"ec2.{args.domain}"),
            permissions_boundary=args.brought.permissions_boundary,
            tags={"Name": args.name},
            opts=child,
        )
        self.role_name = role.name
        rights = {"session-manager": document(SESSION_MANAGER)}
        if args.reads:
            rights["reads"] = document(reading(args.reads))
        permissions = [
            aws.iam.RolePolicy(f"{name}-{what}", role=role.name, policy=policy, opts=child)
            for what, policy in rights.items()
        ]
        profile = aws.iam.InstanceProfile(
            f"{name}-profile",
            role=role.name,
            tags={"Name": args.name},
            opts=pulumi.ResourceOptions(parent=self, depends_on=permissions),
        )
        return profile.name
