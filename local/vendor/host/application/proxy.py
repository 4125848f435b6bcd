"""HTTPS on 443: the health check, the admin page and a front page of the stand-in's application."""

import http.server
import json
import os
import sys
import urllib.parse
from typing import Any

from .tls import Server

WHAT = "stand-in of the local cloud for Wickr Enterprise"
PAGE = "<!doctype html><title>Wickr Enterprise (stand-in)</title><h1>{}</h1><p>This is the {}.</p>"


class Handler(http.server.BaseHTTPRequestHandler):
    """Three paths."""

    server_version = "lab-application-stand-in"
    sys_version = ""

    def do_GET(self) -> None:
        """The vendor documents the path of the health check, not its answer."""
        url = urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qs(url.query)
        if url.path == "/checkConfig.php" and query.get("api") == ["117"]:
            about = {"standIn": WHAT, "hostname": os.environ.get("HOSTNAME"), "release": os.environ.get("RELEASE")}
            self.reply(200, json.dumps(about), "application/json")
        elif url.path.rstrip("/") == "/admin":
            self.reply(200, PAGE.format("Admin console", WHAT), "text/html")
        elif url.path == "/":
            self.reply(200, PAGE.format("Wickr Enterprise", WHAT), "text/html")
        else:
            self.reply(404, "Not Found", "text/plain")

    def reply(self, status: int, text: str, kind: str) -> None:
        """Send one answer."""
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """One line an access."""
        print(f"{self.client_address[0]} {format % args}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    Server(int(os.environ["PORT_443"]), Handler).serve_forever()
