"""A plan in the words of Terraform, for scanners that know no other: resources, their inputs, and what refers to what.

It is a picture for scanners, not a program for Terraform: what is known only after a deployment is a reference to the
resource that it comes from, whichever of its outputs it may be.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ops.record import Request, reveal

Document = dict[str, dict[str, dict[str, Any]]]

TYPES = {
    "aws:backup/plan:Plan": "aws_backup_plan",
    "aws:backup/selection:Selection": "aws_backup_selection",
    "aws:backup/vault:Vault": "aws_backup_vault",
    "aws:cloudwatch/logGroup:LogGroup": "aws_cloudwatch_log_group",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "aws_cloudwatch_metric_alarm",
    "aws:ebs/volume:Volume": "aws_ebs_volume",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": "aws_default_security_group",
    "aws:ec2/eip:Eip": "aws_eip",
    "aws:ec2/eipAssociation:EipAssociation": "aws_eip_association",
    "aws:ec2/flowLog:FlowLog": "aws_flow_log",
    "aws:ec2/instance:Instance": "aws_instance",
    "aws:ec2/internetGateway:InternetGateway": "aws_internet_gateway",
    "aws:ec2/managedPrefixList:ManagedPrefixList": "aws_ec2_managed_prefix_list",
    "aws:ec2/natGateway:NatGateway": "aws_nat_gateway",
    "aws:ec2/route:Route": "aws_route",
    "aws:ec2/routeTable:RouteTable": "aws_route_table",
    "aws:ec2/routeTableAssociation:RouteTableAssociation": "aws_route_table_association",
    "aws:ec2/securityGroup:SecurityGroup": "aws_security_group",
    "aws:ec2/subnet:Subnet": "aws_subnet",
    "aws:ec2/volumeAttachment:VolumeAttachment": "aws_volume_attachment",
    "aws:ec2/vpc:Vpc": "aws_vpc",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "aws_vpc_endpoint",
    "aws:iam/instanceProfile:InstanceProfile": "aws_iam_instance_profile",
    "aws:iam/role:Role": "aws_iam_role",
    "aws:iam/rolePolicy:RolePolicy": "aws_iam_role_policy",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "aws_iam_role_policy_attachment",
    "aws:kms/key:Key": "aws_kms_key",
    "aws:route53/record:Record": "aws_route53_record",
    "aws:s3/bucket:Bucket": "aws_s3_bucket",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": "aws_s3_bucket_lifecycle_configuration",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": "aws_s3_bucket_ownership_controls",
    "aws:s3/bucketPolicy:BucketPolicy": "aws_s3_bucket_policy",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": "aws_s3_bucket_public_access_block",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        "aws_s3_bucket_server_side_encryption_configuration"
    ),
    "aws:s3/bucketVersioning:BucketVersioning": "aws_s3_bucket_versioning",
    "aws:sns/topic:Topic": "aws_sns_topic",
    "aws:sns/topicSubscription:TopicSubscription": "aws_sns_topic_subscription",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": "aws_vpc_security_group_egress_rule",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "aws_vpc_security_group_ingress_rule",
}
"""What Terraform calls the types of this program. A type that is missing here is an error: it would not be scanned."""

TEXTS = {"policy", "assumeRolePolicy", "rules", "userData"}
"""Inputs that are read by scanners as they are, whatever they are made of."""


BLOCKS = {"rules": "rule"}
"""Inputs that are lists to Pulumi, and to Terraform blocks that are repeated."""


def address(request: Request) -> str:
    """How a scanner calls a resource."""
    return f"{TYPES[request.type]}.{_name(request)}"


def document(requests: Iterable[Request]) -> Document:
    """All resources of AWS. Raises KeyError for a type without a name in Terraform."""
    requests = [each for each in requests if each.type.startswith("aws:")]
    by_urn = {each.urn: each for each in requests}
    found: dict[str, dict[str, Any]] = {}
    for each in requests:
        inputs = reveal(each.inputs)
        found.setdefault(TYPES[each.type], {})[_name(each)] = {
            _snake(BLOCKS.get(key, key)): _value(key, value, each, by_urn) for key, value in inputs.items()
        }
    return {"resource": found}


def _value(key: str, value: Any, request: Request, by_urn: Mapping[str, Request]) -> Any:
    urns = request.options.get("propertyDependencies", {}).get(key, {}).get("urns", [])
    sources = [by_urn[urn] for urn in urns if urn in by_urn]
    if key in TEXTS or not sources:
        return _snaked(value) if key != "tags" else value
    references = [f"${{{address(source)}.id}}" for source in sources]
    return references if isinstance(value, list) else references[0]


def _snaked(value: Any) -> Any:
    match value:
        case dict():
            return {_snake(key): each if key == "tags" else _snaked(each) for key, each in value.items()}
        case list():
            return [_snaked(each) for each in value]
    return value


def _snake(key: str) -> str:
    """Terraform's name of an input: `cidrIpv4` is cidr_ipv4, and `enableDnsHostnames` is enable_dns_hostnames."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", key).lower()


def _name(request: Request) -> str:
    """Terraform knows no dots in names."""
    return request.name.replace(".", "_")
