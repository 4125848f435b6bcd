"""The daemon's registry on 9874: nodes pull the application's images here, not from the vendor.

It hands out what this host's Docker has under the registry's own address. The vendor's signs in its nodes and speaks
the real protocol; both are left out here, TLS with a certificate that only the nodes are told to trust is not.
"""

import http.server
import json
import socketserver
import ssl
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from ..wire import Refusal
from .engine import docker
from .link import REGISTRY
from .paths import SECRETS


class Registry:
    """The registry of the daemon at `address`."""

    def __init__(self, address: str) -> None:
        self.name = f"{address}:{REGISTRY}"
        self.pem, self.ca = _certificate(address)

    @property
    def about(self) -> dict[str, Any]:
        """What nodes are told."""
        return {"name": self.name, "ca": self.ca.read_text()}

    def take(self, source: str) -> str:
        """Fetch an image from the vendor's registry, and offer it here; returns the name that nodes pull."""
        docker("pull", reference=source)
        return self.offer(source)

    def offer(self, source: str) -> str:
        """Offer an image that is on this host."""
        target = f"{self.name}/{source.split('/', 1)[1]}"
        docker("tag", source=source, target=target)
        return target

    def listen(self) -> None:
        """Serve in the background."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.pem)
        server = _Server(("0.0.0.0", REGISTRY), _handler(self.name))
        server.context = context
        threading.Thread(target=server.serve_forever, daemon=True).start()


def _certificate(address: str) -> tuple[Path, Path]:
    """Key and certificate for this address in one file, and the certificate alone; made once."""
    pem, ca, key = (SECRETS / f"daemon-{address}.{kind}" for kind in ("pem", "crt", "key"))
    if not pem.exists():
        SECRETS.mkdir(parents=True, exist_ok=True)
        made = subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650"),
                *("-subj", "/CN=Replicated daemon (stand-in)", "-addext", f"subjectAltName=IP:{address}"),
                *("-keyout", str(key), "-out", str(ca)),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            raise Refusal(f"PRIVATE_ADDRESS {address!r} is no address: {made.stderr.strip()[-200:]}")
        pem.touch(mode=0o600)
        pem.write_text(key.read_text() + ca.read_text())
        key.unlink()
    return pem, ca


class _Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    context: ssl.SSLContext

    def finish_request(self, request: Any, client_address: Any) -> None:
        request.settimeout(30)
        with self.context.wrap_socket(request, server_side=True) as secured:
            super().finish_request(secured, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        print(f"registry: {client_address[0]}: {sys.exc_info()[1]}", file=sys.stderr, flush=True)


def _handler(name: str) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                body = self.find(self.path.strip("/").split("/"))
            except (Refusal, OSError):
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def find(self, parts: list[str]) -> bytes:
            """`v2/<path>/manifests/<tag>`, or `v2/<path>/blobs/<tag>/<file>`."""
            match parts:
                case ["v2", owner, image, "manifests", tag]:
                    manifest = self.image(owner, image, tag)["manifest"]
                    blobs = f"https://{name}/v2/{owner}/{image}/blobs/{tag}/"
                    return json.dumps({**manifest, "blobs": blobs}).encode()
                case ["v2", owner, image, "blobs", tag, *file]:
                    found = self.image(owner, image, tag)
                    if "/".join(file) in found["manifest"]["files"]:
                        return Path(found["folder"], *file).read_bytes()
            raise Refusal("no such thing")

        def image(self, owner: str, image: str, tag: str) -> dict[str, Any]:
            return docker("image", reference=f"{name}/{owner}/{image}:{tag}")

        def log_message(self, format: str, *args: Any) -> None:
            print(f"registry: {self.client_address[0]} {format % args}", file=sys.stderr, flush=True)

    return Handler
