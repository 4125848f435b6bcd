"""The web console of the stand-in: says what it is, takes a licence, asks for the password once there is one."""

import base64
import html
import http.server
import os
import secrets
import socketserver
import ssl
import sys
import urllib.parse
from typing import Any

from ..replicated.ask import ask
from ..replicated.paths import CONSOLE_PEM
from ..wire import Refusal

SESSIONS: set[str] = set()
LARGEST = 1_000_000
PAGE = """<!doctype html><title>Replicated console (stand-in)</title>
<h1>Replicated console: stand-in of the local cloud</h1><p>{}</p>"""
LOGIN = "<form method=post action=/login><input type=password name=password><button>Log in</button></form>"


class Handler(http.server.BaseHTTPRequestHandler):
    """Pages and actions; everything else is 404."""

    server_version = "lab-console-stand-in"
    sys_version = ""

    def do_GET(self) -> None:
        """/ping for load balancers, / for people."""
        path = urllib.parse.urlsplit(self.path).path
        if path == "/ping":
            self.reply(200, "pong")
        elif path == "/":
            self.guarded(self.front)
        else:
            self.reply(404, "Not Found")

    def do_POST(self) -> None:
        """/login with the password, /license with the file as the body."""
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(min(length, LARGEST))
        path = urllib.parse.urlsplit(self.path).path
        actions = {"/login": self.login, "/license": self.upload}
        if path in actions:
            self.guarded(lambda: actions[path](body))
        else:
            self.reply(404, "Not Found")

    def front(self) -> None:
        """The state, for whoever may see it."""
        found = ask("console")
        if not self.entered(found):
            self.reply(200, PAGE.format(LOGIN), "text/html")
            return
        texts = ["TLS set-up is waiting."] if found["tls waiting"] else []
        texts += ["No password is set: anyone may upload a license."] if found["anonymous"] else []
        state = found["app"][0]["State"].capitalize() if found["app"] else "Upload a license"
        self.reply(200, PAGE.format(html.escape(" ".join([*texts, state]))), "text/html")

    def login(self, body: bytes) -> None:
        """A session for the right password."""
        form = dict(urllib.parse.parse_qsl(body.decode(errors="replace")))
        if not ask("console_login", password=form.get("password", "")):
            self.reply(401, "wrong password")
            return
        session = secrets.token_urlsafe(24)
        SESSIONS.add(session)
        self.reply(303, "", extra={"Location": "/", "Set-Cookie": f"session={session}; Secure; HttpOnly; Path=/"})

    def upload(self, body: bytes) -> None:
        """A licence from the browser."""
        if not self.entered(ask("console")):
            self.reply(401, "log in first")
            return
        ask("license_load", data=base64.b64encode(body).decode(), force_online=False)
        self.reply(200, "license loaded")

    def entered(self, console: dict[str, Any]) -> bool:
        """Whether this request may act."""
        cookie = self.headers.get("Cookie", "").removeprefix("session=")
        return bool(console["anonymous"]) or cookie in SESSIONS

    def guarded(self, action: Any) -> None:
        """A refusal of the daemon becomes an answer."""
        try:
            action()
        except Refusal as refusal:
            self.reply(502 if "cannot connect" in str(refusal) else 422, str(refusal))

    def reply(self, status: int, text: str, kind: str = "text/plain", extra: dict[str, str] | None = None) -> None:
        """Send one answer."""
        body = text.encode()
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(extra or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """One line an access."""
        print(f"{self.client_address[0]} {format % args}", file=sys.stderr, flush=True)


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """Reads the certificate for each connection, so that a new one is used at once."""

    daemon_threads = True

    def finish_request(self, request: Any, client_address: Any) -> None:
        """TLS first."""
        request.settimeout(30)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CONSOLE_PEM)
        with context.wrap_socket(request, server_side=True) as secured:
            super().finish_request(secured, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A scanner that hangs up is no fault."""
        print(f"{client_address[0]} {sys.exc_info()[1]}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    Server(("0.0.0.0", int(os.environ["PORT_8800"])), Handler).serve_forever()
