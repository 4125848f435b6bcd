"""The one way out of an installation without internet: some objects of one bucket, inside AWS's network."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.policy_document import Statement, document


def reading(arns: Sequence[str]) -> Statement:
    """What lets these objects be read, and nothing else."""
    return {"Effect": "Allow", "Action": "s3:GetObject", "Resource": list(arns)}


def passing(*statements: Statement) -> str:
    """The policy of an endpoint that lets this through, whoever it is: who may what is said by the hosts' roles."""
    return document(*({"Principal": "*", **each} for each in statements))


@dataclass(frozen=True, kw_only=True)
class WayToS3:
    """What security groups name it by, and what must be there before somebody goes it."""

    prefix_list_id: pulumi.Input[str]
    ready: Sequence[pulumi.Resource] = ()


@dataclass(frozen=True, kw_only=True)
class ObjectsEndpointArgs:
    """`arns` are the objects that may be fetched through it, by hosts of these route tables' subnets; `more` is what
    else it lets through.
    """

    label: str
    vpc_id: pulumi.Input[str]
    route_table_ids: Sequence[pulumi.Input[str]]
    region: str
    arns: Sequence[str]
    more: pulumi.Input[Sequence[Statement]] = ()


class ObjectsEndpoint(pulumi.ComponentResource):
    """A gateway endpoint for S3: no address of the internet, no NAT, and a policy that knows the objects by name.

    The policy closes what a security group cannot: S3's addresses are those of everybody's buckets.
    """

    way: WayToS3

    def __init__(self, name: str, args: ObjectsEndpointArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("wickr:endpoint:ObjectsEndpoint", name, None, opts)
        endpoint = aws.ec2.VpcEndpoint(
            f"{name}-gateway",
            vpc_id=args.vpc_id,
            service_name=f"com.amazonaws.{args.region}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=args.route_table_ids,
            policy=pulumi.Output.from_input(args.more).apply(lambda more: passing(reading(args.arns), *more)),
            tags={"Name": args.label},
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.way = WayToS3(prefix_list_id=endpoint.prefix_list_id, ready=[endpoint])
        self.register_outputs({})
