"""Signatures (version 4) of requests, in a header or in the address, verified as the services verify them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.api.access.refusal import Refusal, Why

ALGORITHM = "AWS4-HMAC-SHA256"
SKEW = timedelta(minutes=15)
UNSIGNED = "UNSIGNED-PAYLOAD"
LONGEST = 7 * 24 * 3600  # seconds that a signed address may be good for


@dataclass(frozen=True, kw_only=True)
class Signature:
    """What a request says of who signed it, and for which service."""

    key: str
    region: str
    service: str
    headers: frozenset[str]
    value: str
    date: str
    token: str
    seconds: int  # how long after its date it is good
    in_address: bool


@dataclass(frozen=True, kw_only=True)
class Signed:
    """The parts of a request that a signature covers; `url` is as the client wrote it."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True))


def read(request: Signed) -> Signature | None:
    """The signature of a request, or None if it has none. Raises Refusal for one that cannot be read."""
    fields, query = {key.lower(): value for key, value in request.headers.items()}, request.query
    try:
        if fields.get("authorization", "").startswith(ALGORITHM):
            parts = fields["authorization"].removeprefix(ALGORITHM).split(",")
            given = {name: value for name, _, value in (part.strip().partition("=") for part in parts)}
            seconds, date, token = int(SKEW.total_seconds()), fields["x-amz-date"], fields.get("x-amz-security-token")
            names, value = given["SignedHeaders"], given["Signature"]
            scope = given["Credential"]
        elif query.get("X-Amz-Algorithm") == ALGORITHM:
            seconds, date, token = int(query["X-Amz-Expires"]), query["X-Amz-Date"], query.get("X-Amz-Security-Token")
            names, value = query["X-Amz-SignedHeaders"], query["X-Amz-Signature"]
            scope = query["X-Amz-Credential"]
        else:
            return None
        key, _, region, service, end = scope.split("/")
        if end != "aws4_request" or not 0 < seconds <= LONGEST:
            raise ValueError(end)
    except (KeyError, ValueError) as error:
        raise Refusal(Why.INCOMPLETE_SIGNATURE, f"the signature cannot be read: {error}") from error
    return Signature(
        key=key, region=region, service=service, headers=frozenset(names.split(";")), value=value, date=date,
        token=token or "", seconds=seconds, in_address="authorization" not in fields,
    )  # fmt: skip


def verify(request: Signed, signature: Signature, secret: str, now: datetime) -> None:
    """Raise Refusal unless the owner of `secret` has signed this very request, and not long ago."""
    began = datetime.strptime(signature.date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    if began > now + SKEW or began + timedelta(seconds=signature.seconds) < now:
        raise Refusal(Why.TOO_LATE, f"Signature expired: {signature.date} is not near {now:%Y%m%dT%H%M%SZ}")
    fields = {name.lower(): value for name, value in request.headers.items()}
    must = {"host", *(name for name in fields if name.startswith("x-amz-"))}
    left_out = must - signature.headers
    if left_out:
        raise Refusal(
            Why.WRONG_SIGNATURE,
            f"There were headers present in the request which were not signed: {', '.join(sorted(left_out))}",
        )
    if not compare_digest(_expected(request, signature, fields, secret), signature.value):
        text = "The request signature we calculated does not match the signature you provided."
        raise Refusal(Why.WRONG_SIGNATURE, f"{text} Check your AWS Secret Access Key and signing method.")
    claimed = fields.get("x-amz-content-sha256", "")
    if len(claimed) == 64 and claimed != hashlib.sha256(request.body).hexdigest():
        raise Refusal(Why.WRONG_CONTENT, "The provided 'x-amz-content-sha256' header does not match what was computed.")


def _expected(request: Signed, signature: Signature, fields: Mapping[str, str], secret: str) -> str:
    parts = urlsplit(request.url)
    kept = "&".join(pair for pair in parts.query.split("&") if not pair.startswith("X-Amz-Signature="))
    plain = AWSRequest(
        method=request.method,
        url=urlunsplit(parts._replace(query=kept)),
        data=request.body,
        headers={name: value for name, value in fields.items() if name in signature.headers},
    )
    plain.context["timestamp"] = signature.date
    if signature.in_address and "x-amz-content-sha256" not in fields:
        auth: SigV4Auth = _Unsigned(Credentials(signature.key, secret), signature.service, signature.region)
    else:
        kind = S3SigV4Auth if signature.service == "s3" else SigV4Auth
        auth = kind(Credentials(signature.key, secret), signature.service, signature.region)
    return str(auth.signature(auth.string_to_sign(plain, auth.canonical_request(plain)), plain))


class _Unsigned(S3SigV4Auth):
    """A signed address says nothing of the body."""

    def payload(self, request: AWSRequest) -> str:
        return UNSIGNED
