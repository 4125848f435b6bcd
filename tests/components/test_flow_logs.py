"""Flow logs: of the stack's own VPC, into a group of their own, by a role that can do nothing else."""

import json

import pytest

from tests.stacks import VARIANTS, VPC, deployed

PREFIX = "flow-logs"
GROUP = "arn:aws:logs:eu-west-1:123456789012:log-group:/wickr/test/flow-logs"
FLOW_LOG = "aws:ec2/flowLog:FlowLog"


def wanted(variant: str) -> bool:
    """A VPC of the stack's own and roles of its own; or else they are asked for, or not wanted."""
    changes = VARIANTS[variant]
    asked = changes.get("wickr:monitoring", {}).get("flowLogs", {}).get("enabled")
    there = "vpcId" in changes.get("wickr:network", {})
    return bool(not there and "instanceProfile" not in changes.get("wickr:iam", {})) if asked is None else asked


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_vpc_of_the_stack_s_own_has_them_and_one_that_is_there_only_where_they_are_asked_for(variant: str) -> None:
    found = {each.name for each in deployed(variant).resources if each.name.startswith(PREFIX)}
    parts = {PREFIX, *(f"{PREFIX}-{part}" for part in ("group", "role", "writes", "log"))}
    assert found == (parts if wanted(variant) else set())


def test_all_flows_of_the_vpc_go_to_the_group_and_stay_there_for_a_time() -> None:
    log, group = deployed().the(FLOW_LOG), deployed().named("flow-logs-group")
    assert (log.inputs["vpcId"], log.inputs["trafficType"]) == ("vpc-network-vpc", "ALL")
    assert (log.inputs["logDestination"], log.inputs["logDestinationType"]) == (GROUP, "cloud-watch-logs")
    assert (group.inputs["name"], group.inputs["retentionInDays"]) == ("/wickr/test/flow-logs", 90)


@pytest.mark.slow
def test_a_stack_says_for_how_long_and_which() -> None:
    deployment = deployed("flow logs of a VPC that is there")
    log, group = deployment.the(FLOW_LOG), deployment.named("flow-logs-group")
    assert (log.inputs["vpcId"], log.inputs["trafficType"], group.inputs["retentionInDays"]) == (
        *(VPC["vpcId"], "REJECT", 365),
    )


def test_its_role_writes_into_that_group_alone_and_is_there_first() -> None:
    policy = deployed().named("flow-logs-writes")
    (statement,) = json.loads(policy.inputs["policy"])["Statement"]
    assert statement["Resource"] == f"{GROUP}:*"
    assert set(statement["Action"]) == {
        *("logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents"),
    }
    assert policy.urn in deployed().the(FLOW_LOG).dependencies


def test_only_flow_logs_of_this_account_take_the_role_on() -> None:
    (statement,) = json.loads(deployed().named("flow-logs-role").inputs["assumeRolePolicy"])["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
        "Condition": {
            "StringEquals": {"aws:SourceAccount": "123456789012"},
            "ArnLike": {"aws:SourceArn": "arn:aws:ec2:eu-west-1:123456789012:vpc-flow-log/*"},
        },
    }
