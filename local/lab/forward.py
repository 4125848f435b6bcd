"""The lab's forward proxy, at the place `proxy`: proxy.py, with a port for everybody and one that asks for credentials.

Its log says who asked for what.
"""

import base64
import sys
from pathlib import Path

from proxy.http import httpHeaders
from proxy.http.exception import ProxyAuthenticationFailed
from proxy.http.parser import HttpParser
from proxy.http.proxy import HttpProxyBasePlugin

from local.lab.addresses import PROXY, PROXY_CREDENTIALS, PROXY_GUARDED_PORT, PROXY_PORT


def command(data: Path) -> list[str]:
    """The words that serve until SIGTERM; `data` is a folder that proxy.py keeps for itself."""
    return [
        sys.executable, "-m", "proxy", "--hostname", PROXY.ip,
        "--port", str(PROXY_PORT), "--ports", str(PROXY_GUARDED_PORT),
        "--num-acceptors", "1", "--num-workers", "1", "--data-dir", str(data),
        "--plugins", f"{Guard.__module__}.{Guard.__name__}",
    ]  # fmt: skip


class Guard(HttpProxyBasePlugin):
    """Refuses, with 407, who comes to the guarded port without the lab's credentials."""

    def before_upstream_connection(self, request: HttpParser) -> HttpParser | None:
        """Called before anything is dialled."""
        port = self.client.connection.getsockname()[1]
        if port == PROXY_GUARDED_PORT and not _allowed(request):
            raise ProxyAuthenticationFailed
        return request


def _allowed(request: HttpParser) -> bool:
    _, given = (request.headers or {}).get(httpHeaders.PROXY_AUTHORIZATION, (b"", b""))
    return given.split() == [b"Basic", base64.b64encode(PROXY_CREDENTIALS.encode())]
