"""What hosts tell CloudWatch: the group of their logs, and for each host its right to tell, and who does."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import bootstrap
from components.host import Access
from components.policy_document import document
from components.proxy import Proxy, proxy_values
from guide.roles import Role
from installer import phase, vitals


@dataclass(frozen=True, kw_only=True)
class HostLogsArgs:
    """`label` is the Name tag; `group_name` the log group's name, which is the stack's own."""

    label: str
    group_name: str
    retention_days: int


class HostLogs(pulumi.ComponentResource):
    """A log group, in which each host makes streams of its own and writes into no others."""

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: HostLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("wickr:vitals:HostLogs", name, None, opts)
        group = aws.cloudwatch.LogGroup(
            f"{name}-group",
            name=args.group_name,
            retention_in_days=args.retention_days,
            tags={"Name": args.label},
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.arn = group.arn
        self.register_outputs({})


@dataclass(frozen=True, kw_only=True)
class VitalsArgs:
    """`role_name` is the role of the host's own, `group_name` and `group_arn` are the log group. `certificate` says
    whether clients are shown one by this host; `after` is what must be there before it gets to CloudWatch. `region` and
    `domain` are where CloudWatch answers.
    """

    role: Role
    access: Access
    role_name: pulumi.Input[str]
    group_name: str
    group_arn: pulumi.Output[str]
    certificate: bool
    region: str
    domain: str
    proxy: Proxy | None
    after: Sequence[pulumi.Resource]


class Vitals(pulumi.ComponentResource):
    """A host that tells how it is: what it may, and the timer on it that does. `told` is there when it has once."""

    told: pulumi.Resource

    def __init__(self, name: str, args: VitalsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("wickr:vitals:Vitals", name, None, opts)
        may = aws.iam.RolePolicy(
            f"{name}-policy",
            role=args.role_name,
            policy=args.group_arn.apply(lambda arn: telling(arn, args.role)),
            opts=pulumi.ResourceOptions(parent=self),
        )
        access = args.access
        values: dict[str, pulumi.Input[str]] = vitals.values(
            region=args.region,
            domain=args.domain,
            group=args.group_name,
            role=args.role,
            certificate=args.certificate,
            proxy=proxy_values(args.proxy, access.private_address, access.public_address),
        )
        self.told = bootstrap.run(name, phase.VITALS, values, access=access, parent=self, after=[*args.after, may])
        self.register_outputs({})


def telling(group_arn: str, role: Role) -> str:
    """The policy: metrics of the program's namespace, for which IAM knows no finer resource, and the streams of this
    host, in this group alone: who has taken a host over cannot write into the logs of another.
    """
    return document(
        {
            "Sid": "TellMetrics",
            "Effect": "Allow",
            "Action": "cloudwatch:PutMetricData",
            "Resource": "*",
            "Condition": {"StringEquals": {"cloudwatch:namespace": vitals.NAMESPACE}},
        },
        {
            "Sid": "TellLogs",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": f"{group_arn}:log-stream:{role}/*",
        },
    )
