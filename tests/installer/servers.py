"""HTTP servers on this machine that stand for AWS's, among them the metadata service of an instance."""

import datetime
import http.server
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import format_datetime
from typing import Protocol

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

KEY, SECRET, SESSION = "ASIAEXAMPLE", "canary-of-the-role", "session-of-the-role"
TOKEN = "token-of-version-2"
INSTANCE = "i-0123456789abcdef0"


class Account(Protocol):
    """What a server is about: what time it is there, and the role of the instance, if it has one."""

    role: str

    @property
    def now(self) -> datetime.datetime: ...


class Handler(http.server.BaseHTTPRequestHandler):
    """Says nothing of what it is asked."""

    account: Account

    def log_message(self, *_: object) -> None: ...

    def date_time_string(self, timestamp: float | None = None) -> str:
        return format_datetime(self.account.now, usegmt=True)

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def authorization(self, signer: type[SigV4Auth], service: str, region: str, body: bytes = b"") -> str:
        """What botocore would have written into such a request."""
        given = self.headers.get("Authorization", "")
        names = given.partition("SignedHeaders=")[2].partition(",")[0].split(";")
        headers = {name: self.headers.get(name, "") for name in names}
        request = AWSRequest(self.command, f"https://{self.headers['host']}{self.path}", headers=headers, data=body)
        request.context["timestamp"] = self.headers["x-amz-date"]
        auth = signer(Credentials(KEY, SECRET, SESSION), service, region)
        signature = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
        signed = auth.signed_headers(auth.headers_to_sign(request))
        return f"AWS4-HMAC-SHA256 Credential={auth.scope(request)}, SignedHeaders={signed}, Signature={signature}"


class Metadata(Handler):
    """Version 2 of the metadata service, and no other."""

    def do_PUT(self) -> None:
        self.answer(200 if self.path == "/latest/api/token" else 404, TOKEN.encode())

    def do_GET(self) -> None:
        role = self.account.role
        folder = "/latest/meta-data/iam/security-credentials/"
        known = {
            folder: role,
            folder + role: f'{{"AccessKeyId": "{KEY}", "SecretAccessKey": "{SECRET}", "Token": "{SESSION}"}}',
            "/latest/meta-data/instance-id": INSTANCE,
        }
        if self.headers.get("X-aws-ec2-metadata-token") != TOKEN:
            self.answer(401, b"")
        elif self.path not in known or (self.path.startswith(folder) and not role):
            self.answer(404, b"")
        else:
            self.answer(200, known[self.path].encode())


@contextmanager
def serving(handler: type[Handler], account: Account, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Serves in the background; `host:port`."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (handler,), {"account": account}))
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    # Clients that hang up are what some tests are about: no word about them.
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
