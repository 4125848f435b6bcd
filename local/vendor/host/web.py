"""Downloads of the stand-in's programs, trusting what the host trusts."""

import functools
import http.client
import socket
import ssl
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Final

from .wire import Refusal

BUNDLE: Final = "/etc/ssl/certs/ca-certificates.crt"
TIMEOUT: Final = 30


class Missing(Refusal):
    """The server has no such thing."""


@functools.cache
def trust(extra: str = "") -> ssl.SSLContext:
    """What the host trusts, and one CA more if given."""
    context = ssl.create_default_context(cafile=BUNDLE)
    if extra:
        context.load_verify_locations(cadata=extra)
    return context


def get(url: str, ca: Path | None = None) -> bytes:
    """The body behind an https address, with one CA more if given; a proxy is taken from the environment."""
    context = trust(ca.read_text() if ca else "")
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT, context=context) as reply:  # noqa: S310 - always https
            body: bytes = reply.read()
            expected = reply.headers.get("Content-Length")
    except urllib.error.HTTPError as error:
        if error.code == 404:
            raise Missing(f"{url}: 404 Not Found") from error
        raise Refusal(f"received unexpected HTTP status: {error.code} {error.reason} ({url})") from error
    except (OSError, ValueError) as error:
        raise Refusal(f'Get "{url}": {_why(url, getattr(error, "reason", error))}') from error
    if expected and len(body) != int(expected):
        raise Refusal(f"unexpected EOF: {url} gave {len(body)} of {expected} bytes")
    return body


def _why(url: str, reason: object) -> str:
    """As Docker says it where nothing is reached, or who was reached hangs up."""
    host = urllib.parse.urlsplit(url).hostname
    if isinstance(reason, socket.gaierror):
        return f"dial tcp: lookup {host}: no such host"
    if isinstance(reason, TimeoutError):
        return f"dial tcp {host}:443: i/o timeout"
    if isinstance(reason, (ssl.SSLEOFError, http.client.RemoteDisconnected)):
        return "EOF"
    return str(reason)
