"""Calls of AWS's regional services by POST, signed with the role of the instance; what a refusal of them means."""
# ruff: noqa: UP017, UP035, UP045 - for the Python of an older host

import datetime
import http.client
import json
import re
import socket
import ssl
import time
from contextlib import closing
from email.utils import parsedate_to_datetime
from typing import Mapping, NamedTuple, Optional

from installer.python.connection import Proxy, clock, connected, tls_failure
from installer.python.metadata import Credentials
from installer.python.sentence import PassingError, SentenceError
from installer.python.signature import Request, signed

SILENCE = 10
"""Seconds that a service may be silent."""

ATTEMPTS = 3
BUSY = ("Throttl", "RequestLimitExceeded", "ServiceUnavailable", "InternalFailure", "ExpiredToken", "LimitExceeded")
SKEWED = ("RequestExpired", "RequestTimeTooSkewed")
DENIED = (
    *("AccessDenied", "NotAuthorized", "UnrecognizedClient", "InvalidClientTokenId", "InvalidAccessKeyId"),
    *("SignatureDoesNotMatch", "InvalidSignature", "MissingAuthentication", "OptInRequired", "UnauthorizedOperation"),
)


class RefusedError(Exception):
    """A service's refusal that is neither the role's, nor the clock's, nor the network's; `code` is its name."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Caller(NamedTuple):
    """Who calls, and how the services are reached. `address` (`host:port`) is dialled in their place, if there is one;
    `deadline` is in seconds of the monotonic clock.
    """

    region: str
    domain: str
    who: Credentials
    proxy: Optional[Proxy]
    address: str
    deadline: float

    def call(self, service: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        """The answer. Raises SentenceError, and RefusedError for what the caller knows better."""
        host = f"{service}.{self.region}.{self.domain}"
        request = Request("POST", host, service, self.region, body=body, headers=headers)
        attempt = 1
        while True:
            try:
                return self._once(request)
            except PassingError as broken:
                if attempt == ATTEMPTS or time.monotonic() + 2**attempt > self.deadline:
                    raise SentenceError(broken.kind, str(broken)) from None
            time.sleep(2**attempt)
            attempt += 1

    def _once(self, request: Request) -> bytes:
        name = request.host
        if time.monotonic() > self.deadline:
            raise SentenceError("timeout", f"the time for it was over before {name} was told everything")
        try:
            with closing(connected(name, self.address, SILENCE, self.proxy)) as connection:
                headers = signed(request, self.who, datetime.datetime.now(datetime.timezone.utc))
                connection.request("POST", request.path, request.body, headers)
                answer = connection.getresponse()
                body = answer.read(1 << 20)
        except ssl.SSLError as error:
            tls_failure(name, error)
        except socket.gaierror as error:
            raise PassingError(f"the name {name} does not resolve ({error}); the VPC's DNS must be on") from None
        except http.client.HTTPException as error:
            raise PassingError(f"{name} gives no answer in HTTP ({type(error).__name__})") from None
        except OSError as error:
            raise PassingError(
                f"{name} port 443 cannot be reached ({error}); the host's route and security group must lead there, "
                "or an endpoint of the VPC be there for it"
            ) from None
        if answer.status == 200:
            return body
        raise _meaning(name, answer, body.decode("utf-8", "replace"))


def _meaning(name: str, answer: http.client.HTTPResponse, body: str) -> Exception:
    """What another status than success means."""
    code, text = _refusal(body)
    code = code or (answer.getheader("x-amzn-errortype") or "").partition(":")[0]
    what = f"{name} answers with {answer.status} {code}".rstrip()
    if answer.status >= 500 or answer.status == 429 or code.startswith(BUSY):
        return PassingError(what)
    if code.startswith(SKEWED) or "Signature expired" in text or "Signature not yet current" in text:
        there = answer.getheader("Date")
        apart = f", {abs(parsedate_to_datetime(there).timestamp() - time.time()) / 60:.0f} minutes" if there else ""
        return SentenceError(
            "clock", f"this host's clock says {clock()}, that of {name} {there}{apart} apart; set it ('timedatectl')"
        )
    if answer.status == 403 or code.startswith(DENIED):
        return SentenceError(
            "permission",
            f"{what} ({text[:300]}); the instance's role must be let do that, and no policy of an endpoint forbid it",
        )
    return RefusedError(code, f"{what} ({text[:300]})")


def _refusal(body: str) -> "tuple[str, str]":
    """The code and the text of a refusal, in JSON or in XML."""
    try:
        found = json.loads(body)
        return str(found.get("__type", "")).rpartition("#")[2], str(found.get("message") or found.get("Message") or "")
    except (ValueError, AttributeError):
        codes, texts = re.findall("<Code>(.*?)</Code>", body), re.findall("<Message>(.*?)</Message>", body, re.DOTALL)
        return codes[0] if codes else "", " ".join(texts[0].split()) if texts else ""
