"""Flow logs of a VPC: who talked to whom, and what was let through, in CloudWatch Logs for a time."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.policy_document import document, trusting

SERVICE = "vpc-flow-logs.amazonaws.com"
"""Who writes them; the service is called so in every partition."""

WRITING = ("logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents")


@dataclass(frozen=True, kw_only=True)
class FlowLogsArgs:
    """`label` is the Name tag; `group_name` the log group's name, which is the stack's own; `traffic` ALL, ACCEPT or
    REJECT. `partition`, `region` and `permissions_boundary` are for the role that the service writes with.
    """

    vpc_id: pulumi.Input[str]
    label: str
    group_name: str
    retention_days: int
    traffic: str
    partition: str
    region: str
    permissions_boundary: str | None = None


class FlowLogs(pulumi.ComponentResource):
    """A log group, a role that may write into it and nothing else, and the flow log itself."""

    def __init__(self, name: str, args: FlowLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("wickr:flow_logs:FlowLogs", name, None, opts)
        child, tags = pulumi.ResourceOptions(parent=self), {"Name": args.label}
        group = aws.cloudwatch.LogGroup(
            f"{name}-group", name=args.group_name, retention_in_days=args.retention_days, tags=tags, opts=child
        )
        role = aws.iam.Role(
            f"{name}-role",
            assume_role_policy=group.arn.apply(lambda arn: _trust(args.partition, args.region, _account(arn))),
            permissions_boundary=args.permissions_boundary,
            tags=tags,
            opts=child,
        )
        writes = aws.iam.RolePolicy(f"{name}-writes", role=role.name, policy=group.arn.apply(_writing), opts=child)
        aws.ec2.FlowLog(
            f"{name}-log",
            vpc_id=args.vpc_id,
            traffic_type=args.traffic,
            log_destination_type="cloud-watch-logs",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[writes]),
        )
        self.register_outputs({})


def _account(arn: str) -> str:
    """The account of an ARN. What a plan has in its place has no parts."""
    parts = arn.split(":")
    return parts[4] if len(parts) > 4 else "*"


def _trust(partition: str, region: str, account: str) -> str:
    """The service may take the role on for this account's flow logs: not for anybody else's, in whose name it could
    otherwise be asked to write here.
    """
    source = f"arn:{partition}:ec2:{region}:{account}:vpc-flow-log/*"
    return trusting(SERVICE, StringEquals={"aws:SourceAccount": account}, ArnLike={"aws:SourceArn": source})


def _writing(arn: str) -> str:
    """The policy of the role: this group's streams."""
    return document({"Effect": "Allow", "Action": WRITING, "Resource": f"{arn}:*"})
