"""Backups: of every host that the stack has, on a schedule, kept for a time, and lost by no mistake."""

import json

import pytest

from tests.stacks import VARIANTS, deployed

PREFIX = "backup"
SELECTION, PLAN, VAULT = (
    *("aws:backup/selection:Selection", "aws:backup/plan:Plan"),
    "aws:backup/vault:Vault",
)
INSTANCE, ATTACHMENT = "aws:ec2/instance:Instance", "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
HOSTS = "all three hosts"
EVERY_SIX_HOURS = "backups every six hours, with a profile of theirs"


def wanted(variant: str) -> bool:
    """Roles of the stack's own; or else they are asked for, or not wanted."""
    changes = VARIANTS[variant]
    asked = changes.get("wickr:backup", {}).get("enabled")
    return bool("instanceProfile" not in changes.get("wickr:iam", {})) if asked is None else asked


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_host_of_the_stack_is_backed_up_unless_it_wants_none(variant: str) -> None:
    found = deployed(variant)
    backed_up = [arn for each in found.of(SELECTION) for arn in each.inputs["resources"]]
    hosts = [f"arn:aws:ec2:eu-west-1:123456789012:instance/i-{each.name}" for each in found.of(INSTANCE)]
    assert sorted(backed_up) == (sorted(hosts) if wanted(variant) else [])


@pytest.mark.parametrize("variant", VARIANTS)
def test_where_they_are_not_wanted_nothing_of_them_is_there(variant: str) -> None:
    parts = {PREFIX, *(f"{PREFIX}-{part}" for part in ("vault", "plan", "role", "backup", "restores"))}
    of_hosts = {f"{PREFIX}-{host}" for host in ("messaging", "calling", "compliance")}
    found = {each.name for each in deployed(variant).resources if each.name.partition("-")[0] == PREFIX}
    assert found - of_hosts == (parts if wanted(variant) else set())


def test_they_are_made_every_night_and_kept_for_five_weeks() -> None:
    (rule,) = deployed().the(PLAN).inputs["rules"]
    assert (rule["schedule"], rule["lifecycle"]) == ("cron(0 2 ? * * *)", {"deleteAfter": 35})
    assert rule["targetVaultName"] == "backup-vault-1a2b3c4"
    # The service's own three hours are too short for the first copy of a large disk.
    assert (rule["startWindow"], rule["completionWindow"]) == (60, 1440)


@pytest.mark.slow
def test_a_stack_says_when_and_for_how_long() -> None:
    (rule,) = deployed(EVERY_SIX_HOURS).the(PLAN).inputs["rules"]
    assert (rule["schedule"], rule["lifecycle"]) == ("cron(0 0/6 ? * MON-FRI *)", {"deleteAfter": 7})


def test_a_further_host_is_one_more_selection_and_changes_none() -> None:
    alone, three = ({each.name: each.inputs for each in deployed(v).of(SELECTION)} for v in ("complete", HOSTS))
    assert three.keys() == {"backup-messaging", "backup-calling", "backup-compliance"}
    assert alone == {"backup-messaging": three["backup-messaging"]}


def test_the_service_alone_takes_the_role_on_and_has_awss_own_policies() -> None:
    found = deployed(HOSTS)
    (statement,) = json.loads(found.named("backup-role").inputs["assumeRolePolicy"])["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": "backup.amazonaws.com"},
    }
    attached = [each for each in found.of(ATTACHMENT) if each.name.startswith(PREFIX)]
    assert {each.inputs["policyArn"] for each in attached} == {
        "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup",
        "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForRestores",
    }
    # The service looks whether the role may before it takes a selection.
    for selection in found.of(SELECTION):
        assert {each.urn for each in attached} <= set(selection.dependencies)


def test_when_the_stack_goes_the_backups_stay_and_what_removes_them_after_their_time() -> None:
    found = deployed(HOSTS)
    stays = {each.name for each in found.resources if each.options.get("retainOnDelete")}
    assert {name for name in stays if name.startswith(PREFIX)} == {
        *("backup-vault", "backup-role", "backup-backup", "backup-restores"),
    }
    assert found.the(VAULT).inputs["forceDestroy"] is False
    # They can be turned off by a key: a guard against deletion would stand in the way.
    assert not any(each.protect for each in found.resources if each.name.startswith(PREFIX))
