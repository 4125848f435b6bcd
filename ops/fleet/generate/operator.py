"""The Pulumi Kubernetes operator as the engine of a fleet: a Stack resource for each."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from infra.configuration import PROJECT
from ops.checkout import OpsError
from ops.fleet.generate.member import Member

VERSION, KIND = "pulumi.com/v1", "Stack"
SECRET = "wickr-pulumi"  # noqa: S105 - the name of a Secret, not one
SERVICE = "https://"
RESYNC_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """Where in Kubernetes the resources live, and where stacks keep their states: `backend` is a URL."""

    namespace: str
    service_account: str
    backend: str
    organization: str

    def secrets(self, member: Member) -> Iterator[str]:
        """The variables that a stack's workspace needs secret values for."""
        if self.backend.startswith(SERVICE):
            yield "PULUMI_ACCESS_TOKEN"
        if member.passphrase:
            yield "PULUMI_CONFIG_PASSPHRASE"


def stacks(members: Sequence[Member], cluster: Cluster, repository: str, branch: str) -> list[dict[str, Any]]:
    """The resources. Others wait until the canaries have succeeded. Raises OpsError for names that become one."""
    for name, number in Counter(map(_name, members)).items():
        if number > 1:
            raise OpsError(f"{number} stacks would be called {name} in Kubernetes, which knows no capitals and no _")
    canaries = [{"name": _name(each)} for each in members if each.canary]
    return [_stack(each, cluster, repository, branch, canaries) for each in members]


def _stack(
    member: Member, cluster: Cluster, repository: str, branch: str, canaries: list[dict[str, str]]
) -> dict[str, Any]:
    spec: dict[str, Any] = {
        "stack": f"{cluster.organization}/{PROJECT}/{member.stack}",
        "backend": cluster.backend,
        "projectRepo": repository,
        "branch": branch,
        "serviceAccountName": cluster.service_account,
        "envRefs": {
            **{key: {"type": "Secret", "secret": {"name": SECRET, "key": key}} for key in cluster.secrets(member)},
            "AWS_REGION": {"type": "Literal", "literal": {"value": member.region}},
        },
        "resyncFrequencySeconds": RESYNC_SECONDS,
        # Deleting the resource must never delete an installation, and a lock is somebody's: it is not retried over.
        "destroyOnFinalize": False,
        "retryOnUpdateConflict": False,
        "useLocalStackOnly": True,
    }
    if canaries and not member.canary:
        spec["prerequisites"] = canaries
    return {
        "apiVersion": VERSION,
        "kind": KIND,
        "metadata": {
            "name": _name(member),
            "namespace": cluster.namespace,
            "labels": {"app.kubernetes.io/part-of": PROJECT, "wickr/canary": str(member.canary).lower()},
        },
        "spec": spec,
    }


def _name(member: Member) -> str:
    """Kubernetes' names know no underscores and no capitals."""
    return f"{PROJECT}-{member.stack}".lower().replace("_", "-")
