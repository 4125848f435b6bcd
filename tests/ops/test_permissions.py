"""`permissions`: the rights that a deployment needs, from what the stack is made of."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi_aws as aws
import pytest
import yaml
from botocore.session import get_session

from ops.checkout import OpsError
from ops.permissions import document
from ops.permissions.actions import LIVES, LOOKUPS, Life
from ops.placeholders import Placeholders
from ops.stack_file import StackFile, read
from tests import stacks
from tests.ops.command import ops
from tests.ops.estate import config, of_variant

pytestmark = pytest.mark.slow

INLINE_LIMIT = 10240
"""Characters of the policies inside a role, all of them together."""

RIGHTS_ALONE = {"iam:PassRole", "backup-storage:MountCapsule"}
"""Actions that are no call: somebody else does something with what is passed, or behind a vault."""


OF_S3 = {
    f"s3:{name}"
    for name in (
        *("ListBucket", "GetBucketCORS", "GetAccelerateConfiguration", "GetReplicationConfiguration"),
        *("GetBucketObjectLockConfiguration", "GetBucketPublicAccessBlock", "PutBucketPublicAccessBlock"),
        *(f"{verb}{what}Configuration" for verb in ("Get", "Put") for what in ("Encryption", "Lifecycle")),
        *("ListTagsForResource", "TagResource", "UntagResource"),
    )
}
"""S3 calls these otherwise than its rights, or has them in an API of their own, for all that has tags."""


def file(folder: Path, changes: dict[str, Any] | None = None, name: str = "acme") -> StackFile:
    path = folder / f"Pulumi.{name}.yaml"
    path.write_text(yaml.safe_dump({"config": config(changes)}))
    return read(name, path)


POLICIES: dict[str, dict[str, Any]] = {}


def statements(folder: Path, changes: dict[str, Any] | None = None) -> dict[str, dict[str, Any]]:
    """The statements of a policy by their names; each policy is made once."""
    known = json.dumps(changes)
    if known not in POLICIES:
        POLICIES[known] = document.policy(file(folder, changes))
    return {each["Sid"]: each for each in POLICIES[known]["Statement"]}


def actions(life: Life) -> Iterator[str]:
    yield from (*life.reads, *life.makes, *life.changes)


def test_every_action_of_the_table_is_a_call_of_its_service() -> None:
    session = get_session()
    named = {each for life in LIVES.values() for each in actions(life)} | {a for each in LOOKUPS.values() for a in each}
    calls = {
        f"{service}:{call}"
        for service in {each.partition(":")[0] for each in named - RIGHTS_ALONE}
        for call in session.get_service_model(service).operation_names
    }
    assert named - calls == RIGHTS_ALONE | OF_S3


def test_every_type_of_the_table_is_one_of_the_providers() -> None:
    def exists(token: str) -> bool:
        _, module, name = token.split(":")
        return hasattr(getattr(aws, module.partition("/")[0]), name)

    assert {token for token in LIVES if not exists(token)} == set()


def test_every_question_that_a_plan_can_answer_is_in_the_table() -> None:
    assert Placeholders(None)._answers.keys() - LOOKUPS.keys() == set()


@pytest.mark.parametrize("name", stacks.VARIANTS)
def test_every_variant_has_a_policy_that_fits_into_a_role_and_into_two_managed_ones(tmp_path: Path, name: str) -> None:
    found = document.policy(file(tmp_path, of_variant(name)))
    assert 2000 < document.size(found) <= INLINE_LIMIT
    parts = document.parts(found)
    assert len(parts) <= 2
    assert all(document.size(part) <= document.MANAGED_LIMIT for part in parts)
    assert [each for part in parts for each in part["Statement"]] == found["Statement"]
    assert all(each["Action"] and each["Resource"] for each in found["Statement"])


def test_what_is_there_is_changed_only_with_the_stacks_own_tags_in_its_region(tmp_path: Path) -> None:
    found = statements(tmp_path)
    assert found["Change"]["Condition"] == {
        "StringEquals": {
            "aws:RequestedRegion": "eu-west-1",
            "aws:ResourceTag/wickr:project": "wickr",
            "aws:ResourceTag/wickr:stack": "acme",
        }
    }
    everywhere = {sid for sid, each in found.items() if each["Resource"] == "*" and "Condition" not in each}
    assert everywhere == {"ReadGlobal"}
    assert [each for each in found["ReadGlobal"]["Action"] if not each.startswith(("iam:Get", "iam:List"))] == []
    groups = [f"arn:*:logs:eu-west-1:*:log-group:/wickr/acme/{name}" for name in ("flow-logs", "hosts")]
    assert found["LogGroups"]["Resource"] == [f"{group}{part}" for group in groups for part in ("", ":*")]
    assert found["Alarms"]["Resource"] == ["arn:*:cloudwatch:eu-west-1:*:alarm:wickr/acme/*"]
    assert found["Topics"]["Resource"] == ["arn:*:sns:eu-west-1:*:alarms-topic-*"]
    ends = {"Delete", "Terminate", "Release", "Stop", "Modify"}
    own = {"Change", "ChangeIdentities", "LogGroups", "Alarms", "Topics"}
    strong = {each for sid in found.keys() - own for each in found[sid]["Action"]}
    # The root volume need not carry the tags.
    assert {each for each in strong if each.partition(":")[2].startswith(tuple(ends))} == {"ec2:ModifyVolume"}


def test_no_tag_can_be_put_on_what_is_somebody_elses(tmp_path: Path) -> None:
    found = {sid: each for sid, each in statements(tmp_path).items() if "ec2:CreateTags" in each["Action"]}
    assert found.keys() == {"TagWhatIsMade", "Change", "TakeOverDefaultGroup"}
    assert found["TagWhatIsMade"]["Condition"]["Null"] == {"ec2:CreateAction": "false"}
    assert found["TakeOverDefaultGroup"]["Resource"] == ["arn:*:ec2:eu-west-1:*:security-group/*"]


def test_roles_are_passed_to_machines_alone_and_get_no_other_policies(tmp_path: Path) -> None:
    found = statements(tmp_path)
    roles = ["arn:*:iam::*:role/messaging-host-role-*"]
    for_flow_logs = ["arn:*:iam::*:role/flow-logs-role-*"]
    assert (found["PassRoles"]["Resource"], found["PassFlowLogsRole"]["Resource"]) == (roles, for_flow_logs)
    for_backups = ["arn:*:iam::*:role/backup-role-*"]
    assert found["PassBackupRole"]["Resource"] == for_backups
    assert found["PassBackupRole"]["Condition"] == {"StringEquals": {"iam:PassedToService": ["backup.amazonaws.com"]}}
    assert found["AttachPolicies"]["Resource"] == for_backups
    assert found["PassRoles"]["Condition"] == {
        "StringEquals": {"iam:PassedToService": ["ec2.amazonaws.com", "ec2.amazonaws.com.cn"]}
    }
    assert found["PassFlowLogsRole"]["Condition"] == {
        "StringEquals": {"iam:PassedToService": ["vpc-flow-logs.amazonaws.com"]}
    }
    attached = found["AttachPolicies"]["Condition"]["ArnLike"]["iam:PolicyARN"]
    assert attached == [
        "arn:*:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup",
        "arn:*:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForRestores",
    ]
    boundaries = {action for each in found.values() for action in each["Action"] if "Boundary" in action}
    assert boundaries == set()


def test_backups_are_changed_by_the_stacks_tags_and_what_is_in_a_vault_by_nobody(tmp_path: Path) -> None:
    found = statements(tmp_path)
    assert {"backup:DeleteBackupPlan", "backup:DeleteBackupVault"} <= set(found["Change"]["Action"])
    assert found["MakeWithTags"]["Condition"] == {
        "StringEquals": {
            "aws:RequestedRegion": "eu-west-1",
            "aws:RequestTag/wickr:project": "wickr",
            "aws:RequestTag/wickr:stack": "acme",
        }
    }
    actions = {action for each in found.values() for action in each["Action"] if action.startswith("backup")}
    assert {each for each in actions if "RecoveryPoint" in each or "Restore" in each or "Lock" in each} == set()


def test_no_arn_names_a_partition(tmp_path: Path) -> None:
    assert "arn:aws" not in json.dumps(document.policy(file(tmp_path, stacks.VARIANTS["calling"])))


def test_a_network_that_is_there_is_neither_changed_nor_deleted(tmp_path: Path) -> None:
    found = statements(tmp_path, {"wickr:network": stacks.VPC})
    of_networks = {"ec2:CreateVpc", "ec2:DeleteVpc", "ec2:DeleteSubnet", "ec2:CreateRoute", "ec2:ModifyVpcAttribute"}
    assert {action for each in found.values() for action in each["Action"]} & of_networks == set()


def test_a_type_that_the_table_does_not_know_is_an_error_and_no_guess(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document, "LIVES", {key: life for key, life in LIVES.items() if "Eip" not in key})
    with pytest.raises(OpsError, match="acme: what rights these need is not known: aws:ec2/eip:Eip, aws:ec2/eipAss"):
        document.policy(file(tmp_path))


def test_the_command_prints_the_policy() -> None:
    done = ops("permissions", "local")
    assert done.code == 0
    assert {each["Effect"] for each in done.data["Statement"]} == {"Allow"}


def test_the_command_is_for_one_stack_by_its_name() -> None:
    answer = ops("permissions", "*")
    assert (answer.code, answer.err.partition(";")[0]) == (2, "there is no stack *")


def test_managed_policies_are_written_into_a_folder(tmp_path: Path) -> None:
    done = ops("permissions", "local", "--into", str(tmp_path / "rights"))
    assert (done.code, done.out) == (0, "")
    written = sorted((tmp_path / "rights").iterdir())
    assert [each.name for each in written] == [f"local-deploy-{number}.json" for number in range(1, len(written) + 1)]
    whole = [each for path in written for each in json.loads(path.read_text())["Statement"]]
    assert whole == ops("permissions", "local").data["Statement"]
    assert [line.partition(":")[0] for line in done.err.splitlines()] == [str(path) for path in written]


def test_of_buckets_only_the_one_of_an_airgap_installation_is_read(tmp_path: Path) -> None:
    assert "ReadFiles" not in statements(tmp_path)
    found = statements(tmp_path, of_variant("airgap"))["ReadFiles"]
    assert (found["Action"], found["Resource"]) == (
        ["s3:GetObject", "s3:GetObjectTagging"],
        ["arn:*:s3:::bundles/*"],
    )


def test_the_bucket_of_snapshots_is_made_and_changed_by_its_name_and_what_is_in_it_is_nobodys(tmp_path: Path) -> None:
    found = statements(tmp_path, {"wickr:snapshots": {"enabled": True}})
    own = ["arn:*:s3:::snapshots-bucket-*"]
    of_s3 = {sid: each for sid, each in found.items() if any(a.startswith("s3:") for a in each["Action"])}
    assert {sid: each["Resource"] for sid, each in of_s3.items()} == {"ReadOwnBuckets": own, "OwnBuckets": own}
    actions = {action for each in of_s3.values() for action in each["Action"]}
    assert {each for each in actions if "Object" in each} == {"s3:GetBucketObjectLockConfiguration"}
    assert {each for each in of_s3["ReadOwnBuckets"]["Action"] if not each.startswith(("s3:Get", "s3:List"))} == set()
    assert "OwnBuckets" not in statements(tmp_path)


def test_a_bucket_that_is_there_is_looked_at_and_left_as_it_is(tmp_path: Path) -> None:
    found = statements(tmp_path, {"wickr:snapshots": {"enabled": True, "bucket": "theirs"}})
    of_s3 = {sid: each for sid, each in found.items() if any(a.startswith("s3:") for a in each["Action"])}
    assert of_s3 == {
        "ReadBucket": {
            "Sid": "ReadBucket",
            "Effect": "Allow",
            "Action": ["s3:GetBucketLocation", "s3:ListBucket"],
            "Resource": ["arn:*:s3:::theirs"],
        }
    }
    off = {"wickr:snapshots": {"enabled": False, "bucket": "theirs"}}
    assert "ReadBucket" not in statements(tmp_path, off)


def test_who_previews_a_stack_may_look_and_nothing_else(tmp_path: Path) -> None:
    found = document.policy(file(tmp_path), preview=True)["Statement"]
    assert {each["Sid"] for each in found} == {"Read", "ReadGlobal"}
    verbs = {action.partition(":")[2] for each in found for action in each["Action"]}
    assert [each for each in verbs if not each.startswith(("Describe", "Get", "List"))] == []


def test_what_is_brought_along_is_used_by_its_name_and_not_more(tmp_path: Path) -> None:
    assert "PassFlowLogsRole" not in statements(tmp_path, {"wickr:network": stacks.VPC})
    found = statements(tmp_path, of_variant("calling with all that can be brought along"))
    assert found["PassRoles"]["Resource"] == ["arn:*:iam::*:role/theirs"]
    assert found["UseKeysForDisks"]["Resource"] == [f"arn:*:kms:eu-west-1:*:key/{stacks.KEY}"]
    assert found["UseKeysForDisks"]["Condition"] == {"StringLike": {"kms:ViaService": "ec2.eu-west-1.amazonaws.com*"}}
    assert "UseKeysForDisks" not in statements(tmp_path)


def test_a_key_of_the_stacks_own_is_made_changed_and_used_for_disks_by_its_tags(tmp_path: Path) -> None:
    found = statements(tmp_path, {"wickr:encryption": {"ownKey": True}})
    own = {"aws:ResourceTag/wickr:project": "wickr", "aws:ResourceTag/wickr:stack": "acme"}
    assert found["UseKeysForDisks"]["Resource"] == ["arn:*:kms:eu-west-1:*:key/*"]
    assert found["UseKeysForDisks"]["Condition"] == {
        "StringLike": {"kms:ViaService": "ec2.eu-west-1.amazonaws.com*"},
        "StringEquals": own,
    }
    assert "kms:ScheduleKeyDeletion" in found["Change"]["Action"]
    assert {"kms:CreateKey", "kms:TagResource"} <= set(found["MakeWithTags"]["Action"])
