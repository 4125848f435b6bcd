"""A CI system as the engine of a fleet: one job a stack."""

from collections.abc import Sequence
from importlib import metadata
from typing import Any, Literal

from ops.checkout import OpsError
from ops.fleet.generate.member import Member

MOST_JOBS = 256
"""Of one matrix in a workflow of GitHub Actions, as GitHub documents."""

IMAGE = f"pulumi/pulumi-python-3.11:{metadata.version('pulumi')}"
"""Of Pulumi's own, with the CLI of the same version as the SDK."""

TOKEN_FILE = "$CI_PROJECT_DIR/../aws-token"  # noqa: S105 - where the job puts it: beside the checkout, not into it
SIGN_IN = 'if [ -n "${AWS_TOKEN:-}" ]; then (umask 077; printf %s "$AWS_TOKEN" > "$AWS_WEB_IDENTITY_TOKEN_FILE"); fi'

Operation = Literal["preview", "up"]


def github(members: Sequence[Member]) -> dict[str, Any]:
    """Two values for `strategy.matrix` of GitHub Actions: the canaries', and the others'.

    Raises OpsError for more jobs than a matrix can have.
    """
    groups = {
        "canary": [each for each in members if each.canary],
        "fleet": [each for each in members if not each.canary],
    }
    for group in groups.values():
        if len(group) > MOST_JOBS:
            raise OpsError(
                f"{len(group)} stacks are more than the {MOST_JOBS} jobs that a matrix can have; choose fewer, by "
                "pattern or --tag, for each of several matrices"
            )
    return {
        name: {"include": [{"stack": each.stack, "region": each.region, "account": each.account} for each in group]}
        for name, group in groups.items()
    }


def gitlab(members: Sequence[Member], operation: Operation, role: str | None, image: str) -> dict[str, Any]:
    """A child pipeline of GitLab CI: canaries in a stage of their own, no two jobs at one stack at once."""
    jobs = {f"{operation}:{each.stack}": _job(each, operation, role) for each in members}
    stages = ["canary", "fleet"] if any(each.canary for each in members) else ["fleet"]
    return {
        "stages": stages,
        # An update is ended by nobody but a person: newer commits wait.
        "default": {"image": image, "interruptible": operation == "preview"},
        ".stack": {
            "before_script": [SIGN_IN, "pulumi install"],
            "script": ['./wickr fleet "$OPERATION" "$STACK" $FLAGS'],
            "artifacts": {"when": "always", "paths": [".fleet/"], "expire_in": "1 week"},
        },
        **jobs,
    }


def _job(member: Member, operation: Operation, role: str | None) -> dict[str, Any]:
    variables = {
        "OPERATION": operation,
        "STACK": member.stack,
        "FLAGS": "--yes" if operation == "up" else "",
        "AWS_REGION": member.region,
    }
    job: dict[str, Any] = {
        "extends": ".stack",
        "stage": "canary" if member.canary else "fleet",
        "resource_group": f"wickr-{member.stack}",
        "variables": variables,
    }
    if role:
        # Short-lived credentials: GitLab's token, which AWS takes for the role.
        variables |= {"AWS_ROLE_ARN": member.filled(role, "--role"), "AWS_WEB_IDENTITY_TOKEN_FILE": TOKEN_FILE}
        variables["AWS_ROLE_SESSION_NAME"] = f"wickr-{member.stack}"
        job["id_tokens"] = {"AWS_TOKEN": {"aud": "sts.amazonaws.com"}}
    return job
