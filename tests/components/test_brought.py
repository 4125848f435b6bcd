"""What a customer brings along for the hosts, a key, a profile, a boundary; and no partition is taken for granted."""

import json
import re
from typing import Any

import pytest

from tests.mock_cloud import INVOKES, Answer, Refused
from tests.recorder import Deployment, deploy, reveal
from tests.stacks import BOUNDARY, KEY, VARIANTS, deployed, stack

INSTANCE, ROLE = "aws:ec2/instance:Instance", "aws:iam/role:Role"
GET_KEY, GET_PROFILE = "aws:kms/getKey:getKey", "aws:iam/getInstanceProfile:getInstanceProfile"
GET_PARTITION = "aws:index/getPartition:getPartition"
ARN = f"arn:aws:kms:eu-west-1:123456789012:key/{KEY}"


@pytest.mark.parametrize(
    ("variant", "count"), [("a key for the disk", 1), ("calling with all that can be brought along", 2)]
)
def test_each_root_volume_has_the_key_by_its_arn(variant: str, count: int) -> None:
    volumes = [each.inputs["rootBlockDevice"] for each in deployed(variant).of(INSTANCE)]
    assert [(each["encrypted"], each["kmsKeyId"]) for each in volumes] == [(True, ARN)] * count


@pytest.mark.parametrize("variant", VARIANTS)
def test_without_a_key_nothing_is_said_about_one_and_kms_is_not_asked(variant: str) -> None:
    named = [each for each in deployed(variant).of(INSTANCE) if "kmsKeyId" in each.inputs["rootBlockDevice"]]
    asked = GET_KEY in {token for token, _ in deployed(variant).invoked}
    own = bool(VARIANTS[variant].get("wickr:encryption"))
    assert asked is ("wickr:kmsKeyId" in VARIANTS[variant])
    assert bool(named) is (asked or own)


@pytest.mark.parametrize("variant", ["a profile for the host", "calling with all that can be brought along"])
def test_with_a_profile_of_theirs_the_stack_makes_no_role_at_all(variant: str) -> None:
    assert {each.inputs["iamInstanceProfile"] for each in deployed(variant).of(INSTANCE)} == {"theirs"}
    assert [each.type for each in deployed(variant).resources if each.type.startswith("aws:iam/")] == []


@pytest.mark.parametrize(("variant", "count"), [("bounded", 3), ("calling, bounded", 4)])
def test_a_boundary_bounds_every_role_that_the_stack_makes(variant: str, count: int) -> None:
    assert [each.inputs["permissionsBoundary"] for each in deployed(variant).of(ROLE)] == [BOUNDARY] * count


def test_without_a_boundary_a_role_has_none() -> None:
    assert {"permissionsBoundary" in each.inputs for each in deployed("calling").of(ROLE)} == {False}


PARTITIONS = {
    "aws-us-gov": ("us-gov-west-1", "amazonaws.com"),
    "aws-cn": ("cn-north-1", "amazonaws.com.cn"),
    "aws-iso": ("us-iso-east-1", "c2s.ic.gov"),
}


def elsewhere(variant: str, partition: str) -> Deployment:
    """The deployment of a variation in another partition."""
    region, suffix = PARTITIONS[partition]
    answers: dict[str, Answer] = {
        GET_PARTITION: lambda args: {"partition": partition, "dnsSuffix": suffix},
        GET_KEY: lambda args: {**INVOKES[GET_KEY](args), "arn": ARN.replace("arn:aws:", f"arn:{partition}:")},
    }
    text = json.dumps(VARIANTS[variant]).replace("arn:aws:", f"arn:{partition}:")
    return deploy(stack({**json.loads(text), "aws:region": region}), answers=answers)


@pytest.mark.slow
@pytest.mark.parametrize("partition", PARTITIONS)
@pytest.mark.parametrize("variant", ["calling", "calling with all that can be brought along", "calling, bounded"])
def test_no_arn_and_no_service_is_of_another_partition_than_the_region(variant: str, partition: str) -> None:
    deployment = elsewhere(variant, partition)
    assert deployment.problem is None, deployment.said("error")
    text = json.dumps([reveal(each.inputs) for each in deployment.resources] + [reveal(deployment.outputs)])
    for told in {str(each.outputs["arn"]) for each in deployment.resources if "arn" in each.outputs}:
        text = text.replace(told, "")  # what the engine answers here is of the partition aws
    assert set(re.findall(r"arn:([a-z-]*):", text)) == {partition}
    policies = json.dumps([each.inputs for each in deployment.resources if each.type.startswith("aws:iam/")])
    services = set(re.findall(r'"Service[^}]*?([a-z0-9-]+\.[a-z0-9.]+)', policies))
    hosts = {f"ec2.{PARTITIONS[partition][1]}", "vpc-flow-logs.amazonaws.com", "backup.amazonaws.com"}
    assert services == (set() if "brought" in variant else hosts)


def refused(changes: dict[str, Any], answers: dict[str, Answer] | None = None) -> list[str]:
    deployment = deploy(stack(changes), answers=answers)
    assert {each.type for each in deployment.resources} <= {"pulumi:providers:aws"}
    return deployment.said("error")


def key(**changes: Any) -> dict[str, Answer]:
    return {GET_KEY: lambda args: {**INVOKES[GET_KEY](args), **changes}}


def none(_: dict[str, Any]) -> dict[str, Any]:
    raise Refused("the plugin returned an error: reading: couldn't find resource")


@pytest.mark.parametrize(
    ("changes", "answers", "sentence"),
    [
        (
            {"wickr:kmsKeyId": KEY},
            {GET_KEY: none},
            f"wickr:kmsKeyId: AWS does not know {KEY} in this region (reading: couldn't find resource)",
        ),
        (
            {"wickr:kmsKeyId": KEY},
            key(enabled=False, keyState="PendingDeletion"),
            f"wickr:kmsKeyId: {KEY} is PendingDeletion, and a disk needs a key that is enabled; enable it",
        ),
        (
            {"wickr:kmsKeyId": KEY},
            key(keyUsage="SIGN_VERIFY", keySpec="RSA_2048"),
            f"wickr:kmsKeyId: {KEY} is for SIGN_VERIFY with RSA_2048; disks take keys for ENCRYPT_DECRYPT with "
            "SYMMETRIC_DEFAULT alone",
        ),
        (
            {"wickr:iam": {"instanceProfile": "theirs"}},
            {GET_PROFILE: none},
            "wickr:iam.instanceProfile: AWS does not know theirs in this account (reading: couldn't find resource)",
        ),
        (
            {"wickr:iam": {"instanceProfile": "theirs"}},
            {GET_PROFILE: lambda args: {"roleName": ""}},
            "wickr:iam.instanceProfile: theirs carries no role; add one to it",
        ),
        (
            {"wickr:iam": {"permissionsBoundary": BOUNDARY}, "aws:region": "us-gov-west-1"},
            {GET_PARTITION: lambda args: {"partition": "aws-us-gov", "dnsSuffix": "amazonaws.com"}},
            f"wickr:iam.permissionsBoundary: {BOUNDARY} is of the partition aws, and aws:region is in aws-us-gov; name "
            "one of aws-us-gov",
        ),
    ],
    ids=["no key", "a key that goes", "a key for signatures", "no profile", "an empty profile", "another partition"],
)
def test_what_aws_contradicts_is_refused_before_anything_is_made(
    changes: dict[str, Any], answers: dict[str, Answer], sentence: str
) -> None:
    assert refused(changes, answers) == [sentence]
