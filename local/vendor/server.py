"""The vendor's HTTPS server: serves DIR/<host name>/<path>, as the vendor's own servers would answer.

python -m local.vendor.server --folder DIR --listen 203.0.113.10:443 --certificate FILE --key FILE
"""

import argparse
import http.server
import socket
import socketserver
import ssl
import sys
import time
import urllib.parse
from pathlib import Path
from typing import Any

from local.vendor.answer import Answer, answer

DRIP_STEPS = 20


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """One thread a connection; TLS is spoken in that thread, so that a slow client holds up nobody."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], folder: Path, context: ssl.SSLContext) -> None:
        self.folder, self.context = folder, context
        context.sni_callback = self._show
        super().__init__(address, Handler)

    def _show(self, connection: ssl.SSLSocket | ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        """A fault: another certificate for a name, if `.certificate.pem` is in its folder (chain and key)."""
        file = self.folder / (name or "").replace("/", "_") / ".certificate.pem"
        if name and file.is_file():
            other = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            other.load_cert_chain(file)
            connection.context = other

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Shake hands, then answer."""
        request.settimeout(30)
        with self.context.wrap_socket(request, server_side=True) as secured:
            super().finish_request(secured, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away or distrusts the certificate is a log line, not a traceback."""
        print(f"{client_address[0]} - {sys.exc_info()[1]}", file=sys.stderr, flush=True)


class Handler(http.server.BaseHTTPRequestHandler):
    """Turns one request into an answer of the folder."""

    server: Server
    server_version = "lab-vendor-stand-in"
    sys_version = ""

    def do_GET(self) -> None:
        """Serve a file, a rendered script, or one of the vendor's error texts."""
        host = self.headers.get("Host", "").rsplit(":", 1)[0].lower()
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        self._send(answer(self.server.folder, host, urllib.parse.unquote(url.path), query))

    do_HEAD = do_GET

    def _send(self, reply: Answer) -> None:
        if not reply.drip:
            time.sleep(reply.delay)
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        body = reply.body if reply.truncate is None else reply.body[: reply.truncate]
        if not reply.drip:
            self.wfile.write(body)
        else:
            step = max(1, -(-len(body) // DRIP_STEPS))
            for start in range(0, len(body), step):
                self.wfile.write(body[start : start + step])
                time.sleep(reply.delay / DRIP_STEPS)
        self.wfile.flush()
        if reply.truncate is not None:
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: Any) -> None:
        """The access log: who asked for which name and path."""
        host = getattr(self, "headers", None) and self.headers.get("Host", "-")
        print(f"{self.client_address[0]} {host} {format % args}", file=sys.stderr, flush=True)


def serve(folder: Path, listen: tuple[str, int], certificate: Path, key: Path) -> Server:
    """A server that is bound and ready; call `serve_forever` on it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return Server(listen, folder, context)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m local.vendor.server", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="holds one folder a host name")
    parser.add_argument("--listen", required=True, metavar="ADDRESS:PORT")
    parser.add_argument("--certificate", type=Path, required=True)
    parser.add_argument("--key", type=Path, required=True)
    options = parser.parse_args()
    address, _, port = options.listen.rpartition(":")
    if not (address and port.isdigit()):
        parser.error(f"--listen is {options.listen!r}; it must be ADDRESS:PORT, for instance 203.0.113.10:443")
    for file in (options.certificate, options.key):
        if not file.is_file():
            parser.error(f"{file} does not exist; make it with: python -m local.vendor.authority --folder DIR")
    if not options.folder.is_dir():
        parser.error(f"--folder is {options.folder}, which is not a folder")
    try:
        server = serve(options.folder, (address, int(port)), options.certificate, options.key)
    except OSError as error:
        parser.error(f"cannot listen on {options.listen}: {error.strerror}")
    print(f"vendor stand-in: serving {options.folder} on {options.listen}", file=sys.stderr, flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


if __name__ == "__main__":
    main()
