"""Topics of SNS, their subscriptions, and the alarms of CloudWatch that go there."""

from collections.abc import Iterable, Mapping
from typing import Any

from local.plugins.aws import checks, tags
from local.plugins.aws.cloud import client, unless_gone
from local.plugins.aws.shape import aws_resource
from local.plugins.framework import INTEGER, NUMBER, STRING, Field, ListOf, MapOf, Request, Values, one_of, outputs

COMPARISONS = (
    *("GreaterThanOrEqualToThreshold", "GreaterThanThreshold"),
    *("LessThanOrEqualToThreshold", "LessThanThreshold"),
)
WITHOUT_DATA = ("breaching", "ignore", "missing", "notBreaching")


def _create_topic(request: Request) -> str:
    wanted = tags.listed(tags.all_tags(request))
    attributes = {"DisplayName": request.inputs["displayName"]} if request.inputs.get("displayName") else {}
    made = client("sns", request).create_topic(Name=request.inputs["name"], Attributes=attributes, Tags=wanted)
    return str(made["TopicArn"])


def _update_topic(request: Request) -> None:
    if request.changed("displayName"):
        client("sns", request).set_topic_attributes(
            TopicArn=request.id, AttributeName="DisplayName", AttributeValue=request.inputs.get("displayName", "")
        )


def _describe_topic(request: Request, id: str) -> Values | None:
    api = client("sns", request)
    found = unless_gone(lambda: api.get_topic_attributes(TopicArn=id))
    if found is None:
        return None
    return {
        "arn": id,
        "name": id.rpartition(":")[2],
        "displayName": found["Attributes"].get("DisplayName", ""),
        "owner": found["Attributes"]["Owner"],
        "policy": found["Attributes"].get("Policy", ""),
        "tags": api.list_tags_for_resource(ResourceArn=id)["Tags"],
    }


def _delete_topic(request: Request) -> None:
    unless_gone(lambda: client("sns", request).delete_topic(TopicArn=request.id))


def _retag_topic(request: Request, change: Mapping[str, str], remove: Iterable[str]) -> None:
    api = client("sns", request)
    if remove:
        api.untag_resource(ResourceArn=request.id, TagKeys=list(remove))
    if change:
        api.tag_resource(ResourceArn=request.id, Tags=tags.listed(change))


TOPIC = aws_resource(
    "aws:sns/topic:Topic",
    inputs=(
        Field("name", computed=True, named=True, replaces=True, check=checks.topic_name),
        Field("displayName"),
    ),
    outputs=outputs("arn", "owner", "policy"),
    create=_create_topic,
    describe=_describe_topic,
    update=_update_topic,
    delete=_delete_topic,
    retag=_retag_topic,
)


def _subscribe(request: Request) -> str:
    given = request.inputs
    made = client("sns", request).subscribe(
        TopicArn=given["topic"], Protocol=given["protocol"], Endpoint=given["endpoint"], ReturnSubscriptionArn=True
    )
    return str(made["SubscriptionArn"])


def _describe_subscription(request: Request, id: str) -> Values | None:
    found = unless_gone(lambda: client("sns", request).get_subscription_attributes(SubscriptionArn=id))
    if found is None:
        return None
    held = found["Attributes"]
    return {
        "arn": id,
        "topic": held["TopicArn"],
        "protocol": held["Protocol"],
        "endpoint": held["Endpoint"],
        "ownerId": held.get("Owner", ""),
    }


def _unsubscribe(request: Request) -> None:
    unless_gone(lambda: client("sns", request).unsubscribe(SubscriptionArn=request.id))


TOPIC_SUBSCRIPTION = aws_resource(
    "aws:sns/topicSubscription:TopicSubscription",
    inputs=(
        Field("topic", required=True, replaces=True, check=checks.arn),
        Field("protocol", required=True, replaces=True, check=one_of("email", "email-json", "https", "sms", "sqs")),
        Field("endpoint", required=True, replaces=True),
    ),
    outputs=outputs("arn", "ownerId"),
    create=_subscribe,
    describe=_describe_subscription,
    delete=_unsubscribe,
    retag=None,
)


def _put_alarm(request: Request) -> str:
    given = request.inputs
    names = {
        "alarmDescription": "AlarmDescription",
        "metricName": "MetricName",
        "namespace": "Namespace",
        "statistic": "Statistic",
        "period": "Period",
        "evaluationPeriods": "EvaluationPeriods",
        "datapointsToAlarm": "DatapointsToAlarm",
        "threshold": "Threshold",
        "comparisonOperator": "ComparisonOperator",
        "treatMissingData": "TreatMissingData",
        "alarmActions": "AlarmActions",
        "okActions": "OKActions",
        "insufficientDataActions": "InsufficientDataActions",
    }
    dimensions = [{"Name": key, "Value": value} for key, value in sorted((given.get("dimensions") or {}).items())]
    wanted = tags.listed(tags.all_tags(request))
    client("cloudwatch", request).put_metric_alarm(
        AlarmName=given["name"],
        Dimensions=dimensions,
        **{theirs: given[ours] for ours, theirs in names.items() if given.get(ours) is not None},
        # An alarm that is there takes its tags by another call.
        **({"Tags": wanted} if wanted and not request.id else {}),
    )
    return str(given["name"])


def _update_alarm(request: Request) -> None:
    _put_alarm(request)


def _alarm(request: Request, name: str) -> Any:
    found = client("cloudwatch", request).describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return found[0] if found else None


def _describe_alarm(request: Request, id: str) -> Values | None:
    found = _alarm(request, id)
    if found is None:
        return None
    held = client("cloudwatch", request).list_tags_for_resource(ResourceARN=found["AlarmArn"])["Tags"]
    return {
        "arn": found["AlarmArn"],
        "name": id,
        "alarmDescription": found.get("AlarmDescription", ""),
        "metricName": found["MetricName"],
        "namespace": found["Namespace"],
        "statistic": found["Statistic"],
        "period": found["Period"],
        "evaluationPeriods": found["EvaluationPeriods"],
        "datapointsToAlarm": found.get("DatapointsToAlarm"),
        "threshold": found["Threshold"],
        "comparisonOperator": found["ComparisonOperator"],
        "treatMissingData": found.get("TreatMissingData", "missing"),
        "alarmActions": found.get("AlarmActions", []),
        "okActions": found.get("OKActions", []),
        "insufficientDataActions": found.get("InsufficientDataActions", []),
        "dimensions": {each["Name"]: each["Value"] for each in found.get("Dimensions", [])},
        "tags": held,
    }


def _delete_alarm(request: Request) -> None:
    unless_gone(lambda: client("cloudwatch", request).delete_alarms(AlarmNames=[request.id]))


def _retag_alarm(request: Request, change: Mapping[str, str], remove: Iterable[str]) -> None:
    api, name = client("cloudwatch", request), _alarm(request, request.id)["AlarmArn"]
    if remove:
        api.untag_resource(ResourceARN=name, TagKeys=list(remove))
    if change:
        api.tag_resource(ResourceARN=name, Tags=tags.listed(change))


METRIC_ALARM = aws_resource(
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    inputs=(
        Field("name", computed=True, named=True, replaces=True, check=checks.alarm_name),
        Field("alarmDescription"),
        Field("metricName"),
        Field("namespace"),
        Field("dimensions", MapOf(STRING)),
        Field("statistic", check=one_of("Average", "Maximum", "Minimum", "SampleCount", "Sum")),
        Field("period", INTEGER, check=checks.alarm_period),
        Field("evaluationPeriods", INTEGER),
        Field("datapointsToAlarm", INTEGER),
        Field("threshold", NUMBER),
        Field("comparisonOperator", check=one_of(*COMPARISONS)),
        Field("treatMissingData", default="missing", check=one_of(*WITHOUT_DATA)),
        Field("alarmActions", ListOf(STRING.checked(checks.arn), unordered=True)),
        Field("okActions", ListOf(STRING.checked(checks.arn), unordered=True)),
        Field("insufficientDataActions", ListOf(STRING.checked(checks.arn), unordered=True)),
    ),
    outputs=outputs("arn"),
    create=_put_alarm,
    describe=_describe_alarm,
    update=_update_alarm,
    delete=_delete_alarm,
    retag=_retag_alarm,
)
