"""What watches an installation, as far as the stack wants it."""

import pulumi

from components.flow_logs import FlowLogs, FlowLogsArgs
from components.network import NetworkPlace
from infra.region import Region
from infra.settings import Settings


def flow_logs(settings: Settings, label: str, place: NetworkPlace, region: Region, top: pulumi.ResourceOptions) -> None:
    """Flow logs of the VPC. One that is there is somebody else's, who may have their own."""
    wanted = settings.monitoring.flow_logs
    if not settings.keeps_flow_logs:
        return
    FlowLogs(
        "flow-logs",
        FlowLogsArgs(
            label=f"{label}-flow-logs",
            vpc_id=place.vpc_id,
            group_name=f"/wickr/{pulumi.get_stack()}/flow-logs",
            retention_days=wanted.retention_days,
            traffic=wanted.traffic.upper(),
            partition=region.partition,
            region=region.name,
            permissions_boundary=settings.iam.permissions_boundary,
        ),
        opts=top,
    )
