"""What `pulumi preview` of a new stack shows: every resource by type and name, and nothing that is secret."""

import json
from collections import Counter
from pathlib import Path

import pytest

from tests import certificates
from tests.engine import Result
from tests.program.graph import CALLING, CERTIFICATE, COMPLIANCE, NETWORK, WHOLE
from tests.program.realstack import RealStack, Secret
from tests.stacks import COMPLIANCE as BOT
from tests.stacks import LICENSE, LICENSE_CANARY

pytestmark = pytest.mark.engine

REGION = "eu-west-2"


def planned(result: Result) -> set[tuple[str, str]]:
    """What a preview of a stack that succeeds would create; it would do nothing else."""
    assert result.code == 0, result.text
    assert set(result.changes) == {"create"}
    return {(step.type, step.name) for step in result.steps}


def everything(result: Result) -> str:
    """All that a run said, its events included."""
    return result.text + json.dumps(result.events)


@pytest.fixture(scope="module")
def preview(stack: RealStack) -> Result:
    return stack.preview()


def test_it_plans_these_resources_and_no_others(preview: Result) -> None:
    assert planned(preview) == WHOLE
    assert Counter(step.type for step in preview.steps) == Counter(kind for kind, _ in WHOLE)


def test_with_voice_and_video_it_plans_these_as_well(stack: RealStack) -> None:
    assert planned(stack.preview({"calling.hostname": "calling.example.com"})) == WHOLE | CALLING


def test_with_compliance_it_plans_these_as_well(stack: RealStack) -> None:
    assert planned(stack.preview({"compliance": BOT})) == WHOLE | COMPLIANCE


def test_it_speaks_of_nothing_but_the_plugins_that_it_uses(preview: Result) -> None:
    assert [line for line in preview.text.splitlines() if not line.startswith("using pulumi-resource-")] == []


def test_it_shows_nothing_of_the_licence(preview: Result) -> None:
    told = everything(preview)
    assert LICENSE not in told
    assert LICENSE_CANARY.decode() not in told


def test_it_shows_nothing_of_a_key_that_is_provided(stack: RealStack) -> None:
    key = certificates.server().key_pem()
    result = stack.preview(
        {
            "certificate.source": "provided",
            "certificate.chainPem": certificates.server().pem + certificates.intermediate().pem,
            "certificate.privateKeyPem": Secret(key),
        }
    )
    missing = CERTIFICATE | {("wickr:certificate:IssuedCertificate", "certificate")}
    assert planned(result) == WHOLE - missing
    assert [line for line in key.splitlines()[1:-1] if line in everything(result)] == []


def test_in_a_vpc_that_is_there_no_network_is_made(stack: RealStack) -> None:
    vpc = stack.cloud.vpc("10.30.0.0/16")
    first, second = (stack.cloud.subnet(vpc, f"10.30.{number}.0/24") for number in (1, 2))
    result = stack.preview({"network": {"vpcId": vpc, "publicSubnetIds": [first, second]}})
    assert planned(result) == WHOLE - NETWORK - {("wickr:network:Network", "network")}
    (instance,) = result.of("aws:ec2/instance:Instance")
    groups = result.of("aws:ec2/securityGroup:SecurityGroup")
    assert instance.inputs["subnetId"] == first
    assert {group.inputs["vpcId"] for group in groups} == {vpc}


def test_a_resource_without_the_stacks_own_provider_is_refused(tmp_path: Path, stack: RealStack) -> None:
    # So that no resource can land in another account or region, or without tags.
    stack = RealStack(tmp_path / "engine", stack.cloud)
    program = stack.engine.program / "__main__.py"
    program.unlink()
    program.write_text("import pulumi_aws as aws\naws.ec2.Vpc('stray', cidr_block='10.0.0.0/16')\n")
    refused = stack.preview()
    assert refused.code != 0
    assert "Default provider for 'aws' disabled" in refused.text
