"""The policy pack's rules over the plans of stacks."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from ops import policy
from ops.check import check
from ops.plan import plan
from ops.stack_file import StackFile, read
from policy.graph import Secret
from tests import stacks
from tests.ops.command import ops
from tests.ops.estate import Estate, config, of_variant
from tests.policy.planted import found, inputs

pytestmark = pytest.mark.slow


def file(folder: Path, changes: dict[str, Any] | None = None) -> StackFile:
    path = folder / "Pulumi.acme.yaml"
    path.write_text(yaml.safe_dump({"config": config(changes)}))
    return read("acme", path)


def rules(problems: tuple[str, ...]) -> set[tuple[str, str]]:
    found = (each.removeprefix("policy ").split(": ", 2) for each in problems)
    return {(rule, where) for rule, where, _ in found}


@pytest.mark.parametrize(
    "variant", [name for name, keys in stacks.VARIANTS.items() if keys.get("wickr:protectHosts", True)]
)
def test_no_variant_of_a_stack_is_against_a_rule(tmp_path: Path, variant: str) -> None:
    assert list(policy.found(file(tmp_path, of_variant(variant)))) == []


def test_a_stack_that_takes_the_protection_off_is_told_so_by_check_with_policy_alone(tmp_path: Path) -> None:
    unprotected = file(tmp_path, {"wickr:protectHosts": False})
    assert check(unprotected).problems == ()
    problems = check(unprotected, policy=True).problems
    assert rules(problems) == {("guarded-data", "messaging-host-instance")}
    assert problems[0] == (
        "policy guarded-data: messaging-host-instance: is not protected: an update that replaces it would delete it; "
        "keep wickr:protectHosts true"
    )


def test_a_stack_with_other_problems_is_not_planned(tmp_path: Path) -> None:
    (problem,) = check(file(tmp_path, {"wickr:messaging": None}), policy=True).problems
    assert problem.startswith("wickr:messaging: is missing")


def test_a_stack_without_a_plan_is_not_called_right_where_rules_are_asked_for(tmp_path: Path) -> None:
    encrypted = file(
        tmp_path, {"wickr:messaging": {"imageId": "ami-0123456789abcdef0", "instanceType": {"secure": "v1:x"}}}
    )
    assert check(encrypted).problems == ()
    (problem,) = check(encrypted, policy=True).problems
    assert problem.startswith("wickr:messaging.instanceType: is encrypted, and a plan needs it in clear")


def test_rules_see_marks_what_is_beneath_them_and_the_defaults_of_the_project(tmp_path: Path) -> None:
    stack = file(tmp_path)
    seen = policy.graph(plan(stack, policy.Marks()), stack)
    assert {key for key, value in seen.outputs.items() if isinstance(value, Secret)} == {
        "installerPassword",
        "sshPrivateKey",
    }
    assert seen.outputs["sshPrivateKey"].value in seen.secrets
    assert seen.setting("clientCidrs") == ["0.0.0.0/0"]
    assert seen.setting("messaging.imageId") == stacks.IMAGE


def test_check_with_policy_ends_badly_for_the_customer_that_is_against_a_rule(tmp_path: Path) -> None:
    estate = Estate(tmp_path / "checkout")
    estate.customer("acme")
    estate.customer("globex", {"wickr:protectHosts": False})
    done = ops("check", "--policy", "--json", root=estate.root)
    problems = {each["stack"]: each["problems"] for each in json.loads(done.out)["stacks"]}
    assert done.code == 1
    assert problems["acme"] == []
    assert rules(tuple(problems["globex"])) == {("guarded-data", "messaging-host-instance")}


def test_the_compliance_host_is_reached_by_way_of_the_messaging_host_alone(tmp_path: Path) -> None:
    stack = file(tmp_path, of_variant("compliance"))
    seen = policy.graph(plan(stack, policy.Marks()), stack)
    assert found(seen) == set()
    ssh = "compliance-firewall-in-ssh-messaging"
    spoilt = inputs(ssh, referencedSecurityGroupId=None, cidrIpv4="198.51.100.64/26")(seen)
    assert found(spoilt) == {("port-table", ssh), ("port-table", "compliance-host-instance")}
