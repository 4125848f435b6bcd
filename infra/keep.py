"""What is kept of the hosts against the day on which one is lost, as far as the stack wants it."""

from collections.abc import Mapping
from dataclasses import replace

import pulumi

from components.backup import Backup, BackupArgs
from components.host import Access, BroughtAlong
from components.key import StackKey, StackKeyArgs
from components.snapshot_bucket import SnapshotBucket, SnapshotBucketArgs
from components.snapshots import Destination
from guide.roles import Role
from infra import stack_names
from infra.region import Region
from infra.settings import Settings


def along(settings: Settings, label: str, brought: BroughtAlong, top: pulumi.ResourceOptions) -> BroughtAlong:
    """What hosts get, with a key of the stack's own if it is to make one."""
    if not settings.encryption.own_key:
        return brought
    key = StackKey("key", StackKeyArgs(label=f"{label}-disks", protect=settings.protect_hosts), opts=top)
    return replace(brought, kms_key_arn=key.arn)


def backups(
    settings: Settings, label: str, access: Mapping[Role, Access], region: Region, top: pulumi.ResourceOptions
) -> None:
    """Backups of every host that the stack has."""
    if not settings.keeps_backups:
        return
    Backup(
        "backup",
        BackupArgs(
            label=f"{label}-backup",
            schedule=settings.backup.schedule,
            retention_days=settings.backup.retention_days,
            instances={role: each.instance_arn for role, each in access.items()},
            partition=region.partition,
            permissions_boundary=settings.iam.permissions_boundary,
        ),
        opts=top,
    )


def snapshots(
    settings: Settings, label: str, mine: BroughtAlong, region: Region, top: pulumi.ResourceOptions
) -> Destination | None:
    """Where Replicated's own snapshots go: a folder of the bucket that is there, or of one of the stack's own."""
    wanted, folder = settings.snapshots, stack_names.folder()
    if not wanted.enabled:
        return None
    bucket: pulumi.Input[str] | None = wanted.bucket
    if bucket is None:
        made = SnapshotBucketArgs(label=f"{label}-snapshots", folder=folder, key_arn=mine.kms_key_arn)
        bucket = SnapshotBucket("snapshots", made, opts=top).bucket_name
    return Destination(
        bucket=bucket,
        folder=folder,
        key_arn=wanted.key_arn if wanted.bucket else mine.kms_key_arn,
        region=region.name,
        partition=region.partition,
        domain=region.domain,
    )
