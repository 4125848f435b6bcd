"""The Replicated daemon of the stand-in."""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from ..wire import Refusal, listener
from . import configuration
from .api import Api
from .application import Application
from .cluster import Cluster
from .console import Console
from .options import environment
from .paths import CONFIGURATION, SOCKET, STATE
from .registry import Registry
from .store import Store


def main() -> None:
    """Start, take /etc/replicated.conf if this is the first start, and serve until SIGTERM."""
    signal.signal(signal.SIGTERM, _stop)
    options = environment("REPLICATED_OPTS")
    for variable in ("HTTP_PROXY", "NO_PROXY"):
        if variable in options:
            os.environ[variable] = options[variable]
            if variable == "HTTP_PROXY":
                os.environ["HTTPS_PROXY"] = options[variable]
    store = Store(STATE / "daemon.json")
    registry = Registry(os.environ.get("PRIVATE_ADDRESS", ""))
    cluster = Cluster(store, options.get("DAEMON_TOKEN", ""), registry.about)
    console = Console(store)
    application = Application(store, cluster, registry)
    api = Api(store, cluster, console, application, options)
    cluster.on_join = application.welcome
    registry.listen()
    cluster.listen(registry.pem)
    server = listener(SOCKET, api.answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print("replicated (stand-in of the local cloud): ready for operators on 9879", flush=True)
    if not store.get("started before"):
        store.set(**{"started before": True})
        bootstrap(api)
    else:
        application.resume()
    time.sleep(2)
    api.audit_ready = True
    while True:
        signal.pause()


def _stop(number: int, frame: FrameType | None) -> None:
    SOCKET.unlink(missing_ok=True)
    os._exit(0)


def bootstrap(api: Api) -> None:
    """Each part of the file on its own: what cannot be used leaves the console waiting for a person."""
    try:
        found = configuration.read(CONFIGURATION)
    except Refusal as refusal:
        print(f"ignored: {refusal}", file=sys.stderr, flush=True)
        return
    if not found:
        return
    api.store.set(params={key: value for key, value in found.items() if "Password" not in key and "Token" not in key})
    steps: tuple[tuple[str, Callable[[], None]], ...] = (
        ("TLS and authentication", lambda: api.console.bootstrap(found)),
        ("settings", lambda: _settings(api, found)),
        ("license", lambda: _license(api, found)),
    )
    for what, step in steps:
        try:
            step()
        except Refusal as refusal:
            print(f"{CONFIGURATION}: {what} ignored: {refusal}", file=sys.stderr, flush=True)


def _settings(api: Api, found: dict[str, Any]) -> None:
    path = found.get("ImportSettingsFrom")
    if not path:
        return
    try:
        api.store.set(**{"settings to import": json.loads(Path(path).read_text())})
    except (OSError, ValueError) as error:
        raise Refusal(f"ImportSettingsFrom {path}: {error}") from error
    if found.get("RemoveImportSettingsFrom"):
        Path(path).unlink()


def _license(api: Api, found: dict[str, Any]) -> None:
    path = found.get("LicenseFileLocation")
    if not path:
        return
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise Refusal(f"LicenseFileLocation {path}: {error.strerror}") from error
    api.load_license(data, sequence=found.get("ReleaseSequence"))


if __name__ == "__main__":
    try:
        main()
    except (Refusal, OSError) as fault:
        sys.exit(f"replicated: {fault}")
