"""Connections to AWS by TLS, checked against the host's own trust store, through a forward proxy where there is one."""
# ruff: noqa: UP045 - for the Python of an older host

import base64
import http.client
import socket
import ssl
import time
from typing import NamedTuple, NoReturn, Optional
from urllib.parse import urlsplit

from installer.python.sentence import PassingError, SentenceError

NOT_YET_VALID, EXPIRED = 9, 10
"""What OpenSSL calls a certificate whose time is wrong."""


class Proxy(NamedTuple):
    """A forward proxy, `http://host:port`; `credentials` are `user:password`. `exceptions` are names, domains that
    begin with a dot, and addresses that are reached without it.
    """

    url: str
    credentials: str = ""
    exceptions: str = ""

    def is_for(self, name: str) -> bool:
        """Whether the way to a name leads through it."""
        around = [each.strip().lower() for each in self.exceptions.split(",") if each.strip()]
        return not any(name == each or (each.startswith(".") and name.endswith(each)) for each in around)


def connected(name: str, address: str, patience: float, proxy: Optional[Proxy] = None) -> http.client.HTTPConnection:
    """To port 443 of a name, or to `address` (`host:port`) in its place, silent for `patience` seconds at most.

    Raises what the socket raises; of a proxy SentenceError and PassingError.
    """
    if proxy and proxy.is_for(name):
        connection = _through(proxy, name, patience)
    else:
        host, _, port = (address or f"{name}:443").rpartition(":")
        connection = http.client.HTTPConnection(name, int(port), timeout=patience)
        connection.sock = socket.create_connection((host, int(port)), patience)
    plain = connection.sock
    try:
        connection.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=name)
    except BaseException:
        plain.close()
        raise
    return connection


def _through(proxy: Proxy, name: str, patience: float) -> http.client.HTTPConnection:
    where = urlsplit(proxy.url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port or 80, timeout=patience)
    headers = {}
    if proxy.credentials:
        headers["Proxy-Authorization"] = "Basic " + base64.b64encode(proxy.credentials.encode()).decode()
    connection.set_tunnel(name, 443, headers)
    try:
        connection.connect()
    except socket.gaierror as error:
        raise PassingError(
            f"the name in {proxy.url} does not resolve ({error}); check installer.proxy and the VPC's DNS", "proxy"
        ) from None
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        if " 407" in str(error):
            raise SentenceError(
                "proxy",
                f"{proxy.url} asks for credentials, or for others (HTTP status 407); set them with: pulumi config set "
                "--secret --path installer.proxyCredentials USER:PASSWORD",
            ) from None
        if "Tunnel connection failed" in str(error):
            raise PassingError(
                f"{proxy.url} does not lead to {name} ({error}); let it through there", "proxy"
            ) from None
        raise PassingError(
            f"{proxy.url} cannot be reached ({error}); check installer.proxy, wickr:egress and the route to it", "proxy"
        ) from None
    return connection


def tls_failure(name: str, error: ssl.SSLError) -> NoReturn:
    """What it means that TLS with a name failed. Raises SentenceError or PassingError."""
    if getattr(error, "verify_code", None) in (NOT_YET_VALID, EXPIRED):
        raise SentenceError(
            "clock",
            f"the certificate of {name} is out of its time by this host's clock, which says {clock()}; set it",
        ) from None
    if isinstance(error, getattr(ssl, "SSLCertVerificationError", ())):
        raise SentenceError("network", f"{name} shows a certificate that this host does not trust ({error})") from None
    raise PassingError(f"TLS with {name} fails ({error})") from None


def clock() -> str:
    """What this host takes the time for."""
    return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())
