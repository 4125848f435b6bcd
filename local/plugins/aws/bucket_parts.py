"""What closes a bucket of S3, encrypts it and keeps what is in it: each a resource of its own, as in the real one."""

from collections.abc import Callable
from typing import Any

from local.plugins.aws import checks
from local.plugins.aws.cloud import client, unless_gone
from local.plugins.aws.shape import aws_resource
from local.plugins.framework import BOOLEAN, INTEGER, Field, ListOf, Object, Request, Resource, Values, between, one_of


def _part(
    token: str,
    *inputs: Field,
    put: Callable[[Any, str, Values], None],
    get: Callable[[Any, str], Values | None],
    drop: Callable[[Any, str], None],
) -> Resource:
    """Something of a bucket that S3 holds apart: set as a whole, read, and taken away."""

    def make(request: Request) -> str:
        bucket = str(request.inputs["bucket"])
        put(client("s3", request), bucket, request.inputs)
        return bucket

    def change(request: Request) -> None:
        put(client("s3", request), request.id, request.inputs)

    def describe(request: Request, id: str) -> Values | None:
        found: Values | None = unless_gone(lambda: get(client("s3", request), id))
        return None if found is None else {"bucket": id, **found}

    def delete(request: Request) -> None:
        unless_gone(lambda: drop(client("s3", request), request.id))

    return aws_resource(
        token,
        inputs=(Field("bucket", required=True, replaces=True), *inputs),
        outputs=(),
        create=make,
        describe=describe,
        update=change,
        delete=delete,
        retag=None,
    )


_CLOSED = {
    "blockPublicAcls": "BlockPublicAcls",
    "blockPublicPolicy": "BlockPublicPolicy",
    "ignorePublicAcls": "IgnorePublicAcls",
    "restrictPublicBuckets": "RestrictPublicBuckets",
}


def _close(api: Any, bucket: str, given: Values) -> None:
    wanted = {key: given[name] for name, key in _CLOSED.items()}
    api.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=wanted)


def _closed(api: Any, bucket: str) -> Values:
    found = api.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    return {name: found[key] for name, key in _CLOSED.items()}


PUBLIC_ACCESS_BLOCK = _part(
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    *(Field(name, BOOLEAN, default=False) for name in _CLOSED),
    put=_close,
    get=_closed,
    drop=lambda api, bucket: api.delete_public_access_block(Bucket=bucket),
)


def _own(api: Any, bucket: str, given: Values) -> None:
    rules = [{"ObjectOwnership": given["rule"]["objectOwnership"]}]
    api.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": rules})


def _owned(api: Any, bucket: str) -> Values:
    (rule,) = api.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    return {"rule": {"objectOwnership": rule["ObjectOwnership"]}}


OWNERSHIP_CONTROLS = _part(
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    Field(
        "rule",
        Object(
            (
                Field(
                    "objectOwnership",
                    required=True,
                    check=one_of("BucketOwnerPreferred", "ObjectWriter", "BucketOwnerEnforced"),
                ),
            )
        ),
        required=True,
    ),
    put=_own,
    get=_owned,
    drop=lambda api, bucket: api.delete_bucket_ownership_controls(Bucket=bucket),
)


def _encrypt(api: Any, bucket: str, given: Values) -> None:
    rules = []
    for rule in given["rules"]:
        default = rule["applyServerSideEncryptionByDefault"]
        key = {"KMSMasterKeyID": default["kmsMasterKeyId"]} if default.get("kmsMasterKeyId") else {}
        row = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": default["sseAlgorithm"], **key}}
        rules.append({**row, "BucketKeyEnabled": rule["bucketKeyEnabled"]})
    api.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": rules})


def _encrypted(api: Any, bucket: str) -> Values:
    rows = api.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    rules = []
    for row in rows:
        default = row["ApplyServerSideEncryptionByDefault"]
        key = {"kmsMasterKeyId": default["KMSMasterKeyID"]} if default.get("KMSMasterKeyID") else {}
        by_default = {"sseAlgorithm": default["SSEAlgorithm"], **key}
        enabled = str(row.get("BucketKeyEnabled", False)).lower() == "true"
        rules.append({"applyServerSideEncryptionByDefault": by_default, "bucketKeyEnabled": enabled})
    return {"rules": rules}


ENCRYPTION = _part(
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    Field(
        "rules",
        ListOf(
            Object(
                (
                    Field(
                        "applyServerSideEncryptionByDefault",
                        Object(
                            (
                                Field("sseAlgorithm", required=True, check=one_of("AES256", "aws:kms")),
                                Field("kmsMasterKeyId"),
                            )
                        ),
                    ),
                    Field("bucketKeyEnabled", BOOLEAN, default=False),
                ),
                unimplemented=frozenset({"blockedEncryptionTypes"}),
            )
        ),
        required=True,
    ),
    put=_encrypt,
    get=_encrypted,
    drop=lambda api, bucket: api.delete_bucket_encryption(Bucket=bucket),
)


def _keep_versions(api: Any, bucket: str, given: Values) -> None:
    status = given["versioningConfiguration"]["status"]
    api.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})


def _kept_versions(api: Any, bucket: str) -> Values | None:
    status = api.get_bucket_versioning(Bucket=bucket).get("Status")
    # A bucket that once kept versions never goes back further than this, which is how the real plugin leaves it.
    return None if status in (None, "Suspended") else {"versioningConfiguration": {"status": status}}


VERSIONING = _part(
    "aws:s3/bucketVersioning:BucketVersioning",
    Field(
        "versioningConfiguration",
        Object(
            (Field("status", required=True, check=one_of("Enabled")),),
            unimplemented=frozenset({"mfaDelete"}),
        ),
        required=True,
    ),
    put=_keep_versions,
    get=_kept_versions,
    drop=lambda api, bucket: api.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"}),
)

_UPLOADS, _OLD, _MARKS = "abortIncompleteMultipartUpload", "noncurrentVersionExpiration", "expiration"
_LIFECYCLE = {
    (_UPLOADS, "daysAfterInitiation"): ("AbortIncompleteMultipartUpload", "DaysAfterInitiation"),
    (_OLD, "noncurrentDays"): ("NoncurrentVersionExpiration", "NoncurrentDays"),
    (_MARKS, "days"): ("Expiration", "Days"),
    (_MARKS, "expiredObjectDeleteMarker"): ("Expiration", "ExpiredObjectDeleteMarker"),
}


def _age(api: Any, bucket: str, given: Values) -> None:
    rules = []
    for rule in given["rules"]:
        row: dict[str, Any] = {"ID": rule["id"], "Status": rule["status"]}
        row["Filter"] = {"Prefix": (rule.get("filter") or {}).get("prefix", "")}
        for (block, part), (group, key) in _LIFECYCLE.items():
            if (rule.get(block) or {}).get(part) is not None:
                row.setdefault(group, {})[key] = rule[block][part]
        rules.append(row)
    api.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})


def _aged(api: Any, bucket: str) -> Values:
    rules = []
    for row in api.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]:
        rule: Values = {"id": row["ID"], "status": row["Status"]}
        if prefix := (row.get("Filter") or {}).get("Prefix"):
            rule["filter"] = {"prefix": prefix}
        for (block, part), (group, key) in _LIFECYCLE.items():
            if row.get(group, {}).get(key) is not None:
                rule.setdefault(block, {})[part] = row[group][key]
        rules.append(rule)
    return {"rules": rules}


LIFECYCLE = _part(
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    Field(
        "rules",
        ListOf(
            Object(
                (
                    Field("id", required=True),
                    Field("status", required=True, check=one_of("Enabled", "Disabled")),
                    Field(
                        "filter",
                        Object(
                            (Field("prefix"),),
                            unimplemented=frozenset({"and", "objectSizeGreaterThan", "objectSizeLessThan", "tag"}),
                        ),
                    ),
                    Field(_UPLOADS, Object((Field("daysAfterInitiation", INTEGER, check=between(1, 36500)),))),
                    Field(
                        _OLD,
                        Object(
                            (Field("noncurrentDays", INTEGER, required=True, check=between(1, 36500)),),
                            unimplemented=frozenset({"newerNoncurrentVersions"}),
                        ),
                    ),
                    Field(
                        _MARKS,
                        Object(
                            (
                                Field("days", INTEGER, check=between(1, 36500)),
                                Field("expiredObjectDeleteMarker", BOOLEAN),
                            ),
                            unimplemented=frozenset({"date"}),
                        ),
                    ),
                ),
                unimplemented=frozenset({"noncurrentVersionTransitions", "prefix", "transitions"}),
            )
        ),
    ),
    put=_age,
    get=_aged,
    drop=lambda api, bucket: api.delete_bucket_lifecycle(Bucket=bucket),
)


POLICY = _part(
    "aws:s3/bucketPolicy:BucketPolicy",
    Field("policy", required=True, check=checks.json_object, same=checks.same_json),
    put=lambda api, bucket, given: api.put_bucket_policy(Bucket=bucket, Policy=given["policy"]),
    get=lambda api, bucket: {"policy": api.get_bucket_policy(Bucket=bucket)["Policy"]},
    drop=lambda api, bucket: api.delete_bucket_policy(Bucket=bucket),
)

RESOURCES = (PUBLIC_ACCESS_BLOCK, OWNERSHIP_CONTROLS, ENCRYPTION, VERSIONING, LIFECYCLE, POLICY)
