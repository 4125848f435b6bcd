"""The credentials that an instance gets for the role in its profile: a session of that role, made by the API."""

import json
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from local.api.access.policy import Question, Unsupported, Verdict, judge
from local.lab.snapshot import Instance

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_iam.type_defs import RoleTypeDef
    from mypy_boto3_sts import STSClient

SECONDS = 6 * 3600
EARLY = timedelta(minutes=5)  # before their end, new ones are made
SERVICE = "ec2.amazonaws.com"


@dataclass
class Roles:
    """Hands out sessions; the same one to the same instance until it is about to end."""

    iam: "IAMClient"
    sts: "STSClient"
    held: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def name(self, instance: Instance) -> str:
        """The role of an instance; empty without a profile or with an empty one."""
        role = self._role(instance)
        return role["RoleName"] if role else ""

    def credentials(self, instance: Instance) -> dict[str, str]:
        """What the metadata service says of that role: its credentials, or why there are none."""
        role = self._role(instance)
        now = datetime.now(UTC)
        stamp = now.strftime("%Y-%m-%dT%H:%M:%SZ")
        if role is None:
            return {"Code": "Failed", "LastUpdated": stamp}
        if not _trusted(role):
            text = f"EC2 cannot assume the role {role['RoleName']}. Please see documentation."
            return {"Code": "AssumeRoleUnauthorizedAccess", "Message": text, "LastUpdated": stamp}
        found = self._session(instance, role, now)
        return {
            "Code": "Success",
            "LastUpdated": found["LastUpdated"],
            "Type": "AWS-HMAC",
            "AccessKeyId": found["AccessKeyId"],
            "SecretAccessKey": found["SecretAccessKey"],
            "Token": found["SessionToken"],
            "Expiration": found["Expiration"].strftime("%Y-%m-%dT%H:%M:%SZ"),
        }

    def _session(self, instance: Instance, role: "RoleTypeDef", now: datetime) -> dict[str, Any]:
        which = (instance.id, role["RoleId"])  # a role that was made anew under its old name is another one
        with self.lock:
            found = self.held.get(which)
            if found is None or found["Expiration"] < now + EARLY:
                answer = self.sts.assume_role(RoleArn=role["Arn"], RoleSessionName=instance.id, DurationSeconds=SECONDS)
                found = {**answer["Credentials"], "LastUpdated": now.strftime("%Y-%m-%dT%H:%M:%SZ")}
                self.held[which] = found
            return found

    def _role(self, instance: Instance) -> "RoleTypeDef | None":
        try:
            profile = self.iam.get_instance_profile(InstanceProfileName=instance.profile.rpartition("/")[2])
        except self.iam.exceptions.NoSuchEntityException:
            return None
        roles = profile["InstanceProfile"]["Roles"]
        return roles[0] if roles else None


def _trusted(role: "RoleTypeDef") -> bool:
    """Whether the role lets the service of instances assume it."""
    given: Any = role["AssumeRolePolicyDocument"]
    document = json.loads(given) if isinstance(given, str) else given
    question = Question(action="sts:AssumeRole", resource=role["Arn"], service=SERVICE)
    try:
        return judge([document], question, of_resource=True) is Verdict.ALLOWED
    except Unsupported:
        return False
