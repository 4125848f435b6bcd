"""The nodes of the cluster: operators dial in on 9879 and prove that they know the token."""

import hashlib
import hmac
import json
import secrets
import socketserver
import threading
import time
from typing import Any

from .store import Store

ENDPOINT = 9879
PUBLISHED = range(9874, 9880)
SILENCE = 8.0
"""Seconds without a heartbeat after which a node counts as gone."""


class Cluster:
    """Every node that ever joined, and which of them are connected."""

    def __init__(self, store: Store, token: str) -> None:
        self.store, self.token = store, token
        self.connected: dict[str, float] = {}
        self.lock = threading.Lock()

    def nodes(self) -> list[dict[str, Any]]:
        """All known nodes; a node is initialized a moment after it connected."""
        with self.lock:
            now = time.monotonic()
            return [
                {
                    **node,
                    "connected": name in self.connected,
                    "initialized": name in self.connected and now - self.connected[name] > 1,
                }
                for name, node in self.store.get("nodes", {}).items()
            ]

    def ready(self, tag: str) -> bool:
        """Whether a connected, initialized node has this tag."""
        return any(node["initialized"] and tag in node["tags"] for node in self.nodes())

    def listen(self, address: str = "0.0.0.0") -> None:
        """Open the daemon's ports; all but the endpoint accept and close."""
        for port in PUBLISHED:
            handler = _operator_handler(self) if port == ENDPOINT else _Silent
            server = _Server((address, port), handler)
            threading.Thread(target=server.serve_forever, daemon=True).start()

    def join(self, node: dict[str, Any]) -> None:
        """A node has proved itself."""
        with self.lock:
            self.store.set(nodes={**self.store.get("nodes", {}), node["id"]: node})
            self.connected[node["id"]] = time.monotonic()
        print(f"operator {node['id']} connected, tags {','.join(node['tags'])}", flush=True)

    def leave(self, id: str) -> None:
        """Its connection has ended."""
        with self.lock:
            self.connected.pop(id, None)
        print(f"operator {id} disconnected", flush=True)


def proof(token: str, challenge: str) -> str:
    """What an operator answers to a challenge: the token itself never travels."""
    return hmac.new(token.encode(), challenge.encode(), hashlib.sha256).hexdigest()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


class _Silent(socketserver.BaseRequestHandler):
    """A port that is published without a service of the stand-in behind it."""


def _operator_handler(cluster: Cluster) -> type[socketserver.StreamRequestHandler]:
    class Handler(socketserver.StreamRequestHandler):
        timeout = SILENCE

        def handle(self) -> None:
            challenge = secrets.token_hex(16)
            self._say({"challenge": challenge})
            try:
                hello = json.loads(self.rfile.readline() or b"{}")
                if not hmac.compare_digest(str(hello.get("proof")), proof(cluster.token, challenge)):
                    print(f"operator at {self.client_address[0]} refused: wrong token", flush=True)
                    self._say({"error": "the token is not the one of this daemon"})
                    return
                node = hello["node"]
                self._say({"welcome": True})
            except (OSError, ValueError, KeyError):
                return
            cluster.join(node)
            try:
                while self.rfile.readline():  # heartbeats
                    pass
            except OSError:
                pass
            cluster.leave(node["id"])

        def _say(self, message: dict[str, Any]) -> None:
            self.wfile.write(json.dumps(message).encode() + b"\n")

    return Handler
