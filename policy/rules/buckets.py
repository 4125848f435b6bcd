"""Buckets hold what hosts hold: snapshots of people's messages. None is open, in clear, or goes with its content."""

import json
from collections.abc import Iterator

from policy.graph import Graph, Resource, bare
from policy.rule import Finding, Rule

BUCKET = "aws:s3/bucket:Bucket"
BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
POLICY = "aws:s3/bucketPolicy:BucketPolicy"
DOORS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


def _open_or_clear(graph: Graph) -> Iterator[Finding]:
    for bucket in graph.of(BUCKET):
        blocks, keys = _parts(graph, bucket, BLOCK), _parts(graph, bucket, ENCRYPTION)
        if not any(all(block.at(door) is True for door in DOORS) for block in blocks):
            message = f"can be opened to everybody; give it a BucketPublicAccessBlock with {', '.join(DOORS)}"
            yield Finding(resource=bucket, message=message)
        if not any(_algorithms(each) for each in keys):
            message = "is not told to encrypt; give it a BucketServerSideEncryptionConfiguration"
            yield Finding(resource=bucket, message=message)
        if bucket.at("forceDestroy"):
            yield Finding(resource=bucket, message="takes all that is in it along when it goes; take forceDestroy out")
    for policy in graph.of(POLICY):
        if _lets_everybody_in(policy.at("policy")):
            message = "lets everybody in; name who may, or leave it to the policies of roles"
            yield Finding(resource=policy, message=message)


def _parts(graph: Graph, bucket: Resource, type_: str) -> list[Resource]:
    """What of this type belongs to a bucket."""
    return [each for each in graph.of(type_) if bucket in graph.behind(each, "bucket")]


def _algorithms(encryption: Resource) -> bool:
    rules = [bare(each) for each in encryption.at("rules") or []]
    defaults = [bare(each.get("applyServerSideEncryptionByDefault")) or {} for each in rules]
    return bool(defaults) and all(bare(each.get("sseAlgorithm")) for each in defaults)


def _lets_everybody_in(text: object) -> bool:
    """Of a policy that is not known before the deployment nothing can be said; the access block stands before it."""
    try:
        statements = json.loads(str(text))["Statement"]
    except (ValueError, KeyError, TypeError):
        return False
    rows = statements if isinstance(statements, list) else [statements]
    return any(row.get("Effect") == "Allow" and row.get("Principal") in ("*", {"AWS": "*"}) for row in rows)


CLOSED_BUCKETS = Rule(
    name="closed-buckets",
    what="Every bucket is closed to the public, encrypts what is in it, and does not go with it.",
    whole=_open_or_clear,
)
