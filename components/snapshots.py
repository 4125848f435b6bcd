"""Where Replicated's own snapshots go: a folder in S3 that is one stack's alone, written without a key by a role.

Two installations that share a destination overwrite each other's list of snapshots (Replicated, Customer Snapshot
Configuration), so the folder carries the stack's name and the role reaches nothing beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components.policy_document import Statement, document

FINDING, LISTING = "s3:GetBucketLocation", "s3:ListBucket"
IN_FOLDER = ("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject")
ACTIONS = frozenset({FINDING, LISTING, *IN_FOLDER})
"""The least that snapshots need. No version of anything is in it: what was deleted stays while the bucket keeps it."""


@dataclass(frozen=True, kw_only=True)
class Destination:
    """A folder of a bucket, without a slash at either end. `key_arn` is the key of KMS that the bucket writes under,
    if it is not S3's own. `region`, `partition` and `domain` are those of the bucket's services.
    """

    bucket: pulumi.Input[str]
    folder: str
    key_arn: pulumi.Input[str] | None
    region: str
    partition: str
    domain: str

    def by_s3(self) -> pulumi.Output[Sequence[Statement]]:
        """What S3 is to allow: this folder, and what finds it."""
        return pulumi.Output.from_input(self.bucket).apply(
            lambda bucket: keeping(bucket, self.folder, partition=self.partition)
        )

    def policy(self) -> pulumi.Output[str]:
        """What the role of who keeps snapshots there may do, as a policy of IAM."""
        return pulumi.Output.all(bucket=self.bucket, key=self.key_arn).apply(self._policy)

    def _policy(self, known: dict[str, Any]) -> str:
        statements = keeping(known["bucket"], self.folder, partition=self.partition)
        if known["key"]:
            via = f"s3.{self.region}.{self.domain}"
            objects = _objects(known["bucket"], self.folder, self.partition)
            statements.append(_under(known["key"], via=via, objects=objects))
        return document(*statements)


def keeping(bucket: str, folder: str, *, partition: str) -> list[Statement]:
    """Where the bucket is, what is in the folder, and to read, write and delete there: nothing else."""
    whole = f"arn:{partition}:s3:::{bucket}"
    return [
        {"Sid": "FindBucket", "Effect": "Allow", "Action": FINDING, "Resource": whole},
        {
            "Sid": "ListSnapshots",
            "Effect": "Allow",
            "Action": LISTING,
            "Resource": whole,
            # With the slash: without it, the folder of a stack whose name only begins like this one's would fit.
            "Condition": {"StringLike": {"s3:prefix": f"{folder}/*"}},
        },
        {
            "Sid": "KeepSnapshots",
            "Effect": "Allow",
            "Action": list(IN_FOLDER),
            "Resource": _objects(bucket, folder, partition),
        },
    ]


def _objects(bucket: str, folder: str, partition: str) -> str:
    return f"arn:{partition}:s3:::{bucket}/{folder}/*"


def _under(key_arn: str, *, via: str, objects: str) -> Statement:
    """The key of the bucket, by way of S3 and for these objects alone: disks are under it, too."""
    return {
        "Sid": "SnapshotsKey",
        "Effect": "Allow",
        "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
        "Resource": key_arn,
        "Condition": {
            "StringEquals": {"kms:ViaService": via},
            "StringLike": {"kms:EncryptionContext:aws:s3:arn": objects},
        },
    }
