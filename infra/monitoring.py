"""How an installation is watched, as a stack names it."""

from infra.flow_logs import FlowLogs
from infra.model import Model


class Monitoring(Model):
    """What watches the installation, each part on by default and to be turned off by itself."""

    flow_logs: FlowLogs = FlowLogs()
    """Flow logs of the VPC."""
