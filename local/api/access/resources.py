"""What the API holds of the resources that a call is about: their names, their own policies, the keys they need."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from moto.ec2.models import ec2_backends
from moto.kms.models import kms_backends
from moto.s3.models import s3_backends
from moto.secretsmanager.models import secretsmanager_backends

from local.api.access.operation import Operation
from local.api.access.policy import Document
from local.api.services import SUFFIX
from local.lab.addresses import ACCOUNT, REGION

OWN_KEYS = ("alias/aws/s3", "alias/aws/secretsmanager")
"""Keys of the services themselves, which need no permission of their own."""


@dataclass(frozen=True)
class KeyUse:
    """What a call does with a key of the account, beside what it asks for."""

    operation: Operation
    policy: Document


def resolved(operation: Operation) -> Operation:
    """With the ARN of the secret that the call names; one that is not there has an ARN that fits no other."""
    if not operation.secret:
        return operation
    found = secretsmanager_backends[ACCOUNT][REGION].secrets.get(operation.secret)
    prefix = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:"
    arn = found.arn if found else operation.secret if operation.secret.startswith("arn:") else prefix + operation.secret
    return replace(operation, resource=arn, keys={**operation.keys, "secretsmanager:secretid": arn})


def bucket(operation: Operation) -> Any:
    """The bucket that the call is about, if it is there."""
    return s3_backends[ACCOUNT]["aws"].buckets.get(operation.bucket) if operation.bucket else None


def policies(operation: Operation) -> list[Document]:
    """The policy of the resource, if it has one."""
    found = bucket(operation)
    if found is not None and found.policy:
        return [json.loads(found.policy)]
    if operation.secret:
        secret = secretsmanager_backends[ACCOUNT][REGION].secrets.get(operation.secret)
        text = getattr(secret, "policy", None)
        return [json.loads(text)] if text else []
    return []


def of_endpoint(endpoint: str) -> Document:
    """The policy of a VPC endpoint."""
    found: Document = json.loads(ec2_backends[ACCOUNT][REGION].vpc_end_points[endpoint].policy_document)
    return found


def missing(operation: Operation) -> bool:
    """Whether the object that is to be read is not in its bucket."""
    found = bucket(operation)
    return operation.action == "s3:GetObject" and found is not None and operation.object not in found.keys


def keys(operation: Operation) -> Iterator[KeyUse]:
    """The keys of the account that must be usable, too, for what the call is about."""
    if operation.action == "secretsmanager:GetSecretValue":
        secret = secretsmanager_backends[ACCOUNT][REGION].secrets.get(operation.secret)
        if secret is not None and secret.kms_key_id:
            context = {"kms:encryptioncontext:secretarn": operation.resource}
            yield from _use("Decrypt", secret.kms_key_id, "secretsmanager", context)
        return
    found = bucket(operation)
    if found is None or not operation.object:
        return
    context = {"kms:encryptioncontext:aws:s3:arn": operation.resource}
    if operation.action == "s3:GetObject" and operation.object in found.keys:
        held = found.keys[operation.object]
        if held.encryption == "aws:kms" and held.kms_key_id:
            yield from _use("Decrypt", held.kms_key_id, "s3", context)
    elif operation.action == "s3:PutObject":
        rule = (found.encryption or {}).get("Rule", {}).get("ApplyServerSideEncryptionByDefault", {})
        wanted = operation.keys.get("s3:x-amz-server-side-encryption-aws-kms-key-id") or rule.get("KMSMasterKeyID")
        if wanted:
            yield from _use("GenerateDataKey", wanted, "s3", context)


def _use(action: str, key: str, service: str, context: dict[str, str]) -> Iterator[KeyUse]:
    if key.rpartition(":")[2] in OWN_KEYS:
        return
    held = kms_backends[ACCOUNT][REGION].describe_key(key)
    more = {"kms:viaservice": f"{service}.{SUFFIX}", "kms:calleraccount": ACCOUNT, **context}
    yield KeyUse(Operation(action=f"kms:{action}", resource=held.arn, keys=more), json.loads(held.policy))
