"""What the metadata service tells an instance of itself, by its version 2."""
# ruff: noqa: UP035 - for the Python of an older host

import http.client
import json
from typing import Mapping, NamedTuple

from installer.python.sentence import SentenceError

METADATA = "169.254.169.254"


class Credentials(NamedTuple):
    """Those of the instance's role."""

    key: str
    secret: str
    token: str


def credentials(address: str) -> Credentials:
    """Those of the instance's role. `address` is the service's, `host` or `host:port`. Raises SentenceError."""
    folder = "iam/security-credentials/"
    try:
        headers = _token(address)
        role = _told(address, folder, headers).partition("\n")[0].strip()
        found = json.loads(_told(address, folder + role, headers)) if role else {}
        return Credentials(found["AccessKeyId"], found["SecretAccessKey"], found["Token"])
    except (OSError, http.client.HTTPException) as error:
        raise _silent(error) from None
    except (ValueError, KeyError):
        raise SentenceError(
            "metadata", "the instance's role has no credentials; see to its instance profile, then run pulumi up again"
        ) from None


def instance_id(address: str) -> str:
    """By which AWS knows this host. Raises SentenceError."""
    try:
        return _told(address, "instance-id", _token(address)).strip()
    except (OSError, http.client.HTTPException, KeyError) as error:
        raise _silent(error) from None


def _token(address: str) -> Mapping[str, str]:
    headers = {"X-aws-ec2-metadata-token-ttl-seconds": "300"}
    return {"X-aws-ec2-metadata-token": _asked(address, "PUT", "/latest/api/token", headers)}


def _told(address: str, path: str, headers: Mapping[str, str]) -> str:
    return _asked(address, "GET", f"/latest/meta-data/{path}", headers)


def _asked(address: str, method: str, path: str, headers: Mapping[str, str]) -> str:
    host, _, port = address.partition(":")
    connection = http.client.HTTPConnection(host, int(port or 80), timeout=5)
    try:
        connection.request(method, path, headers=dict(headers))
        answer = connection.getresponse()
        body = answer.read(65536).decode("utf-8", "replace")
    finally:
        connection.close()
    if answer.status == 404:
        raise KeyError(path)
    if answer.status != 200:
        raise OSError(f"HTTP status {answer.status} for {path}")
    return body


def _silent(error: Exception) -> SentenceError:
    return SentenceError("metadata", f"the instance's metadata service does not answer ({error}); it must be on")
