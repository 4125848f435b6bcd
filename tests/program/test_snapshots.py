"""Replicated's own snapshots under the real engine: a bucket that is closed, and who gets into it and how far.

The questions of hosts go through the API's door for them, signed with the credentials that the metadata service gives.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from components.endpoint import passing, reading
from components.snapshots import keeping
from local.api import services
from local.api.access.way import Way
from local.lab.roles import Roles
from local.lab.snapshot import Instance
from tests.installer.test_fetch_by_role import endpoint
from tests.local.api.running import client
from tests.local.api.test_door import FROM_INTERNET, Door, door
from tests.program.graph import SNAPSHOT_BUCKET
from tests.program.realstack import RealStack, touched
from tests.stacks import CALLING

__all__ = ["door"]
pytestmark = pytest.mark.engine

REGION = "eu-west-1"
"""The one whose services hosts of the local cloud reach."""

WANTED = {"snapshots.enabled": True, "encryption.ownKey": True, "calling": CALLING}
MINE, BESIDE = "wickr/test/repository/config", "wickr/test-2/repository/config"


@pytest.fixture(scope="module")
def deployed(stack: RealStack) -> RealStack:
    """Two hosts without snapshots, and then with: nothing of what was there is made anew."""
    without = {key: value for key, value in WANTED.items() if key != "snapshots.enabled"}
    stack.up(without)
    more = touched(stack.up(WANTED))
    assert more == {
        "messaging-host-instance": "update",
        "messaging-snapshots": "create",
        **dict.fromkeys((name for _, name in SNAPSHOT_BUCKET), "create"),
    }
    return stack


@pytest.fixture(scope="module")
def bucket(deployed: RealStack) -> str:
    """Its name, by what people are told."""
    scheme, _, rest = str(deployed.engine.outputs()["snapshotsDestination"]).partition("//")
    name, _, folder = rest.partition("/")
    assert (scheme, folder) == ("s3:", "wickr/test")
    return name


def of(stack: RealStack, role: str, door: Door) -> Any:
    """S3 as a host of the stack reaches it, by the role in its profile."""
    filters = [{"Name": "tag:wickr:role", "Values": [role]}, {"Name": "tag:wickr:stack", "Values": ["test"]}]
    (row,) = (
        instance
        for each in stack.cloud.ec2.describe_instances(Filters=filters)["Reservations"]
        for instance in each["Instances"]
        if instance["State"]["Name"] == "running"
    )
    host = Instance(
        id=row["InstanceId"],
        vpc=row["VpcId"],
        subnet=row["SubnetId"],
        private=row["PrivateIpAddress"],
        profile=row["IamInstanceProfile"]["Arn"],
    )
    given = Roles(iam=client("iam"), sts=client("sts")).credentials(host)
    session: Any = boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["Token"], region_name=REGION)
    config = Config(signature_version="s3v4", retries={"max_attempts": 0}, proxies={})
    return session.client("s3", endpoint_url=f"https://s3.{services.SUFFIX}", verify=str(door.files.ca), config=config)


def refused(call: Callable[..., Any], **arguments: Any) -> bool:
    """Whether S3 says that the caller may not; anything else that it says is an error."""
    try:
        call(**arguments)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("AccessDenied", "403"):
            raise
        return True
    return False


@contextmanager
def further(iam: Any, bucket: str) -> Iterator[None]:
    """The messaging host's role, while it may do everything in a bucket more."""
    (role,) = (
        each["RoleName"]
        for each in iam.list_roles()["Roles"]
        if any(
            name.startswith("messaging-snapshots")
            for name in iam.list_role_policies(RoleName=each["RoleName"])["PolicyNames"]
        )
    )
    more = {"Effect": "Allow", "Action": "s3:*", "Resource": f"arn:aws:s3:::{bucket}/*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [more]})
    iam.put_role_policy(RoleName=role, PolicyName="more", PolicyDocument=document)
    yield
    iam.delete_role_policy(RoleName=role, PolicyName="more")


def test_the_messaging_host_keeps_snapshots_in_the_stack_s_folder(deployed: RealStack, bucket: str, door: Door) -> None:
    s3 = of(deployed, "messaging", door)
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] == REGION
    s3.put_object(Bucket=bucket, Key=MINE, Body=b"packed")
    held = s3.get_object(Bucket=bucket, Key=MINE)
    assert held["Body"].read() == b"packed"
    # Nobody has asked for it: the bucket encrypts by itself, under the stack's key.
    assert held["ServerSideEncryption"] == "aws:kms"
    (key,) = (row["id"] for row in deployed.engine.resources() if row["urn"].endswith("::key-key"))
    assert held["SSEKMSKeyId"].rpartition("/")[2] == key
    (row,) = s3.list_objects_v2(Bucket=bucket, Prefix="wickr/test/")["Contents"]
    assert row["Key"] == MINE
    begun = s3.create_multipart_upload(Bucket=bucket, Key="wickr/test/large")["UploadId"]
    s3.abort_multipart_upload(Bucket=bucket, Key="wickr/test/large", UploadId=begun)
    s3.delete_object(Bucket=bucket, Key=MINE)
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket, Prefix="wickr/test/")


def test_it_gets_no_further_than_that(deployed: RealStack, bucket: str, door: Door) -> None:
    s3, own = of(deployed, "messaging", door), client("s3")
    own.put_object(Bucket=bucket, Key=BESIDE, Body=b"of another stack")
    for key in (BESIDE, "wickr/test", "other", "wickr/testing/x"):
        assert refused(s3.put_object, Bucket=bucket, Key=key, Body=b"x"), key
        assert refused(s3.get_object, Bucket=bucket, Key=key), key
        assert refused(s3.delete_object, Bucket=bucket, Key=key), key
    for prefix in ("", "wickr/", "wickr/test", "wickr/test-2/"):
        assert refused(s3.list_objects_v2, Bucket=bucket, Prefix=prefix), prefix
    s3.put_object(Bucket=bucket, Key=MINE, Body=b"one")
    (version,) = (each for each in own.list_object_versions(Bucket=bucket, Prefix=MINE)["Versions"] if each["IsLatest"])
    s3.delete_object(Bucket=bucket, Key=MINE)
    assert refused(s3.delete_object, Bucket=bucket, Key=MINE, VersionId=version["VersionId"])
    assert own.get_object(Bucket=bucket, Key=MINE, VersionId=version["VersionId"])["Body"].read() == b"one"
    for call in (s3.get_bucket_policy, s3.get_bucket_versioning, s3.list_object_versions):
        assert refused(call, Bucket=bucket), call


def test_no_other_host_and_nobody_without_a_role_gets_anything(deployed: RealStack, bucket: str, door: Door) -> None:
    client("s3").put_object(Bucket=bucket, Key=MINE, Body=b"packed")
    calling = of(deployed, "calling", door)
    for call in (calling.get_object, calling.put_object, calling.delete_object):
        assert refused(call, Bucket=bucket, Key=MINE), call
    assert refused(calling.list_objects_v2, Bucket=bucket, Prefix="wickr/test/")
    assert refused(calling.get_bucket_location, Bucket=bucket)


def test_through_the_endpoint_of_an_airgap_it_is_the_same_folder_and_no_other_bucket(
    deployed: RealStack, bucket: str, door: Door
) -> None:
    """Even a role that could reach further does not: who has credentials of another account, on the host, has none."""
    s3, own, iam = of(deployed, "messaging", door), client("s3"), deployed.cloud.iam
    policy = passing(reading(["arn:aws:s3:::bundles/611/a.airgap"]), *keeping(bucket, "wickr/test", partition="aws"))
    door.way = Way(address="10.90.0.4", vpc="vpc-1", endpoint=endpoint(policy))
    s3.put_object(Bucket=bucket, Key=MINE, Body=b"packed")
    assert s3.get_object(Bucket=bucket, Key=MINE)["Body"].read() == b"packed"
    assert s3.list_objects_v2(Bucket=bucket, Prefix="wickr/test/")["KeyCount"] == 1
    s3.delete_object(Bucket=bucket, Key=MINE)
    own.create_bucket(Bucket="anybodys", CreateBucketConfiguration={"LocationConstraint": REGION})
    with further(iam, "anybodys"):
        assert refused(s3.put_object, Bucket="anybodys", Key=MINE, Body=b"x")
        door.way = FROM_INTERNET
        s3.put_object(Bucket="anybodys", Key=MINE, Body=b"x")


def test_the_key_serves_the_snapshots_and_nothing_else_of_the_role(
    deployed: RealStack, bucket: str, door: Door
) -> None:
    """Another bucket under the same key, that the role may use, is noise to it: what is there says which key it is."""
    s3, own, iam = of(deployed, "messaging", door), client("s3"), deployed.cloud.iam
    name, there = "beside-the-snapshots", {"LocationConstraint": REGION}
    own.create_bucket(Bucket=name, CreateBucketConfiguration=there)
    rules = own.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]
    own.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration=rules)
    with further(iam, name):
        assert refused(s3.put_object, Bucket=name, Key=MINE, Body=b"x")
        s3.put_object(Bucket=bucket, Key=MINE, Body=b"x")


def test_the_host_is_told_to_answer_containers_in_place(deployed: RealStack) -> None:
    rows = [
        (tag["Value"], instance["MetadataOptions"]["HttpPutResponseHopLimit"])
        for each in deployed.cloud.ec2.describe_instances()["Reservations"]
        for instance in each["Instances"]
        for tag in instance["Tags"]
        if tag["Key"] == "wickr:role" and instance["State"]["Name"] == "running"
    ]
    assert sorted(rows) == [("calling", 1), ("messaging", 2)]


def test_the_next_update_and_a_refresh_find_nothing_to_do(deployed: RealStack) -> None:
    assert set(deployed.up(WANTED).changes) == {"same"}
    refreshed = deployed.engine.refresh()
    assert (refreshed.code, set(refreshed.changes)) == (0, {"same"}), refreshed.text


def test_turned_off_again_the_bucket_stays_closed_with_what_is_in_it(deployed: RealStack, bucket: str) -> None:
    own = client("s3")
    own.put_object(Bucket=bucket, Key=MINE, Body=b"packed")
    gone = touched(deployed.up({**WANTED, "snapshots.enabled": False}))
    assert gone.pop("messaging-host-instance") == "update"
    assert set(gone.values()) == {"delete"}
    assert own.get_object(Bucket=bucket, Key=MINE)["Body"].read() == b"packed"
    block = own.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert set(block.values()) == {True}
    assert own.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    (statement,) = json.loads(own.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
    assert statement["Sid"] == "TlsAlone"
