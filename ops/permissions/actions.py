"""What the provider asks AWS for each type of resource, in the order of its life. A type that is not here is an error.

The names are those of IAM. Reading is asked again at each refresh, so it belongs to every type.
"""

from dataclasses import dataclass
from types import MappingProxyType

Actions = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Life:
    """Actions by what happens to a resource. `changes` are those on a resource that is there and carries the stack's
    tags, deletion included; `makes` those on what is only being made, or belongs to somebody else as well.
    """

    reads: Actions = ()
    makes: Actions = ()
    changes: Actions = ()


GROUPS: Actions = ("ec2:DescribeSecurityGroups", "ec2:DescribeSecurityGroupRules")
TAGGED: Actions = ("ec2:CreateTags",)
UNTAGGED: Actions = ("ec2:DeleteTags",)

LIVES = MappingProxyType(
    {
        "aws:ec2/vpc:Vpc": Life(
            reads=(
                *("ec2:DescribeVpcs", "ec2:DescribeVpcAttribute", "ec2:DescribeNetworkAcls"),
                *("ec2:DescribeRouteTables", "ec2:DescribeSecurityGroups"),
            ),
            makes=("ec2:CreateVpc", *TAGGED),
            changes=("ec2:ModifyVpcAttribute", "ec2:DeleteVpc", *UNTAGGED),
        ),
        "aws:ec2/subnet:Subnet": Life(
            reads=("ec2:DescribeSubnets", "ec2:DescribeNetworkInterfaces"),
            makes=("ec2:CreateSubnet", *TAGGED),
            changes=("ec2:ModifySubnetAttribute", "ec2:DeleteSubnet", *UNTAGGED),
        ),
        "aws:ec2/internetGateway:InternetGateway": Life(
            reads=("ec2:DescribeInternetGateways",),
            makes=("ec2:CreateInternetGateway", *TAGGED),
            changes=(
                *("ec2:AttachInternetGateway", "ec2:DetachInternetGateway", "ec2:DeleteInternetGateway"),
                *UNTAGGED,
            ),
        ),
        "aws:ec2/natGateway:NatGateway": Life(
            reads=("ec2:DescribeNatGateways", "ec2:DescribeAddresses", "ec2:DescribeNetworkInterfaces"),
            makes=("ec2:CreateNatGateway", *TAGGED),
            changes=("ec2:DeleteNatGateway", *UNTAGGED),
        ),
        "aws:ec2/vpcEndpoint:VpcEndpoint": Life(
            reads=("ec2:DescribeVpcEndpoints", "ec2:DescribePrefixLists", "ec2:DescribeNetworkInterfaces"),
            makes=("ec2:CreateVpcEndpoint", "ec2:ModifyVpcEndpoint", *TAGGED),
            changes=("ec2:DeleteVpcEndpoints", *UNTAGGED),
        ),
        "aws:ec2/routeTable:RouteTable": Life(
            reads=("ec2:DescribeRouteTables",),
            makes=("ec2:CreateRouteTable", *TAGGED),
            changes=(
                *("ec2:CreateRoute", "ec2:ReplaceRoute", "ec2:DeleteRoute"),
                *("ec2:DisassociateRouteTable", "ec2:DeleteRouteTable"),
                *UNTAGGED,
            ),
        ),
        "aws:ec2/route:Route": Life(
            reads=("ec2:DescribeRouteTables",),
            changes=("ec2:CreateRoute", "ec2:ReplaceRoute", "ec2:DeleteRoute"),
        ),
        "aws:ec2/routeTableAssociation:RouteTableAssociation": Life(
            reads=("ec2:DescribeRouteTables",),
            makes=("ec2:AssociateRouteTable", "ec2:ReplaceRouteTableAssociation"),
            changes=("ec2:DisassociateRouteTable",),
        ),
        "aws:ec2/securityGroup:SecurityGroup": Life(
            reads=(*GROUPS, "ec2:DescribeNetworkInterfaces"),
            makes=("ec2:CreateSecurityGroup", *TAGGED),
            changes=(
                *("ec2:RevokeSecurityGroupIngress", "ec2:RevokeSecurityGroupEgress", "ec2:DeleteSecurityGroup"),
                *UNTAGGED,
            ),
        ),
        # AWS has made it: nobody's tags are on it before it is taken over.
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": Life(
            reads=(*GROUPS, "ec2:DescribeVpcs"),
            makes=("ec2:RevokeSecurityGroupIngress", "ec2:RevokeSecurityGroupEgress", *TAGGED),
            changes=UNTAGGED,
        ),
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": Life(
            reads=GROUPS,
            makes=("ec2:AuthorizeSecurityGroupIngress", *TAGGED),
            changes=("ec2:ModifySecurityGroupRules", "ec2:RevokeSecurityGroupIngress", *UNTAGGED),
        ),
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": Life(
            reads=GROUPS,
            makes=("ec2:AuthorizeSecurityGroupEgress", *TAGGED),
            changes=("ec2:ModifySecurityGroupRules", "ec2:RevokeSecurityGroupEgress", *UNTAGGED),
        ),
        "aws:ec2/managedPrefixList:ManagedPrefixList": Life(
            reads=("ec2:DescribeManagedPrefixLists", "ec2:GetManagedPrefixListEntries"),
            makes=("ec2:CreateManagedPrefixList", *TAGGED),
            changes=("ec2:ModifyManagedPrefixList", "ec2:DeleteManagedPrefixList", *UNTAGGED),
        ),
        "aws:ec2/instance:Instance": Life(
            reads=(
                *("ec2:DescribeInstances", "ec2:DescribeInstanceAttribute", "ec2:DescribeInstanceTypes"),
                *("ec2:DescribeInstanceCreditSpecifications", "ec2:DescribeIamInstanceProfileAssociations"),
                *("ec2:DescribeImages", "ec2:DescribeTags", "ec2:DescribeVolumes", "ec2:DescribeNetworkInterfaces"),
                *("ec2:DescribeVpcs", "ec2:DescribeSubnets", "ec2:DescribeSecurityGroups"),
                "iam:GetInstanceProfile",
            ),
            makes=(
                *("ec2:RunInstances", "ec2:AssociateIamInstanceProfile", "ec2:ReplaceIamInstanceProfileAssociation"),
                # The provider need not put its tags on the root volume.
                *("iam:PassRole", "ec2:ModifyVolume", *TAGGED),
            ),
            changes=(
                *("ec2:ModifyInstanceAttribute", "ec2:ModifyInstanceMetadataOptions"),
                *("ec2:ModifyInstanceCreditSpecification", "ec2:DisassociateIamInstanceProfile"),
                *("ec2:StartInstances", "ec2:StopInstances", "ec2:TerminateInstances"),
                *UNTAGGED,
            ),
        ),
        "aws:ec2/eip:Eip": Life(
            reads=("ec2:DescribeAddresses", "ec2:DescribeAddressesAttribute"),
            makes=("ec2:AllocateAddress", *TAGGED),
            changes=("ec2:ReleaseAddress", *UNTAGGED),
        ),
        # The interface that an address is given to carries no tags.
        "aws:ec2/eipAssociation:EipAssociation": Life(
            reads=("ec2:DescribeAddresses", "ec2:DescribeInstances", "ec2:DescribeNetworkInterfaces"),
            makes=("ec2:AssociateAddress", "ec2:DisassociateAddress"),
        ),
        "aws:ebs/volume:Volume": Life(
            reads=("ec2:DescribeVolumes",),
            makes=("ec2:CreateVolume", *TAGGED),
            changes=("ec2:ModifyVolume", "ec2:DeleteVolume", *UNTAGGED),
        ),
        "aws:ec2/volumeAttachment:VolumeAttachment": Life(
            reads=("ec2:DescribeVolumes", "ec2:DescribeInstances"),
            changes=("ec2:AttachVolume", "ec2:DetachVolume", "ec2:StopInstances", "ec2:StartInstances"),
        ),
        "aws:ec2/flowLog:FlowLog": Life(
            reads=("ec2:DescribeFlowLogs",),
            makes=("ec2:CreateFlowLogs", "iam:PassRole", *TAGGED),
            changes=("ec2:DeleteFlowLogs", *UNTAGGED),
        ),
        "aws:cloudwatch/metricAlarm:MetricAlarm": Life(
            reads=("cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource"),
            makes=("cloudwatch:PutMetricAlarm", "cloudwatch:TagResource"),
            changes=("cloudwatch:UntagResource", "cloudwatch:DeleteAlarms"),
        ),
        "aws:sns/topic:Topic": Life(
            reads=("sns:GetTopicAttributes", "sns:ListTagsForResource"),
            makes=("sns:CreateTopic", "sns:TagResource"),
            changes=("sns:SetTopicAttributes", "sns:UntagResource", "sns:DeleteTopic"),
        ),
        "aws:sns/topicSubscription:TopicSubscription": Life(
            reads=("sns:GetSubscriptionAttributes",),
            makes=("sns:Subscribe",),
            changes=("sns:SetSubscriptionAttributes", "sns:Unsubscribe"),
        ),
        "aws:cloudwatch/logGroup:LogGroup": Life(
            reads=("logs:DescribeLogGroups", "logs:ListTagsForResource"),
            makes=("logs:CreateLogGroup", "logs:TagResource", "logs:PutRetentionPolicy"),
            changes=("logs:DeleteRetentionPolicy", "logs:UntagResource", "logs:DeleteLogGroup"),
        ),
        "aws:backup/vault:Vault": Life(
            reads=("backup:DescribeBackupVault", "backup:ListTags"),
            makes=("backup:CreateBackupVault", "backup:TagResource", "backup-storage:MountCapsule"),
            changes=("backup:UntagResource", "backup:DeleteBackupVault"),
        ),
        "aws:backup/plan:Plan": Life(
            reads=("backup:GetBackupPlan", "backup:ListTags"),
            makes=("backup:CreateBackupPlan", "backup:TagResource"),
            changes=("backup:UpdateBackupPlan", "backup:UntagResource", "backup:DeleteBackupPlan"),
        ),
        "aws:backup/selection:Selection": Life(
            reads=("backup:GetBackupSelection",),
            makes=("iam:PassRole",),
            changes=("backup:CreateBackupSelection", "backup:DeleteBackupSelection"),
        ),
        # What the provider reads of a bucket it reads with each of them, the parts that are resources of their own too.
        "aws:s3/bucket:Bucket": Life(
            reads=(
                *("s3:ListBucket", "s3:GetBucketLocation", "s3:GetBucketPolicy", "s3:GetBucketAcl", "s3:GetBucketCORS"),
                *("s3:GetBucketWebsite", "s3:GetBucketVersioning", "s3:GetAccelerateConfiguration"),
                *("s3:GetBucketRequestPayment", "s3:GetBucketLogging", "s3:GetLifecycleConfiguration"),
                *("s3:GetReplicationConfiguration", "s3:GetEncryptionConfiguration"),
                *("s3:GetBucketObjectLockConfiguration", "s3:GetBucketTagging", "s3:ListTagsForResource"),
            ),
            makes=("s3:CreateBucket", "s3:PutBucketTagging", "s3:TagResource"),
            changes=("s3:UntagResource", "s3:DeleteBucket"),
        ),
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": Life(
            reads=("s3:GetBucketPublicAccessBlock",), makes=("s3:PutBucketPublicAccessBlock",)
        ),
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls": Life(
            reads=("s3:GetBucketOwnershipControls",), makes=("s3:PutBucketOwnershipControls",)
        ),
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": Life(
            reads=("s3:GetEncryptionConfiguration",), makes=("s3:PutEncryptionConfiguration",)
        ),
        "aws:s3/bucketVersioning:BucketVersioning": Life(
            reads=("s3:GetBucketVersioning",), makes=("s3:PutBucketVersioning",)
        ),
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": Life(
            reads=("s3:GetLifecycleConfiguration",), makes=("s3:PutLifecycleConfiguration",)
        ),
        "aws:s3/bucketPolicy:BucketPolicy": Life(
            reads=("s3:GetBucketPolicy",), makes=("s3:PutBucketPolicy",), changes=("s3:DeleteBucketPolicy",)
        ),
        "aws:iam/role:Role": Life(
            reads=(
                *("iam:GetRole", "iam:ListRolePolicies", "iam:ListAttachedRolePolicies"),
                "iam:ListInstanceProfilesForRole",
            ),
            makes=("iam:CreateRole", "iam:TagRole"),
            changes=(*("iam:UpdateRole", "iam:UpdateAssumeRolePolicy", "iam:UntagRole", "iam:DeleteRole"),),
        ),
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Life(
            reads=("iam:GetRole", "iam:ListAttachedRolePolicies"),
            changes=("iam:AttachRolePolicy", "iam:DetachRolePolicy"),
        ),
        "aws:iam/rolePolicy:RolePolicy": Life(
            reads=("iam:GetRole", "iam:GetRolePolicy"), changes=("iam:PutRolePolicy", "iam:DeleteRolePolicy")
        ),
        "aws:iam/policy:Policy": Life(
            reads=("iam:GetPolicy", "iam:GetPolicyVersion", "iam:ListPolicyVersions"),
            makes=("iam:CreatePolicy", "iam:TagPolicy"),
            changes=("iam:CreatePolicyVersion", "iam:DeletePolicyVersion", "iam:UntagPolicy", "iam:DeletePolicy"),
        ),
        "aws:iam/instanceProfile:InstanceProfile": Life(
            reads=("iam:GetInstanceProfile",),
            makes=("iam:CreateInstanceProfile", "iam:TagInstanceProfile", "iam:PassRole"),
            changes=(
                *("iam:AddRoleToInstanceProfile", "iam:RemoveRoleFromInstanceProfile"),
                *("iam:UntagInstanceProfile", "iam:DeleteInstanceProfile"),
            ),
        ),
        "aws:route53/record:Record": Life(
            reads=("route53:GetHostedZone", "route53:ListResourceRecordSets", "route53:GetChange"),
            makes=("route53:ChangeResourceRecordSets",),
        ),
        "aws:kms/key:Key": Life(
            reads=(
                *("kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"),
                *("kms:ListKeys", "kms:ListAliases"),
            ),
            makes=("kms:CreateKey", "kms:TagResource"),
            changes=(
                *("kms:PutKeyPolicy", "kms:EnableKeyRotation", "kms:DisableKeyRotation", "kms:EnableKey"),
                *("kms:DisableKey", "kms:UpdateKeyDescription", "kms:UntagResource", "kms:ScheduleKeyDeletion"),
            ),
        ),
        "aws:kms/alias:Alias": Life(
            reads=("kms:ListAliases",), makes=("kms:CreateAlias", "kms:UpdateAlias", "kms:DeleteAlias")
        ),
    }
)

WITHOUT_AWS = ("tls:", "command:", "pulumi:", "wickr:")
"""Packages whose resources ask AWS nothing."""

LOOKUPS = MappingProxyType(
    {
        "aws:index/getAvailabilityZones:getAvailabilityZones": ("ec2:DescribeAvailabilityZones",),
        "aws:index/getPartition:getPartition": (),
        "aws:kms/getKey:getKey": ("kms:DescribeKey",),
        "aws:iam/getInstanceProfile:getInstanceProfile": ("iam:GetInstanceProfile",),
        "aws:ec2/getInstanceType:getInstanceType": ("ec2:DescribeInstanceTypes",),
        "aws:ec2/getSubnet:getSubnet": ("ec2:DescribeSubnets",),
        "aws:ec2/getRouteTable:getRouteTable": ("ec2:DescribeRouteTables",),
        "aws:ec2/getVpcEndpoint:getVpcEndpoint": ("ec2:DescribeVpcEndpoints", "ec2:DescribePrefixLists"),
        # The provider asks for the head, which IAM counts as reading; its version and tags come with it.
        "aws:s3/getObject:getObject": ("s3:GetObject", "s3:GetObjectTagging"),
        "aws:s3/getBucket:getBucket": ("s3:ListBucket", "s3:GetBucketLocation"),
        "aws:route53/getZone:getZone": (
            *("route53:GetHostedZone", "route53:ListHostedZones", "route53:ListTagsForResource"),
            "route53:ListResourceRecordSets",
        ),
    }
)
"""What the program's questions need."""
