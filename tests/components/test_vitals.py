"""What hosts tell of themselves: each into streams of its own, by a right that is there before, beside all else."""

import json
from typing import Any

import pytest

from installer import phase, vitals
from tests.components.commands import CALLING_HOST, COMPLIANCE_HOST, MESSAGING_HOST, phases, values
from tests.recorder import Deployment, Request
from tests.stacks import CREDENTIALS_CANARY, NAMED_PROXY, VARIANTS, WITH_CALLING, WITH_COMPLIANCE, deployed

GROUP = "/wickr/test/hosts"
ARN = f"arn:aws:logs:eu-west-1:123456789012:log-group:{GROUP}"
FAMILIES = {"messaging": MESSAGING_HOST, "calling": CALLING_HOST, "compliance": COMPLIANCE_HOST}
OPEN = ("guide", "open")

every_variant = pytest.mark.parametrize("variant", VARIANTS)
every_role = pytest.mark.parametrize("role", FAMILIES)


def tells(changes: dict[str, Any]) -> bool:
    """Hosts that get out by themselves, with roles of the stack's own; or else they are asked to, or not to."""
    asked = changes.get("wickr:monitoring", {}).get("vitals", {}).get("enabled")
    by_themselves = changes.get("wickr:egress", "guide") in OPEN and "proxy" not in changes.get("wickr:installer", {})
    return bool(by_themselves and "instanceProfile" not in changes.get("wickr:iam", {})) if asked is None else asked


def roles(variant: str) -> list[str]:
    """The hosts of a variation."""
    there = {"messaging": VARIANTS, "calling": WITH_CALLING, "compliance": WITH_COMPLIANCE}
    return [role for role, having in there.items() if variant in having]


def statements(role: str, variant: str = "all three hosts") -> dict[str, Any]:
    policy = deployed(variant).named(f"{role}-tells-policy").inputs["policy"]
    return {each["Sid"]: each for each in json.loads(policy)["Statement"]}


@every_variant
def test_every_host_tells_unless_it_has_no_way_no_right_or_is_not_to(variant: str) -> None:
    found = {each.name for each in deployed(variant).resources if "tells" in each.name or "host-logs" in each.name}
    parts = {f"{role}-tells{part}" for role in roles(variant) for part in ("", "-policy", "-vitals")}
    assert found == ({"host-logs", "host-logs-group"} | parts if tells(VARIANTS[variant]) else set())
    assert deployed(variant).outputs["hostLogs"] == (GROUP if tells(VARIANTS[variant]) else "")


@every_role
def test_a_host_writes_into_its_own_streams_and_sends_metrics_of_the_program_alone(role: str) -> None:
    assert statements(role) == {
        "TellMetrics": {
            "Sid": "TellMetrics",
            "Effect": "Allow",
            "Action": "cloudwatch:PutMetricData",
            "Resource": "*",
            "Condition": {"StringEquals": {"cloudwatch:namespace": "Wickr"}},
        },
        "TellLogs": {
            "Sid": "TellLogs",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": f"{ARN}:log-stream:{role}/*",
        },
    }
    assert deployed("all three hosts").named(f"{role}-tells-policy").inputs["role"] == f"{role}-host-role-1a2b3c4"


@pytest.mark.slow
def test_the_group_is_the_stack_s_own_and_keeps_what_it_gets_for_a_time() -> None:
    group = deployed().named("host-logs-group").inputs
    assert (group["name"], group["retentionInDays"]) == (GROUP, 90)
    assert deployed("vitals with limits of its own").named("host-logs-group").inputs["retentionInDays"] == 30


def waits_for(deployment: Deployment, request: Request) -> set[str]:
    names = {each.urn: each.name for each in deployment.resources}
    return {names[urn] for urn in request.dependencies if urn in names}


@every_role
def test_a_host_tells_as_soon_as_it_is_there_and_may_and_nothing_waits_for_it_but_alarms(role: str) -> None:
    deployment = deployed("all three hosts")
    told = deployment.named(f"{role}-tells-vitals")
    commands = {name for name in waits_for(deployment, told) if name.startswith(FAMILIES[role])}
    assert commands == {f"{FAMILIES[role]}-ready"}
    assert f"{role}-tells-policy" in waits_for(deployment, told)
    assert ("nat-internet" in waits_for(deployment, told)) is (role == "compliance")
    waiting = {each.name for each in deployment.resources if told.urn in each.dependencies}
    assert waiting == {f"alarms-{role}-{what}" for what in ("disk", "memory", "certificate")} & {
        each.name for each in deployment.resources
    }


@every_role
def test_it_is_a_phase_like_the_others_on_the_way_to_that_host(role: str) -> None:
    command = phases("all three hosts", f"{role}-tells")["vitals"].inputs
    assert command["create"] == phase.VITALS.command
    assert command["triggers"] == [f"i-{role}-host-instance"]
    checked = phases("all three hosts", FAMILIES[role])["preflight"].inputs["connection"]
    assert command["connection"] == checked


@every_role
def test_it_is_given_where_to_tell_and_as_whom(role: str) -> None:
    given = values("vitals", "all three hosts", f"{role}-tells")
    direct = {"PROXY": "", "PROXY_CREDENTIALS": "", "PROXY_EXCEPTIONS": ""}
    own = {"REGION": "eu-west-1", "DOMAIN": "amazonaws.com", "GROUP": GROUP, "ROLE": role}
    certificate = {"TELLS_CERTIFICATE": "true" if role == "messaging" else "false"}
    assert {name: given[name] for name in own | certificate | direct} == own | certificate | direct


@pytest.mark.slow
@pytest.mark.parametrize("role", ["messaging", "calling"])
def test_behind_a_proxy_that_lets_it_through_it_tells_by_way_of_that(role: str) -> None:
    given = values("vitals", "calling through a proxy that lets vitals through", f"{role}-tells")
    assert (given["PROXY"], given["PROXY_CREDENTIALS"]) == (NAMED_PROXY["proxy"], CREDENTIALS_CANARY)
    assert "169.254.169.254" in given["PROXY_EXCEPTIONS"].split(",")


def test_metrics_are_what_alarms_look_at() -> None:
    named = {
        (each.inputs["namespace"], each.inputs["metricName"], each.inputs["period"])
        for each in deployed().of("aws:cloudwatch/metricAlarm:MetricAlarm")
        if each.inputs["namespace"] != "AWS/EC2"
    }
    assert named == {
        (vitals.NAMESPACE, metric, vitals.PERIOD_SECONDS)
        for metric in (vitals.DISK, vitals.MEMORY, vitals.CERTIFICATE_DAYS)
    }
