"""Refusals, in the words and with the codes that each kind of service has for them."""

import json
import uuid
from dataclasses import dataclass
from enum import Enum
from xml.sax.saxutils import escape


class Why(Enum):
    """Reasons, each with its code in S3's XML, in JSON services, in query services, and the status of the first."""

    ACCESS_DENIED = ("AccessDenied", "AccessDeniedException", "AccessDenied", 403)
    EXPIRED_TOKEN = ("ExpiredToken", "ExpiredTokenException", "ExpiredToken", 400)
    INCOMPLETE_SIGNATURE = ("AuthorizationHeaderMalformed", "IncompleteSignatureException", "IncompleteSignature", 400)
    NO_SIGNATURE = ("AccessDenied", "MissingAuthenticationTokenException", "MissingAuthenticationToken", 403)
    NOT_HERE = ("NotImplemented", "UnknownOperationException", "InvalidAction", 501)
    TOO_LATE = ("RequestTimeTooSkewed", "InvalidSignatureException", "SignatureDoesNotMatch", 403)
    UNKNOWN_KEY = ("InvalidAccessKeyId", "UnrecognizedClientException", "InvalidClientTokenId", 403)
    WRONG_CONTENT = ("XAmzContentSHA256Mismatch", "InvalidSignatureException", "SignatureDoesNotMatch", 400)
    WRONG_REGION = ("AuthorizationHeaderMalformed", "InvalidSignatureException", "SignatureDoesNotMatch", 400)
    WRONG_SIGNATURE = ("SignatureDoesNotMatch", "InvalidSignatureException", "SignatureDoesNotMatch", 403)
    WRONG_TOKEN = ("InvalidToken", "UnrecognizedClientException", "InvalidClientTokenId", 400)


class Refusal(Exception):  # noqa: N818 - it is an answer, not a fault
    """A request is not answered."""

    def __init__(self, why: Why, text: str) -> None:
        super().__init__(text)
        self.why, self.text = why, text


@dataclass(frozen=True)
class Worded:
    """A refusal as an HTTP answer."""

    status: int
    content_type: str
    body: bytes


def worded(refusal: Refusal, service: str, *, json_service: bool) -> Worded:
    """What the client of this service gets to read."""
    s3, in_json, query, status = refusal.why.value
    number, text = uuid.uuid4(), escape(refusal.text)
    if service == "s3":
        xml = f"<Error><Code>{s3}</Code><Message>{text}</Message><RequestId>{number}</RequestId></Error>"
        return Worded(status, "application/xml", _xml(xml))
    if json_service:
        body = {"__type": in_json, "message": refusal.text, "Message": refusal.text}
        return Worded(400, "application/x-amz-json-1.1", json.dumps(body).encode())
    if service == "ec2":
        code = {"AccessDenied": "UnauthorizedOperation"}.get(query, "AuthFailure")
        error = f"<Errors><Error><Code>{code}</Code><Message>{text}</Message></Error></Errors>"
        return Worded(
            403 if query == "AccessDenied" else 401,
            "text/xml",
            _xml(f"<Response>{error}<RequestID>{number}</RequestID></Response>"),
        )
    error = f"<Error><Type>Sender</Type><Code>{query}</Code><Message>{text}</Message></Error>"
    return Worded(403, "text/xml", _xml(f"<ErrorResponse>{error}<RequestId>{number}</RequestId></ErrorResponse>"))


def _xml(text: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()
