"""The application's life: what is wanted, what is, and the way between them."""

import base64
import contextlib
import datetime
import secrets
import ssl
import tempfile
import threading
import time
from typing import Any

from ..wire import Refusal
from . import components, settings
from .calling import ask_orville
from .cluster import Cluster, Node
from .engine import docker
from .paths import ALIASES, APPLICATION_PEM, CONSOLE_PEM
from .registry import Registry
from .store import Store

PLACING = 20.0
"""Seconds that the first placement waits for the host's own operator, which is installed after the daemon, and that
a stop waits for the nodes on which something runs."""
STARTING = 3.0
"""Seconds that a start takes at least, so that whoever waits for it has to wait."""
RUNNING = 300.0
"""Seconds that a node has for what it is asked to do, pulls included."""


class Application:
    """One application: nothing until a licence is loaded, then stopped, starting, started or stopping."""

    def __init__(self, store: Store, cluster: Cluster, registry: Registry) -> None:
        self.store, self.cluster, self.registry = store, cluster, registry
        self.lock = threading.RLock()
        self.turn = threading.Lock()
        self.transitioning = False

    @property
    def values(self) -> settings.Values:
        """The settings as they were last given; the running application may still have older ones."""
        found: settings.Values = self.store.get("settings", {})
        return found

    @property
    def info(self) -> dict[str, Any] | None:
        """What is remembered of the application."""
        found: dict[str, Any] | None = self.store.get("application")
        return found

    def install(self, release: dict[str, Any], defaults: settings.Values) -> None:
        """A licence was loaded. Settings that came earlier stay."""
        if self.info is None:
            ALIASES.write_text("alias wickr='replicated admin'\n")
            self.store.set(settings=defaults)
            self._note(ID=secrets.token_hex(16), state="stopped", desired="stopped", error="", release=release)

    def status(self) -> list[dict[str, Any]]:
        """As `app status` prints it; empty without a licence."""
        info = self.info
        if info is None:
            return []
        with self.lock:
            return [
                {
                    "AppID": info["ID"],
                    "Sequence": info["release"]["Sequence"],
                    "PatchSequence": 0,
                    "State": info["state"],
                    "DesiredState": info["desired"],
                    "Error": info["error"],
                    "IsCancellable": False,
                    "IsTransitioning": self.transitioning,
                    "LastModifiedAt": info["modified"],
                }
            ]

    def want(self, desired: str, *, again: bool = False) -> None:
        """Head for a state in the background; `again` passes through stopped, to take new settings."""
        info = self.info
        if info is None:
            raise Refusal("there is no app: load a license first")
        if desired == "started":
            settings.check(self.values, complete=True)
        with self.lock:
            if info["state"] == desired and not again and not self.transitioning:
                self._note(desired=desired)
                return
            self._note(desired=desired, error="")
            if self.transitioning and not again:
                return  # the running transition ends where `desired` says
            self.transitioning = True
        threading.Thread(target=self._move, args=(again,), daemon=True).start()

    def resume(self) -> None:
        """After a restart of the daemon or of the host: the wanted state is reached again."""
        info = self.info
        if info is None:
            return
        self._note(state="started" if self._runs_here() else "stopped")
        if (self.info or {})["state"] != info["desired"]:
            self.want(info["desired"])

    def _move(self, again: bool) -> None:
        with self.turn:
            self.transitioning = True
            try:
                if again:
                    self._stop()
                while (info := self.info) and info["state"] != info["desired"]:
                    self._start() if info["desired"] == "started" else self._stop()
            except Refusal as refusal:
                print(f"application: {refusal}", flush=True)
                self._remove_containers()
                self._note(state="stopped", placed={}, error=str(refusal))
            finally:
                with self.lock:
                    self.transitioning = False
                self._note()

    def _start(self) -> None:
        began = time.monotonic()
        self._note(state="starting")
        while not self.cluster.ready("local") and time.monotonic() - began < PLACING:
            time.sleep(0.2)
        tags = components.wanted(self.values)
        nodes = {tag: self._operator_for(tag) for tag in tags}
        if components.CALLING in tags and not self.store.get("license", {}).get("calling"):
            raise Refusal("calling is enabled, but the license does not include it")
        pem = self._certificate()
        images = {
            one: self.registry.take(one.image(self._release["Sequence"]))
            for tag in tags
            for one in components.COMPONENTS[tag]
        }
        self._note(placed={tag: node.about["id"] for tag, node in nodes.items()})
        for tag, node in nodes.items():
            environment = components.environment(
                self.values, self._release, node.about["public"] or node.about["private"]
            )
            containers = [
                {
                    "name": one.name,
                    "image": images[one],
                    "ports": [(port, port) for port in one.ports],
                    "environment": environment,
                    "restart": "always",
                }
                for one in components.COMPONENTS[tag]
            ]
            files = {str(APPLICATION_PEM): pem}
            node.ask({"do": "place", "containers": containers, "files": files}, RUNNING)
        time.sleep(max(0.0, STARTING - (time.monotonic() - began)))
        self._note(state="started")

    def _operator_for(self, tag: str) -> Node:
        node = self.cluster.ready(tag)
        if node is None:
            raise Refusal(f'Error placing components: not enough operators available for component "{tag}"')
        return node

    @property
    def _release(self) -> dict[str, Any]:
        found: dict[str, Any] = (self.info or {})["release"]
        return found

    def _stop(self) -> None:
        self._note(state="stopping")
        self._remove_containers()
        time.sleep(1)
        self._note(state="stopped", placed={})

    def _remove_containers(self) -> None:
        placed = set((self.info or {}).get("placed", {}).values())
        until = time.monotonic() + PLACING
        while placed - {node.about["id"] for node in self.cluster.present()} and time.monotonic() < until:
            time.sleep(0.2)
        for node in self.cluster.present():
            try:
                node.ask({"do": "remove", "names": components.NAMES}, RUNNING)
            except Refusal as refusal:
                print(f"application: {refusal}", flush=True)

    def welcome(self, node: Node) -> None:
        """A node has come back: containers of an application that was stopped meanwhile do not go on there."""
        if (info := self.info) and info["state"] == "stopped" and not self.transitioning:
            with contextlib.suppress(Refusal):
                node.ask({"do": "remove", "names": components.NAMES}, RUNNING)

    def test_calling(self) -> str:
        """The answer of the calling host's own interface; empty when it cannot be reached."""
        info = self.info or {}
        name = info.get("placed", {}).get(components.CALLING)
        if info.get("state") != "started" or name is None:
            raise Refusal("calling is not running: start the application, with calling enabled")
        node = next(one for one in self.cluster.nodes() if one["id"] == name)
        return ask_orville(node["private"])

    def _certificate(self) -> str:
        """The running application keeps the certificate that it started with: one for all of its hosts."""
        pem = CONSOLE_PEM.read_bytes()
        if not settings.on(self.values, "lab_use_console_certificate"):
            parts = (self.values[name]["data"] for name in ("lab_server_certificate", "lab_server_key"))
            pem = b"\n".join(base64.b64decode(part) for part in parts)
        with tempfile.NamedTemporaryFile() as file:
            file.write(pem)
            file.flush()
            try:
                ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(file.name)
            except ssl.SSLError as error:
                raise Refusal(f"the application's key and certificate cannot be used together: {error}") from error
        return pem.decode()

    def _runs_here(self) -> bool:
        try:
            return bool(docker("inspect", name="proxy")["container"]["State"]["Running"])
        except Refusal:
            return False

    def _note(self, **changes: Any) -> None:
        with self.lock:
            now = datetime.datetime.now(datetime.UTC).isoformat()
            self.store.set(application={**(self.info or {}), **changes, "modified": now})
