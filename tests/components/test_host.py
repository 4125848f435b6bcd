"""The host: an instance that nothing replaces by surprise, and the way to reach it."""

import json
from typing import Any

import pytest
import yaml

from tests.components.test_vitals import tells
from tests.recorder import Request, Secret
from tests.stacks import IMAGE, VARIANTS, WITH_CALLING, deployed

INSTANCE = "aws:ec2/instance:Instance"

every_host = pytest.mark.parametrize(
    ("variant", "role"),
    [(variant, "messaging") for variant in VARIANTS] + [(variant, "calling") for variant in WITH_CALLING],
)


def instance(variant: str = "complete", role: str = "messaging") -> Request:
    (found,) = (each for each in deployed(variant).of(INSTANCE) if each.inputs["tags"]["wickr:role"] == role)
    return found


def user_data(variant: str, role: str) -> str:
    marked = instance(variant, role).inputs["userData"]
    assert isinstance(marked, Secret)
    assert isinstance(marked.value, str)
    return marked.value


def test_the_instance_is_what_the_stack_says_hardened_and_nothing_else() -> None:
    inputs = {key: value for key, value in instance().inputs.items() if key != "userData"}
    assert inputs == {
        "ami": IMAGE,
        "instanceType": "t3.large",
        "subnetId": "network-public-1-id",
        "vpcSecurityGroupIds": ["messaging-firewall-group-id"],
        "iamInstanceProfile": "messaging-host-profile-1a2b3c4",
        "metadataOptions": {"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 1},
        "rootBlockDevice": {
            "volumeSize": 200,
            "volumeType": "gp3",
            "encrypted": True,
            "deleteOnTermination": False,
            "tags": {"Name": "wickr-test-messaging"},
        },
        "disableApiTermination": True,
        "tags": {"Name": "wickr-test-messaging", "wickr:role": "messaging"},
    }


def test_the_calling_host_is_the_same_with_its_own_size_groups_and_name() -> None:
    messaging, calling = (
        {key: value for key, value in instance("calling", role).inputs.items() if key != "userData"}
        for role in ("messaging", "calling")
    )
    assert calling == messaging | {
        "vpcSecurityGroupIds": ["calling-firewall-group-id", "cluster-group-id"],
        "iamInstanceProfile": "calling-host-profile-1a2b3c4",
        "rootBlockDevice": messaging["rootBlockDevice"] | {"volumeSize": 80, "tags": {"Name": "wickr-test-calling"}},
        "tags": {"Name": "wickr-test-calling", "wickr:role": "calling"},
    }


@pytest.mark.parametrize(
    ("variant", "changed"),
    [
        (
            "calling on a machine of its own",
            {"ami": "ami-0123456789abcdef0", "instanceType": "c5.xlarge", "volumeSize": 60},
        ),
        ("500 calls", {}),
        ("calling of 6.32", {}),
        ("calling for several networks", {}),
    ],
)
def test_a_setting_changes_its_own_inputs_of_the_calling_instance_alone(variant: str, changed: dict[str, Any]) -> None:
    def flat(request: Request) -> dict[str, Any]:
        return {**request.inputs, **request.inputs["rootBlockDevice"], "rootBlockDevice": None}

    usual = flat(instance("calling", "calling"))
    assert {key: value for key, value in flat(instance(variant, "calling")).items() if usual[key] != value} == changed


@pytest.mark.parametrize(
    ("variant", "changed"),
    [
        ("a larger host", {"instanceType": "m5.xlarge", "volumeSize": 500}),
        ("another image", {"ami": "ami-0123456789abcdef0"}),
        ("unprotected", {"disableApiTermination": False}),
        ("a VPC that is there", {"subnetId": "subnet-0a01"}),
        ("few clients", {}),
        ("another licence", {}),
        ("a setting", {}),
        ("provided certificate", {}),
    ],
)
def test_a_setting_changes_its_own_inputs_of_the_instance_alone(variant: str, changed: dict[str, Any]) -> None:
    def flat(request: Request) -> dict[str, Any]:
        return {**request.inputs, **request.inputs["rootBlockDevice"], "rootBlockDevice": None}

    usual = flat(instance())
    assert {key: value for key, value in flat(instance(variant)).items() if usual[key] != value} == changed


@pytest.mark.slow
def test_a_rebuild_is_another_instance_of_the_same_host() -> None:
    assert (instance().name, instance("rebuilt").name) == ("messaging-host-instance", "messaging-host-instance-1")
    names = [{each.name for each in deployed(variant).resources} for variant in ("complete", "rebuilt")]
    assert names[0] ^ names[1] == {"messaging-host-instance", "messaging-host-instance-1"}


@pytest.mark.slow
def test_a_rebuild_of_the_calling_host_is_none_of_the_messaging_host() -> None:
    names = [{each.name for each in deployed(variant).resources} for variant in ("calling", "calling rebuilt")]
    assert names[0] ^ names[1] == {"calling-host-instance", "calling-host-instance-1"}
    assert instance("calling").inputs == instance("calling rebuilt").inputs


@every_host
def test_user_data_makes_the_one_user_and_plants_the_host_key(variant: str, role: str) -> None:
    text = user_data(variant, role)
    assert text.startswith("#cloud-config\n")
    document = yaml.safe_load(text)
    assert [(user["name"], user["ssh_authorized_keys"]) for user in document["users"]] == [
        ("wickr-deploy", ["ssh-ed25519 public-openssh-of-secrets-login-key"])
    ]
    private = document["ssh_keys"]["ed25519_private"].splitlines()[1]
    assert private == f"private openssh of {role}-host-host-key"
    assert document["ssh_keys"]["ed25519_public"] == f"ssh-ed25519 public-openssh-of-{role}-host-host-key\n"
    assert document["hostname"] == f"wickr-test-{role}"


@pytest.mark.parametrize(("role", "address"), [("messaging", "203.0.113.100"), ("calling", "203.0.113.101")])
def test_the_address_is_the_elastic_one_whatever_the_instance_was_given_first(role: str, address: str) -> None:
    association = deployed("calling").named(f"{role}-host-address")
    assert association.inputs == {
        "allocationId": f"eipalloc-{role}-address-eip",
        "instanceId": f"i-{role}-host-instance",
    }
    assert deployed("calling").outputs[f"{role}Address"] == address


@every_host
def test_the_role_lets_session_manager_in_reads_and_tells_what_it_is_to_and_nothing_else(
    variant: str, role: str
) -> None:
    deployment = deployed(variant)
    if VARIANTS[variant].get("wickr:iam", {}).get("instanceProfile"):
        return  # there is none then: see test_brought.py
    iam = deployment.named(f"{role}-host-role")
    assert json.loads(iam.inputs["assumeRolePolicy"])["Statement"] == [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
    ]
    assert {key for key in iam.inputs if "olic" in key} == {"assumeRolePolicy"}
    session = deployment.named(f"{role}-host-session-manager").inputs
    assert session["role"] == iam.outputs["name"]
    (only,) = json.loads(session["policy"])["Statement"]
    assert set(only.pop("Action")) == {
        "ssm:UpdateInstanceInformation",
        *("ssmmessages:CreateControlChannel", "ssmmessages:OpenControlChannel"),
        *("ssmmessages:CreateDataChannel", "ssmmessages:OpenDataChannel"),
    }
    assert only == {"Sid": "SessionManager", "Effect": "Allow", "Resource": "*"}
    assert deployment.named(f"{role}-host-profile").inputs["role"] == iam.outputs["name"]
    keeps = role == "messaging" and VARIANTS[variant].get("wickr:snapshots", {}).get("enabled")
    assert sorted(
        each.type for each in deployment.resources if each.type.startswith("aws:iam/") and each.name.startswith(role)
    ) == [
        "aws:iam/instanceProfile:InstanceProfile",
        "aws:iam/role:Role",
        "aws:iam/rolePolicy:RolePolicy",
        *(["aws:iam/rolePolicy:RolePolicy"] if "airgap" in variant else []),  # see test_airgap
        *(["aws:iam/rolePolicy:RolePolicy"] if keeps else []),  # see test_snapshots
        *(["aws:iam/rolePolicy:RolePolicy"] if tells(VARIANTS[variant]) else []),  # see test_vitals
    ]


@every_host
def test_a_host_is_connected_to_when_every_rule_of_its_firewall_is_there(variant: str, role: str) -> None:
    """Not made after them: a group without rules is closed."""
    deployment = deployed(variant)
    rules = {
        each.urn
        for each in deployment.of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
        if each.parent.endswith(f"::{role}-firewall")
    }
    assert rules
    (ready,) = (each for each in deployment.resources if each.name.startswith(role) and each.name.endswith("-ready"))
    assert rules <= ready.dependencies
    assert rules.isdisjoint(deployment.named(f"{role}-host").dependencies | instance(variant, role).dependencies)
