"""Functions of IAM and KMS: what somebody brings along."""

from local.plugins.aws.cloud import client, region, unless_gone
from local.plugins.framework import STRING, Field, Function, ListOf, Refusal, Request, Values, required


def _key(request: Request) -> Values:
    wanted = request.inputs["keyId"]
    answer = unless_gone(lambda: client("kms", request).describe_key(KeyId=wanted))
    if answer is None:
        raise Refusal(f"reading KMS Key ({wanted}): couldn't find resource")
    found = answer["KeyMetadata"]
    # The local cloud's API leaves out what a key was not made with, where the service has a default.
    spec, usage = found.get("KeySpec") or "SYMMETRIC_DEFAULT", found.get("KeyUsage") or "ENCRYPT_DECRYPT"
    return {
        "id": found["KeyId"],
        "keyId": wanted,
        "arn": found["Arn"],
        "awsAccountId": found["AWSAccountId"],
        "creationDate": found["CreationDate"].isoformat(),
        "description": found.get("Description", ""),
        "enabled": found["Enabled"],
        "keyManager": found["KeyManager"],
        "keySpec": spec,
        "customerMasterKeySpec": spec,
        "keyState": found["KeyState"],
        "keyUsage": usage,
        "multiRegion": found.get("MultiRegion", False),
        "origin": found["Origin"],
        "region": region(request),
    }


def _profile(request: Request) -> Values:
    name = request.inputs["name"]
    answer = unless_gone(lambda: client("iam", request).get_instance_profile(InstanceProfileName=name))
    if answer is None:
        raise Refusal(f"reading IAM Instance Profile ({name}): couldn't find resource")
    found = answer["InstanceProfile"]
    role = (found["Roles"] or [{"Arn": "", "RoleId": "", "RoleName": ""}])[0]
    return {
        "id": found["InstanceProfileId"],
        "name": name,
        "arn": found["Arn"],
        "createDate": found["CreateDate"].isoformat(),
        "path": found["Path"],
        "roleArn": role["Arn"],
        "roleId": role["RoleId"],
        "roleName": role["RoleName"],
    }


KEY = Function(
    token="aws:kms/getKey:getKey",
    inputs=(Field("keyId"), Field("grantTokens", ListOf(STRING)), Field("region")),
    rules=(required("keyId"),),
    call=_key,
)
INSTANCE_PROFILE = Function(
    token="aws:iam/getInstanceProfile:getInstanceProfile",
    inputs=(Field("name"),),
    rules=(required("name"),),
    call=_profile,
)
