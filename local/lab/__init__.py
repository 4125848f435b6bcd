"""The lab: network namespaces, booted hosts and the data plane that follow the state of the AWS API."""

from local.lab.command import LabError
from local.lab.lab import Lab

__all__ = ["Lab", "LabError"]
