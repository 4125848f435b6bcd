"""The door to the API for hosts: who has not signed, or may not do what they ask, gets no further.

In front of moto, as WSGI. It runs under the same lock as moto, so that what it judges by is what is then answered.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote, urlsplit

from local.api.access import callers, judgement, operation, resources, signature, telling
from local.api.access.buckets import Judged
from local.api.access.operation import Operation
from local.api.access.refusal import Refusal, Why, worded
from local.api.access.signature import Signed
from local.api.access.way import Way
from local.api.services import Named, named
from local.lab.addresses import REGION

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Gate:
    """Judges requests, and passes on those that are allowed. `way` says how an address got here."""

    def __init__(self, application: Wsgi, way: Callable[[str], Way]) -> None:
        self.application, self.way = application, way

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answers one request; its whole body is in `wsgi.input` already."""
        host = environ.get("HTTP_HOST", "").rpartition(":")[0] or environ.get("HTTP_HOST", "")
        asked = named(host)
        request = _signed(environ, host)
        try:
            if asked is None:
                raise Refusal(Why.NOT_HERE, f"no service of the local cloud has the name {host}")
            self._demand(request, asked, environ["REMOTE_ADDR"])
        except Refusal as refusal:
            service = asked.service if asked else ""
            answer = worded(refusal, service, json_service="HTTP_X_AMZ_TARGET" in environ)
            body = b"" if environ["REQUEST_METHOD"] == "HEAD" else answer.body
            status = f"{answer.status} {HTTPStatus(answer.status).phrase}"
            start_response(status, [("Content-Type", answer.content_type), ("Content-Length", str(len(body)))])
            return [body]
        with Judged():
            return list(self.application(environ, start_response))

    def _demand(self, request: Signed, asked: Named, address: str) -> None:
        now, signed = datetime.now(UTC), signature.read(request)
        caller = None
        if signed:
            if (signed.service, signed.region) != (asked.service, REGION):
                text = f"Credential should be scoped to {asked.service} in {REGION}"
                raise Refusal(Why.WRONG_REGION, f"{text}, not to {signed.service} in {signed.region}.")
            caller = callers.find(signed.key, signed.token, now)
            signature.verify(request, signed, caller.secret, now)
        elif asked.service != "s3":
            raise Refusal(Why.NO_SIGNATURE, "Request is missing Authentication Token")
        judgement.demand(caller, resources.resolved(_operation(request, asked)), self.way(address))


def _signed(environ: dict[str, Any], host: str) -> Signed:
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").title(): value
        for name, value in environ.items()
        if name.startswith("HTTP_") or (name in ("CONTENT_TYPE", "CONTENT_LENGTH") and value)
    }
    body = environ["wsgi.input"].read()
    environ["wsgi.input"].seek(0)
    return Signed(
        method=environ["REQUEST_METHOD"], url=f"https://{host}{environ['RAW_URI']}", headers=headers, body=body
    )


def _operation(request: Signed, asked: Named) -> Operation:
    if asked.service in ("logs", "monitoring"):
        return telling.of_cloudwatch(asked.service, request)
    if asked.service != "s3":
        return operation.of_service(asked.service, request)
    path = unquote(urlsplit(request.url).path).lstrip("/")
    bucket, _, key = (asked.bucket, "", path) if asked.bucket else path.partition("/")
    headers = {name.lower(): value for name, value in request.headers.items()}
    return operation.of_s3(request.method, bucket, key, request.query, headers)
