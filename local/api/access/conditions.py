"""The conditions of policies: which operators are known, and which keys a request can have."""

from collections.abc import Callable, Mapping
from ipaddress import ip_address, ip_network
from typing import Any

from local.api.access.policy import Unsupported, like, many

KEYS = frozenset(
    """
    aws:principalaccount aws:principalarn aws:principaltype aws:requestedregion aws:securetransport aws:sourceaccount
    aws:sourcearn aws:sourceip aws:sourcevpc aws:sourcevpce aws:userid aws:viaawsservice aws:vpcsourceip
    cloudwatch:namespace ec2:sourceinstancearn kms:calleraccount kms:encryptioncontext:aws:s3:arn
    kms:encryptioncontext:secretarn kms:viaservice s3:authtype s3:delimiter s3:prefix s3:signatureversion s3:x-amz-acl
    s3:x-amz-server-side-encryption s3:x-amz-server-side-encryption-aws-kms-key-id secretsmanager:secretid
    secretsmanager:versionstage sts:externalid
    """.split()  # noqa: SIM905 - a list to read
)
"""The known ones. A request that does not have one of them lacks it at AWS, too."""


def _address(wanted: str, found: str) -> bool:
    return ip_address(found) in ip_network(wanted, strict=False)


def _number(compare: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    return lambda wanted, found: compare(float(found), float(wanted))


POSITIVE: Mapping[str, Callable[[str, str], bool]] = {
    "ArnEquals": like,
    "ArnLike": like,
    "Bool": lambda wanted, found: wanted.lower() == found.lower(),
    "IpAddress": _address,
    "NumericEquals": _number(lambda found, wanted: found == wanted),
    "NumericGreaterThan": _number(lambda found, wanted: found > wanted),
    "NumericGreaterThanEquals": _number(lambda found, wanted: found >= wanted),
    "NumericLessThan": _number(lambda found, wanted: found < wanted),
    "NumericLessThanEquals": _number(lambda found, wanted: found <= wanted),
    "StringEquals": lambda wanted, found: wanted == found,
    "StringEqualsIgnoreCase": lambda wanted, found: wanted.lower() == found.lower(),
    "StringLike": like,
}
NEGATIVE: Mapping[str, str] = {
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NotIpAddress": "IpAddress",
    "NumericNotEquals": "NumericEquals",
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
}


def holds(operator: str, tests: Mapping[str, Any], keys: Mapping[str, str]) -> bool:
    """Whether every test of one operator holds for a request with these keys.

    Raises Unsupported for an operator, a key or a variable that is not known here."""
    return all(
        _holds(operator, key.lower(), [_text(value) for value in many(wanted)], keys) for key, wanted in tests.items()
    )


def _holds(operator: str, key: str, wanted: list[str], keys: Mapping[str, str]) -> bool:
    if key not in KEYS:
        raise Unsupported(f"the condition key {key}")
    if any("${" in value for value in wanted):
        raise Unsupported(f"a variable in the condition for {key}")
    if operator == "Null":
        return any((value == "true") is (key not in keys) for value in wanted)
    plain = operator.removesuffix("IfExists")
    negative = plain in NEGATIVE
    compare = POSITIVE.get(NEGATIVE.get(plain, plain))
    if compare is None:
        raise Unsupported(f"the condition operator {operator}")
    if key not in keys:
        return negative or plain != operator
    return any(compare(value, keys[key]) for value in wanted) is not negative


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
