"""What a stack's protection keeps, how it is lifted, what a rebuild is, and what a removal leaves behind."""

import pytest

from tests.program.realstack import RealStack, touched

pytestmark = pytest.mark.engine

REGION = "us-west-2"

PROTECTED = ("messaging-host-instance", "messaging-address-eip", "certificate-ca", "certificate-ca-key", "secrets-seed")
UNPROTECTED = {"protectHosts": False}
REBUILT = {**UNPROTECTED, "messaging.rebuild": 1}


def test_from_a_guarded_stack_to_nothing_but_the_disks(stack: RealStack) -> None:
    # One life in one test: each chapter needs the one before.
    empty = stack.cloud.inventory()
    stack.up()
    complete = stack.cloud.inventory()

    # As a person types it: the engine plans first, and the plan fails.
    refused = stack.engine.run("destroy", "--yes")
    assert refused.code != 0
    assert [name for name in PROTECTED if f"::{name}" in refused.text] != []
    assert "protected" in refused.text
    assert stack.cloud.inventory() == complete

    planned = touched(stack.preview({"messaging.rebuild": 1}))
    assert planned["messaging-host-instance-1"] == "create"
    assert planned["messaging-host-instance"] == "delete"

    assert touched(stack.up(UNPROTECTED)) == {"messaging-host-instance": "update"}
    rebuilt = touched(stack.up(REBUILT))
    assert (rebuilt["messaging-host-instance-1"], rebuilt["messaging-host-instance"]) == ("create", "delete")
    assert not {"messaging-address-eip", "certificate-ca", "certificate-server", "secrets-seed"} & rebuilt.keys()
    assert {kind: len(ids) for kind, ids in stack.cloud.since(complete).items()} == {"InstanceId": 1, "VolumeId": 1}

    destroyed = stack.engine.destroy()
    assert destroyed.code == 0, destroyed.text
    assert stack.engine.resources() == []
    left = stack.cloud.since(empty)
    # Both hosts' disks stay, and their backups: they hold messages, and to delete them is a person's decision. The role
    # stays by which the service removes backups after their time.
    assert {kind: len(ids) for kind, ids in left.items()} == {"VolumeId": 2, "BackupVaultName": 1, "RoleName": 1}
    (role,) = left["RoleName"]
    policies = stack.cloud.iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    assert {each["PolicyName"].rpartition("For")[2] for each in policies} == {"Backup", "Restores"}
    volumes = stack.cloud.ec2.describe_volumes(VolumeIds=list(left["VolumeId"]))["Volumes"]
    assert {volume["State"] for volume in volumes} == {"available"}
