"""A fleet for other engines: every stack once, canaries first, nothing that outlives or destroys an installation."""

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import botocore.session
import pytest
import yaml

from ops import checkout
from ops.checkout import OpsError
from ops.fleet.generate import deployments, matrix, operator
from ops.fleet.generate.deployments import Source
from ops.fleet.generate.member import Member, members
from ops.fleet.generate.operator import Cluster
from tests.ops.fleet.generate.published import github, gitlab, of_a_cluster, problems
from tools import cache, operator_schema

ROLE = "arn:aws:iam::{account}:role/wickr-{stack}"
SOURCE = Source(repository="acme/wickr", branch="main")
CLUSTER = Cluster(
    namespace="wickr", service_account="pulumi", backend="s3://states?region=eu-west-1", organization="organization"
)


def member(name: str, *, canary: bool = False) -> Member:
    return Member(
        stack=name,
        file=f"stacks/Pulumi.{name}.yaml",
        region="eu-west-1",
        account="123456789012",
        canary=canary,
        passphrase=True,
    )


FLEET = [member("acme-dev", canary=True), member("acme-prod"), member("globex")]


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """Two stack files: one says its account and has a passphrase, the other one neither."""
    (tmp_path / "stacks").mkdir()
    texts = {
        "acme": "encryptionsalt: v1:x\nconfig:\n  aws:region: eu-west-1\n  aws:allowedAccountIds: ['123456789012']\n",
        "globex": "config:\n  aws:region: us-east-1\n",
    }
    found = {name: tmp_path / "stacks" / f"Pulumi.{name}.yaml" for name in texts}
    for name, path in found.items():
        path.write_text(texts[name])
    return found


def test_what_others_have_to_know_of_a_stack_stands_in_its_file(files: dict[str, Path], tmp_path: Path) -> None:
    assert members(files, ["globex"], tmp_path) == [
        Member(
            stack="globex",
            file="stacks/Pulumi.globex.yaml",
            region="us-east-1",
            account="",
            canary=True,
            passphrase=False,
        ),
        Member(
            stack="acme",
            file="stacks/Pulumi.acme.yaml",
            region="eu-west-1",
            account="123456789012",
            canary=False,
            passphrase=True,
        ),
    ]


def test_a_file_that_cannot_be_read_is_named(files: dict[str, Path], tmp_path: Path) -> None:
    files["acme"].write_text("[")
    with pytest.raises(OpsError, match=r"Pulumi\.acme\.yaml: "):
        members(files, [], tmp_path)


def test_a_role_is_each_stack_s_own() -> None:
    assert member("acme").filled(ROLE, "--role") == "arn:aws:iam::123456789012:role/wickr-acme"
    with pytest.raises(OpsError, match=r"--role names \{account\}, and stacks/Pulumi.acme.yaml does not say which"):
        replace(member("acme"), account="").filled(ROLE, "--role")
    for text in ("{customer}", "{", "{0}"):
        with pytest.raises(OpsError, match=r"the names are \{stack\}, \{region\} and \{account\}"):
            member("acme").filled(text, "--role")


def workflow(found: dict[str, Any]) -> dict[str, Any]:
    """A workflow in which the matrices stand where `fromJSON` puts them."""
    return {
        "on": "push",
        "jobs": {
            name: {"runs-on": "self-hosted", "strategy": {"matrix": value}, "steps": [{"run": "true"}]}
            for name, value in found.items()
        },
    }


def test_github_gets_a_job_for_every_stack_and_one_matrix_for_the_canaries() -> None:
    found = matrix.github(FLEET)
    assert problems(workflow(found), github()) == []
    assert {name: [each["stack"] for each in value["include"]] for name, value in found.items()} == {
        "canary": ["acme-dev"],
        "fleet": ["acme-prod", "globex"],
    }
    assert problems(workflow({"fleet": {"include": "acme"}}), github()) != []


def test_the_workflow_in_the_documents_is_one_and_uses_both_matrices() -> None:
    text = (cache.CHECKOUT / "docs" / "fleets.md").read_text()
    (block,) = re.findall(r"^```yaml\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    found = yaml.safe_load(block.replace("on: {push", "'on': {push"))
    assert problems(found, github()) == []
    used = {name: job["strategy"]["matrix"] for name, job in found["jobs"].items() if "strategy" in job}
    assert used == {name: f"${{{{ fromJSON(needs.stacks.outputs.matrix).{name} }}}}" for name in matrix.github(FLEET)}
    assert set(re.findall(r"matrix\.(\w+) }}", block)) <= {"stack", "region", "account", "canary", "fleet"}


def test_more_stacks_than_a_matrix_can_have_jobs_are_refused_with_the_way_out() -> None:
    many = [member(f"s{number}") for number in range(257)]
    with pytest.raises(OpsError, match="257 stacks are more than the 256 jobs that a matrix can have; choose fewer"):
        matrix.github(many)
    assert len(matrix.github(many[1:])["fleet"]["include"]) == 256


@pytest.mark.parametrize("operation", ["preview", "up"])
def test_gitlab_gets_a_pipeline_in_which_the_canaries_come_first(operation: matrix.Operation) -> None:
    found = matrix.gitlab(FLEET, operation, ROLE, matrix.IMAGE)
    assert problems(found, gitlab()) == []
    jobs = {name: job for name, job in found.items() if ":" in name}
    assert {name: job["stage"] for name, job in jobs.items()} == {
        f"{operation}:acme-dev": "canary",
        f"{operation}:acme-prod": "fleet",
        f"{operation}:globex": "fleet",
    }
    assert found["stages"] == ["canary", "fleet"]
    assert len({job["resource_group"] for job in jobs.values()}) == len(jobs)
    assert {job["variables"]["FLAGS"] for job in jobs.values()} == {"--yes" if operation == "up" else ""}
    assert problems(found | {"up:globex": {"script": 7}}, gitlab()) != []


def test_an_update_is_not_ended_by_a_newer_commit() -> None:
    assert matrix.gitlab(FLEET, "up", None, "x")["default"]["interruptible"] is False
    assert matrix.gitlab(FLEET[1:], "preview", None, "x")["stages"] == ["fleet"]


@pytest.mark.parametrize("repository", ["acme/wickr", "https://git.example.com/acme/wickr.git"])
def test_pulumi_deployments_gets_settings_that_concern_the_stack_alone(repository: str) -> None:
    source = replace(SOURCE, repository=repository)
    for each in FLEET:
        found = deployments.settings(each, source, ROLE, "pool")
        stacks = [path for path in found["settings"].get("gitHub", {}).get("paths", []) if path.startswith("stacks/")]
        assert stacks == ([each.file] if repository == "acme/wickr" else [])
        assert found["settings"]["operationContext"]["options"]["skipIntermediateDeployments"] is False


def test_aws_lets_the_session_be_called_so_and_last_as_long() -> None:
    """By the limits that the AWS SDK publishes; the longest name is one that the program's hosts could bear."""
    shapes = botocore.session.get_session().get_service_model("sts").shape_for
    found = deployments.settings(member("a" * 47), SOURCE, ROLE, None)["settings"]
    aws = found["operationContext"]["oidc"]["aws"]
    name, seconds = shapes("roleSessionNameType").metadata, shapes("roleDurationSecondsType").metadata
    assert re.fullmatch(name["pattern"], aws["sessionName"])
    assert name["min"] <= len(aws["sessionName"]) <= name["max"]
    ((hours, minutes),) = re.findall(r"^(\d+)h(\d+)m0s$", aws["duration"])
    assert seconds["min"] <= int(hours) * 3600 + int(minutes) * 60 <= seconds["max"]


def test_settings_are_written_anew_and_never_over_somebody_s_own(tmp_path: Path) -> None:
    paths = deployments.write(FLEET, SOURCE, ROLE, None, tmp_path)
    before = {path: path.read_text() for path in paths}
    assert [path.name for path in paths] == [f"Pulumi.{each.stack}.deploy.yaml" for each in FLEET]
    assert [yaml.safe_load(text) for text in before.values()] == [
        deployments.settings(each, SOURCE, ROLE, None) for each in FLEET
    ]
    paths[1].write_text("settings: {}\n")
    with pytest.raises(OpsError, match=r"Pulumi\.acme-prod\.deploy\.yaml was not generated, and stays as it is"):
        deployments.write(FLEET, replace(SOURCE, branch="other"), ROLE, None, tmp_path)
    assert paths[0].read_text() == before[paths[0]]
    assert paths[1].read_text() == "settings: {}\n"
    paths[1].unlink()
    deployments.write(FLEET, replace(SOURCE, branch="other"), ROLE, None, tmp_path)
    assert "refs/heads/other" in paths[0].read_text()


def test_settings_beside_the_stack_files_are_no_stacks(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: wickr\nstackConfigDir: stacks\n")
    (tmp_path / "stacks").mkdir()
    for name in ("acme", "acme.deploy", "deploy"):
        (tmp_path / "stacks" / f"Pulumi.{name}.yaml").write_text("config: {}\n")
    assert list(checkout.stack_files(tmp_path)) == ["acme", "deploy"]


def test_the_operator_gets_a_resource_for_every_stack_and_others_wait_for_the_canaries() -> None:
    found = operator.stacks(FLEET, CLUSTER, "https://github.com/acme/wickr", "main")
    assert {each["metadata"]["name"]: each["spec"].get("prerequisites") for each in found} == {
        "wickr-acme-dev": None,
        "wickr-acme-prod": [{"name": "wickr-acme-dev"}],
        "wickr-globex": [{"name": "wickr-acme-dev"}],
    }
    assert [each["spec"]["stack"] for each in found] == [f"organization/wickr/{each.stack}" for each in FLEET]


def misspelt(stack: dict[str, Any]) -> dict[str, Any]:
    return stack | {"spec": stack["spec"] | {"destroyOnFinalise": False}}


def test_what_the_operator_publishes_allows_its_resources() -> None:
    """Version 1's definition, which its sources bring along; or that of a cluster, in the version that it has."""
    own = os.environ.get("WICKR_STACK_CRD")
    path = Path(own) if own else operator_schema.file()
    if path is None:
        pytest.skip("the operator's sources were not fetched: python3 -m tools.setup schemas")
    schema = of_a_cluster(path, operator.VERSION.partition("/")[2])
    found = operator.stacks(FLEET, CLUSTER, "https://github.com/acme/wickr", "main")
    if not own:
        # What version 2 has more: the pod of a stack runs as somebody.
        assert [each["spec"].pop("serviceAccountName") for each in found] == [CLUSTER.service_account] * len(FLEET)
    assert [problem for each in found for problem in problems(each, schema)] == []
    assert problems(misspelt(found[0]), schema) != []


def test_a_definition_in_a_cluster_is_held_to_as_strictly_as_the_cluster_does(tmp_path: Path) -> None:
    """On a definition of the tests' own: only unknown properties are not told by a schema as it stands."""
    free = {"type": "object", "x-kubernetes-preserve-unknown-fields": True, "properties": {}}
    named = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
    spec = {
        "free": free,
        "list": {"type": "array", "items": named},
        "map": {"type": "object", "additionalProperties": named},
        "either": {"x-kubernetes-int-or-string": True},
        "none": {"type": "string", "nullable": True},
    }
    schema = {
        "type": "object",
        "properties": {"metadata": {"type": "object"}, "spec": {"type": "object", "properties": spec}},
    }
    crd = {"spec": {"versions": [{"name": "v1alpha1"}, {"name": "v1", "schema": {"openAPIV3Schema": schema}}]}}
    (tmp_path / "crd.yaml").write_text(yaml.safe_dump(crd))
    found = of_a_cluster(tmp_path / "crd.yaml", "v1")
    good = {"free": {"x": 1}, "list": [{"name": "a"}], "map": {"k": {"name": "a"}}, "either": "1", "none": None}
    assert problems({"metadata": {"name": "a", "labels": {}}, "spec": good}, found) == []
    for key, bad in {"lost": 1, "list": [{"nam": "a"}], "map": {"k": {}}, "either": [], "none": 7}.items():
        assert problems({"spec": good | {key: bad}}, found) != [], key
    assert problems({"spec": good | {"list": [{"name": "a", "more": 1}]}}, found) != []


def test_deleting_a_resource_of_the_operator_deletes_no_installation_and_it_makes_no_stack() -> None:
    for each in operator.stacks(FLEET, CLUSTER, "https://github.com/acme/wickr", "main"):
        flags = ("destroyOnFinalize", "retryOnUpdateConflict", "useLocalStackOnly")
        assert [each["spec"][flag] for flag in flags] == [False, False, True]


@pytest.mark.parametrize(
    ("backend", "passphrase", "secrets"),
    [
        ("https://api.pulumi.com", False, {"PULUMI_ACCESS_TOKEN"}),
        ("https://api.pulumi.com", True, {"PULUMI_ACCESS_TOKEN", "PULUMI_CONFIG_PASSPHRASE"}),
        ("s3://states", True, {"PULUMI_CONFIG_PASSPHRASE"}),
        ("s3://states", False, set()),
    ],
)
def test_a_workspace_gets_the_secrets_that_its_stack_needs(backend: str, passphrase: bool, secrets: set[str]) -> None:
    one = replace(member("acme"), passphrase=passphrase)
    (found,) = operator.stacks([one], replace(CLUSTER, backend=backend), "https://github.com/acme/wickr", "main")
    assert {key for key, ref in found["spec"]["envRefs"].items() if ref["type"] == "Secret"} == secrets


def test_stacks_that_would_be_one_in_kubernetes_are_refused() -> None:
    with pytest.raises(OpsError, match="2 stacks would be called wickr-acme-dev in Kubernetes"):
        operator.stacks([member("acme-dev"), member("acme_dev")], CLUSTER, "https://github.com/acme/wickr", "main")
