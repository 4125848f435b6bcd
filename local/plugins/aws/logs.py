"""Log groups of CloudWatch Logs, and the flow logs that go there."""

from collections.abc import Iterable, Mapping
from typing import Any

from local.plugins.aws import checks, tags
from local.plugins.aws.cloud import arn, client, unless_gone
from local.plugins.aws.shape import aws_resource
from local.plugins.framework import BOOLEAN, INTEGER, Field, Refusal, Request, Values, one_of, outputs

RETENTION = (0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)


def _create_group(request: Request) -> str:
    given, api = request.inputs, client("logs", request)
    wanted = tags.all_tags(request)
    api.create_log_group(logGroupName=given["name"], **({"tags": wanted} if wanted else {}))
    if given["retentionInDays"]:
        api.put_retention_policy(logGroupName=given["name"], retentionInDays=given["retentionInDays"])
    return str(given["name"])


def _update_group(request: Request) -> None:
    if request.changed("retentionInDays"):
        api, days = client("logs", request), request.inputs["retentionInDays"]
        if days:
            api.put_retention_policy(logGroupName=request.id, retentionInDays=days)
        else:
            api.delete_retention_policy(logGroupName=request.id)


def _group(request: Request, name: str) -> Any:
    found = client("logs", request).describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return next((each for each in found if each["logGroupName"] == name), None)


def _describe_group(request: Request, id: str) -> Values | None:
    found = _group(request, id)
    if found is None:
        return None
    plain = found["arn"].removesuffix(":*")
    held = client("logs", request).list_tags_for_resource(resourceArn=plain)["tags"]
    return {
        "arn": plain,
        "name": id,
        "retentionInDays": found.get("retentionInDays", 0),
        "logGroupClass": found.get("logGroupClass", "STANDARD"),
        "skipDestroy": False,
        "tags": tags.listed(held),
    }


def _delete_group(request: Request) -> None:
    unless_gone(lambda: client("logs", request).delete_log_group(logGroupName=request.id))


def _retag_group(request: Request, change: Mapping[str, str], remove: Iterable[str]) -> None:
    api, group = client("logs", request), request.state["arn"]
    if remove:
        api.untag_resource(resourceArn=group, tagKeys=list(remove))
    if change:
        api.tag_resource(resourceArn=group, tags=dict(change))


LOG_GROUP = aws_resource(
    "aws:cloudwatch/logGroup:LogGroup",
    inputs=(
        Field("name", computed=True, named=True, replaces=True, check=checks.log_group),
        Field("retentionInDays", INTEGER, default=0, check=one_of(*RETENTION)),
        Field("skipDestroy", BOOLEAN, default=False, check=one_of(False)),
    ),
    outputs=outputs("arn", "logGroupClass"),
    create=_create_group,
    describe=_describe_group,
    update=_update_group,
    delete=_delete_group,
    retag=_retag_group,
)


def _create_flow_log(request: Request) -> str:
    given = request.inputs
    answer = client("ec2", request).create_flow_logs(
        ResourceIds=[given["vpcId"]],
        ResourceType="VPC",
        TrafficType=given["trafficType"],
        LogDestinationType=given["logDestinationType"],
        LogDestination=given["logDestination"],
        DeliverLogsPermissionArn=given["iamRoleArn"],
        MaxAggregationInterval=given["maxAggregationInterval"],
        TagSpecifications=tags.specification("vpc-flow-log", tags.all_tags(request)),
    )
    if answer.get("Unsuccessful"):
        raise Refusal(f"creating the flow log: {answer['Unsuccessful'][0]['Error']['Message']}")
    return str(answer["FlowLogIds"][0])


def _describe_flow_log(request: Request, id: str) -> Values | None:
    wanted = [{"Name": "flow-log-id", "Values": [id]}]
    rows = client("ec2", request).describe_flow_logs(Filters=wanted)["FlowLogs"]
    if not rows:
        return None
    found = rows[0]
    return {
        "arn": arn(request, "ec2", f"vpc-flow-log/{id}"),
        "vpcId": found["ResourceId"],
        "trafficType": found["TrafficType"],
        "logDestinationType": found["LogDestinationType"],
        "logDestination": found["LogDestination"],
        "iamRoleArn": found["DeliverLogsPermissionArn"],
        "maxAggregationInterval": found["MaxAggregationInterval"],
        "logFormat": found["LogFormat"],
        "tags": found.get("Tags", []),
    }


def _delete_flow_log(request: Request) -> None:
    unless_gone(lambda: client("ec2", request).delete_flow_logs(FlowLogIds=[request.id]))


FLOW_LOG = aws_resource(
    "aws:ec2/flowLog:FlowLog",
    inputs=(
        Field("vpcId", replaces=True, check=checks.identifier("vpc")),
        Field("trafficType", replaces=True, check=one_of("ACCEPT", "ALL", "REJECT")),
        Field("logDestinationType", default="cloud-watch-logs", replaces=True, check=one_of("cloud-watch-logs")),
        Field("logDestination", computed=True, replaces=True, check=checks.arn),
        Field("iamRoleArn", replaces=True, check=checks.arn),
        Field("maxAggregationInterval", INTEGER, default=600, replaces=True, check=one_of(60, 600)),
        Field("logFormat", computed=True, replaces=True),
    ),
    outputs=outputs("arn"),
    create=_create_flow_log,
    describe=_describe_flow_log,
    delete=_delete_flow_log,
)
