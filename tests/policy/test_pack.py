"""The rules as a policy pack, under the engine."""

# mypy: allow-untyped-calls

import subprocess
from dataclasses import replace
from pathlib import Path

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto.analyzer_pb2_grpc import AnalyzerStub

from local.plugins.aws.__main__ import PROVIDER as AWS
from local.plugins.framework import INTEGER, STRING, Field, ListOf, Made, Resource
from policy.rules import RULES
from tests.engine import Result
from tests.program.cloud import Cloud
from tests.program.realstack import RealStack
from tests.stacks import LICENSE
from tools import cache, policy_pack

pytestmark = pytest.mark.engine

REGION = "ap-south-1"
OLD_RULE = Resource(
    token="aws:ec2/securityGroupRule:SecurityGroupRule",
    inputs=(
        *(Field(name, STRING) for name in ("type", "protocol", "securityGroupId")),
        *(Field(name, INTEGER) for name in ("fromPort", "toPort")),
        Field("cidrBlocks", ListOf(STRING)),
    ),
    create=lambda request: Made(request.name),
    delete=lambda _: None,
)
"""What the stand-in lacks, since the program must not use it."""
SUMMARY, STACK_SUMMARY = "policyAnalyzeSummaryEvent", "policyAnalyzeStackSummaryEvent"
CALLING = {"calling.hostname": "calling.example.com"}


@pytest.fixture(scope="module")
def pack() -> str:
    """The pack's folder for this machine's engine."""
    return str(policy_pack.provide())


def against(result: Result) -> set[tuple[str, str]]:
    """What the engine says is against a rule: the rule, and the resource."""
    events = [event["policyEvent"] for event in result.events if "policyEvent" in event]
    assert {each["enforcementLevel"] for each in events} <= {"mandatory"}
    return {(each["policyName"], each.get("resourceUrn", "").rpartition("::")[2]) for each in events}


@pytest.fixture
def stack(tmp_path: Path) -> RealStack:
    return RealStack(tmp_path / "engine", Cloud(REGION))


def test_a_stack_of_this_program_passes_every_rule(stack: RealStack, pack: str) -> None:
    result = stack.preview(CALLING, "--policy-pack", pack)
    assert result.code == 0, result.text
    assert against(result) == set()
    (whole,) = (event[STACK_SUMMARY] for event in result.events if STACK_SUMMARY in event)
    each = [event[SUMMARY] for event in result.events if SUMMARY in event]
    assert set(whole["passed"]) == {rule.name for rule in RULES if rule.whole}
    assert {name for summary in each for name in summary["passed"]} == {rule.name for rule in RULES if rule.each}
    assert len(each) > 50


def test_a_program_that_is_against_every_rule_is_caught_by_every_rule(stack: RealStack, pack: str) -> None:
    program = stack.engine.program / "__main__.py"
    program.unlink()
    program.symlink_to(cache.CHECKOUT / "tests" / "policy" / "planted_program.py")
    stack.engine.plugins = (replace(AWS, resources=(*AWS.resources, OLD_RULE)), *stack.engine.plugins[1:])
    result = stack.preview({**CALLING, "installer.source": "airgap"}, "--policy-pack", pack)
    assert result.code != 0
    assert against(result) == {
        ("admin-ports", "messaging-firewall-in-ssh-198.51.100.64-26"),
        ("port-table", "messaging-firewall-in-ssh-198.51.100.64-26"),
        ("inline-rules", "old-rule"),
        ("media-range", "calling-firewall-in-media-0.0.0.0-0"),
        ("port-table", "calling-firewall-in-media-0.0.0.0-0"),
        ("port-table", "calling-host-instance"),
        ("imds-v2", "messaging-host-instance"),
        ("encrypted-volumes", "messaging-host-instance"),
        ("guarded-data", "messaging-host-instance"),
        ("closed-buckets", "open-bucket"),
        ("pinned-image", "calling-host-instance"),
        ("tags", "messaging-host-instance"),
        ("tags", "untagged"),
        ("plain-secrets", "messaging-replicated-install"),
        ("plain-secrets", "wickr-test"),
        ("command-text", "messaging-replicated-ready"),
        *(("airgap", f"{role}-firewall-out-{port}") for role in ("messaging", "calling") for port in (80, 443)),
        ("airgap", "network-public-internet"),
        ("egress", "messaging-firewall-out-80"),
    }
    assert {rule for rule, _ in against(result)} == {rule.name for rule in RULES}
    said = [event["policyEvent"]["message"] for event in result.events if "policyEvent" in event]
    assert [text for text in said if LICENSE in text or "1234567890abcdef" in text] == []


@pytest.mark.parametrize("folder", [cache.CHECKOUT, cache.CHECKOUT / "stacks"])
def test_the_pack_starts_in_its_own_folder_as_a_current_cli_starts_it(pack: str, folder: Path) -> None:
    python = str(policy_pack.LINK / "bin" / "python")
    command = [python, "-u", "-m", "pulumi.policy", "127.0.0.1:1", str(policy_pack.PACK)]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            with grpc.insecure_channel(f"127.0.0.1:{int(process.stdout.readline())}") as channel:
                told = AnalyzerStub(channel).GetAnalyzerInfo(Empty())
        finally:
            process.terminate()
    assert told.name == "wickr"
    assert {(each.name, each.description) for each in told.policies} == {(rule.name, rule.what) for rule in RULES}
