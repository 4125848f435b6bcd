"""What watches an installation, as far as the stack wants it."""

from collections.abc import Mapping

import pulumi

from components.alarms import Alarms, AlarmsArgs
from components.flow_logs import FlowLogs, FlowLogsArgs
from components.host import Access
from components.network import NetworkPlace
from guide.roles import Role
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


def alarms(
    settings: Settings, label: str, access: Mapping[Role, Access], region: Region, top: pulumi.ResourceOptions
) -> pulumi.Output[str] | None:
    """Alarms of every host; the ARN of the topic that they go to."""
    wanted = settings.monitoring.alarms
    if not wanted.enabled:
        return None
    made = Alarms(
        "alarms",
        AlarmsArgs(
            folder=f"wickr/{pulumi.get_stack()}",
            label=f"{label}-alarms",
            instances={role: each.instance_id for role, each in access.items()},
            topic_arn=wanted.topic_arn,
            emails=wanted.emails,
            recover=wanted.recover,
            partition=region.partition,
            region=region.name,
        ),
        opts=top,
    )
    return made.topic_arn
