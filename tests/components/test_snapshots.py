"""Replicated's own snapshots: a folder that one host's role can use and nothing else, in a bucket that is closed."""

import json
from typing import Any

import pytest

from tests.recorder import Deployment, reveal
from tests.stacks import KEY_ARN, VARIANTS, deployed

pytestmark = pytest.mark.slow

BUCKET, INSTANCE, ROLE_POLICY = "aws:s3/bucket:Bucket", "aws:ec2/instance:Instance", "aws:iam/rolePolicy:RolePolicy"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
OWN, THEIRS = "snapshots-bucket-1a2b3c4", "theirs"
FOLDER = "wickr/test"
PARTS = {"bucket", "closed", "owner", "encryption", "versions", "lifecycle", "policy"}


def asked(variant: str) -> dict[str, Any]:
    found: dict[str, Any] = VARIANTS[variant].get("wickr:snapshots", {})
    return found if found.get("enabled") else {}


def in_folder(bucket: str) -> list[dict[str, Any]]:
    """What S3 allows for snapshots, and nothing more."""
    whole = f"arn:aws:s3:::{bucket}"
    return [
        {"Sid": "FindBucket", "Effect": "Allow", "Action": "s3:GetBucketLocation", "Resource": whole},
        {
            "Sid": "ListSnapshots",
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": whole,
            "Condition": {"StringLike": {"s3:prefix": f"{FOLDER}/*"}},
        },
        {
            "Sid": "KeepSnapshots",
            "Effect": "Allow",
            "Action": ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
            "Resource": f"{whole}/{FOLDER}/*",
        },
    ]


def under(key: str, bucket: str) -> dict[str, Any]:
    """What KMS allows for them."""
    return {
        "Sid": "SnapshotsKey",
        "Effect": "Allow",
        "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
        "Resource": key,
        "Condition": {
            "StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"},
            "StringLike": {"kms:EncryptionContext:aws:s3:arn": f"arn:aws:s3:::{bucket}/{FOLDER}/*"},
        },
    }


def statements(deployment: Deployment) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(deployment.named("messaging-snapshots").inputs["policy"])["Statement"]
    return found


@pytest.mark.parametrize("variant", VARIANTS)
def test_where_nobody_asks_for_them_nothing_of_them_is_there_and_no_container_gets_credentials(variant: str) -> None:
    found, wanted = deployed(variant), asked(variant)
    made = {each.name for each in found.resources if each.name.partition("-")[0] == "snapshots"}
    own = wanted and "bucket" not in wanted
    assert made == ({"snapshots", *(f"snapshots-{part}" for part in PARTS)} if own else set())
    hops = {
        each.name: each.inputs["metadataOptions"]["httpPutResponseHopLimit"]
        for each in found.of(INSTANCE)
        if not each.name.startswith("compliance")
    }
    assert {name for name, far in hops.items() if far > 1} == ({"messaging-host-instance"} if wanted else set())


@pytest.mark.parametrize("variant", VARIANTS)
def test_one_role_may_use_the_folder_and_no_other_may_write_anything(variant: str) -> None:
    found = deployed(variant)
    writers = {each.inputs["role"] for each in found.of(ROLE_POLICY) if "s3:Put" in str(reveal(each.inputs["policy"]))}
    may = asked(variant) and "instanceProfile" not in VARIANTS[variant].get("wickr:iam", {})
    assert writers == ({"messaging-host-role-1a2b3c4"} if may else set())


@pytest.mark.parametrize(
    ("variant", "bucket", "keys"),
    [
        ("snapshots", OWN, []),
        ("snapshots in an airgap", OWN, []),
        (
            "snapshots under a key of the stack's own",
            OWN,
            [under("arn:aws:kms:eu-west-1:123456789012:key/key-key", OWN)],
        ),
        ("snapshots in a bucket that is there", THEIRS, [under(KEY_ARN, THEIRS)]),
    ],
)
def test_the_role_may_use_the_folder_and_the_key_by_way_of_it_and_nothing_else(
    variant: str, bucket: str, keys: list[dict[str, Any]]
) -> None:
    assert statements(deployed(variant)) == [*in_folder(bucket), *keys]


def test_the_folder_is_that_of_the_stack_so_that_two_can_share_a_bucket() -> None:
    variant = "snapshots in a bucket that is there"
    folders = {
        name: statements(deployed(variant, name=name))[2]["Resource"].removeprefix("arn:aws:s3:::theirs/")
        for name in ("acme", "acme-2")
    }
    assert folders == {"acme": "wickr/acme/*", "acme-2": "wickr/acme-2/*"}


def test_the_bucket_is_closed_owned_encrypted_and_reached_by_tls_alone() -> None:
    found = deployed("snapshots")
    parts = {part: found.named(f"snapshots-{part}").inputs for part in PARTS - {"bucket"}}
    assert {inputs.pop("bucket") for inputs in (dict(each) for each in parts.values())} == {OWN}
    assert {key: value for key, value in parts["closed"].items() if key != "bucket"} == dict.fromkeys(
        ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True
    )
    assert parts["owner"]["rule"] == {"objectOwnership": "BucketOwnerEnforced"}
    assert parts["encryption"]["rules"] == [
        {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}, "bucketKeyEnabled": False}
    ]
    assert json.loads(parts["policy"]["policy"])["Statement"] == [
        {
            "Sid": "TlsAlone",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [f"arn:aws:s3:::{OWN}", f"arn:aws:s3:::{OWN}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ]


def test_it_is_under_the_key_of_the_disks_if_they_have_one() -> None:
    (rule,) = deployed("snapshots under a key of the stack's own").named("snapshots-encryption").inputs["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {
        "sseAlgorithm": "aws:kms",
        "kmsMasterKeyId": "arn:aws:kms:eu-west-1:123456789012:key/key-key",
    }


def test_what_is_deleted_can_be_had_back_for_a_month_and_what_nobody_finished_goes() -> None:
    found = deployed("snapshots")
    assert found.named("snapshots-versions").inputs["versioningConfiguration"] == {"status": "Enabled"}
    assert found.named("snapshots-lifecycle").inputs["rules"] == [
        {
            "id": "unfinished-uploads",
            "status": "Enabled",
            "filter": {"prefix": f"{FOLDER}/"},
            "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
        },
        {
            "id": "overwritten-and-deleted",
            "status": "Enabled",
            "filter": {"prefix": f"{FOLDER}/"},
            "noncurrentVersionExpiration": {"noncurrentDays": 30},
            "expiration": {"expiredObjectDeleteMarker": True},
        },
    ]


def test_when_the_stack_goes_the_bucket_stays_and_all_that_closes_it() -> None:
    found = [each for each in deployed("snapshots").resources if each.name.startswith("snapshots-")]
    assert {each.name.removeprefix("snapshots-") for each in found if each.options.get("retainOnDelete")} == PARTS
    assert deployed("snapshots").the(BUCKET).inputs["forceDestroy"] is False
    # It can be turned off by a key: a guard against deletion would stand in the way.
    assert not any(each.protect for each in found)


def test_turning_them_on_changes_of_what_is_there_how_far_credentials_go_and_nothing_else() -> None:
    old, new = ({each.urn: each for each in deployed(variant).resources} for variant in ("complete", "snapshots"))
    assert old.keys() <= new.keys()
    changed = {each.name: each.inputs for urn, each in old.items() if each.inputs != new[urn].inputs}
    assert changed.keys() == {"messaging-host-instance"}
    host = changed["messaging-host-instance"]
    again = deployed("snapshots").named("messaging-host-instance").inputs
    assert {key for key in host if host[key] != again[key]} == {"metadataOptions"}
    assert {new[urn].name for urn in new.keys() - old.keys()} == {
        *("messaging-snapshots", "snapshots"),
        *(f"snapshots-{part}" for part in PARTS),
    }


def test_in_an_airgap_the_endpoint_lets_the_files_and_the_folder_through_and_nothing_else() -> None:
    plain, more = (deployed(variant).the(ENDPOINT).inputs for variant in ("airgap", "snapshots in an airgap"))
    of_files = json.loads(plain["policy"])["Statement"]
    of_snapshots = [{"Principal": "*", **each} for each in in_folder(OWN)]
    assert json.loads(more["policy"])["Statement"] == [*of_files, *of_snapshots]


@pytest.mark.parametrize(
    ("variant", "bucket"),
    [("snapshots", OWN), ("snapshots in a bucket that is there", THEIRS), ("snapshots in an airgap", OWN)],
)
def test_a_person_is_told_where_they_go_and_that_no_key_is_needed(variant: str, bucket: str) -> None:
    outputs = deployed(variant).outputs
    assert outputs["snapshotsDestination"] == f"s3://{bucket}/{FOLDER}"
    (step,) = (each for each in outputs["nextSteps"] if "snapshots" in each)
    assert f"name the bucket {bucket}, the region eu-west-1 and the folder {FOLDER}." in step
    assert step.endswith(
        f"replicatedctl snapshot ls --store s3 --s3-bucket {bucket} --s3-region eu-west-1 --s3-folder {FOLDER}"
    )


def test_a_profile_of_somebody_elses_is_theirs_to_change_and_they_are_told_how() -> None:
    found = deployed("snapshots with a profile of theirs")
    assert [each.name for each in found.of(ROLE_POLICY)] == []
    (step,) = (each for each in found.outputs["nextSteps"] if each.startswith("Give the role of theirs this policy"))
    assert json.loads(step.partition(": ")[2])["Statement"] == in_folder(OWN)


def test_what_it_costs_is_said_at_every_deployment() -> None:
    said = [each for each in deployed("snapshots").said("warning") if each.startswith("wickr:snapshots.enabled")]
    assert said == [
        "wickr:snapshots.enabled is true: Replicated is a container, and what the metadata service tells it, it tells "
        "every container of the messaging host: the SSH host key in the user data, and the credentials of the host's "
        "role"
    ]
    assert [each for each in deployed().said("warning") if "snapshots" in each] == []
