"""What happens to what clients trust, in sentences."""

from collections.abc import Iterable, Iterator

from ops.diff.operations import Kind, Operation
from ops.plan import Plan

AUTHORITY = "tls:index/selfSignedCert:SelfSignedCert"
SERVER = "tls:index/locallySignedCert:LocallySignedCert"
REQUEST = "tls:index/certRequest:CertRequest"
NAMES = ("dnsNames", "ipAddresses")


def sentences(base: Plan, head: Plan, found: Iterable[Operation]) -> Iterator[str]:
    """New, renewed and given up certificates; a customer who is new has nothing to be told."""
    if not base["resources"] or not head["resources"]:
        return
    by_type = {(each.type, each.kind) for each in found}
    if (AUTHORITY, Kind.REPLACE) in by_type:
        yield "a new CA: every client that pinned the old one is locked out until it has the new one"
    if (AUTHORITY, Kind.DELETE) in by_type:
        yield "the stack's own CA is given up: clients that pinned it are locked out"
    if (AUTHORITY, Kind.CREATE) in by_type:
        yield "the stack gets a CA of its own, which clients have to be given"
    if (SERVER, Kind.REPLACE) in by_type:
        before, after = _names(base), _names(head)
        named = f" for {', '.join(after)} instead of {', '.join(before)}" if before != after else ""
        same = "" if (AUTHORITY, Kind.REPLACE) in by_type else ", from the same CA"
        yield f"a new server certificate{named}{same}"


def _names(plan: Plan) -> list[str]:
    requests = [each["inputs"] for each in plan["resources"] if each["type"] == REQUEST]
    return [str(name) for each in requests for key in NAMES for name in each.get(key, [])]
