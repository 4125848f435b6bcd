"""The application's life: what is wanted, what is, and the way between them."""

import base64
import contextlib
import datetime
import secrets
import socket
import ssl
import threading
import time
from typing import Any

from ..wire import Refusal, call
from . import settings
from .cluster import Cluster
from .paths import APPLICATION_PEM, CONSOLE_PEM, DOCKER
from .store import Store

IMAGE = "registry.replicated.com/wickrenterprise/proxy:{}"
CONTAINER = "proxy"
PLACING = 20.0
"""Seconds that the first placement waits for the host's own operator, which is installed after the daemon."""
STARTING = 3.0
"""Seconds that a start takes at least, so that whoever waits for it has to wait."""


class Application:
    """One application: nothing until a licence is loaded, then stopped, starting, started or stopping."""

    def __init__(self, store: Store, cluster: Cluster) -> None:
        self.store, self.cluster = store, cluster
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
        self._note(state="started" if self._container_runs() else "stopped")
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
                self._note(state="stopped", error=str(refusal))
            finally:
                with self.lock:
                    self.transitioning = False
                self._note()

    def _start(self) -> None:
        began = time.monotonic()
        self._note(state="starting")
        while not self.cluster.ready("local") and time.monotonic() - began < PLACING:
            time.sleep(0.2)
        self._require_operators()
        calling = settings.on(self.values, "lab_enable_calling")
        if calling and not self.store.get("license", {}).get("calling"):
            raise Refusal("calling is enabled, but the license does not include it")
        info = self.info or {}
        image = IMAGE.format(info["release"]["Sequence"])
        _docker("pull", reference=image)
        time.sleep(max(0.0, STARTING - (time.monotonic() - began)))
        self._place_certificate()
        self._remove_container()
        environment = {
            "HOSTNAME": settings.text(self.values, "lab_hostname"),
            "CERTIFICATE": str(APPLICATION_PEM),
            "RELEASE": str(info["release"]["Version"]),
        }
        spec = {"name": CONTAINER, "image": image, "ports": [(443, 443)], "environment": environment}
        _docker("run", spec=spec)
        _wait_for_port(443)
        self._note(state="started")

    def _require_operators(self) -> None:
        tags = ["local", *(["calling"] if settings.on(self.values, "lab_enable_calling") else [])]
        for tag in tags:
            if not self.cluster.ready(tag):
                raise Refusal(f'Error placing components: not enough operators available for component "{tag}"')

    def _stop(self) -> None:
        self._note(state="stopping")
        self._remove_container()
        time.sleep(1)
        self._note(state="stopped")

    def _place_certificate(self) -> None:
        """The running application keeps the certificate that it started with."""
        pem = CONSOLE_PEM.read_bytes()
        if not settings.on(self.values, "lab_use_console_certificate"):
            parts = (self.values[name]["data"] for name in ("lab_server_certificate", "lab_server_key"))
            pem = b"\n".join(base64.b64decode(part) for part in parts)
        APPLICATION_PEM.touch(mode=0o600)
        APPLICATION_PEM.write_bytes(pem)
        try:
            ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(APPLICATION_PEM)
        except ssl.SSLError as error:
            raise Refusal(f"the application's key and certificate cannot be used together: {error}") from error

    def _container_runs(self) -> bool:
        try:
            return bool(_docker("inspect", name=CONTAINER)["container"]["State"]["Running"])
        except Refusal:
            return False

    def _remove_container(self) -> None:
        with contextlib.suppress(Refusal):  # there may be none
            _docker("remove", name=CONTAINER, force=True)

    def _note(self, **changes: Any) -> None:
        with self.lock:
            now = datetime.datetime.now(datetime.UTC).isoformat()
            self.store.set(application={**(self.info or {}), **changes, "modified": now})


def _docker(do: str, **request: Any) -> dict[str, Any]:
    try:
        return call(DOCKER, {"do": do, **request})
    except OSError as error:
        raise Refusal(f"cannot connect to Docker: {error.strerror}") from error


def _wait_for_port(port: int) -> None:
    for _ in range(50):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise Refusal(f"timeout waiting for ports to enter listening state: {port}")
