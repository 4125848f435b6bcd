"""KMS keys and their aliases."""

from collections.abc import Iterable, Mapping

from local.plugins.aws import checks, tags
from local.plugins.aws.cloud import client, unless_gone
from local.plugins.aws.shape import aws_resource
from local.plugins.framework import BOOLEAN, INTEGER, Field, Request, Values, between, one_of, outputs, required


def _create(request: Request) -> str:
    api, given = client("kms", request), request.inputs
    policy = {"Policy": given["policy"]} if given.get("policy") else {}
    wanted = [{"TagKey": key, "TagValue": value} for key, value in tags.all_tags(request).items()]
    answer = api.create_key(
        Description=given.get("description", ""),
        KeyUsage=given["keyUsage"],
        KeySpec=given["customerMasterKeySpec"],
        MultiRegion=given["multiRegion"],
        Tags=wanted,
        **policy,
    )
    made = str(answer["KeyMetadata"]["KeyId"])
    if given["enableKeyRotation"]:
        api.enable_key_rotation(KeyId=made)
    if not given["isEnabled"]:
        api.disable_key(KeyId=made)
    return made


def _update(request: Request) -> None:
    api, given, key = client("kms", request), request.inputs, request.id
    if request.changed("isEnabled") and given["isEnabled"]:
        api.enable_key(KeyId=key)  # first: a key that is off takes no other change
    if request.changed("description"):
        api.update_key_description(KeyId=key, Description=given.get("description", ""))
    if request.changed("policy") and given.get("policy"):
        api.put_key_policy(KeyId=key, PolicyName="default", Policy=given["policy"])
    if request.changed("enableKeyRotation"):
        (api.enable_key_rotation if given["enableKeyRotation"] else api.disable_key_rotation)(KeyId=key)
    if request.changed("isEnabled") and not given["isEnabled"]:
        api.disable_key(KeyId=key)


def _describe(request: Request, id: str) -> Values | None:
    api = client("kms", request)
    answer = unless_gone(lambda: api.describe_key(KeyId=id))
    if not answer or answer["KeyMetadata"]["KeyState"] == "PendingDeletion":
        return None
    found = answer["KeyMetadata"]
    rows = api.list_resource_tags(KeyId=id)["Tags"]
    return {
        "arn": found["Arn"],
        "keyId": id,
        "description": found.get("Description", ""),
        "keyUsage": found["KeyUsage"],
        "customerMasterKeySpec": found["KeySpec"],
        "multiRegion": found.get("MultiRegion", False),
        "isEnabled": found["Enabled"],
        "policy": api.get_key_policy(KeyId=id, PolicyName="default")["Policy"],
        "enableKeyRotation": api.get_key_rotation_status(KeyId=id)["KeyRotationEnabled"],
        "deletionWindowInDays": request.inputs.get("deletionWindowInDays"),
        "tags": [{"Key": row["TagKey"], "Value": row["TagValue"]} for row in rows],
    }


def _delete(request: Request) -> None:
    days = request.inputs.get("deletionWindowInDays") or 30
    unless_gone(lambda: client("kms", request).schedule_key_deletion(KeyId=request.id, PendingWindowInDays=days))


def _retag(request: Request, change: Mapping[str, str], remove: Iterable[str]) -> None:
    api = client("kms", request)
    if remove:
        api.untag_resource(KeyId=request.id, TagKeys=list(remove))
    if change:
        wanted = [{"TagKey": key, "TagValue": value} for key, value in change.items()]
        api.tag_resource(KeyId=request.id, Tags=wanted)


KEY = aws_resource(
    "aws:kms/key:Key",
    inputs=(
        Field("description", computed=True),
        Field("policy", computed=True, check=checks.json_object, same=checks.same_json),
        Field("enableKeyRotation", BOOLEAN, default=False),
        Field("isEnabled", BOOLEAN, default=True),
        Field("deletionWindowInDays", INTEGER, check=between(7, 30)),
        Field("keyUsage", default="ENCRYPT_DECRYPT", replaces=True, check=one_of("ENCRYPT_DECRYPT", "SIGN_VERIFY")),
        Field("customerMasterKeySpec", default="SYMMETRIC_DEFAULT", replaces=True),
        Field("multiRegion", BOOLEAN, default=False, replaces=True),
    ),
    outputs=outputs("arn", "keyId"),
    create=_create,
    describe=_describe,
    update=_update,
    delete=_delete,
    retag=_retag,
)


def _alias(value: str) -> str | None:
    if value.startswith("alias/") and not value.startswith("alias/aws/") and len(value) > len("alias/"):
        return None
    return f"must begin with alias/ and not with alias/aws/, not {value}"


def _create_alias(request: Request) -> str:
    given = request.inputs
    client("kms", request).create_alias(AliasName=given["name"], TargetKeyId=given["targetKeyId"])
    return str(given["name"])


def _update_alias(request: Request) -> None:
    client("kms", request).update_alias(AliasName=request.id, TargetKeyId=request.inputs["targetKeyId"])


def _describe_alias(request: Request, id: str) -> Values | None:
    api = client("kms", request)
    for row in api.list_aliases(Limit=1000)["Aliases"]:
        if row["AliasName"] == id and row.get("TargetKeyId"):
            key = api.describe_key(KeyId=row["TargetKeyId"])["KeyMetadata"]
            return {"arn": row["AliasArn"], "name": id, "targetKeyId": key["KeyId"], "targetKeyArn": key["Arn"]}
    return None


def _delete_alias(request: Request) -> None:
    unless_gone(lambda: client("kms", request).delete_alias(AliasName=request.id))


ALIAS = aws_resource(
    "aws:kms/alias:Alias",
    inputs=(
        Field("name", computed=True, replaces=True, check=_alias),
        Field(
            "targetKeyId",
            required=True,
            same=lambda one, other: one.rsplit("/", 1)[-1] == other.rsplit("/", 1)[-1],  # an id or its ARN
        ),
    ),
    outputs=outputs("arn", "targetKeyArn"),
    create=_create_alias,
    describe=_describe_alias,
    update=_update_alias,
    delete=_delete_alias,
    retag=None,
    rules=(required("name"),),
)
