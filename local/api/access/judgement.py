"""Whether a caller may do what is asked: identity, boundary, resource, endpoint and key, as AWS puts them together."""

from collections.abc import Iterable, Mapping

from local.api.access import resources
from local.api.access.callers import Caller
from local.api.access.operation import Operation
from local.api.access.policy import Document, Question, Unsupported, Verdict, judge
from local.api.access.refusal import Refusal, Why
from local.api.access.way import Way
from local.lab.addresses import ACCOUNT, REGION

ROOT = f"arn:aws:iam::{ACCOUNT}:root"
ALWAYS = frozenset({"sts:GetCallerIdentity"})


def demand(caller: Caller | None, operation: Operation, way: Way) -> None:
    """Raise Refusal unless `caller` (None: nobody in particular) may do this and all that it entails."""
    if operation.action in ALWAYS:
        return
    try:
        _demand(caller, operation, way, resources.policies(operation))
        for use in resources.keys(operation):
            _demand(caller, use.operation, way, [use.policy], by_resource=True)
        if resources.missing(operation):
            _demand_to_know(caller, operation, way)
    except Unsupported as unsupported:
        raise Refusal(
            Why.ACCESS_DENIED, f"the local cloud cannot judge this call: it does not know {unsupported}"
        ) from unsupported


def owner_denied(document: Document, operation: Operation) -> bool:
    """Whether a resource's policy denies something to the account's own administrator, as it may."""
    keys = {"aws:securetransport": "true", "aws:principalarn": ROOT, "aws:principalaccount": ACCOUNT}
    question = _question(operation, frozenset({"*", ACCOUNT, ROOT}), keys)
    return judge([document], question, of_resource=True) is Verdict.DENIED


def _demand(
    caller: Caller | None, operation: Operation, way: Way, own: list[Document], *, by_resource: bool = False
) -> None:
    """`by_resource`: the resource's policy must let the account in before an identity's counts, as a key's must."""
    keys = {
        "aws:requestedregion": REGION, "aws:securetransport": "true", "aws:viaawsservice": "false", **way.keys(),
        "s3:authtype": "REST-HEADER", "s3:signatureversion": "AWS4-HMAC-SHA256", **operation.keys,
    }  # fmt: skip
    if caller:
        keys |= {"aws:principalarn": caller.role, "aws:principalaccount": ACCOUNT, "aws:userid": caller.user}
        keys |= {"aws:principaltype": "AssumedRole"}
    itself = frozenset({caller.arn, caller.role} if caller else ())
    all_names = _question(operation, itself | ({ACCOUNT, ROOT} if caller else set()), keys)
    question = _question(operation, itself, keys)

    def deny(reason: str) -> Refusal:
        who = caller.arn if caller else "anonymous"
        what = f"is not authorized to perform: {operation.action} on resource: {operation.resource}"
        return Refusal(Why.ACCESS_DENIED, f"User: {who} {what} {reason}")

    action = operation.action
    identity = judge(caller.policies, question) if caller else Verdict.SILENT
    resource = judge(own, question, of_resource=True)
    of_account = judge(own, all_names, of_resource=True)
    if identity is Verdict.DENIED:
        raise deny("with an explicit deny in an identity-based policy")
    if of_account is Verdict.DENIED:
        raise deny("with an explicit deny in a resource-based policy")
    for limit in caller.limits if caller else ():
        if judge([limit], question) is not Verdict.ALLOWED:
            raise deny(f"because no permissions boundary or session policy allows the {action} action")
    if by_resource and of_account is not Verdict.ALLOWED:
        raise deny(f"because no resource-based policy allows the {action} action")
    if Verdict.ALLOWED not in (identity, resource):
        raise deny(f"because no identity-based policy allows the {action} action")
    if by_resource:
        return  # the service asks for the key itself, and not through the caller's endpoint
    if way.endpoint and judge([resources.of_endpoint(way.endpoint)], question, of_resource=True) is not Verdict.ALLOWED:
        raise deny(f"because no VPC endpoint policy allows the {action} action")


def _demand_to_know(caller: Caller | None, operation: Operation, way: Way) -> None:
    """Only who may list a bucket learns that an object is not in it."""
    listing = Operation(action="s3:ListBucket", resource=f"arn:aws:s3:::{operation.bucket}", bucket=operation.bucket)
    _demand(caller, listing, way, resources.policies(listing))


def _question(operation: Operation, principals: Iterable[str], keys: Mapping[str, str]) -> Question:
    return Question(action=operation.action, resource=operation.resource, principals=frozenset(principals), keys=keys)
