"""The flow logs of a VPC as a stack names them."""

from typing import Literal

from infra.model import Model
from infra.retention import RetentionDays


class FlowLogs(Model):
    """A line for every flow of the VPC, in CloudWatch Logs: who talked to whom, and what was let through."""

    enabled: bool | None = None
    """Whether they are kept. Without it, of a VPC that the stack makes, unless `iam.instanceProfile` says that it makes
    no roles; true for one that is there as well."""
    retention_days: RetentionDays = 90
    """Days for which CloudWatch keeps them."""
    traffic: Literal["all", "accept", "reject"] = "all"
    """Of all flows, of those that were let through, or of those that were not."""
