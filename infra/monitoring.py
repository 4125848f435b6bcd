"""How an installation is watched, as a stack names it."""

from infra.alarms import Alarms
from infra.flow_logs import FlowLogs
from infra.model import Model
from infra.vitals import Vitals


class Monitoring(Model):
    """What watches the installation, each part on by default and to be turned off by itself."""

    alarms: Alarms = Alarms()
    """Alarms of the hosts."""
    vitals: Vitals = Vitals()
    """Metrics and logs of the hosts."""
    flow_logs: FlowLogs = FlowLogs()
    """Flow logs of the VPC."""
