"""The calling service: call info over HTTP on 444, and media on two UDP ports a call from 16384 on.

The stand-in sends every datagram back to where it came from, on every port of the range.
"""

import http.server
import json
import os
import resource
import secrets
import selectors
import socket
import sys
import threading
from typing import Any

FIRST = 16384
DEFAULT_CALLS = 50
LAST_PORT = 65535


def media_ports(calls: int) -> range:
    """The guide's range: 16384 to 16384 + 2 * calls, both included."""
    return range(FIRST, FIRST + 2 * calls + 1)


def max_calls() -> int:
    """ORVILLE_MAX_CALLS, 50 without it."""
    text = os.environ.get("ORVILLE_MAX_CALLS", str(DEFAULT_CALLS))
    if not text.isdecimal() or int(text) < 1 or media_ports(int(text))[-1] > LAST_PORT:
        sys.exit(f"orville: ORVILLE_MAX_CALLS is {text!r}: a number from 1 to {(LAST_PORT - FIRST) // 2} is needed")
    return int(text)


def echo(ports: range) -> None:
    """Listen on all ports, then answer for ever."""
    needed = len(ports) + 100
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, max(needed, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
    selector = selectors.DefaultSelector()
    for port in ports:
        media = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        media.setblocking(False)
        try:
            media.bind(("0.0.0.0", port))
        except OSError as error:
            sys.exit(f"orville: UDP port {port}: {error.strerror}")
        selector.register(media, selectors.EVENT_READ)
    print(f"orville: media on UDP {ports[0]}-{ports[-1]}", flush=True)
    threading.Thread(target=answer, args=(selector,), daemon=True).start()


def answer(selector: selectors.BaseSelector) -> None:
    """Send each datagram back."""
    while True:
        for key, _ in selector.select():
            media: Any = key.fileobj
            try:
                data, sender = media.recvfrom(65536)
                media.sendto(data, sender)
            except OSError:  # the sender has gone
                continue


class Handler(http.server.BaseHTTPRequestHandler):
    """One path: a call begins."""

    server_version = "lab-orville-stand-in"
    sys_version = ""

    def do_POST(self) -> None:
        """Where the members of a new call are to meet."""
        if self.path != "/calls":
            self.send_error(404)
            return
        state = {
            "eventId": secrets.token_hex(16),
            "roomURI_ipv6": "",
            "pid": secrets.token_hex(2),
            "roomURI": f"{os.environ['ADVERTISED']}:{FIRST}",
        }
        body = json.dumps({"cluster": "enterprise", "state": state}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """One line an access."""
        print(f"{self.client_address[0]} {format % args}", flush=True)


if __name__ == "__main__":
    echo(media_ports(max_calls()))
    http.server.ThreadingHTTPServer(("0.0.0.0", int(os.environ["PORT_444"])), Handler).serve_forever()
