"""The door for hosts: the API over TLS, on sockets that somebody else has opened, with a gate that judges each call."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import ThreadedWSGIServer

from local.api.access.gate import Gate
from local.api.access.way import Way
from local.api.server import OneAtATime, Wsgi

PATIENCE = 60  # seconds that a client may keep silent


def open_door(
    api: OneAtATime,
    sockets: Iterable[socket.socket],
    certificate: Path,
    key: Path,
    way: Callable[[str], Way],
) -> None:
    """Serves in the background on sockets that are listening already. `way` says how an address got here."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    judged = api.behind(lambda application: Gate(application, way))
    for listening in sockets:
        server = _Server(listening, judged, context)
        threading.Thread(target=server.serve_forever, name="aws-for-hosts", daemon=True).start()


class _Server(ThreadedWSGIServer):
    """TLS is spoken in the connection's own thread, so that a slow client holds up nobody."""

    daemon_threads = True

    def __init__(self, listening: socket.socket, application: Wsgi, context: ssl.SSLContext) -> None:
        host, port = listening.getsockname()[:2]
        super().__init__(host, port, application, handler=_Handler, fd=listening.fileno())
        listening.detach()
        self.ssl_context = context

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Shake hands, then answer."""
        request.settimeout(PATIENCE)
        assert isinstance(self.ssl_context, ssl.SSLContext)  # noqa: S101 - set above
        with self.ssl_context.wrap_socket(request, server_side=True) as secured:
            super().finish_request(secured, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away or does not trust the certificate is its own affair."""


class _Handler(MotoRequestHandler):  # type: ignore[misc]
    """Quiet, as the API's other door is."""

    server_version = "AmazonS3"
    sys_version = ""
