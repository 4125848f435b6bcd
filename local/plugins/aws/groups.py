"""Security groups. Rules are resources of their own; rules inside a group are refused."""

from typing import Any

from local.plugins.aws import checks, tags
from local.plugins.aws.cloud import arn, client, patiently, unless_gone
from local.plugins.aws.shape import aws_resource
from local.plugins.framework import BOOLEAN, Field, Output, Refusal, Request, Values, outputs


def _group(request: Request, id: str) -> Any:
    found = unless_gone(lambda: client("ec2", request).describe_security_groups(GroupIds=[id]))
    return found["SecurityGroups"][0] if found and found["SecurityGroups"] else None


def _describe(request: Request, id: str) -> Values | None:
    group = _group(request, id)
    if group is None:
        return None
    owner = group.get("OwnerId", "")
    return {
        "arn": arn(request, "ec2", f"security-group/{id}", owner),
        "name": group["GroupName"],
        "description": group["Description"],
        "vpcId": group["VpcId"],
        "ownerId": owner,
        "tags": group.get("Tags", []),
    }


def _revoke_all(request: Request, id: str, *, inbound: bool = True) -> None:
    api = client("ec2", request)
    rules = api.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [id]}])["SecurityGroupRules"]
    incoming = [rule["SecurityGroupRuleId"] for rule in rules if not rule["IsEgress"]]
    outgoing = [rule["SecurityGroupRuleId"] for rule in rules if rule["IsEgress"]]
    if incoming and inbound:
        api.revoke_security_group_ingress(GroupId=id, SecurityGroupRuleIds=incoming)
    if outgoing:
        api.revoke_security_group_egress(GroupId=id, SecurityGroupRuleIds=outgoing)


def _create(request: Request) -> str:
    given = request.inputs
    vpc = {"VpcId": given["vpcId"]} if given.get("vpcId") else {}
    answer = client("ec2", request).create_security_group(
        GroupName=given["name"],
        Description=given["description"],
        TagSpecifications=tags.specification("security-group", tags.all_tags(request)),
        **vpc,
    )
    id = str(answer["GroupId"])  # noqa: A001
    _revoke_all(request, id, inbound=False)  # AWS lets a new group send anything; the plugin takes that away
    return id


def _delete(request: Request) -> None:
    if request.inputs.get("revokeRulesOnDelete") and _group(request, request.id):
        _revoke_all(request, request.id)
    patiently(request, lambda: client("ec2", request).delete_security_group(GroupId=request.id))


SECURITY_GROUP = aws_resource(
    "aws:ec2/securityGroup:SecurityGroup",
    inputs=(
        Field("name", computed=True, named=True, replaces=True, check=checks.group_name),
        Field("description", default="Managed by Pulumi", replaces=True, check=checks.words(255)),
        Field("vpcId", computed=True, replaces=True, check=checks.identifier("vpc")),
        Field("revokeRulesOnDelete", BOOLEAN, default=False),
    ),
    outputs=outputs("arn", "ownerId"),
    create=_create,
    describe=_describe,
    update=lambda _: None,
    delete=_delete,
)


def _describe_default(request: Request, id: str) -> Values | None:
    found = _describe(request, id)
    return found and {**found, "namePrefix": ""}


def _adopt(request: Request) -> str:
    api, vpc = client("ec2", request), request.inputs.get("vpcId")
    if not vpc:
        vpcs = api.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
        if not vpcs:
            raise Refusal("The region has no default VPC: give vpcId")
        vpc = vpcs[0]["VpcId"]
    filters = [{"Name": "group-name", "Values": ["default"]}, {"Name": "vpc-id", "Values": [vpc]}]
    groups = api.describe_security_groups(Filters=filters)["SecurityGroups"]
    if not groups:
        raise Refusal(f"The VPC {vpc} has no default security group")
    id = str(groups[0]["GroupId"])  # noqa: A001
    _revoke_all(request, id)
    wanted = tags.all_tags(request)
    if wanted:
        api.create_tags(Resources=[id], Tags=tags.listed(wanted))
    return id


DEFAULT_SECURITY_GROUP = aws_resource(
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    inputs=(
        Field("vpcId", computed=True, replaces=True, check=checks.identifier("vpc")),
        Field("revokeRulesOnDelete", BOOLEAN, default=False),
    ),
    outputs=(*outputs("arn", "description", "name", "ownerId"), Output("namePrefix")),
    create=_adopt,
    describe=_describe_default,
    update=lambda _: None,
    delete=lambda _: None,  # the group stays, without rules: AWS does not let go of it
)
