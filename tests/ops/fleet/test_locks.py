"""Who works on a stack: read from where the engine keeps its locks."""

import json
from pathlib import Path

import pytest

from ops.fleet.locks import holder
from tests.local.api.running import client, endpoint

LOCK = json.dumps({"pid": 7, "username": "ops", "hostname": "laptop", "timestamp": "2026-01-01T00:00:00Z"})
HOLDER = "ops@laptop (pid 7)"
KEY = ".pulumi/locks/organization/wickr/acme/0a1b.json"


@pytest.mark.parametrize("key", [KEY, ".pulumi/locks/acme/0a1b.json"])
def test_in_a_folder_a_stack_is_locked_by_whom_its_lock_names(tmp_path: Path, key: str) -> None:
    url = f"file://{tmp_path}"
    assert holder(url, "acme") == ""
    (tmp_path / key).parent.mkdir(parents=True)
    (tmp_path / key).write_text(LOCK)
    assert (holder(url, "acme"), holder(url, "acm"), holder(url, "globex")) == (HOLDER, "", "")
    (tmp_path / key).write_text("half writt")
    assert holder(url, "acme") == "somebody@somewhere (pid ?)"


def test_a_back_end_that_keeps_locks_to_itself_is_not_said_to_have_none() -> None:
    assert holder("https://api.pulumi.com/acme", "acme") is None
    assert holder("azblob://states", "acme") is None


@pytest.mark.slow
@pytest.mark.parametrize("prefix", ["", "team/states/"])
def test_in_a_bucket_too(prefix: str) -> None:
    s3, bucket = client("s3"), f"locks-{len(prefix)}"
    where = {"LocationConstraint": "eu-west-1"}
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
    url = f"s3://{bucket}/{prefix}?region=eu-west-1&endpoint={endpoint()}&s3ForcePathStyle=true"
    assert holder(url, "acme") == ""
    s3.put_object(Bucket=bucket, Key=prefix + KEY, Body=LOCK.encode())
    assert (holder(url, "acme"), holder(url, "acm")) == (HOLDER, "")
    assert holder(url.replace(bucket, "another-bucket"), "acme") is None
