"""A region of the local cloud's API, which no other test uses, as an outsider sees it."""

from collections.abc import Iterable
from functools import cache
from typing import Any

import boto3

from tests.local.api.running import CREDENTIALS, endpoint

Inventory = dict[str, frozenset[str]]
"""Ids by kind."""


class Cloud:
    """One region: what is in it, and what it takes to work there."""

    def __init__(self, region: str) -> None:
        self.region = region
        self.environment = {**CREDENTIALS, "AWS_REGION": region, "AWS_ENDPOINT_URL": endpoint()}
        self.ec2, self.iam, self.s3 = (_client(service, region) for service in ("ec2", "iam", "s3"))
        self.backup = _client("backup", region)

    def inventory(self) -> Inventory:
        """Everything that a stack can make. A terminated instance is gone, though AWS shows it for a while."""
        alive = [{"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped"]}]
        reservations = self.ec2.describe_instances(Filters=alive)["Reservations"]
        rows = {
            "InstanceId": [instance for each in reservations for instance in each["Instances"]],
            "VpcId": self.ec2.describe_vpcs()["Vpcs"],
            "SubnetId": self.ec2.describe_subnets()["Subnets"],
            "RouteTableId": self.ec2.describe_route_tables()["RouteTables"],
            "InternetGatewayId": self.ec2.describe_internet_gateways()["InternetGateways"],
            "GroupId": self.ec2.describe_security_groups()["SecurityGroups"],
            "SecurityGroupRuleId": self.ec2.describe_security_group_rules()["SecurityGroupRules"],
            "AllocationId": self.ec2.describe_addresses()["Addresses"],
            "VolumeId": self.ec2.describe_volumes()["Volumes"],
            "BackupVaultName": self.backup.list_backup_vaults()["BackupVaultList"],
            "BackupPlanId": self.backup.list_backup_plans()["BackupPlansList"],
            "RoleName": self.iam.list_roles()["Roles"],
            "InstanceProfileName": self.iam.list_instance_profiles()["InstanceProfiles"],
        }
        return {kind: frozenset(row[kind] for row in found) for kind, found in rows.items()}

    def since(self, before: Inventory) -> Inventory:
        """What was made since then and is still there."""
        made = {kind: ids - before[kind] for kind, ids in self.inventory().items()}
        return {kind: ids for kind, ids in made.items() if ids}

    def vpc(self, cidr: str) -> str:
        """A VPC that was there before any stack."""
        return str(self.ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"])

    def bucket(self, name: str, keys: Iterable[str]) -> None:
        """A bucket with something at these keys."""
        self.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": self.region})
        for key in keys:
            self.s3.put_object(Bucket=name, Key=key, Body=b"of no importance here")

    def subnet(self, vpc: str, cidr: str) -> str:
        """A subnet of it."""
        return str(self.ec2.create_subnet(VpcId=vpc, CidrBlock=cidr)["Subnet"]["SubnetId"])

    def zone(self, name: str) -> str:
        """A public zone of Route 53 that was there, too."""
        made = _client("route53", self.region).create_hosted_zone(Name=name, CallerReference=f"{self.region} {name}")
        return str(made["HostedZone"]["Id"]).rpartition("/")[2]

    def key(self) -> str:
        """A key of KMS that was there, by its id."""
        return str(_client("kms", self.region).create_key()["KeyMetadata"]["KeyId"])

    def profile(self, name: str) -> str:
        """An instance profile that was there, with a role in it. IAM is one for all regions."""
        name = f"{name}-{self.region}"
        self.iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")
        self.iam.create_instance_profile(InstanceProfileName=name)
        self.iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
        return name

    def topic(self, name: str) -> str:
        """A topic of SNS that was there, by its ARN."""
        return str(_client("sns", self.region).create_topic(Name=name)["TopicArn"])


@cache
def _client(service: str, region: str) -> Any:
    session: Any = boto3.Session(
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        region_name=region,
    )
    return session.client(service, endpoint_url=endpoint())
