"""`plan`: the graph that the real program asks for, with nobody there to answer."""

import base64
import json
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
import yaml

from ops.plan import Plan, PlanError, Veil, plan
from ops.stack_file import read
from tests import stacks
from tests.ops.command import ops
from tests.ops.estate import config, of_variant

pytestmark = pytest.mark.slow

CANARY = "canary-of-a-secret"


def planned(folder: Path, changes: dict[str, Any] | None = None, **arguments: Any) -> Plan:
    path = folder / "Pulumi.acme.yaml"
    path.write_text(yaml.safe_dump({"config": config(changes)}))
    return plan(read("acme", path), **arguments)


def named(plan: Plan, name: str) -> dict[str, Any]:
    (found,) = (each for each in plan["resources"] if each["name"] == name)
    return dict(found)


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """The plan of the complete stack."""
    return planned(tmp_path_factory.mktemp("complete"))


@pytest.mark.parametrize("variant", stacks.VARIANTS)
def test_a_plan_has_the_resources_that_a_deployment_has(tmp_path: Path, variant: str) -> None:
    ours = {(each["type"], each["name"]) for each in planned(tmp_path, of_variant(variant))["resources"]}
    assert ours == {(each.type, each.name) for each in stacks.deployed(variant).resources}


def test_what_aws_decides_has_a_placeholder_that_says_whose_it_is(complete: Plan) -> None:
    assert named(complete, "messaging-host-instance")["inputs"]["subnetId"] == "[id of network-public-1]"
    assert complete["outputs"]["messagingAddress"] == "[publicIp of messaging-address-eip]"
    assert "[known after the deployment]" not in json.dumps(complete)


def test_a_resource_says_what_it_depends_on_and_by_which_input(complete: Plan) -> None:
    server = named(complete, "certificate-server")
    assert server["inputsFrom"] == {
        "caCertPem": ["certificate-ca"],
        "caPrivateKeyPem": ["certificate-ca-key"],
        "certRequestPem": ["certificate-request"],
    }
    assert server["parent"] == "certificate"
    assert server["dependsOn"] == ["certificate-ca", "certificate-ca-key", "certificate-request"]


def test_the_same_stack_gives_the_same_plan(tmp_path: Path, complete: Plan) -> None:
    assert json.dumps(planned(tmp_path), sort_keys=True) == json.dumps(complete, sort_keys=True)


def test_no_secret_shows(complete: Plan) -> None:
    assert complete["outputs"]["installerPassword"] == "[secret]"
    assert named(complete, "messaging-replicated-files")["inputs"]["stdin"] == "[secret]"
    assert named(complete, "messaging-host-instance")["inputs"]["userData"] == "[secret]"
    assert "stands for an encrypted licence" not in json.dumps(complete)


def test_secrets_can_be_told_apart_without_being_shown(tmp_path: Path) -> None:
    def files(cipher: str) -> str:
        changes = {"wickr:license": {"secure": cipher}}
        rendered = planned(tmp_path, changes, veil=Veil(digests=True))
        stdin = named(rendered, "messaging-replicated-files")["inputs"]["stdin"]
        assert stdin.startswith("[secret ")
        return str(stdin)

    assert files("v1:a:a") == files("v1:a:a") != files("v1:a:b")


def test_a_licence_that_is_still_to_come_is_planned_with_a_placeholder(tmp_path: Path, complete: Plan) -> None:
    rendered = planned(tmp_path, {"wickr:license": None})
    assert rendered["notes"] == ["wickr:license: is still to be set; planned with a placeholder"]
    assert rendered["resources"] == complete["resources"]


def test_a_stack_that_is_wrong_has_no_plan_but_all_its_problems(tmp_path: Path) -> None:
    with pytest.raises(PlanError) as raised:
        planned(tmp_path, {"wickr:hostname": "x", "wickr:adminCidrs": []})
    assert [each.partition(":")[2].partition(": ")[0] for each in raised.value.problems] == ["hostname", "adminCidrs"]


def test_a_value_that_is_encrypted_without_need_is_named(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match=r"wickr:messaging\.imageId: is encrypted, and a plan needs it in clear"):
        planned(tmp_path, {"wickr:messaging": {"imageId": {"secure": "v1:a:b"}}})


def test_a_host_name_may_be_encrypted(tmp_path: Path) -> None:
    url = planned(tmp_path, {"wickr:hostname": {"secure": "v1:a:b"}})["outputs"]["messagingUrl"]
    assert url.startswith("https://encrypted-")


def _asks() -> None:
    aws.ec2.get_ami(owners=["self"])


def _fails() -> None:
    aws.ec2.Vpc("network", cidr_block=aws.ec2.Eip("address").public_ip.apply(lambda address: str(1 / 0)))


@pytest.mark.parametrize(
    ("program", "told"),
    [
        (_asks, "the program asks aws:ec2/getAmi:getAmi, for which a plan has no placeholder"),
        (_fails, "the program fails: ZeroDivisionError: division by zero"),
    ],
)
def test_a_program_that_fails_is_a_sentence(
    tmp_path: Path, program: Callable[[], None], told: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(PlanError, match=told):
        planned(tmp_path, main=program)
    assert capfd.readouterr().err == ""


def test_a_secret_that_the_program_makes_is_hidden_wherever_it_goes(tmp_path: Path) -> None:
    def program() -> None:
        secret = pulumi.Output.secret(CANARY)
        aws.ec2.Vpc("network", cidr_block="10.0.0.0/16", tags={"a": secret})
        pulumi.export("it", secret.apply(lambda text: base64.b64encode(text.encode()).decode()))

    rendered = json.dumps(planned(tmp_path, main=program))
    assert CANARY not in rendered
    assert base64.b64encode(CANARY.encode()).decode() not in rendered


def test_nothing_is_asked_of_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise AssertionError("a plan opened a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert planned(tmp_path)["resources"]


def test_a_plan_leaves_nothing_open(tmp_path: Path) -> None:
    def open_files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    planned(tmp_path)
    before, threads = open_files(), threading.active_count()
    planned(tmp_path)
    assert (open_files(), threading.active_count()) == (before, threads)


def test_the_command_shows_a_table_or_json() -> None:
    table = ops("plan", "local").out
    assert "messaging-host-instance (protected)" in table
    assert "tcp · 9870-9881 · [id of cluster-group] · Replicated Services (IG 3.1.2, Internal Network)" in table
    first, second = ops("plan", "local", "--json"), ops("plan", "local", "--json")
    assert first.out == second.out
    assert first.data["stack"] == "local"
