"""The backups of the hosts as a stack names them."""

from typing import Annotated

from pydantic import Field

from infra.model import Model
from infra.schedule import EXAMPLE, Schedule


class Backup(Model):
    """Backups of the hosts with all their volumes, by AWS Backup, in a vault of the stack's own."""

    enabled: bool | None = None
    """Whether they are made. Without it, unless `iam.instanceProfile` says that the stack makes no roles. Where they
    are turned off the vault stays, with what is in it."""
    schedule: Schedule = EXAMPLE
    """When, as a cron expression of AWS, in UTC: once an hour at most."""
    retention_days: Annotated[int, Field(ge=1, le=36500)] = 35
    """Days for which each is kept. What was made is kept for as long as was said then."""
