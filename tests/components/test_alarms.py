"""Alarms: two a host, to one topic, and a host whose hardware fails is moved."""

from typing import Any

import pytest

from tests.recorder import Deployment, deploy
from tests.stacks import ALL_THREE, TOPIC, VARIANTS, deployed, stack

ALARM, TOPIC_TYPE = "aws:cloudwatch/metricAlarm:MetricAlarm", "aws:sns/topic:Topic"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
OWN = "arn:aws:sns:eu-west-1:123456789012:alarms-topic-1a2b3c4"
RECOVER = "arn:aws:automate:eu-west-1:ec2:recover"


def alarms(deployment: Deployment) -> dict[str, dict[str, Any]]:
    return {each.inputs["name"]: each.inputs for each in deployment.of(ALARM)}


def test_each_host_has_an_alarm_for_itself_and_one_for_what_is_below_it() -> None:
    found = alarms(deploy(stack(ALL_THREE)))
    assert {
        (name, each["namespace"], each["metricName"], each["dimensions"]["InstanceId"]) for name, each in found.items()
    } == {
        (f"wickr/test/{role}/{what}-check", "AWS/EC2", f"StatusCheckFailed_{metric}", f"i-{role}-host-instance")
        for role in ("messaging", "calling", "compliance")
        for what, metric in (("instance", "Instance"), ("system", "System"))
    }


def test_only_what_is_below_a_host_is_mended_by_moving_it() -> None:
    actions = {name: each["alarmActions"] for name, each in alarms(deployed("calling")).items()}
    assert actions == {
        f"wickr/test/{role}/{what}": [OWN, *more]
        for role in ("messaging", "calling")
        for what, more in (("instance-check", []), ("system-check", [RECOVER]))
    }


def test_a_stopped_host_raises_no_alarm_and_one_that_is_well_again_says_so() -> None:
    found = alarms(deployed()).values()
    assert {each["treatMissingData"] for each in found} == {"missing"}
    assert [each["okActions"] for each in found] == [[OWN]] * 2


def test_people_are_subscribed_to_the_stack_s_own_topic_and_nothing_is_moved_against_their_will() -> None:
    deployment = deployed("alarms by mail")
    (mail,) = deployment.of(SUBSCRIPTION)
    assert mail.inputs == {"topic": OWN, "protocol": "email", "endpoint": "oncall@example.com"}
    assert {tuple(each["alarmActions"]) for each in alarms(deployment).values()} == {(OWN,)}
    assert [step for step in deployment.outputs["nextSteps"] if "Confirm the mail" in step and "oncall@" in step]


def test_a_topic_that_is_there_gets_them_and_none_is_made() -> None:
    deployment = deployed("alarms to a topic that is there")
    assert deployment.of(TOPIC_TYPE) == []
    assert {each["alarmActions"][0] for each in alarms(deployment).values()} == {TOPIC}
    assert deployment.outputs["alarmTopic"] == TOPIC


def test_whom_nobody_hears_is_a_next_step() -> None:
    steps = deployed().outputs["nextSteps"]
    assert [step for step in steps if "who gets the alarms" in step]
    there = deployed("alarms to a topic that is there").outputs["nextSteps"]
    assert [step for step in there if "alarms" in step] == []


@pytest.mark.parametrize("variant", VARIANTS)
def test_without_them_there_is_no_topic_either(variant: str) -> None:
    deployment = deployed(variant)
    wanted = VARIANTS[variant].get("wickr:monitoring", {}).get("alarms", {}).get("enabled", True)
    assert bool(deployment.of(ALARM)) is wanted is bool(deployment.outputs["alarmTopic"])
    if not wanted:
        assert deployment.of(TOPIC_TYPE) == []


def test_alarms_go_to_topics_of_their_region_alone() -> None:
    there = TOPIC.replace("eu-west-1", "us-east-1")
    deployment = deploy(stack({"wickr:monitoring": {"alarms": {"topicArn": there}}}))
    assert deployment.said("error") == [
        f"wickr:monitoring.alarms.topicArn: {there} is in us-east-1, and alarms of eu-west-1 go to topics of eu-west-1 "
        "alone; name one there"
    ]
