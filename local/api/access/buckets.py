"""Policies of buckets for the account's own administrator: what they deny, conditions and all.

moto refuses every object of a bucket whose policy denies anything on some condition, whether it holds or not."""

import json
from threading import local
from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket

from local.api.access.judgement import owner_denied
from local.api.access.operation import Operation
from local.api.access.policy import Unsupported

REAL = {"s3:HeadObject": "s3:GetObject", "s3:PostObject": "s3:PutObject"}
"""moto makes names of actions from methods; these two do not exist."""
_JUDGED = local()


def patch() -> None:
    """Puts the function below in place of moto's."""
    FakeBucket.get_permission = get_permission


class Judged:
    """While a call that the gate has judged is answered, in its thread: moto need not ask again."""

    def __enter__(self) -> None:
        _JUDGED.now = True

    def __exit__(self, *_: object) -> None:
        _JUDGED.now = False


def get_permission(self: Any, action: str, resource: str) -> PermissionResult:
    """What a bucket's policy says: nothing more to whom the gate has let in, and to the owner what it denies."""
    if getattr(_JUDGED, "now", False):
        return PermissionResult.PERMITTED
    if not self.policy:
        return PermissionResult.NEUTRAL
    try:
        denied = owner_denied(json.loads(self.policy), Operation(action=REAL.get(action, action), resource=resource))
    except Unsupported:
        denied = True
    return PermissionResult.DENIED if denied else PermissionResult.NEUTRAL
