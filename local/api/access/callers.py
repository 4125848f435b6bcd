"""Who signed: the session of a role, by the key that the API has handed out, with all policies that hold for it."""

import json
from dataclasses import dataclass
from datetime import datetime

from moto.iam.models import Role, iam_backends
from moto.sts.models import sts_backends

from local.api.access.policy import Document
from local.api.access.refusal import Refusal, Why
from local.lab.addresses import ACCOUNT

PARTITION = "aws"
INVALID = "The security token included in the request is invalid."


@dataclass(frozen=True, kw_only=True)
class Caller:
    """A role's session. `limits` are sets of policies of which each must allow what is asked: boundary, session."""

    arn: str
    role: str
    user: str
    secret: str
    policies: tuple[Document, ...]
    limits: tuple[Document, ...]


def find(key: str, token: str, now: datetime) -> Caller:
    """The caller with this access key. Raises Refusal for a key, token or time that is not good."""
    session = sts_backends[ACCOUNT][PARTITION].get_assumed_role_from_access_key(key)
    if session is None:
        raise Refusal(Why.UNKNOWN_KEY, INVALID)
    if token != session.session_token:
        raise Refusal(Why.WRONG_TOKEN, INVALID)
    if session.expiration.timestamp() < now.timestamp():
        raise Refusal(Why.EXPIRED_TOKEN, "The security token included in the request is expired")
    role = next((one for one in iam_backends[ACCOUNT][PARTITION].get_roles() if one.arn == session.role_arn), None)
    if role is None:
        raise Refusal(Why.WRONG_TOKEN, INVALID)
    limits = [_boundary(role)] if role.permissions_boundary_arn else []
    limits += [json.loads(session.policy)] if session.policy else []
    return Caller(
        arn=session.arn,
        role=role.arn,
        user=session.user_id,
        secret=session.secret_access_key,
        policies=tuple(_policies(role)),
        limits=tuple(limits),
    )


def _policies(role: Role) -> list[Document]:
    attached = [_default(policy) for policy in role.managed_policies.values()]
    return [*(json.loads(text) for text in role.policies.values()), *attached]


def _default(policy: object) -> Document:
    versions = policy.versions  # type: ignore[attr-defined]
    found: Document = json.loads(next(version.document for version in versions if version.is_default))
    return found


def _boundary(role: Role) -> Document:
    return _default(iam_backends[ACCOUNT][PARTITION].get_policy(role.permissions_boundary_arn))
