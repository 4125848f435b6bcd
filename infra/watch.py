"""What watches an installation, as far as the stack wants it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components import watch
from components.alarms import Alarms, AlarmsArgs, Watched
from components.flow_logs import FlowLogs, FlowLogsArgs
from components.host import Access
from components.network import NetworkPlace
from components.vitals import HostLogs, HostLogsArgs, Vitals, VitalsArgs
from guide.roles import Role
from infra import arguments, stack_names
from infra.region import Region
from infra.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Server:
    """The component of a host, the way to the host, and what there must be before it gets anywhere by itself: the phase
    after which it runs what it is given, and its way out.
    """

    component: pulumi.Resource
    access: Access
    after: Sequence[pulumi.Resource]


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
            group_name=f"/{stack_names.folder()}/flow-logs",
            retention_days=wanted.retention_days,
            traffic=wanted.traffic.upper(),
            partition=region.partition,
            region=region.name,
            permissions_boundary=settings.iam.permissions_boundary,
        ),
        opts=top,
    )


def logs_of_hosts(settings: Settings) -> str | None:
    """The name of the log group that the hosts write into, if they do."""
    return f"/{stack_names.folder()}/hosts" if settings.tells_vitals else None


def vitals(
    settings: Settings, label: str, servers: Mapping[Role, Server], region: Region, top: pulumi.ResourceOptions
) -> Mapping[Role, pulumi.Resource]:
    """Hosts that tell how they are; for each of them what is there when it has told once."""
    name = logs_of_hosts(settings)
    if name is None:
        return {}
    logs = HostLogs(
        "host-logs",
        HostLogsArgs(label=f"{label}-hosts", group_name=name, retention_days=settings.monitoring.vitals.retention_days),
        opts=top,
    )
    return {
        role: Vitals(
            f"{role}-tells",
            VitalsArgs(
                role=role,
                access=each.access,
                role_name=each.access.role_name,
                group_name=name,
                group_arn=logs.arn,
                certificate=role is Role.MESSAGING,
                region=region.name,
                domain=region.domain,
                # The compliance host goes by no proxy (CG 2.1).
                proxy=None if role is Role.COMPLIANCE else arguments.proxy(settings),
                after=each.after,
            ),
            opts=pulumi.ResourceOptions(parent=each.component),
        ).told
        for role, each in servers.items()
        if each.access.role_name is not None  # the settings allow no other
    }


def alarms(
    settings: Settings,
    label: str,
    access: Mapping[Role, Access],
    told: Mapping[Role, pulumi.Resource],
    region: Region,
    top: pulumi.ResourceOptions,
) -> pulumi.Output[str] | None:
    """Alarms of every host; the ARN of the topic that they go to."""
    wanted, vital = settings.monitoring.alarms, settings.monitoring.vitals
    if not wanted.enabled:
        return None
    # Recovering boots the host on other hardware with the same id, addresses and volumes: what it had in memory is
    # lost, as it is when the hardware fails. It is never done for a fault of the system on the host itself.
    recovery = [f"arn:{region.partition}:automate:{region.name}:ec2:recover"] if wanted.recover else []
    limits = watch.Limits(
        disk_percent=vital.disk_percent,
        memory_percent=vital.memory_percent,
        certificate_days=settings.certificate_days,
    )
    hosts = {
        role: Watched(
            instance_id=each.instance_id,
            watches=[
                *watch.checks(role, recovery),
                *(watch.own(role, limits, told[role]) if role in told else ()),
            ],
        )
        for role, each in access.items()
    }
    made = Alarms(
        "alarms",
        AlarmsArgs(
            folder=stack_names.folder(),
            label=f"{label}-alarms",
            hosts=hosts,
            topic_arn=wanted.topic_arn,
            emails=wanted.emails,
        ),
        opts=top,
    )
    return made.topic_arn
