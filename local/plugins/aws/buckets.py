"""Buckets of S3 themselves. What closes, encrypts and keeps them is apart: see bucket_parts.py."""

import re
from collections.abc import Iterable, Mapping

from local.plugins.aws import tags
from local.plugins.aws.cloud import client, partition, region, unless_gone
from local.plugins.aws.shape import aws_resource
from local.plugins.framework import BOOLEAN, Field, Function, Refusal, Request, Values, one_of, outputs, required

FIRST_REGION = "us-east-1"
"""Whose buckets have no region in their making."""


def _name(value: str) -> str | None:
    if re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", value):
        return None
    return f"must be 3 to 63 small letters, digits, dots or hyphens, not {value}"


def _create(request: Request) -> str:
    api, name, where = client("s3", request), request.inputs["bucket"], region(request)
    there = {} if where == FIRST_REGION else {"CreateBucketConfiguration": {"LocationConstraint": where}}
    api.create_bucket(Bucket=name, **there)
    if wanted := tags.all_tags(request):
        api.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags.listed(wanted)})
    return str(name)


def _located(request: Request, name: str) -> str | None:
    """The region of a bucket; None where there is none."""
    found = unless_gone(lambda: client("s3", request).get_bucket_location(Bucket=name))
    return None if found is None else str(found.get("LocationConstraint") or FIRST_REGION)


def _held(request: Request, name: str) -> list[dict[str, str]]:
    found = unless_gone(lambda: client("s3", request).get_bucket_tagging(Bucket=name))
    return list(found["TagSet"]) if found else []


def _names(name: str, where: str) -> Values:
    return {
        "arn": f"arn:{partition(where)}:s3:::{name}",
        "bucketDomainName": f"{name}.s3.amazonaws.com",
        "bucketRegion": where,
        "bucketRegionalDomainName": f"{name}.s3.{where}.amazonaws.com",
    }


def _describe(request: Request, id: str) -> Values | None:
    where = _located(request, id)
    if where is None:
        return None
    return {
        **_names(id, where),
        "bucket": id,
        "forceDestroy": request.inputs.get("forceDestroy", False),
        "tags": _held(request, id),
    }


def _delete(request: Request) -> None:
    unless_gone(lambda: client("s3", request).delete_bucket(Bucket=request.id))


def _retag(request: Request, change: Mapping[str, str], remove: Iterable[str]) -> None:
    """S3 knows all tags of a bucket, or none."""
    gone, api = set(remove), client("s3", request)
    now = {row["Key"]: row["Value"] for row in _held(request, request.id) if row["Key"] not in gone} | dict(change)
    if now:
        api.put_bucket_tagging(Bucket=request.id, Tagging={"TagSet": tags.listed(now)})
    else:
        api.delete_bucket_tagging(Bucket=request.id)


BUCKET = aws_resource(
    "aws:s3/bucket:Bucket",
    inputs=(
        Field("bucket", computed=True, named=True, replaces=True, check=_name),
        # With true the real plugin deletes what is in the bucket, which nobody here asks for.
        Field("forceDestroy", BOOLEAN, default=False, check=one_of(False)),
    ),
    outputs=outputs("arn", "bucketDomainName", "bucketRegion", "bucketRegionalDomainName"),
    create=_create,
    describe=_describe,
    delete=_delete,
    retag=_retag,
)


def _found(request: Request) -> Values:
    name = request.inputs["bucket"]
    where = _located(request, name)
    if where is None:
        raise Refusal(f"reading S3 Bucket ({name}): couldn't find resource")
    return {"id": name, "bucket": name, "region": region(request), **_names(name, where)}


FOUND = Function(
    token="aws:s3/getBucket:getBucket",
    inputs=(Field("bucket"), Field("region")),
    rules=(required("bucket"),),
    call=_found,
)
