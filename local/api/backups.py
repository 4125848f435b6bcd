"""Backups: plans that change, selections, and what the service refuses. Nothing is backed up: there is no such day."""

import json
from typing import Any

from moto.backup.exceptions import (
    InvalidParameterValueException,
    InvalidRequestException,
    ResourceNotFoundException,
)
from moto.backup.models import BackupBackend, Plan
from moto.backup.responses import BackupResponse
from moto.core.utils import unix_time
from moto.iam import iam_backends
from moto.iam.access_control import IAMRequest
from moto.moto_api._internal import mock_random
from moto.utilities.utils import get_partition

SERVICE = "backup.amazonaws.com"

_create_plan = BackupBackend.create_backup_plan
_delete_plan = BackupBackend.delete_backup_plan
_delete_vault = BackupBackend.delete_backup_vault
_signed = IAMRequest._create_aws_request


def patch() -> None:
    """Puts the functions below in place of moto's, or where it has none."""
    BackupBackend.create_backup_plan = create_backup_plan
    BackupBackend.delete_backup_plan = delete_backup_plan
    BackupBackend.delete_backup_vault = delete_backup_vault
    IAMRequest._create_aws_request = signed
    BackupResponse.update_backup_plan = update_backup_plan
    BackupResponse.create_backup_selection = create_backup_selection
    BackupResponse.get_backup_selection = get_backup_selection
    BackupResponse.delete_backup_selection = delete_backup_selection
    BackupResponse.list_backup_selections = list_backup_selections


def signed(self: Any) -> Any:
    """What a caller signed: no body where there is none. Its place does not take the names in the path."""
    if self._service == "backup":
        self._data = {}
    return _signed(self)


def create_backup_plan(self: Any, backup_plan: Any, *given: Any, **named: Any) -> Any:
    """A plan puts what it makes into vaults that are there."""
    _check_vaults(self, backup_plan)
    return _create_plan(self, backup_plan, *given, **named)


def update_backup_plan(self: Any) -> str:
    """The plan with other rules: a new version of it."""
    backend, asked = self.backup_backend, json.loads(self.body)["BackupPlan"]
    plan = _plan(backend, self.path.rstrip("/").rpartition("/")[2])
    _check_vaults(backend, asked)
    fresh = Plan(asked, plan.creator_request_id, backend)
    plan.backup_plan, plan.version_id = fresh.backup_plan, fresh.version_id
    return json.dumps(plan.to_dict())


def delete_backup_plan(self: Any, backup_plan_id: str) -> Any:
    """A plan goes after its selections."""
    _plan(self, backup_plan_id)
    if any(each["BackupPlanId"] == backup_plan_id for each in _selections(self).values()):
        raise InvalidRequestException("Related backup plan selections must be deleted prior to backup plan deletion")
    return _delete_plan(self, backup_plan_id)


def delete_backup_vault(self: Any, backup_vault_name: str) -> None:
    """A vault goes when it is empty, and not before."""
    vault = self.describe_backup_vault(backup_vault_name)
    if vault.num_of_recovery_points:
        raise InvalidRequestException(
            f"Backup vault cannot be deleted (contains {vault.num_of_recovery_points} recovery points)"
        )
    _delete_vault(self, backup_vault_name)


def create_backup_selection(self: Any) -> str:
    """What a plan is for, and the role that the service takes on for it."""
    backend, asked = self.backup_backend, json.loads(self.body)["BackupSelection"]
    plan = _plan(backend, self.path.split("/plans/")[1].partition("/")[0])
    _check_role(backend, asked["IamRoleArn"])
    made = {
        "SelectionId": str(mock_random.uuid4()),
        "BackupPlanId": plan.backup_plan_id,
        "CreationDate": unix_time(),
    }
    _selections(backend)[made["SelectionId"]] = {**made, "BackupSelection": asked}
    return json.dumps(made)


def get_backup_selection(self: Any) -> str:
    """One selection."""
    return json.dumps(_selection(self))


def delete_backup_selection(self: Any) -> str:
    """Takes one selection away."""
    del _selections(self.backup_backend)[_selection(self)["SelectionId"]]
    return ""


def list_backup_selections(self: Any) -> str:
    """All selections of a plan."""
    plan = _plan(self.backup_backend, self.path.split("/plans/")[1].partition("/")[0])
    found = [each for each in _selections(self.backup_backend).values() if each["BackupPlanId"] == plan.backup_plan_id]
    rows = [
        {
            **{key: value for key, value in each.items() if key != "BackupSelection"},
            **{key: each["BackupSelection"][key] for key in ("SelectionName", "IamRoleArn")},
        }
        for each in found
    ]
    return json.dumps({"BackupSelectionsList": rows})


def _selections(backend: Any) -> dict[str, Any]:
    found: dict[str, Any] = backend.__dict__.setdefault("selections", {})
    return found


def _selection(response: Any) -> Any:
    asked = response.path.rstrip("/").rpartition("/")[2]
    found = _selections(response.backup_backend)
    if asked not in found:
        raise ResourceNotFoundException(msg="Cannot find Backup selection with provided id")
    return found[asked]


def _plan(backend: Any, asked: str) -> Any:
    plan = backend.get_backup_plan(asked, None)
    if plan.deletion_date is not None:
        raise InvalidRequestException(f"Backup plan {asked} was deleted")
    return plan


def _check_vaults(backend: Any, plan: Any) -> None:
    for rule in plan["Rules"]:
        if rule["TargetBackupVaultName"] not in backend.vaults:
            raise InvalidParameterValueException(f"Backup vault {rule['TargetBackupVaultName']} does not exist")


def _check_role(backend: Any, asked: str) -> None:
    """The service takes the role on by its trust, and looks whether it may before it says yes."""
    roles = iam_backends[backend.account_id][get_partition(backend.region_name)].roles.values()
    trust = next((str(role.assume_role_policy_document) for role in roles if role.arn == asked), "")
    if SERVICE not in trust:
        raise InvalidParameterValueException(f"IAM Role {asked} cannot be assumed by AWS Backup")
