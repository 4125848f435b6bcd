"""A bucket and a metadata service on this machine: real HTTP and TLS, signatures checked by botocore, and faults."""

import datetime
import http.server
import re
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from email.utils import format_datetime
from pathlib import Path

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.certificates import Issued, issue

HOST = "bundles.s3.eu-west-1.amazonaws.com"
KEY, SECRET, SESSION = "ASIAEXAMPLE", "canary-of-the-role", "session-of-the-role"
TOKEN = "token-of-version-2"


@dataclass
class Bucket:
    """What the servers know, and what was asked. `faults` hold for one request each: `cut 5` ends after five bytes,
    `503 SlowDown` answers with that.
    """

    objects: dict[str, bytes] = field(default_factory=dict)
    region: str = "eu-west-1"
    exists: bool = True
    ahead: datetime.timedelta = datetime.timedelta()
    ranges: bool = True
    role: str = "messaging-host-role"
    faults: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    @property
    def now(self) -> datetime.datetime:
        return datetime.datetime.now(datetime.UTC) + self.ahead


def signature(path: str, headers: dict[str, str], region: str) -> str:
    """What botocore would have signed such a request with."""
    request = AWSRequest("GET", f"https://{headers['host']}{path}", headers=headers)
    request.context["timestamp"] = headers["x-amz-date"]
    signer = S3SigV4Auth(Credentials(KEY, SECRET, SESSION), "s3", region)
    return str(signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request))


class _Quiet(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...

    def date_time_string(self, timestamp: float | None = None) -> str:
        return format_datetime(self.bucket.now, usegmt=True)

    bucket: Bucket

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)


class _S3(_Quiet):
    def do_GET(self) -> None:
        bucket = self.bucket
        bucket.asked.append(self.headers.get("Range", "all"))
        fault = bucket.faults.pop(0) if bucket.faults else ""
        if fault[:1].isdigit():
            status, _, code = fault.partition(" ")
            return self.error(int(status), code)
        if problem := self.problem():
            return self.error(*problem)
        body = bucket.objects[self.path]
        first = int((re.findall(r"bytes=(\d+)-$", self.headers.get("Range", "")) or ["0"])[0])
        if first and not bucket.ranges:
            first = 0
        if first and first >= len(body):
            return self.answer(416, b"", Content_Range=f"bytes */{len(body)}")
        self.send_response(206 if first else 200)
        self.send_header("Content-Length", str(len(body) - first))
        if first:
            self.send_header("Content-Range", f"bytes {first}-{len(body) - 1}/{len(body)}")
        self.end_headers()
        last = first + int(fault.removeprefix("cut ")) if fault else len(body)
        self.wfile.write(body[first:last])
        self.close_connection = True
        return None

    def problem(self) -> tuple[int, str] | None:
        """What S3 would refuse a request for."""
        bucket = self.bucket
        found = re.fullmatch(
            rf"AWS4-HMAC-SHA256 Credential={KEY}/\d{{8}}/([a-z0-9-]+)/s3/aws4_request, "
            r"SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})",
            self.headers.get("Authorization", ""),
        )
        if not found:
            return 403, "InvalidAccessKeyId"
        region, names, given = found.groups()
        if not {"host", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token"} <= set(names.split(";")):
            return 403, "AccessDenied"
        stamp = datetime.datetime.strptime(self.headers["x-amz-date"], "%Y%m%dT%H%M%S%z")
        if abs(stamp - bucket.now) > datetime.timedelta(minutes=15):
            return 403, "RequestTimeTooSkewed"
        if given != signature(self.path, {name: self.headers[name] for name in names.split(";")}, region):
            return 403, "SignatureDoesNotMatch"
        if region != bucket.region:
            return 301, "PermanentRedirect"
        if not bucket.exists:
            return 404, "NoSuchBucket"
        return None if self.path in bucket.objects else (404, "NoSuchKey")

    def error(self, status: int, code: str) -> None:
        body = f"<?xml version='1.0'?><Error><Code>{code}</Code></Error>".encode()
        self.answer(status, body, x_amz_bucket_region=self.bucket.region)


class _Metadata(_Quiet):
    def do_PUT(self) -> None:
        self.answer(200 if self.path == "/latest/api/token" else 404, TOKEN.encode())

    def do_GET(self) -> None:
        folder, role = "/latest/meta-data/iam/security-credentials/", self.bucket.role
        known = {
            folder: role,
            folder + role: f'{{"AccessKeyId": "{KEY}", "SecretAccessKey": "{SECRET}", "Token": "{SESSION}"}}',
        }
        if self.headers.get("X-aws-ec2-metadata-token") != TOKEN:
            self.answer(401, b"")
        elif not role or self.path not in known:
            self.answer(404, b"")
        else:
            self.answer(200, known[self.path].encode())


@contextmanager
def _serving(handler: type[_Quiet], bucket: Bucket, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (handler,), {"bucket": bucket}))
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


Serve = Callable[..., dict[str, str]]


@contextmanager
def serving(folder: Path) -> Iterator[Serve]:
    """Starts both services for a bucket, with a certificate for a name; what a client has to be told."""
    with ExitStack() as stack:

        def start(bucket: Bucket, *, certificate: Issued | None = None) -> dict[str, str]:
            shown = certificate or issue(HOST, names=[HOST])
            pem, trusted = folder / "server.pem", folder / "trusted.pem"
            pem.write_text(shown.key_pem() + shown.pem)
            trusted.write_text(shown.pem)
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(pem)
            return {
                "S3_ADDRESS": stack.enter_context(_serving(_S3, bucket, tls)),
                "METADATA_ADDRESS": stack.enter_context(_serving(_Metadata, bucket)),
                "SSL_CERT_FILE": str(trusted),
            }

        yield start
