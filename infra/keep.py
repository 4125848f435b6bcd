"""What is kept of the hosts against the day on which one is lost, as far as the stack wants it."""

from collections.abc import Mapping

import pulumi

from components.backup import Backup, BackupArgs
from components.host import Access
from guide.roles import Role
from infra.region import Region
from infra.settings import Settings


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
