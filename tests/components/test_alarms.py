"""Alarms: of what AWS sees of a host and of what the host tells, to one topic; a host whose hardware fails is moved."""

from typing import Any

import pytest

from tests.components.test_vitals import tells
from tests.recorder import Deployment, deploy
from tests.stacks import TOPIC, VARIANTS, deployed, stack

ALARM, TOPIC_TYPE = "aws:cloudwatch/metricAlarm:MetricAlarm", "aws:sns/topic:Topic"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
OWN = "arn:aws:sns:eu-west-1:123456789012:alarms-topic-1a2b3c4"
RECOVER = "arn:aws:automate:eu-west-1:ec2:recover"
ROLES = ("messaging", "calling", "compliance")
CHECKS = {f"{what}-check": ("AWS/EC2", f"StatusCheckFailed_{what.capitalize()}") for what in ("instance", "system")}
TOLD = {"disk": ("Wickr", "DiskUsed"), "memory": ("Wickr", "MemoryUsed")}
CERTIFICATE = {"certificate": ("Wickr", "CertificateDays")}


def alarms(deployment: Deployment) -> dict[str, dict[str, Any]]:
    return {each.inputs["name"]: each.inputs for each in deployment.of(ALARM)}


def looked_at(role: str, *, telling: bool = True) -> dict[str, tuple[str, str]]:
    """What is looked at of a host: the certificate is the messaging host's."""
    told = TOLD | (CERTIFICATE if role == "messaging" else {})
    return CHECKS | (told if telling else {})


def test_each_host_has_alarms_for_itself_what_is_below_it_and_what_it_tells() -> None:
    found = alarms(deployed("all three hosts"))
    assert {
        (name, each["namespace"], each["metricName"], each["dimensions"]["InstanceId"]) for name, each in found.items()
    } == {
        (f"wickr/test/{role}/{what}", *metric, f"i-{role}-host-instance")
        for role in ROLES
        for what, metric in looked_at(role).items()
    }


@pytest.mark.parametrize("variant", VARIANTS)
def test_who_does_not_tell_is_looked_at_from_outside_alone(variant: str) -> None:
    wanted = VARIANTS[variant].get("wickr:monitoring", {}).get("alarms", {}).get("enabled", True)
    named = {name.rpartition("/")[2] for name in alarms(deployed(variant))}
    assert named == (set(looked_at("messaging", telling=tells(VARIANTS[variant]))) if wanted else set())


@pytest.mark.slow
def test_only_what_is_below_a_host_is_mended_by_moving_it() -> None:
    actions = {name: each["alarmActions"] for name, each in alarms(deployed("calling")).items()}
    assert actions == {
        f"wickr/test/{role}/{what}": [OWN, *([RECOVER] if what == "system-check" else [])]
        for role in ("messaging", "calling")
        for what in looked_at(role)
    }


def test_one_alarm_a_host_takes_silence_for_the_worst_and_each_says_when_it_is_well_again() -> None:
    found = alarms(deployed())
    silent = {name.rpartition("/")[2]: each["treatMissingData"] for name, each in found.items()}
    assert silent == dict.fromkeys(looked_at("messaging"), "missing") | {"disk": "breaching"}
    assert "told nothing" in found["wickr/test/messaging/disk"]["alarmDescription"]
    assert [each["okActions"] for each in found.values()] == [[OWN]] * len(found)


def limits(variant: str) -> dict[str, tuple[str, int]]:
    return {
        name.rpartition("/")[2]: (each["comparisonOperator"], each["threshold"])
        for name, each in alarms(deployed(variant)).items()
        if each["namespace"] == "Wickr"
    }


@pytest.mark.parametrize(
    ("variant", "disk", "memory", "certificate"),
    [("complete", 85, 90, 30), ("vitals with limits of its own", 70, 80, 14)],
)
def test_a_disk_and_memory_are_too_full_and_a_certificate_too_short(
    variant: str, disk: int, memory: int, certificate: int
) -> None:
    full, short = "GreaterThanOrEqualToThreshold", "LessThanOrEqualToThreshold"
    assert limits(variant) == {"disk": (full, disk), "memory": (full, memory), "certificate": (short, certificate)}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("certificate", "days"),
    [
        ({"renewBeforeDays": 60}, 30),
        ({"renewBeforeDays": 200}, 30),
        ({"renewBeforeDays": 20}, 10),
        ({"renewBeforeDays": 1}, 0),
        ({"source": "installer", "renewBeforeDays": 20}, 30),
    ],
)
def test_who_is_told_of_a_certificate_has_missed_its_renewal(certificate: dict[str, Any], days: int) -> None:
    deployment = deploy(stack({"wickr:certificate": certificate}))
    assert alarms(deployment)["wickr/test/messaging/certificate"]["threshold"] == days


@pytest.mark.slow
def test_people_are_subscribed_to_the_stack_s_own_topic_and_nothing_is_moved_against_their_will() -> None:
    deployment = deployed("alarms by mail")
    (mail,) = deployment.of(SUBSCRIPTION)
    assert mail.inputs == {"topic": OWN, "protocol": "email", "endpoint": "oncall@example.com"}
    assert {tuple(each["alarmActions"]) for each in alarms(deployment).values()} == {(OWN,)}
    assert [step for step in deployment.outputs["nextSteps"] if "Confirm the mail" in step and "oncall@" in step]


@pytest.mark.slow
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
