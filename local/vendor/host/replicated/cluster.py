"""The nodes of the cluster: operators dial in on 9879, prove that they know the token, and run errands."""

import hmac
import json
import secrets
import socketserver
import ssl
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..wire import Refusal
from .link import ENDPOINT, Line, Message, proof
from .store import Store

SILENT_PORTS = range(9875, 9879)
"""Published by the vendor's daemon for purposes that are not public: here they accept and close."""


class Errand:
    """Something that a node is asked to do."""

    def __init__(self, request: Message) -> None:
        self.id = secrets.token_hex(4)
        self.request, self.answer = request, Message()
        self.over = threading.Event()


class Node:
    """An operator while it is connected."""

    def __init__(self, about: Message) -> None:
        self.about, self.since = about, time.monotonic()
        self.waiting: dict[str, Errand] = {}
        self.sent: set[str] = set()
        self.lock = threading.Lock()

    def ask(self, request: Message, patience: float) -> None:
        """Have the node do something; its refusal, its silence and its leaving are raised."""
        errand = Errand(request)
        with self.lock:
            self.waiting[errand.id] = errand
        if not errand.over.wait(patience):
            raise Refusal(f"node {self.name} has not answered for {patience:.0f} seconds")
        if "refusal" in errand.answer:
            raise Refusal(f"node {self.name}: {errand.answer['refusal']}")

    @property
    def name(self) -> str:
        """Its private address and tags: how a person knows it."""
        return f"{self.about['private']} ({','.join(self.about['tags'])})"

    def beat(self, results: list[Message]) -> list[Message]:
        """Take results, and give the errands that the node does not know yet."""
        with self.lock:
            for result in results:
                if errand := self.waiting.pop(result["id"], None):
                    errand.answer = result
                    errand.over.set()
            new = [{"id": name, **one.request} for name, one in self.waiting.items() if name not in self.sent]
            self.sent = set(self.waiting)
            return new

    def close(self) -> None:
        """Nobody will answer what is still open."""
        with self.lock:
            for errand in self.waiting.values():
                errand.answer = {"refusal": "its operator is not connected any more"}
                errand.over.set()


class Cluster:
    """Every node that ever joined, and which of them are connected."""

    def __init__(self, store: Store, token: str, registry: Message) -> None:
        self.store, self.token, self.registry = store, token, registry
        self.connected: dict[str, Node] = {}
        self.lock = threading.Lock()
        self.on_join: Callable[[Node], None] = lambda node: None

    def nodes(self) -> list[dict[str, Any]]:
        """All known nodes; a node is initialized a moment after it connected."""
        with self.lock:
            return [
                {**about, "connected": name in self.connected, "initialized": self._initialized(name)}
                for name, about in self.store.get("nodes", {}).items()
            ]

    def _initialized(self, name: str) -> bool:
        return name in self.connected and time.monotonic() - self.connected[name].since > 1

    def ready(self, tag: str) -> Node | None:
        """The first connected, initialized node that has this tag."""
        for about in self.nodes():
            with self.lock:
                node = self.connected.get(about["id"])
            if node and about["initialized"] and tag in about["tags"]:
                return node
        return None

    def present(self) -> list[Node]:
        """The connected nodes."""
        with self.lock:
            return list(self.connected.values())

    def listen(self, certificate: Path, address: str = "0.0.0.0") -> None:
        """Open the daemon's ports, except the registry's."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        for port in SILENT_PORTS:
            _serve((address, port), socketserver.BaseRequestHandler)
        _serve((address, ENDPOINT), _door(self, context))

    def join(self, about: Message) -> Node:
        """A node has proved itself. One that dials in again takes the place of its older connection."""
        node = Node(about)
        with self.lock:
            self.store.set(nodes={**self.store.get("nodes", {}), about["id"]: about})
            earlier = self.connected.pop(about["id"], None)
            self.connected[about["id"]] = node
        if earlier:
            earlier.close()
        print(f"operator {about['id']} connected, tags {','.join(about['tags'])}", flush=True)
        threading.Thread(target=self.on_join, args=(node,), daemon=True).start()
        return node

    def leave(self, node: Node) -> None:
        """Its connection has ended."""
        with self.lock:
            if self.connected.get(node.about["id"]) is node:
                del self.connected[node.about["id"]]
        node.close()
        print(f"operator {node.about['id']} disconnected", flush=True)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever speaks something else is a log line."""
        print(f"{client_address[0]} on {self.server_address[1]}: {sys.exc_info()[1]}", file=sys.stderr, flush=True)


def _serve(address: tuple[str, int], handler: type[socketserver.BaseRequestHandler]) -> None:
    threading.Thread(target=_Server(address, handler).serve_forever, daemon=True).start()


def _door(cluster: Cluster, context: ssl.SSLContext) -> type[socketserver.BaseRequestHandler]:
    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.settimeout(10)
            with context.wrap_socket(self.request, server_side=True) as connection:
                self.receive(Line(connection))

        def receive(self, line: Line) -> None:
            challenge = secrets.token_hex(16)
            line.say({"challenge": challenge})
            try:
                hello = line.hear()
            except Refusal:
                return
            if not hmac.compare_digest(str(hello.get("proof")), proof(cluster.token, challenge)):
                print(f"operator at {self.client_address[0]} refused: wrong token", flush=True)
                line.say({"error": "the token is not the one of this daemon"})
                return
            line.say({"welcome": True, "registry": cluster.registry})
            node = cluster.join(hello["node"])
            try:
                while True:
                    line.say({"errands": node.beat(line.hear()["done"])})
            except (OSError, Refusal, json.JSONDecodeError):
                cluster.leave(node)

    return Handler
