"""Managed policies, and policy documents written as values."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from local.plugins.aws import checks, tags
from local.plugins.aws.cloud import client, unless_gone
from local.plugins.aws.identity import policy_text
from local.plugins.aws.shape import aws_resource
from local.plugins.framework import STRING, Field, Function, ListOf, Object, Request, Values, one_of, outputs


def _create(request: Request) -> str:
    given = request.inputs
    text = {"Description": given["description"]} if given.get("description") else {}
    answer = client("iam", request).create_policy(
        PolicyName=given["name"],
        Path=given["path"],
        PolicyDocument=given["policy"],
        Tags=tags.listed(tags.all_tags(request)),
        **text,
    )
    return str(answer["Policy"]["Arn"])


def _update(request: Request) -> None:
    if not request.changed("policy"):
        return
    api, arn = client("iam", request), request.id
    versions = api.list_policy_versions(PolicyArn=arn)["Versions"]
    if len(versions) >= 5:  # IAM keeps five
        oldest = min((row for row in versions if not row["IsDefaultVersion"]), key=lambda row: row["CreateDate"])
        api.delete_policy_version(PolicyArn=arn, VersionId=oldest["VersionId"])
    api.create_policy_version(PolicyArn=arn, PolicyDocument=request.inputs["policy"], SetAsDefault=True)


def _describe(request: Request, id: str) -> Values | None:
    api = client("iam", request)
    answer = unless_gone(lambda: api.get_policy(PolicyArn=id))
    if answer is None:
        return None
    found = answer["Policy"]
    version = api.get_policy_version(PolicyArn=id, VersionId=found["DefaultVersionId"])["PolicyVersion"]
    return {
        "arn": id,
        "name": found["PolicyName"],
        "path": found["Path"],
        "description": found.get("Description", ""),
        "policy": policy_text(version["Document"]),
        "policyId": found["PolicyId"],
        "attachmentCount": found.get("AttachmentCount", 0),
        "tags": found.get("Tags", []),
    }


def _delete(request: Request) -> None:
    api, arn = client("iam", request), request.id
    if unless_gone(lambda: api.get_policy(PolicyArn=arn)) is None:
        return
    for row in api.list_policy_versions(PolicyArn=arn)["Versions"]:
        if not row["IsDefaultVersion"]:
            api.delete_policy_version(PolicyArn=arn, VersionId=row["VersionId"])
    unless_gone(lambda: api.delete_policy(PolicyArn=arn))


def _retag(request: Request, change: Mapping[str, str], remove: Iterable[str]) -> None:
    api = client("iam", request)
    if remove:
        api.untag_policy(PolicyArn=request.id, TagKeys=list(remove))
    if change:
        api.tag_policy(PolicyArn=request.id, Tags=tags.listed(change))


POLICY = aws_resource(
    "aws:iam/policy:Policy",
    inputs=(
        Field("name", computed=True, named=True, replaces=True, check=checks.iam_name(128)),
        Field("path", default="/", replaces=True, check=checks.iam_path),
        Field("description", replaces=True),
        Field("policy", required=True, check=checks.json_object, same=checks.same_json),
    ),
    outputs=outputs("arn", "policyId", "attachmentCount"),
    create=_create,
    describe=_describe,
    update=_update,
    delete=_delete,
    retag=_retag,
    regional=False,
)

_TEXTS = ListOf(STRING)
_WHO = ListOf(Object((Field("type", required=True), Field("identifiers", _TEXTS, required=True))))
_WHEN = ListOf(
    Object((Field("test", required=True), Field("variable", required=True), Field("values", _TEXTS, required=True)))
)
STATEMENT = Object(
    (
        Field("sid"),
        Field("effect", default="Allow", check=one_of("Allow", "Deny")),
        Field("actions", _TEXTS),
        Field("notActions", _TEXTS),
        Field("resources", _TEXTS),
        Field("notResources", _TEXTS),
        Field("principals", _WHO),
        Field("notPrincipals", _WHO),
        Field("conditions", _WHEN),
    )
)


def _short(values: list[str]) -> Any:
    """One value stands alone; several are sorted, last first, as the real plugin writes them."""
    return values[0] if len(values) == 1 else sorted(values, reverse=True)


def _who(rows: list[Values]) -> Any:
    by_type: dict[str, list[str]] = {}
    for row in rows:
        by_type.setdefault(row["type"], []).extend(row["identifiers"])
    return "*" if by_type == {"*": ["*"]} else {kind: _short(names) for kind, names in by_type.items()}


def _statement(given: Values) -> dict[str, Any]:
    written: dict[str, Any] = {"Sid": given["sid"]} if given.get("sid") else {}
    written["Effect"] = given["effect"]
    for name in ("actions", "notActions", "resources", "notResources"):
        if given.get(name):
            written[name[0].upper() + name[1:-1]] = _short(given[name])
    for name in ("principals", "notPrincipals"):
        if given.get(name):
            written[name[0].upper() + name[1:-1]] = _who(given[name])
    for row in given.get("conditions") or []:
        written.setdefault("Condition", {}).setdefault(row["test"], {})[row["variable"]] = _short(row["values"])
    return written


def document(request: Request) -> Values:
    """The policy as JSON, with and without line breaks."""
    given = request.inputs
    content: dict[str, Any] = {"Version": given["version"]}
    if given.get("policyId"):
        content["Id"] = given["policyId"]
    content["Statement"] = [_statement(statement) for statement in given.get("statements") or []]
    return {
        **given,
        "id": "policy",
        "json": json.dumps(content, indent=2),
        "minifiedJson": json.dumps(content, separators=(",", ":")),
    }


DOCUMENT = Function(
    token="aws:iam/getPolicyDocument:getPolicyDocument",
    inputs=(
        Field("version", default="2012-10-17", check=one_of("2012-10-17", "2008-10-17")),
        Field("policyId"),
        Field("statements", ListOf(STATEMENT)),
    ),
    call=document,
)
