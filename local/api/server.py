"""Serves the API on a loopback port, from a thread of the caller's process or as a process of its own.

python -m local.api.server --host 127.0.0.1 --port 5555
"""

import logging
import os
import threading
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

SETTINGS = {  # moto reads them when it is imported
    "MOTO_AMIS_PATH": str(Path(__file__).with_name("amis.json")),
    "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
    "MOTO_ENABLE_AMI_VALIDATION": "1",
    "MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION": "1",
    "MOTO_ENABLE_KEYPAIR_VALIDATION": "1",
    "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",
}

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_READING = ("Describe", "Get", "List", "Simulate", "Decode", "AssumeRole")


def start(host: str, port: int, on_change: Callable[[], None] = lambda: None) -> "OneAtATime":
    """Serves in the background and returns when it answers.

    `on_change` follows each call that may change state. What comes back is the application, for another door to it."""
    os.environ.update(SETTINGS)
    from moto.moto_server.werkzeug_app import (
        DomainDispatcherApplication,
        MotoRequestHandler,
        create_backend_app,
    )
    from werkzeug.serving import make_server

    from local.api import addresses, backups, endpoints, groups, instances, networks, parameters, volumes, zones
    from local.api.access import buckets, names

    for part in (
        *(addresses, backups, buckets, endpoints, groups, instances, names, networks, parameters, volumes),
        zones,
    ):
        part.patch()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    application = OneAtATime(DomainDispatcherApplication(create_backend_app), on_change)
    server = make_server(host, port, application, threaded=True, request_handler=MotoRequestHandler)
    threading.Thread(target=server.serve_forever, name="aws-api", daemon=True).start()
    return application


def reboots() -> dict[str, int]:
    """How often each instance was told to reboot, by its id."""
    from local.api.instances import REBOOTS

    return dict(REBOOTS)


class OneAtATime:
    """moto behind a lock (its models are plain dictionaries), with a word to whoever follows changes."""

    def __init__(self, application: Wsgi, on_change: Callable[[], None], lock: "threading.Lock | None" = None) -> None:
        self._application = application
        self._on_change = on_change
        self._lock = lock or threading.Lock()

    def behind(self, gate: Callable[[Wsgi], Wsgi]) -> "OneAtATime":
        """The same API with something in front, under the same lock."""
        return OneAtATime(gate(self._application), self._on_change, self._lock)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answers one request."""
        stream = environ["wsgi.input"]
        if environ.pop("wsgi.input_terminated", False) and not environ.get("CONTENT_LENGTH"):
            body = stream.read()  # it came in chunks
            environ["CONTENT_LENGTH"] = str(len(body))
            environ.pop("HTTP_TRANSFER_ENCODING", None)
        else:
            body = stream.read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(body)
        with self._lock:
            answer = list(self._application(environ, start_response))
        if changes(environ, body):
            self._on_change()
        return answer


def changes(environ: dict[str, Any], body: bytes) -> bool:
    """Whether a request may change something: all may, unless they say that they only read."""
    action = str(environ.get("HTTP_X_AMZ_TARGET", "")).rsplit(".", 1)[-1]
    if not action:
        action = parse_qs(body.decode(errors="replace")).get("Action", [""])[0]
    if action:
        return not action.startswith(_READING)
    return environ["REQUEST_METHOD"] not in ("GET", "HEAD")


def main() -> None:
    """The API as a process, for tests and for exploring."""
    import argparse

    parser = argparse.ArgumentParser(prog="python -m local.api.server", description=main.__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=5555)
    options = parser.parse_args()
    start(options.host, options.port)
    print(f"http://{options.host}:{options.port}", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
