"""The one way out of an installation without internet: some objects of one bucket, inside AWS's network."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.policy_document import document


def reading(arns: Sequence[str], *, principal: str | None = None) -> str:
    """A policy that lets these objects be read, and nothing else; with a `principal` where it stands at a resource."""
    statement: dict[str, object] = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": list(arns)}
    if principal is not None:
        statement = {"Principal": principal, **statement}
    return document(statement)


@dataclass(frozen=True, kw_only=True)
class WayToS3:
    """What security groups name it by, and what must be there before somebody goes it."""

    prefix_list_id: pulumi.Input[str]
    ready: Sequence[pulumi.Resource] = ()


@dataclass(frozen=True, kw_only=True)
class ObjectsEndpointArgs:
    """`arns` are the objects that may be fetched through it, by hosts of these route tables' subnets."""

    label: str
    vpc_id: pulumi.Input[str]
    route_table_ids: Sequence[pulumi.Input[str]]
    region: str
    arns: Sequence[str]


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
            policy=reading(args.arns, principal="*"),
            tags={"Name": args.label},
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.way = WayToS3(prefix_list_id=endpoint.prefix_list_id, ready=[endpoint])
        self.register_outputs({"prefixListId": endpoint.prefix_list_id})
