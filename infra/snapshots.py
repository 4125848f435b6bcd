"""Replicated's own snapshots as a stack names them."""

from typing import Self

from pydantic import model_validator

from infra.model import Model
from infra.names import BucketName, KmsKeyArn


class Snapshots(Model):
    """Where Replicated's own snapshots go: the folder `wickr/<stack>` of a bucket in S3, by the messaging host's role
    and without keys that somebody has to keep. A person names it in Replicated's console."""

    enabled: bool = False
    """Whether it is made ready. Replicated is a container, so the metadata service then answers all containers of the
    messaging host: each of them can read the SSH host key in its user data, and take its role's credentials. Turned off
    again, a bucket of the stack's own stays, with what is in it."""
    bucket: BucketName | None = None
    """A bucket of yours, in the stack's region; it stays as it is. Without it the stack makes one: closed, encrypted
    under the key of the disks if they have one, and with it what was deleted for 30 days more."""
    key_arn: KmsKeyArn | None = None
    """The key of KMS that `bucket` is encrypted with, by its ARN, if it is not S3's own. The key's policy has to leave
    it to IAM who may use it."""

    @model_validator(mode="after")
    def _key_of_a_bucket(self) -> Self:
        if self.key_arn and not self.bucket:
            raise ValueError(
                "keyArn is the key of a bucket that is there, and no bucket is named; name it, or take keyArn out: "
                "the stack's own bucket has the key of the disks"
            )
        return self
