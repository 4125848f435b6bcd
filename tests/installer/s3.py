"""A bucket and a metadata service on this machine: real HTTP and TLS, signatures checked by botocore, and faults."""

import datetime
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from botocore.auth import S3SigV4Auth

from tests.certificates import Issued, issue
from tests.installer import servers
from tests.installer.servers import KEY, SECRET, SESSION

__all__ = ["HOST", "SECRET", "SESSION", "Bucket", "Serve", "serving"]

HOST = "bundles.s3.eu-west-1.amazonaws.com"


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


class _S3(servers.Handler):
    account: Bucket

    def do_GET(self) -> None:
        bucket = self.account
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
        bucket = self.account
        found = re.fullmatch(
            rf"AWS4-HMAC-SHA256 Credential={KEY}/\d{{8}}/([a-z0-9-]+)/s3/aws4_request, "
            r"SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})",
            self.headers.get("Authorization", ""),
        )
        if not found:
            return 403, "InvalidAccessKeyId"
        region, names, _ = found.groups()
        if not {"host", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token"} <= set(names.split(";")):
            return 403, "AccessDenied"
        stamp = datetime.datetime.strptime(self.headers["x-amz-date"], "%Y%m%dT%H%M%S%z")
        if abs(stamp - bucket.now) > datetime.timedelta(minutes=15):
            return 403, "RequestTimeTooSkewed"
        if self.headers["Authorization"] != self.authorization(S3SigV4Auth, "s3", region):
            return 403, "SignatureDoesNotMatch"
        if region != bucket.region:
            return 301, "PermanentRedirect"
        if not bucket.exists:
            return 404, "NoSuchBucket"
        return None if self.path in bucket.objects else (404, "NoSuchKey")

    def error(self, status: int, code: str) -> None:
        body = f"<?xml version='1.0'?><Error><Code>{code}</Code></Error>".encode()
        self.answer(status, body, x_amz_bucket_region=self.account.region)


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
                "S3_ADDRESS": stack.enter_context(servers.serving(_S3, bucket, tls)),
                "METADATA_ADDRESS": stack.enter_context(servers.serving(servers.Metadata, bucket)),
                "SSL_CERT_FILE": str(trusted),
            }

        yield start
