"""The compliance host is optional, hidden, and reads two things; its data outlives it, and no other host moves."""

import json
from typing import Any

import pytest

from tests.components.commands import COMPLIANCE, COMPLIANCE_HOST, MESSAGING_HOST, phases
from tests.components.test_calling import all_of, before, by_urn
from tests.recorder import Deployment, Request, deploy, reveal
from tests.stacks import CONFIGURATION, VARIANTS, VPC, WITH_CALLING, WITH_COMPLIANCE, deployed, stack

INSTANCE = "aws:ec2/instance:Instance"
NAT = "aws:ec2/natGateway:NatGateway"
CONFIGURED = [name for name, each in WITH_COMPLIANCE.items() if "configuration" in each["wickr:compliance"]]
OWN = ("compliance", "alarms-compliance", "backup-compliance", "nat")
"""What every name of a resource begins with that is there for the compliance host."""

every_variant = pytest.mark.parametrize("variant", WITH_COMPLIANCE)


def elsewhere(variant: str) -> bool:
    """Whether the hosts stand in a VPC that is there."""
    return "wickr:network" in VARIANTS[variant]


def host(variant: str) -> Request:
    (found,) = (each for each in deployed(variant).of(INSTANCE) if each.inputs["tags"]["wickr:role"] == "compliance")
    return found


def policies(deployment: Deployment) -> dict[str, Any]:
    """The documents that a role of the stack carries beside what AWS manages, by the role's name."""
    return {
        each.inputs["role"]: json.loads(each.inputs["policy"])
        for each in deployment.of("aws:iam/rolePolicy:RolePolicy")
        if each.name.startswith(OWN)
        and not each.name.endswith(("-tells-policy", "-session-manager"))  # see test_vitals, test_host
    }


@pytest.mark.parametrize("variant", sorted(VARIANTS.keys() - WITH_COMPLIANCE.keys()))
def test_without_compliance_nothing_of_it_exists(variant: str) -> None:
    deployment = deployed(variant)
    assert [each.name for each in deployment.resources if each.name.startswith(OWN) or "ompliance" in each.type] == []
    assert (deployment.outputs["complianceHost"], deployment.outputs["complianceState"]) == ("", "")


@pytest.mark.slow
def test_a_group_without_a_key_is_none() -> None:
    assert all_of(deploy(stack({"wickr:compliance": {}}))) == all_of(deployed())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("alone", "joined"),
    [("complete", "compliance"), ("complete", "compliance configured"), ("few clients", "compliance for few clients")],
)
def test_switching_compliance_on_changes_nothing_that_is_there(alone: str, joined: str) -> None:
    old, new = all_of(deployed(alone)), all_of(deployed(joined))
    assert {urn: new.get(urn) for urn in old} == old
    names = {by_urn(deployed(joined))[urn].name for urn in new.keys() - old.keys()}
    assert {name for name in names if not name.startswith(OWN)} == set()


def test_beside_a_calling_host_it_changes_nothing_either() -> None:
    old, new = all_of(deployed("calling")), all_of(deployed("all three hosts"))
    assert {urn: new.get(urn) for urn in old} == old


@pytest.mark.slow
def test_configuring_it_changes_one_phase_and_how_far_credentials_go_and_adds_what_may_be_read() -> None:
    prepared, configured = by_urn(deployed("compliance")), by_urn(deployed("compliance configured"))
    assert [configured[urn].name for urn in configured.keys() - prepared.keys()] == ["compliance-reads"]
    assert {
        each.name: [key for key in each.inputs if each.inputs[key] != configured[urn].inputs[key]]
        for urn, each in prepared.items()
        if each.inputs != configured[urn].inputs
    } == {"compliance-host-instance": ["metadataOptions"], "compliance-bot-container": ["stdin"]}


@every_variant
def test_the_host_has_no_public_address_and_stands_in_the_first_private_subnet(variant: str) -> None:
    inputs = host(variant).inputs
    assert inputs["subnetId"] == (VPC["privateSubnetIds"][0] if elsewhere(variant) else "network-private-1-id")
    assert "compliance-host-address" not in by_name(variant)
    assert inputs["associatePublicIpAddress"] is False


def by_name(variant: str) -> set[str]:
    return {each.name for each in deployed(variant).resources}


@every_variant
def test_credentials_reach_a_container_only_where_the_bot_needs_them(variant: str) -> None:
    hops = {
        each.inputs["tags"]["wickr:role"]: each.inputs["metadataOptions"]["httpPutResponseHopLimit"]
        for each in deployed(variant).of(INSTANCE)
    }
    tokens = {each.inputs["metadataOptions"]["httpTokens"] for each in deployed(variant).of(INSTANCE)}
    assert hops.pop("compliance") == (2 if variant in CONFIGURED else 1)
    assert (set(hops.values()), tokens) == ({1}, {"required"})


@every_variant
def test_the_role_reads_one_secret_and_one_object_and_nothing_where_there_is_no_configuration(variant: str) -> None:
    expected = {
        "compliance-host-role-1a2b3c4": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "BotConfiguration",
                    "Effect": "Allow",
                    "Action": "secretsmanager:GetSecretValue",
                    "Resource": CONFIGURATION["secretArn"],
                },
                {
                    "Sid": "BotConfigurationFile",
                    "Effect": "Allow",
                    "Action": "s3:GetObject",
                    "Resource": "arn:aws:s3:::wickr-configuration/compliance/conf.wickr",
                },
            ],
        }
    }
    found = policies(deployed(variant))
    for each in found.values():
        # That of a secret's key is in test_key.py.
        each["Statement"] = [one for one in each["Statement"] if one["Sid"] != "BotConfigurationKey"]
    assert found == (expected if variant in CONFIGURED else {})
    attachments = deployed(variant).of("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    assert [each.name for each in attachments if each.name.startswith("compliance")] == []


@pytest.mark.slow
def test_in_another_partition_the_object_has_its_name_there() -> None:
    gov = {"id": "aws-us-gov", "partition": "aws-us-gov", "dnsSuffix": "amazonaws.com"}
    answers = {"aws:index/getPartition:getPartition": lambda _: gov}
    (document,) = policies(deploy(stack(VARIANTS["compliance configured"]), answers=answers)).values()
    assert document["Statement"][1]["Resource"] == "arn:aws-us-gov:s3:::wickr-configuration/compliance/conf.wickr"


@every_variant
def test_the_data_volume_is_encrypted_in_the_zone_of_its_host_and_kept(variant: str) -> None:
    volume = deployed(variant).the("aws:ebs/volume:Volume")
    # Under which key it is, is in test_key.py.
    inputs = {name: value for name, value in volume.inputs.items() if name != "kmsKeyId"}
    own = "compliance on a machine of its own"
    assert inputs == {
        "availabilityZone": "eu-west-1b" if elsewhere(variant) else "eu-west-1a",
        "size": 500 if variant == own else 100,
        "type": "gp3",
        "encrypted": True,
        "tags": {"Name": "wickr-test-compliance-data"},
    }
    assert volume.options["retainOnDelete"] is True
    assert volume.protect is ("unprotected" not in variant)
    assert host(variant).urn not in volume.dependencies


@every_variant
def test_the_volume_moves_to_another_instance_and_is_never_at_two(variant: str) -> None:
    attachment = deployed(variant).the("aws:ec2/volumeAttachment:VolumeAttachment")
    assert attachment.inputs == {
        "deviceName": "/dev/sdf",
        "instanceId": f"i-{host(variant).name}",
        "volumeId": "compliance-data-volume-id",
        "stopInstanceBeforeDetaching": True,
    }
    assert attachment.options["deleteBeforeReplace"] is True


@pytest.mark.slow
def test_a_rebuild_is_another_instance_at_the_same_volume() -> None:
    names = [by_name(variant) for variant in ("compliance", "compliance rebuilt")]
    assert names[0] ^ names[1] == {"compliance-host-instance", "compliance-host-instance-1"}
    volumes = [deployed(variant).the("aws:ebs/volume:Volume") for variant in ("compliance", "compliance rebuilt")]
    assert (volumes[0].inputs, volumes[0].urn) == (volumes[1].inputs, volumes[1].urn)


@every_variant
def test_a_network_of_the_stack_s_own_has_one_way_out_for_the_private_host(variant: str) -> None:
    deployment = deployed(variant)
    if elsewhere(variant):
        assert [each.name for each in deployment.resources if each.name.startswith("nat")] == []
        return
    assert deployment.the(NAT).inputs == {
        "subnetId": "network-public-1-id",
        "allocationId": "eipalloc-nat-address-eip",
        "tags": {"Name": "wickr-test-nat"},
    }
    routes = {each.name: each.inputs for each in deployment.of("aws:ec2/route:Route")}
    assert routes["nat-internet"] == {
        "routeTableId": "network-private-routes-id",
        "destinationCidrBlock": "0.0.0.0/0",
        "natGatewayId": "nat-gateway-id",
    }
    assert routes.keys() == {"network-public-internet", "nat-internet"}


@every_variant
def test_every_connection_goes_by_the_messaging_host_with_both_keys_pinned(variant: str) -> None:
    deployment = deployed(variant)
    login = reveal(deployment.named("secrets-login-key").outputs["privateKeyOpenssh"])

    public = "10.20.0.10" if variant == "compliance in private" else "203.0.113.100"

    def end(role: str, address: str) -> dict[str, str]:
        key = deployment.named(f"{role}-host-host-key").outputs["publicKeyOpenssh"]
        return {"host": address, "user": "wickr-deploy", "privateKey": login, "hostKey": key}

    for command in phases(variant, COMPLIANCE_HOST).values():
        connection = reveal(command.inputs["connection"])
        assert connection.items() >= end("compliance", "10.20.32.10").items()
        assert connection["proxy"].items() >= end("messaging", public).items()


@every_variant
def test_each_phase_waits_for_the_one_before(variant: str) -> None:
    waited = [
        {name for name in before(deployed(variant), f"{COMPLIANCE_HOST}-{each}") if name.startswith(COMPLIANCE_HOST)}
        for each in COMPLIANCE
    ]
    assert waited == [{f"{COMPLIANCE_HOST}-{name}" for name in COMPLIANCE[:number]} for number in range(5)]


@every_variant
def test_it_is_built_beside_the_messaging_host_and_only_its_bot_waits_for_that(variant: str) -> None:
    deployment = deployed(variant)

    def of_messaging(phase: str) -> set[str]:
        return {name for name in before(deployment, f"{COMPLIANCE_HOST}-{phase}") if name.startswith(MESSAGING_HOST)}

    assert [of_messaging(phase) for phase in COMPLIANCE[:-1]] == [set()] * 4
    assert (f"{MESSAGING_HOST}-application" in of_messaging("container")) is (variant in CONFIGURED)


@every_variant
def test_docker_waits_for_the_way_out_and_the_bot_for_what_it_may_read(variant: str) -> None:
    deployment = deployed(variant)
    found = {phase: before(deployment, f"{COMPLIANCE_HOST}-{phase}") for phase in COMPLIANCE}
    assert ("nat-internet" in found["engine"]) is (not elsewhere(variant))
    assert "nat-internet" not in found["ready"]
    assert ("compliance-reads" in found["container"]) is (variant in CONFIGURED)
    assert "compliance-data-attachment" in found["volume"]


@every_variant
def test_the_outputs_tell_where_it_is_and_in_which_state(variant: str) -> None:
    outputs = deployed(variant).outputs
    assert (outputs["complianceHost"], outputs["complianceState"]) == (
        "10.20.32.10",
        "configured" if variant in CONFIGURED else "prepared",
    )
    trusting = "ssh -i wickr.key -o IdentitiesOnly=yes -o UserKnownHostsFile=wickr.known_hosts"
    jump = outputs["messagingAddress"]
    assert outputs["sshCommands"]["compliance"] == (
        f'{trusting} -o ProxyCommand="{trusting} -W %h:%p wickr-deploy@{jump}" wickr-deploy@10.20.32.10'
    )
    assert outputs["sshCommands"]["complianceSession"] == f"aws ssm start-session --target i-{host(variant).name}"
    assert outputs["knownHosts"].count("\n10.20.32.10 ssh-ed25519 public-openssh-of-compliance-host-host-key\n") == 1


@every_variant
def test_the_next_steps_say_what_is_missing(variant: str) -> None:
    steps = deployed(variant).outputs["nextSteps"]
    missing = [each for each in steps if each.startswith("The compliance host is prepared, and its bot is missing")]
    assert len(missing) == (0 if variant in CONFIGURED else 1)
    assert all("pulumi config set --path compliance.configuration.secretArn ARN" in each for each in missing)
    assert sum(each.startswith("Look after the compliance bot") for each in steps) == (variant in CONFIGURED)
    assert sum("subnet-0b01, where the compliance host stands, leads out" in each for each in steps) == (
        elsewhere(variant)
    )


@pytest.mark.slow
def test_its_machine_is_another_one_only_for_its_own_keys() -> None:
    usual, own = host("compliance").inputs, host("compliance on a machine of its own").inputs
    assert {key: own[key] for key in own if own[key] != usual[key] and key != "userData"} == {
        "ami": "ami-0123456789abcdef0",
        "instanceType": "c5.xlarge",
        "rootBlockDevice": usual["rootBlockDevice"] | {"volumeSize": 60},
    }
    assert usual["rootBlockDevice"]["deleteOnTermination"] is False
    assert "calling" not in WITH_COMPLIANCE
    assert "all three hosts" in WITH_CALLING
