"""How the stand-in's programs talk on one host: one line of JSON each way over a Unix socket."""

import contextlib
import json
import os
import socket
import socketserver
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

Message = dict[str, Any]


class Refusal(Exception):  # noqa: N818 - it is an answer, not a fault
    """Something that was asked for cannot be done; the text is for the person who asked."""


def call(path: Path, request: Message) -> Message:
    """Ask the program behind `path`; its refusal is raised here."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.connect(str(path))
        client.sendall(json.dumps(request).encode() + b"\n")
        with client.makefile("rb") as stream:
            line = stream.readline()
    if not line:
        raise Refusal("the connection was closed before an answer came")
    reply: Message = json.loads(line)
    if "refusal" in reply:
        raise Refusal(reply["refusal"])
    return reply


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


def listener(path: Path, handle: Callable[[Message], Message], group: int = 0) -> _Server:
    """A server on `path` for root and `group`; call `serve_forever` on it."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            line = self.rfile.readline()
            if not line:
                return
            try:
                reply = handle(json.loads(line))
            except Refusal as refusal:
                reply = {"refusal": str(refusal)}
            except Exception as error:  # noqa: BLE001 - the program goes on; its log tells
                print(f"internal fault: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
                reply = {"refusal": f"internal fault of the stand-in: {type(error).__name__}: {error}"}
            with contextlib.suppress(BrokenPipeError):  # whoever asked may have gone
                self.wfile.write(json.dumps(reply).encode() + b"\n")

    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    server = _Server(str(path), Handler)
    path.chmod(0o660)
    if group:
        os.chown(path, 0, group)
    return server
