"""The host: an instance that nothing replaces by surprise, and the way to reach it."""

import json
from typing import Any

import pytest
import yaml

from tests.recorder import Request, Secret
from tests.stacks import IMAGE, VARIANTS, deployed

INSTANCE = "aws:ec2/instance:Instance"
HOST_KEY = "private openssh of messaging-host-host-key"

every_variant = pytest.mark.parametrize("variant", VARIANTS)


def instance(variant: str = "complete") -> Request:
    return deployed(variant).the(INSTANCE)


def user_data(variant: str = "complete") -> str:
    marked = instance(variant).inputs["userData"]
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


def test_a_rebuild_is_another_instance_of_the_same_host() -> None:
    assert (instance().name, instance("rebuilt").name) == ("messaging-host-instance", "messaging-host-instance-1")
    names = [{each.name for each in deployed(variant).resources} for variant in ("complete", "rebuilt")]
    assert names[0] ^ names[1] == {"messaging-host-instance", "messaging-host-instance-1"}


@every_variant
def test_user_data_makes_the_one_user_and_plants_the_host_key(variant: str) -> None:
    text = user_data(variant)
    assert text.startswith("#cloud-config\n")
    document = yaml.safe_load(text)
    assert [(user["name"], user["ssh_authorized_keys"]) for user in document["users"]] == [
        ("wickr-deploy", ["ssh-ed25519 public-openssh-of-messaging-host-login-key"])
    ]
    assert document["ssh_keys"]["ed25519_private"].splitlines()[1] == HOST_KEY
    assert document["ssh_keys"]["ed25519_public"] == "ssh-ed25519 public-openssh-of-messaging-host-host-key\n"


def test_the_address_is_the_elastic_one_whatever_the_instance_was_given_first() -> None:
    association = deployed().the("aws:ec2/eipAssociation:EipAssociation")
    assert association.inputs == {
        "allocationId": "eipalloc-messaging-address-eip",
        "instanceId": "i-messaging-host-instance",
    }
    assert deployed().outputs["messagingAddress"] == "203.0.113.100"


def test_the_role_lets_session_manager_in_and_nothing_else() -> None:
    deployment = deployed()
    role = deployment.the("aws:iam/role:Role")
    assert json.loads(role.inputs["assumeRolePolicy"])["Statement"] == [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
    ]
    assert {key for key in role.inputs if "olic" in key} == {"assumeRolePolicy"}
    attached = [
        (each.inputs["role"], each.inputs["policyArn"])
        for each in deployment.of("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    ]
    assert attached == [(role.outputs["name"], "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore")]
    assert deployment.the("aws:iam/instanceProfile:InstanceProfile").inputs["role"] == role.outputs["name"]
    assert [each.type for each in deployment.resources if each.type.startswith("aws:iam/")] == [
        "aws:iam/role:Role",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "aws:iam/instanceProfile:InstanceProfile",
    ]


def test_the_host_waits_for_every_rule_of_its_firewall() -> None:
    deployment = deployed()
    rules = {each.urn for each in deployment.resources if "SecurityGroupIngressRule" in each.type}
    assert rules <= deployment.named("messaging-host").dependencies | instance().dependencies
