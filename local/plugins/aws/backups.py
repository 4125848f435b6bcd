"""AWS Backup: vaults, plans, and what a plan is for."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from local.plugins.aws import checks, tags
from local.plugins.aws.cloud import client, unless_gone
from local.plugins.aws.shape import aws_resource
from local.plugins.framework import (
    BOOLEAN,
    INTEGER,
    STRING,
    Field,
    ListOf,
    MapOf,
    Object,
    Output,
    Request,
    Values,
    between,
    one_of,
    outputs,
)
from local.plugins.schema import Complaint


def _name(first: int, letters: str) -> Complaint:
    def check(value: str) -> str | None:
        if re.fullmatch(rf"[{letters}]{{{first},50}}", value, re.ASCII):
            return None
        return f"must be {first} to 50 letters, digits or {letters.removeprefix('A-Za-z0-9')}, not {value}"

    return check


VAULT_NAME, NAME = _name(2, "A-Za-z0-9_-"), _name(1, "A-Za-z0-9._-")


def _retag(request: Request, change: Mapping[str, str], remove: Iterable[str]) -> None:
    api, it = client("backup", request), request.state["arn"]
    if remove:
        api.untag_resource(ResourceArn=it, TagKeyList=list(remove))
    if change:
        api.tag_resource(ResourceArn=it, Tags=dict(change))


def _held(request: Request, it: str) -> list[dict[str, str]]:
    return tags.listed(client("backup", request).list_tags(ResourceArn=it)["Tags"])


def _create_vault(request: Request) -> str:
    given, wanted = request.inputs, tags.all_tags(request)
    client("backup", request).create_backup_vault(
        BackupVaultName=given["name"],
        **({"BackupVaultTags": wanted} if wanted else {}),
        **({"EncryptionKeyArn": given["kmsKeyArn"]} if given.get("kmsKeyArn") else {}),
    )
    return str(given["name"])


def _describe_vault(request: Request, id: str) -> Values | None:
    found = unless_gone(lambda: client("backup", request).describe_backup_vault(BackupVaultName=id))
    if found is None:
        return None
    return {
        "arn": found["BackupVaultArn"],
        "name": id,
        "kmsKeyArn": found.get("EncryptionKeyArn") or "",
        "forceDestroy": request.inputs.get("forceDestroy", False),
        "recoveryPoints": str(found.get("NumberOfRecoveryPoints", 0)),
        "tags": _held(request, found["BackupVaultArn"]),
    }


def _delete_vault(request: Request) -> None:
    unless_gone(lambda: client("backup", request).delete_backup_vault(BackupVaultName=request.id))


VAULT = aws_resource(
    "aws:backup/vault:Vault",
    inputs=(
        Field("name", computed=True, named=True, replaces=True, check=VAULT_NAME),
        Field("kmsKeyArn", computed=True, replaces=True, check=checks.arn),
        # With true the real plugin deletes what is in the vault, which nobody here asks for.
        Field("forceDestroy", BOOLEAN, default=False, check=one_of(False)),
    ),
    outputs=(*outputs("arn"), Output("recoveryPoints", volatile=True)),
    create=_create_vault,
    describe=_describe_vault,
    delete=_delete_vault,
    retag=_retag,
)

LIFECYCLE = Object(
    (Field("deleteAfter", INTEGER, check=between(1, 36500)),),
    unimplemented=frozenset({"coldStorageAfter", "optInToArchiveForSupportedResources"}),
)
RULE = Object(
    (
        Field("ruleName", required=True, check=NAME),
        Field("targetVaultName", required=True, check=VAULT_NAME),
        Field("schedule"),
        Field("scheduleExpressionTimezone", default="Etc/UTC"),
        Field("startWindow", INTEGER, default=60, check=between(60, 144000)),
        Field("completionWindow", INTEGER, default=180, check=between(120, 144000)),
        Field("enableContinuousBackup", BOOLEAN, check=one_of(False)),
        Field("lifecycle", LIFECYCLE),
        Field("recoveryPointTags", MapOf(STRING)),
    ),
    unimplemented=frozenset({"copyActions", "scanActions", "targetLogicallyAirGappedBackupVaultArn"}),
)
_API = {
    "ruleName": "RuleName",
    "targetVaultName": "TargetBackupVaultName",
    "schedule": "ScheduleExpression",
    "scheduleExpressionTimezone": "ScheduleExpressionTimezone",
    "startWindow": "StartWindowMinutes",
    "completionWindow": "CompletionWindowMinutes",
    "recoveryPointTags": "RecoveryPointTags",
}


def _asked(given: Values) -> dict[str, Any]:
    rules = []
    for rule in given["rules"]:
        row: dict[str, Any] = {key: rule[name] for name, key in _API.items() if rule.get(name) is not None}
        if rule.get("lifecycle"):
            row["Lifecycle"] = {"DeleteAfterDays": rule["lifecycle"]["deleteAfter"]}
        rules.append(row)
    return {"BackupPlanName": given["name"], "Rules": rules}


def _rule(row: Mapping[str, Any]) -> Values:
    rule = {name: row[key] for name, key in _API.items() if key in row}
    if row.get("Lifecycle"):
        rule["lifecycle"] = {"deleteAfter": row["Lifecycle"]["DeleteAfterDays"]}
    return rule


def _create_plan(request: Request) -> str:
    wanted = tags.all_tags(request)
    answer = client("backup", request).create_backup_plan(
        BackupPlan=_asked(request.inputs), **({"BackupPlanTags": wanted} if wanted else {})
    )
    return str(answer["BackupPlanId"])


def _update_plan(request: Request) -> None:
    if request.changed("rules"):
        client("backup", request).update_backup_plan(BackupPlanId=request.id, BackupPlan=_asked(request.inputs))


def _describe_plan(request: Request, id: str) -> Values | None:
    found = unless_gone(lambda: client("backup", request).get_backup_plan(BackupPlanId=id))
    if found is None or "DeletionDate" in found:
        return None
    return {
        "arn": found["BackupPlanArn"],
        "version": found["VersionId"],
        "name": found["BackupPlan"]["BackupPlanName"],
        "rules": [_rule(row) for row in found["BackupPlan"]["Rules"]],
        "tags": _held(request, found["BackupPlanArn"]),
    }


def _delete_plan(request: Request) -> None:
    if _describe_plan(request, request.id) is not None:
        client("backup", request).delete_backup_plan(BackupPlanId=request.id)


PLAN = aws_resource(
    "aws:backup/plan:Plan",
    inputs=(
        Field("name", computed=True, named=True, replaces=True, check=NAME),
        Field("rules", ListOf(RULE, unordered=True), required=True),
    ),
    outputs=(*outputs("arn"), Output("version", volatile=True)),
    create=_create_plan,
    describe=_describe_plan,
    update=_update_plan,
    delete=_delete_plan,
    retag=_retag,
)


def _create_selection(request: Request) -> str:
    given = request.inputs
    answer = client("backup", request).create_backup_selection(
        BackupPlanId=given["planId"],
        BackupSelection={
            "SelectionName": given["name"],
            "IamRoleArn": given["iamRoleArn"],
            "Resources": given["resources"],
        },
    )
    return str(answer["SelectionId"])


def _describe_selection(request: Request, id: str) -> Values | None:
    plan = request.inputs.get("planId") or request.state.get("planId")
    found = unless_gone(lambda: client("backup", request).get_backup_selection(BackupPlanId=plan, SelectionId=id))
    if found is None:
        return None
    selected = found["BackupSelection"]
    return {
        "name": selected["SelectionName"],
        "planId": found["BackupPlanId"],
        "iamRoleArn": selected["IamRoleArn"],
        "resources": selected["Resources"],
    }


def _delete_selection(request: Request) -> None:
    api, plan = client("backup", request), request.inputs["planId"]
    unless_gone(lambda: api.delete_backup_selection(BackupPlanId=plan, SelectionId=request.id))


SELECTION = aws_resource(
    "aws:backup/selection:Selection",
    inputs=(
        Field("name", computed=True, named=True, replaces=True, check=NAME),
        Field("planId", required=True, replaces=True),
        Field("iamRoleArn", required=True, replaces=True, check=checks.arn),
        Field("resources", ListOf(STRING.checked(checks.arn), unordered=True), replaces=True),
    ),
    outputs=(),
    create=_create_selection,
    describe=_describe_selection,
    delete=_delete_selection,
    retag=None,
)
