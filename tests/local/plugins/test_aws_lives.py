"""Each resource of the stand-in for the plugin aws is made, found unchanged, changed, and gone again."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from local.plugins.aws.__main__ import PROVIDER
from local.plugins.values import Values
from tests.local.api.running import CREDENTIALS, IMAGE, client, endpoint
from tests.local.plugins.plugin import Plugin, running

pytestmark = pytest.mark.slow

DEFAULT_TAGS = '{"tags": {"customer": "one"}}'
POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket/*"}],
}
OTHER_POLICY = {**POLICY, "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}


@pytest.fixture(scope="module")
def aws() -> Iterator[Plugin]:
    with pytest.MonkeyPatch.context() as patch, running(PROVIDER) as plugin:
        patch.setenv("AWS_ENDPOINT_URL", endpoint())
        for name, value in CREDENTIALS.items():
            patch.setenv(name, value)
        plugin.configure(region="eu-west-1", defaultTags=DEFAULT_TAGS)
        yield plugin


@pytest.fixture(scope="module")
def place() -> dict[str, str]:
    """A network to live in."""
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    return {
        "vpc": vpc,
        "subnet": ec2.create_subnet(VpcId=vpc, CidrBlock="10.77.1.0/24")["Subnet"]["SubnetId"],
        "table": ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"],
        "other": ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"],
        "key": client("kms").create_key()["KeyMetadata"]["KeyId"],
        "zone": zone("example.org"),
        "topic": client("sns").create_topic(Name="operations")["TopicArn"],
        "address": ec2.allocate_address(Domain="vpc")["AllocationId"],
        "instance": ec2.run_instances(ImageId=IMAGE, InstanceType="t3.large", MinCount=1, MaxCount=1)["Instances"][0][
            "InstanceId"
        ],
        **backups(),
        "bucket": bucket("theirs"),
        "volume": ec2.create_volume(AvailabilityZone="eu-west-1a", Size=10)["VolumeId"],
    }


def backups() -> dict[str, str]:
    """A plan of AWS Backup with its vault, and a role that the service may take on."""
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "backup.amazonaws.com"}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = client("iam").create_role(RoleName="backing-up", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    api = client("backup")
    api.create_backup_vault(BackupVaultName="theirs")
    rules = [{"RuleName": "daily", "TargetBackupVaultName": "theirs"}]
    plan = api.create_backup_plan(BackupPlan={"BackupPlanName": "theirs", "Rules": rules})["BackupPlanId"]
    return {"backup-role": role, "backup-plan": plan}


def bucket(name: str) -> str:
    """A bucket that was there before."""
    there = {"LocationConstraint": CREDENTIALS["AWS_REGION"]}
    client("s3").create_bucket(Bucket=name, CreateBucketConfiguration=there)
    return name


def zone(name: str) -> str:
    """A hosted zone that was there before."""
    made = client("route53").create_hosted_zone(Name=name, CallerReference=name)
    return str(made["HostedZone"]["Id"]).rpartition("/")[2]


LIVES: list[tuple[str, Values, Values]] = [
    ("aws:ec2/vpc:Vpc", {"cidrBlock": "10.78.0.0/16"}, {"enableDnsHostnames": True, "tags": {"Name": "x"}}),
    ("aws:ec2/subnet:Subnet", {"vpcId": "<vpc>", "cidrBlock": "10.77.2.0/24"}, {"mapPublicIpOnLaunch": True}),
    ("aws:ec2/internetGateway:InternetGateway", {}, {"tags": {"Name": "x"}}),
    ("aws:ec2/routeTable:RouteTable", {"vpcId": "<vpc>"}, {"tags": {"Name": "x"}}),
    (
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        {"subnetId": "<subnet>", "routeTableId": "<table>"},
        {"routeTableId": "<other>"},
    ),
    ("aws:ec2/securityGroup:SecurityGroup", {"vpcId": "<vpc>"}, {"tags": {"Name": "x"}}),
    ("aws:ec2/eip:Eip", {"domain": "vpc"}, {"tags": {"Name": "x"}}),
    ("aws:ec2/natGateway:NatGateway", {"subnetId": "<subnet>", "allocationId": "<address>"}, {"tags": {"Name": "x"}}),
    (
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        {"vpcId": "<vpc>", "serviceName": "com.amazonaws.eu-west-1.s3", "routeTableIds": ["<table>"]},
        {"policy": json.dumps(POLICY), "tags": {"Name": "x"}, "routeTableIds": ["<other>"]},
    ),
    (
        "aws:ec2/managedPrefixList:ManagedPrefixList",
        {"addressFamily": "IPv4", "maxEntries": 2, "entries": [{"cidr": "10.0.0.0/8", "description": "ten"}]},
        {"maxEntries": 3, "entries": [{"cidr": "192.0.2.0/24"}, {"cidr": "10.0.0.0/8", "description": "ten"}]},
    ),
    (
        "aws:ec2/instance:Instance",
        {"ami": IMAGE, "instanceType": "t3.large", "subnetId": "<subnet>", "rootBlockDevice": {"volumeSize": 20}},
        {"monitoring": True, "rootBlockDevice": {"volumeSize": 30}, "userDataBase64": "YQ==", "disableApiStop": False},
    ),
    (
        "aws:ebs/volume:Volume",
        {"availabilityZone": "eu-west-1a", "size": 10, "type": "gp3", "encrypted": True},
        {"size": 20, "tags": {"Name": "x"}},
    ),
    (
        "aws:ec2/volumeAttachment:VolumeAttachment",
        {"deviceName": "/dev/sdf", "instanceId": "<instance>", "volumeId": "<volume>"},
        {"stopInstanceBeforeDetaching": True},
    ),
    ("aws:iam/role:Role", {"assumeRolePolicy": json.dumps(POLICY)}, {"description": "x", "maxSessionDuration": 7200}),
    ("aws:iam/instanceProfile:InstanceProfile", {}, {"tags": {"Name": "x"}}),
    ("aws:iam/policy:Policy", {"policy": json.dumps(POLICY)}, {"policy": json.dumps(OTHER_POLICY)}),
    (
        "aws:kms/key:Key",
        {"description": "a", "deletionWindowInDays": 7},
        {"description": "b", "enableKeyRotation": True, "isEnabled": False},
    ),
    ("aws:kms/alias:Alias", {"name": "alias/wickr", "targetKeyId": "<key>"}, {}),
    ("aws:sns/topic:Topic", {}, {"displayName": "x", "tags": {"Name": "x"}}),
    ("aws:sns/topicSubscription:TopicSubscription", {"topic": "<topic>", "protocol": "email", "endpoint": "a@b.c"}, {}),
    (
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        {
            "name": "wickr/one/messaging/system-check",
            "namespace": "AWS/EC2",
            "metricName": "StatusCheckFailed_System",
            "dimensions": {"InstanceId": "<instance>"},
            "statistic": "Maximum",
            "period": 60,
            "evaluationPeriods": 2,
            "threshold": 1,
            "comparisonOperator": "GreaterThanOrEqualToThreshold",
            "alarmActions": ["<topic>", "arn:aws:automate:eu-west-1:ec2:recover"],
        },
        {"alarmActions": ["<topic>"], "threshold": 2, "alarmDescription": "x", "tags": {"Name": "x"}},
    ),
    (
        "aws:cloudwatch/logGroup:LogGroup",
        {"name": "/wickr/one/flow-logs", "retentionInDays": 90},
        {"retentionInDays": 365, "tags": {"Name": "x"}},
    ),
    (
        "aws:ec2/flowLog:FlowLog",
        {
            "vpcId": "<vpc>",
            "trafficType": "ALL",
            "logDestination": "arn:aws:logs:eu-west-1:123456789012:log-group:flows",
            "iamRoleArn": "arn:aws:iam::123456789012:role/flows",
        },
        {"tags": {"Name": "x"}},
    ),
    ("aws:backup/vault:Vault", {}, {"tags": {"Name": "x"}}),
    (
        "aws:backup/plan:Plan",
        {"rules": [{"ruleName": "daily", "targetVaultName": "theirs", "schedule": "cron(0 2 ? * * *)"}]},
        {
            "rules": [
                {
                    "ruleName": "hourly",
                    "targetVaultName": "theirs",
                    "schedule": "cron(0 * ? * * *)",
                    "startWindow": 120,
                    "completionWindow": 1440,
                    "lifecycle": {"deleteAfter": 7},
                }
            ],
            "tags": {"Name": "x"},
        },
    ),
    (
        "aws:backup/selection:Selection",
        {
            "planId": "<backup-plan>",
            "iamRoleArn": "<backup-role>",
            "resources": ["arn:aws:ec2:eu-west-1:123456789012:instance/i-1"],
        },
        {},
    ),
    ("aws:s3/bucket:Bucket", {}, {"tags": {"Name": "x"}}),
    (
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        {"bucket": "theirs", "blockPublicAcls": True},
        {"blockPublicPolicy": True, "ignorePublicAcls": True, "restrictPublicBuckets": True},
    ),
    (
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        {"bucket": "theirs", "rule": {"objectOwnership": "ObjectWriter"}},
        {"rule": {"objectOwnership": "BucketOwnerEnforced"}},
    ),
    (
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        {"bucket": "theirs", "rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]},
        {
            "rules": [
                {
                    "applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": "<key>"},
                    "bucketKeyEnabled": True,
                }
            ]
        },
    ),
    (
        "aws:s3/bucketVersioning:BucketVersioning",
        {"bucket": "theirs", "versioningConfiguration": {"status": "Enabled"}},
        {},
    ),
    (
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        {
            "bucket": "theirs",
            "rules": [{"id": "a", "status": "Enabled", "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7}}],
        },
        {
            "rules": [
                {
                    "id": "b",
                    "status": "Enabled",
                    "filter": {"prefix": "wickr/one/"},
                    "noncurrentVersionExpiration": {"noncurrentDays": 30},
                    "expiration": {"expiredObjectDeleteMarker": True},
                },
                {"id": "c", "status": "Disabled", "filter": {"prefix": "x/"}, "expiration": {"days": 1}},
            ]
        },
    ),
    (
        "aws:s3/bucketPolicy:BucketPolicy",
        {"bucket": "theirs", "policy": json.dumps(POLICY)},
        {"policy": json.dumps(OTHER_POLICY)},
    ),
    (
        "aws:route53/record:Record",
        {"zoneId": "<zone>", "name": "Chat.example.org", "type": "A", "ttl": 300, "records": ["203.0.113.100"]},
        {"ttl": 60, "records": ["203.0.113.101"]},
    ),
]


def filled(value: Any, place: dict[str, str]) -> Any:
    """The inputs with the ids of the place in them."""
    text = json.dumps(value)
    for name, known in place.items():
        text = text.replace(f"<{name}>", known)
    return json.loads(text)


@pytest.mark.parametrize(("token", "first", "then"), LIVES, ids=[token for token, _, _ in LIVES])
def test_it_is_made_found_unchanged_changed_and_gone(
    aws: Plugin, place: dict[str, str], token: str, first: Values, then: Values
) -> None:
    inputs, refusals = aws.check(token, filled(first, place))
    assert refusals == []
    it, state = aws.create(token, inputs)
    assert aws.diff(token, inputs, inputs, state).changes == {}

    _, seen, found = aws.read(token, it, state, inputs)
    assert aws.diff(token, found, inputs, seen).changes == {}
    if "tagsAll" in state:
        assert seen["tagsAll"] == {"customer": "one"}

    if then:
        news, refusals = aws.check(token, filled({**first, **then}, place), inputs)
        assert refusals == []
        planned = aws.diff(token, inputs, news, state)
        assert planned.changes
        assert planned.replaces == []
        state, inputs = aws.update(token, it, state, inputs, news), news
        _, seen, found = aws.read(token, it, state, inputs)
        assert aws.diff(token, found, inputs, seen).changes == {}

    aws.delete(token, it, state, inputs)
    assert aws.read(token, it, state, inputs)[0] == ""
    aws.delete(token, it, state, inputs)  # what is gone already is no fault


def test_an_alias_follows_its_key_by_id_or_by_arn(aws: Plugin, place: dict[str, str]) -> None:
    arn = f"arn:aws:kms:eu-west-1:123456789012:key/{place['key']}"
    old, new = ({"name": "alias/a", "targetKeyId": target} for target in (place["key"], arn))
    assert aws.diff("aws:kms/alias:Alias", old, new).changes == {}


def test_a_policy_may_be_written_differently_and_mean_the_same(aws: Plugin) -> None:
    old, new = ({"role": "r", "name": "n", "policy": json.dumps(POLICY, indent=indent)} for indent in (None, 4))
    assert aws.diff("aws:iam/rolePolicy:RolePolicy", old, new).changes == {}


def test_a_record_that_somebody_else_made_is_not_written_over(aws: Plugin, place: dict[str, str]) -> None:
    inputs = {"zoneId": place["zone"], "name": "taken.example.org", "type": "A", "ttl": 60, "records": ["192.0.2.1"]}
    checked, _ = aws.check("aws:route53/record:Record", inputs)
    it, state = aws.create("aws:route53/record:Record", checked)
    with pytest.raises(Exception, match="it already exists"):
        aws.create("aws:route53/record:Record", checked)
    aws.delete("aws:route53/record:Record", it, state, checked)


def test_a_record_holds_addresses_and_lies_inside_its_zone(aws: Plugin, place: dict[str, str]) -> None:
    inputs = {"zoneId": place["zone"], "name": "a.example.com", "type": "A", "ttl": 60, "records": ["no address"]}
    assert aws.refusals("aws:route53/record:Record", inputs) == ["records[0] must be an IPv4 address, not no address"]
    checked, _ = aws.check("aws:route53/record:Record", {**inputs, "records": ["192.0.2.1"]})
    with pytest.raises(Exception, match="is not inside the zone"):
        aws.create("aws:route53/record:Record", checked)


def test_a_plan_of_backups_needs_its_vault_and_outlives_its_selections(aws: Plugin, place: dict[str, str]) -> None:
    plan, selection = "aws:backup/plan:Plan", "aws:backup/selection:Selection"
    nowhere, _ = aws.check(plan, {"rules": [{"ruleName": "daily", "targetVaultName": "nowhere"}]})
    with pytest.raises(Exception, match="nowhere does not exist"):
        aws.create(plan, nowhere)
    it = place["backup-plan"]
    stranger = {"planId": it, "iamRoleArn": "arn:aws:iam::123456789012:role/stranger", "resources": []}
    checked, _ = aws.check(selection, stranger)
    with pytest.raises(Exception, match="cannot be assumed by AWS Backup"):
        aws.create(selection, checked)
    checked, _ = aws.check(selection, stranger | {"iamRoleArn": place["backup-role"]})
    made, state = aws.create(selection, checked)
    with pytest.raises(Exception, match="selections must be deleted prior"):
        client("backup").delete_backup_plan(BackupPlanId=it)
    moved = aws.diff(selection, checked, checked | {"resources": [f"{place['backup-role']}-2"]}, state)
    assert moved.replaces == ["resources[0]"]
    aws.delete(selection, made, state, checked)


def test_a_vault_with_something_in_it_does_not_go(aws: Plugin) -> None:
    from moto.backup.models import backup_backends

    token = "aws:backup/vault:Vault"
    assert aws.refusals(token, {"forceDestroy": True}) == ["forceDestroy must be one of False, not True"]
    inputs, _ = aws.check(token, {})
    it, state = aws.create(token, inputs)
    vault = backup_backends["123456789012"]["eu-west-1"].vaults[it]
    vault.num_of_recovery_points = 3
    with pytest.raises(Exception, match="contains 3 recovery points"):
        aws.delete(token, it, state, inputs)
    vault.num_of_recovery_points = 0
    aws.delete(token, it, state, inputs)


def test_a_key_is_found_by_its_id_and_by_its_arn(aws: Plugin, place: dict[str, str]) -> None:
    arn = f"arn:aws:kms:eu-west-1:123456789012:key/{place['key']}"
    for name in (place["key"], arn):
        found = aws.invoke("aws:kms/getKey:getKey", {"keyId": name})
        assert (found["arn"], found["enabled"], found["keyUsage"], found["keySpec"]) == (
            *(arn, True, "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT"),
        )
    with pytest.raises(Exception, match="couldn't find resource"):
        aws.invoke("aws:kms/getKey:getKey", {"keyId": "0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f"})


def test_a_profile_is_found_with_its_role(aws: Plugin) -> None:
    iam = client("iam")
    iam.create_role(RoleName="carried", AssumeRolePolicyDocument=json.dumps(POLICY))
    iam.create_instance_profile(InstanceProfileName="carrying")
    assert aws.invoke("aws:iam/getInstanceProfile:getInstanceProfile", {"name": "carrying"})["roleName"] == ""
    iam.add_role_to_instance_profile(InstanceProfileName="carrying", RoleName="carried")
    assert aws.invoke("aws:iam/getInstanceProfile:getInstanceProfile", {"name": "carrying"})["roleName"] == "carried"
    with pytest.raises(Exception, match="couldn't find resource"):
        aws.invoke("aws:iam/getInstanceProfile:getInstanceProfile", {"name": "none"})


def test_a_zone_is_found_by_its_id(aws: Plugin, place: dict[str, str]) -> None:
    found = aws.invoke("aws:route53/getZone:getZone", {"zoneId": place["zone"]})
    assert (found["name"], found["privateZone"]) == ("example.org", False)
    with pytest.raises(Exception, match="no matching Route 53 Hosted Zone found"):
        aws.invoke("aws:route53/getZone:getZone", {"zoneId": "Z0NONE"})


def test_lookups_find_what_is_there(aws: Plugin, place: dict[str, str]) -> None:
    assert aws.invoke("aws:ec2/getSubnet:getSubnet", {"id": place["subnet"]})["vpcId"] == place["vpc"]
    assert aws.invoke("aws:ec2/getVpc:getVpc", {"id": place["vpc"]})["cidrBlock"] == "10.77.0.0/16"
    machine = aws.invoke("aws:ec2/getInstanceType:getInstanceType", {"instanceType": "t3.large"})
    assert (machine["defaultVcpus"], machine["memorySize"]) == (2, 8192)
    zones = aws.invoke("aws:index/getAvailabilityZones:getAvailabilityZones", {"state": "available"})
    assert zones["names"] == ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    assert aws.invoke("aws:index/getCallerIdentity:getCallerIdentity", {})["accountId"] == "123456789012"
    assert aws.invoke("aws:index/getPartition:getPartition", {})["partition"] == "aws"
    name = {"name": "name", "values": ["wickr-lab-debian-*"]}
    assert aws.invoke("aws:ec2/getAmi:getAmi", {"filters": [name], "mostRecent": True})["id"] == IMAGE
    parameter = {"name": "/aws/service/debian/release/12/latest/amd64"}
    assert aws.invoke("aws:ssm/getParameter:getParameter", parameter)["value"] == IMAGE


def test_a_lookup_that_finds_nothing_or_too_much_says_so(aws: Plugin, place: dict[str, str]) -> None:
    with pytest.raises(Exception, match="no matching EC2 VPC found"):
        aws.invoke("aws:ec2/getVpc:getVpc", {"cidrBlock": "10.99.0.0/16"})
    with pytest.raises(Exception, match=r"AWS refused DescribeSubnets: InvalidSubnetID\.NotFound"):
        aws.invoke("aws:ec2/getSubnet:getSubnet", {"id": "subnet-0123456789abcdef0"})
    with pytest.raises(Exception, match="multiple EC2 Subnets matched"):
        aws.invoke("aws:ec2/getSubnet:getSubnet", {})


def test_a_policy_document_is_written_as_the_real_plugin_writes_it(aws: Plugin) -> None:
    statement = {
        "actions": ["sts:AssumeRole"],
        "principals": [{"type": "Service", "identifiers": ["ec2.amazonaws.com"]}],
        "conditions": [{"test": "StringEquals", "variable": "aws:SourceAccount", "values": ["1", "2"]}],
    }
    answer = aws.invoke("aws:iam/getPolicyDocument:getPolicyDocument", {"statements": [statement]})
    assert json.loads(answer["json"]) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"Service": "ec2.amazonaws.com"},
                "Condition": {"StringEquals": {"aws:SourceAccount": ["2", "1"]}},
            }
        ],
    }
