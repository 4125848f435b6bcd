"""Tags: those of the resource over those of the provider, and what an update does about a difference."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from local.plugins.aws.cloud import client
from local.plugins.framework import STRING, UNKNOWN, Field, MapOf, Request, Values
from local.plugins.values import is_known

TAGS = Field("tags", MapOf(STRING), check=lambda tags: complaint(tags))  # noqa: PLW0108  (defined below)

Retag = Callable[[Request, Mapping[str, str], Iterable[str]], None]
"""Sets some tags of a resource and takes others away."""


def all_tags(request: Request, own: str = "tags") -> Any:
    """The provider's default tags with the resource's own over them; UNKNOWN while those are."""
    given = request.inputs.get(own) or {}
    if not is_known(given):
        return UNKNOWN
    merged = {**defaults(request.settings), **given}
    return {key: value for key, value in merged.items() if not _ignored(request, key)}


def defaults(settings: Values) -> dict[str, str]:
    """The provider's default tags."""
    return dict((settings.get("defaultTags") or {}).get("tags") or {})


def listed(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """The API's spelling."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def specification(kind: str, tags: Mapping[str, str]) -> list[dict[str, Any]]:
    """The tags of a new EC2 resource; none at all where there are none."""
    return [{"ResourceType": kind, "Tags": listed(tags)}] if tags else []


def read(request: Request, rows: Iterable[Mapping[str, str]]) -> Values:
    """`tags` and `tagsAll` out of the API's list, without AWS's own and those that the provider ignores."""
    found = {row["Key"]: row["Value"] for row in rows if not _ignored(request, row["Key"])}
    shared, given = defaults(request.settings), request.old_inputs.get("tags") or {}
    own = {key: value for key, value in found.items() if key in given or shared.get(key) != value}
    return {"tags": own, "tagsAll": found}


def _ignored(request: Request, key: str) -> bool:
    ignored = request.settings.get("ignoreTags") or {}
    return key in (ignored.get("keys") or []) or key.startswith((*(ignored.get("keyPrefixes") or []), "aws:"))


def retag_ec2(request: Request, change: Mapping[str, str], remove: Iterable[str]) -> None:
    """Tags of an EC2 resource."""
    api = client("ec2", request)
    if remove:
        api.delete_tags(Resources=[request.id], Tags=[{"Key": key} for key in remove])
    if change:
        api.create_tags(Resources=[request.id], Tags=listed(change))


def update(request: Request, retag: Retag) -> None:
    """Makes the tags of a resource those that the program and the provider give."""
    before, after = request.state.get("tagsAll") or {}, all_tags(request)
    change = {key: value for key, value in after.items() if before.get(key) != value}
    remove = [key for key in before if key not in after]
    if change or remove:
        retag(request, change, remove)


def complaint(tags: Mapping[str, str]) -> str | None:
    """What AWS refuses of tags."""
    if len(tags) > 50:
        return f"must be at most 50 tags, not {len(tags)}"
    for key, value in tags.items():
        if not 1 <= len(key) <= 128 or key.lower().startswith("aws:"):
            return f"has the key '{key}': keys have 1 to 128 characters and do not start with aws:"
        if len(value) > 256:
            return f"has a value of {len(value)} characters at '{key}': the limit is 256"
    return None
