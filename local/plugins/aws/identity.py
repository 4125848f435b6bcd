"""Roles, what they may do, and the profiles that carry them to instances."""

import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote

from local.plugins.aws import checks, tags
from local.plugins.aws.cloud import client, patiently, unless_gone
from local.plugins.aws.shape import aws_resource
from local.plugins.framework import BOOLEAN, INTEGER, Field, Request, Values, between, outputs


def policy_text(document: Any) -> str:
    """A policy as text: boto3 hands out some as objects, some as encoded text."""
    return unquote(document) if isinstance(document, str) else json.dumps(document)


def _create_role(request: Request) -> str:
    given = request.inputs
    names = {"description": "Description", "permissionsBoundary": "PermissionsBoundary"}
    client("iam", request).create_role(
        RoleName=given["name"],
        Path=given["path"],
        AssumeRolePolicyDocument=given["assumeRolePolicy"],
        MaxSessionDuration=given["maxSessionDuration"],
        Tags=tags.listed(tags.all_tags(request)),
        **{key: given[name] for name, key in names.items() if given.get(name)},
    )
    return str(given["name"])


def _update_role(request: Request) -> None:
    api, given, name = client("iam", request), request.inputs, request.id
    if request.changed("assumeRolePolicy"):
        api.update_assume_role_policy(RoleName=name, PolicyDocument=given["assumeRolePolicy"])
    if request.changed("description", "maxSessionDuration"):
        seconds = given["maxSessionDuration"]
        api.update_role(RoleName=name, Description=given.get("description", ""), MaxSessionDuration=seconds)
    if request.changed("permissionsBoundary"):
        boundary = given.get("permissionsBoundary")
        if boundary:
            api.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=boundary)
        else:
            api.delete_role_permissions_boundary(RoleName=name)


def _describe_role(request: Request, id: str) -> Values | None:
    found = unless_gone(lambda: client("iam", request).get_role(RoleName=id))
    if found is None:
        return None
    role = found["Role"]
    return {
        "arn": role["Arn"],
        "name": role["RoleName"],
        "path": role["Path"],
        "description": role.get("Description", ""),
        "assumeRolePolicy": policy_text(role["AssumeRolePolicyDocument"]),
        "maxSessionDuration": role.get("MaxSessionDuration", 3600),
        "permissionsBoundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""),
        "createDate": role["CreateDate"].isoformat(),
        "uniqueId": role["RoleId"],
        "tags": role.get("Tags", []),
    }


def _delete_role(request: Request) -> None:
    api, name = client("iam", request), request.id
    if unless_gone(lambda: api.get_role(RoleName=name)) is None:
        return
    for profile in api.list_instance_profiles_for_role(RoleName=name)["InstanceProfiles"]:
        api.remove_role_from_instance_profile(InstanceProfileName=profile["InstanceProfileName"], RoleName=name)
    if request.inputs.get("forceDetachPolicies"):
        for policy in api.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
            api.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
        for inline in api.list_role_policies(RoleName=name)["PolicyNames"]:
            api.delete_role_policy(RoleName=name, PolicyName=inline)
    patiently(request, lambda: api.delete_role(RoleName=name), codes=("DeleteConflict",))


def _retag_role(request: Request, change: Mapping[str, str], remove: Iterable[str]) -> None:
    api = client("iam", request)
    if remove:
        api.untag_role(RoleName=request.id, TagKeys=list(remove))
    if change:
        api.tag_role(RoleName=request.id, Tags=tags.listed(change))


ROLE = aws_resource(
    "aws:iam/role:Role",
    inputs=(
        Field("assumeRolePolicy", required=True, check=checks.json_object, same=checks.same_json),
        Field("name", computed=True, named=True, replaces=True, check=checks.iam_name(64)),
        Field("path", default="/", replaces=True, check=checks.iam_path),
        Field("description"),
        Field("forceDetachPolicies", BOOLEAN, default=False),
        Field("maxSessionDuration", INTEGER, default=3600, check=between(3600, 43200)),
        Field("permissionsBoundary", check=checks.arn),
    ),
    outputs=outputs("arn", "createDate", "uniqueId"),
    create=_create_role,
    describe=_describe_role,
    update=_update_role,
    delete=_delete_role,
    retag=_retag_role,
    regional=False,
)


def _attach(request: Request) -> str:
    role, policy = request.inputs["role"], request.inputs["policyArn"]
    client("iam", request).attach_role_policy(RoleName=role, PolicyArn=policy)
    return f"{role}/{policy}"


def _describe_attachment(request: Request, id: str) -> Values | None:
    role, policy = id.split("/", 1)
    found = unless_gone(lambda: client("iam", request).list_attached_role_policies(RoleName=role))
    attached = [row["PolicyArn"] for row in (found or {}).get("AttachedPolicies", [])]
    return {"role": role, "policyArn": policy} if policy in attached else None


def _detach(request: Request) -> None:
    given = request.inputs
    api = client("iam", request)
    unless_gone(lambda: api.detach_role_policy(RoleName=given["role"], PolicyArn=given["policyArn"]))


ROLE_POLICY_ATTACHMENT = aws_resource(
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    inputs=(
        Field("role", required=True, replaces=True, check=checks.iam_name(64)),
        Field("policyArn", required=True, replaces=True, check=checks.arn),
    ),
    outputs=(),
    create=_attach,
    describe=_describe_attachment,
    delete=_detach,
    retag=None,
    regional=False,
)


def _put_policy(request: Request) -> str:
    given = request.inputs
    client("iam", request).put_role_policy(
        RoleName=given["role"], PolicyName=given["name"], PolicyDocument=given["policy"]
    )
    return f"{given['role']}:{given['name']}"


def _update_policy(request: Request) -> None:
    _put_policy(request)


def _describe_policy(request: Request, id: str) -> Values | None:
    role, name = id.split(":", 1)
    found = unless_gone(lambda: client("iam", request).get_role_policy(RoleName=role, PolicyName=name))
    return found and {"role": role, "name": name, "policy": policy_text(found["PolicyDocument"])}


def _delete_policy(request: Request) -> None:
    role, name = request.id.split(":", 1)
    unless_gone(lambda: client("iam", request).delete_role_policy(RoleName=role, PolicyName=name))


ROLE_POLICY = aws_resource(
    "aws:iam/rolePolicy:RolePolicy",
    inputs=(
        Field("role", required=True, replaces=True, check=checks.iam_name(64)),
        Field("name", computed=True, named=True, replaces=True, check=checks.iam_name(128)),
        Field("policy", required=True, check=checks.json_object, same=checks.same_json),
    ),
    outputs=(),
    create=_put_policy,
    describe=_describe_policy,
    update=_update_policy,
    delete=_delete_policy,
    retag=None,
    regional=False,
)


def _create_profile(request: Request) -> str:
    api, given = client("iam", request), request.inputs
    api.create_instance_profile(
        InstanceProfileName=given["name"], Path=given["path"], Tags=tags.listed(tags.all_tags(request))
    )
    if given.get("role"):
        api.add_role_to_instance_profile(InstanceProfileName=given["name"], RoleName=given["role"])
    return str(given["name"])


def _update_profile(request: Request) -> None:
    api, before, after = client("iam", request), request.state.get("role"), request.inputs.get("role")
    if before == after:
        return
    if before:
        unless_gone(lambda: api.remove_role_from_instance_profile(InstanceProfileName=request.id, RoleName=before))
    if after:
        api.add_role_to_instance_profile(InstanceProfileName=request.id, RoleName=after)


def _describe_profile(request: Request, id: str) -> Values | None:
    found = unless_gone(lambda: client("iam", request).get_instance_profile(InstanceProfileName=id))
    if found is None:
        return None
    profile = found["InstanceProfile"]
    return {
        "arn": profile["Arn"],
        "name": profile["InstanceProfileName"],
        "path": profile["Path"],
        "role": profile["Roles"][0]["RoleName"] if profile["Roles"] else None,
        "createDate": profile["CreateDate"].isoformat(),
        "uniqueId": profile["InstanceProfileId"],
        "tags": profile.get("Tags", []),
    }


def _delete_profile(request: Request) -> None:
    api, name = client("iam", request), request.id
    found = unless_gone(lambda: api.get_instance_profile(InstanceProfileName=name))
    if found is None:
        return
    for role in found["InstanceProfile"]["Roles"]:
        api.remove_role_from_instance_profile(InstanceProfileName=name, RoleName=role["RoleName"])
    unless_gone(lambda: api.delete_instance_profile(InstanceProfileName=name))


def _retag_profile(request: Request, change: Mapping[str, str], remove: Iterable[str]) -> None:
    api = client("iam", request)
    if remove:
        api.untag_instance_profile(InstanceProfileName=request.id, TagKeys=list(remove))
    if change:
        api.tag_instance_profile(InstanceProfileName=request.id, Tags=tags.listed(change))


INSTANCE_PROFILE = aws_resource(
    "aws:iam/instanceProfile:InstanceProfile",
    inputs=(
        Field("name", computed=True, named=True, replaces=True, check=checks.iam_name(128)),
        Field("path", default="/", replaces=True, check=checks.iam_path),
        Field("role", check=checks.iam_name(64)),
    ),
    outputs=outputs("arn", "createDate", "uniqueId"),
    create=_create_profile,
    describe=_describe_profile,
    update=_update_profile,
    delete=_delete_profile,
    retag=_retag_profile,
    regional=False,
)
