"""Requests to AWS, signed as it asks (Signature Version 4)."""
# ruff: noqa: UP006, UP035 - for the Python of an older host

import datetime
import hashlib
import hmac
from typing import Dict, Mapping, NamedTuple

from installer.python.metadata import Credentials


class Request(NamedTuple):
    """What is asked of whom. `path` is escaped already, and there is no query; `headers` are signed too, their names
    in small letters.
    """

    method: str
    host: str
    service: str
    region: str
    path: str = "/"
    body: bytes = b""
    headers: Mapping[str, str] = {}


def signed(request: Request, who: Credentials, now: datetime.datetime) -> Dict[str, str]:
    """The headers of a request, with its signature. `now` is in UTC."""
    stamp, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
    content = hashlib.sha256(request.body).hexdigest()
    headers = dict(request.headers)
    headers.update({"host": request.host, "x-amz-content-sha256": content, "x-amz-date": stamp})
    headers["x-amz-security-token"] = who.token
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    asked = f"{request.method}\n{request.path}\n\n{lines}\n{names}\n{content}"
    scope = f"{day}/{request.region}/{request.service}/aws4_request"
    key = f"AWS4{who.secret}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(asked.encode()).hexdigest()}"
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={who.key}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    return headers
