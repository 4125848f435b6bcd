"""What an update would do, told from two plans: the same as the engine's preview says, for every key."""

import base64
from typing import Any

import pytest
import yaml

from ops.diff import rules
from ops.diff.operations import Kind, Operation, operations
from ops.plan import Plan, Veil, plan
from ops.sdk import declared_outputs
from ops.stack_file import read
from tests import stacks
from tests.ops.estate import config
from tests.program.realstack import Changes, Secret, changed
from tests.program.test_keys import ROWS, placed
from tests.stacks import AIRGAP, KEY, KEY_ARN, TOPIC

pytestmark = pytest.mark.slow

THERE = {
    "network": {"vpcId": "vpc-0a", "publicSubnetIds": ["subnet-0a"], "privateSubnetIds": ["subnet-0b"]},
    "dns.zoneId": "Z0A",
    "kmsKeyId": KEY,
    "snapshots.bucket": AIRGAP["bucket"],
    "snapshots.keyArn": KEY_ARN,
    "iam.instanceProfile": "theirs",
    "monitoring.alarms.topicArn": TOPIC,
    "installer.airgap": AIRGAP,
}
"""What a row of a key means by what is there already."""


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Plans of the complete stack with some keys changed."""
    path = tmp_path_factory.mktemp("stacks") / "Pulumi.test.yaml"
    made: dict[str, Plan] = {}

    def of(changes: Changes) -> Plan:
        if repr(changes) not in made:
            made[repr(changes)] = fresh(changes)
        return made[repr(changes)]

    def fresh(changes: Changes) -> Plan:
        encrypted = {
            key: {"secure": f"v1:{base64.b64encode(each.text.encode()).decode()}"} if isinstance(each, Secret) else each
            for key, each in changes.items()
        }
        path.write_text(yaml.safe_dump({"config": changed(config(), encrypted)}))
        return plan(read("test", path), Veil(digests=True))

    return of


def difference(planned: Any, changes: Changes, base: Changes | None = None) -> list[Operation]:
    return operations(planned(base or {}), planned({**(base or {}), **placed(changes, THERE)}))


def done(found: list[Operation]) -> dict[str, str]:
    return {each.name: each.kind.value for each in found}


@pytest.mark.parametrize("key", [key for key, row in ROWS.items() if row.does is not None])
def test_a_changed_key_does_what_the_engine_does(planned: Any, key: str) -> None:
    found = difference(planned, ROWS[key].change)
    does = ROWS[key].does or {}
    sides: tuple[Changes, Changes] = ({}, placed(ROWS[key].change, THERE))
    resources = [each for side in sides for each in planned(side)["resources"]]
    components = {each["name"] for each in resources if each["type"].startswith("wickr:")}
    assert done(found) == {name: op for name, op in does.items() if name not in components}
    assert [each.name for each in found if each.refused] == []


@pytest.mark.parametrize("key", [key for key, row in ROWS.items() if row.guarded])
def test_what_the_engine_refuses_is_known_before(planned: Any, key: str) -> None:
    refused = {each.name for each in difference(planned, ROWS[key].change) if each.refused}
    assert ROWS[key].guarded in refused


def test_the_same_stack_changes_nothing(planned: Any) -> None:
    assert difference(planned, {}, {"protectHosts": True}) == difference(planned, {}) == []


def test_another_region_makes_everything_anew_that_lives_in_one(planned: Any) -> None:
    found = done(difference(planned, {"aws:region": "eu-west-2"}))
    assert found["network-vpc"] == found["messaging-host-instance"] == found["cluster-group"] == "replace"
    assert {"certificate-ca-key", "messaging-host-role"} & found.keys() == set()


def test_there_is_a_rule_for_every_type_that_the_program_uses() -> None:
    types = {each.type for name in stacks.VARIANTS for each in stacks.deployed(name).resources if each.custom}
    assert types - rules.REPLACED_BY.keys() == set()


def test_a_rule_names_inputs_that_there_are() -> None:
    rules_of_types = {type_: paths - rules.ALL for type_, paths in rules.REPLACED_BY.items() if type_ != rules.PROVIDER}
    assert {
        (type_, path)
        for type_, paths in rules_of_types.items()
        for path in paths
        if path.partition(".")[0] not in declared_outputs(type_)
    } == set()


def test_a_resource_of_another_type_under_the_same_name_is_another_resource() -> None:
    def one(type_: str) -> Plan:
        resource = {"name": "a", "type": type_, "inputs": {}, "options": {}, "dependsOn": [], "inputsFrom": {}}
        return {"resources": [resource]}

    found = operations(one("aws:ec2/vpc:Vpc"), one("aws:ec2/eip:Eip"))
    assert [(each.kind, each.type) for each in found] == [
        (Kind.DELETE, "aws:ec2/vpc:Vpc"),
        (Kind.CREATE, "aws:ec2/eip:Eip"),
    ]
