"""A bucket of the stack's own for snapshots, that stays closed and outlives the stack."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.policy_document import document

UNFINISHED_DAYS = 7
"""After which an upload that nobody finished is given up: a snapshot takes hours, and none takes days."""

REMOVED_DAYS = 30
"""For which what was overwritten or deleted can be had back. The host's role cannot shorten it: who takes the host can
delete snapshots, and not what was in them.
"""


@dataclass(frozen=True, kw_only=True)
class SnapshotBucketArgs:
    """`label` is the Name tag. `folder` is where snapshots lie in it. `key_arn` is the key of KMS that what lies there
    is written under; None is S3's own.
    """

    label: str
    folder: str
    key_arn: pulumi.Input[str] | None


class SnapshotBucket(pulumi.ComponentResource):
    """A bucket that nobody but the account can reach, by TLS alone; it encrypts, and keeps for a time what is deleted.

    Where the stack goes, or no longer wants it, the bucket stays with what is in it, and with it all that closes it.
    """

    bucket_name: pulumi.Output[str]

    def __init__(self, name: str, args: SnapshotBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("wickr:snapshot_bucket:SnapshotBucket", name, None, opts)
        stays = pulumi.ResourceOptions(parent=self, retain_on_delete=True)
        bucket = aws.s3.Bucket(f"{name}-bucket", force_destroy=False, tags={"Name": args.label}, opts=stays)
        closed = aws.s3.BucketPublicAccessBlock(
            f"{name}-closed",
            bucket=bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=stays,
        )
        aws.s3.BucketOwnershipControls(
            f"{name}-owner",
            bucket=bucket.bucket,
            rule=aws.s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
            opts=stays,
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            f"{name}-encryption",
            bucket=bucket.bucket,
            rules=[
                aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
                    apply_server_side_encryption_by_default=(
                        aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
                            sse_algorithm="AES256" if args.key_arn is None else "aws:kms",
                            kms_master_key_id=args.key_arn,
                        )
                    ),
                    # A key of the bucket's own would be asked for once for all objects: then the role's permission
                    # could not name the folder.
                    bucket_key_enabled=False,
                )
            ],
            opts=stays,
        )
        versions = aws.s3.BucketVersioning(
            f"{name}-versions",
            bucket=bucket.bucket,
            versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
            opts=stays,
        )
        aws.s3.BucketLifecycleConfiguration(
            f"{name}-lifecycle",
            bucket=bucket.bucket,
            rules=_lifecycle(args.folder),
            # S3 knows what is not current only of a bucket that keeps versions.
            opts=pulumi.ResourceOptions.merge(stays, pulumi.ResourceOptions(depends_on=[versions])),
        )
        aws.s3.BucketPolicy(
            f"{name}-policy",
            bucket=bucket.bucket,
            policy=bucket.arn.apply(_by_tls_alone),
            # S3 does not take both at once.
            opts=pulumi.ResourceOptions.merge(stays, pulumi.ResourceOptions(depends_on=[closed])),
        )
        self.bucket_name = bucket.bucket
        self.register_outputs({})


def _lifecycle(folder: str) -> "list[aws.s3.BucketLifecycleConfigurationRuleArgs]":
    where = aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=f"{folder}/")
    return [
        aws.s3.BucketLifecycleConfigurationRuleArgs(
            id="unfinished-uploads",
            status="Enabled",
            filter=where,
            abort_incomplete_multipart_upload=aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
                days_after_initiation=UNFINISHED_DAYS
            ),
        ),
        aws.s3.BucketLifecycleConfigurationRuleArgs(
            id="overwritten-and-deleted",
            status="Enabled",
            filter=where,
            noncurrent_version_expiration=aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
                noncurrent_days=REMOVED_DAYS
            ),
            # What marks a deletion, once nothing is left behind it.
            expiration=aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(expired_object_delete_marker=True),
        ),
    ]


def _by_tls_alone(arn: str) -> str:
    return document(
        {
            "Sid": "TlsAlone",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [arn, f"{arn}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    )
