"""A TLS server with the application's certificate; connections that fail are log lines."""

import os
import socketserver
import ssl
import sys
from typing import Any


class Server(socketserver.ThreadingTCPServer):
    """Shakes hands in the connection's own thread."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port: int, handler: type[socketserver.BaseRequestHandler]) -> None:
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(os.environ["CERTIFICATE"])
        super().__init__(("0.0.0.0", port), handler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        """TLS with the certificate that was current when the application started."""
        request.settimeout(30)
        with self.context.wrap_socket(request, server_side=True) as secured:
            super().finish_request(secured, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A scanner that hangs up is no fault."""
        print(f"{client_address[0]} {sys.exc_info()[1]}", file=sys.stderr, flush=True)
