"""What the hosts tell of themselves, as a stack names it."""

from typing import Annotated

from pydantic import Field

from infra.model import Model
from infra.retention import RetentionDays

CERTIFICATE_DAYS = 30
"""Days left at which people are told of a certificate, unless the stack says otherwise, or renews later than that."""

Percent = Annotated[int, Field(ge=1, le=100)]


class Vitals(Model):
    """What every host tells CloudWatch every five minutes: how full its disks are, what memory is in use, how long the
    certificate is valid, and what was written into its logs. `alarms` go by the former."""

    enabled: bool | None = None
    """Whether they tell. Without it, where the hosts reach AWS by themselves, that is with `egress` guide or open and
    without `installer.proxy`, unless `iam.instanceProfile` says that the stack makes no roles. True for hosts behind a
    proxy that lets them to `monitoring` and `logs` of the region as well."""
    retention_days: RetentionDays = 90
    """Days for which CloudWatch keeps the logs."""
    disk_percent: Percent = 85
    """How full a disk is when people are told."""
    memory_percent: Percent = 90
    """How much of the memory is in use when people are told."""
    certificate_days: Annotated[int | None, Field(ge=1, le=825)] = None
    """For how many days the certificate is still valid when people are told. Without it 30, or half of
    `certificate.renewBeforeDays` where the stack issues it and that is less: whoever is told has missed the renewal."""
