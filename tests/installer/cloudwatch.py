"""CloudWatch on this machine, as a host sees it: TLS, signatures checked by botocore, limits kept, and faults."""

import datetime
import hashlib
import json
import re
import socket
import socketserver
import ssl
import threading
from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from botocore.auth import SigV4Auth

from tests.certificates import Issued, issue
from tests.installer import servers

HOSTS = {f"{service}.eu-west-1.amazonaws.com": service for service in ("monitoring", "logs")}
GROUP = "/wickr/acme/hosts"
MINUTE = datetime.timedelta(minutes=1)


class RefusalError(Exception):
    """An answer with an error."""

    def __init__(self, status: int, code: str, text: str = "") -> None:
        super().__init__(text)
        self.status, self.code, self.text = status, code, text


@dataclass
class CloudWatch:
    """What it was told, and how. `faults` hold for one request each, by service: `503 ServiceUnavailable` or `cut`; a
    denied operation is always refused. `given` says the proxy's credentials, if it asks for some.
    """

    role: str = "messaging-host-role"
    ahead: datetime.timedelta = datetime.timedelta()
    groups: set[str] = field(default_factory=lambda: {GROUP})
    denied: set[str] = field(default_factory=set)
    faults: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    credentials: str = ""
    asked: list[str] = field(default_factory=list)
    metrics: list[dict[str, str]] = field(default_factory=list)
    streams: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    batches: list[int] = field(default_factory=list)
    tunnels: list[str] = field(default_factory=list)

    @property
    def now(self) -> datetime.datetime:
        return datetime.datetime.now(datetime.UTC) + self.ahead

    def texts(self, stream: str) -> list[str]:
        """What a stream holds."""
        return [each["message"] for each in self.streams.get(stream, [])]


class _CloudWatch(servers.Handler):
    account: CloudWatch

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        service = HOSTS.get(self.headers["Host"], "")
        self.json = service == "logs"
        try:
            fault = self.account.faults[service].pop(0) if self.account.faults[service] else ""
            if fault == "cut":
                self.close_connection = True
                return
            if fault:
                status, _, code = fault.partition(" ")
                raise RefusalError(int(status), code)
            self.judge(service, body)
            answer = b"{}"
            if self.json:
                self.logs(self.headers["X-Amz-Target"], json.loads(body))
            else:
                self.metrics(dict(parse_qsl(body.decode(), strict_parsing=True)))
                answer = b"<PutMetricDataResponse/>"
            # The host must not take for told what it was not told about.
            self.answer(200, answer)
        except RefusalError as refused:
            self.refuse(refused)

    def refuse(self, refused: RefusalError) -> None:
        if self.json:
            body = {"__type": f"com.amazonaws.logs#{refused.code}", "message": str(refused)}
            return self.answer(400 if refused.status == 403 else refused.status, json.dumps(body).encode())
        text = f"<ErrorResponse><Error><Code>{refused.code}</Code><Message>{refused}</Message></Error></ErrorResponse>"
        return self.answer(refused.status, text.encode())

    def judge(self, service: str, body: bytes) -> None:
        """What AWS refuses any request for."""
        headers, code = self.headers, "InvalidSignatureException" if self.json else "SignatureDoesNotMatch"
        signed = set(headers["Authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";"))
        if not {"host", *(each.lower() for each in headers if each.lower().startswith("x-amz-"))} <= signed:
            raise RefusalError(403, code, "There were headers present in the request which were not signed")
        if headers["X-Amz-Security-Token"] != servers.SESSION:
            raise RefusalError(403, "UnrecognizedClientException" if self.json else "InvalidClientTokenId")
        stamp = datetime.datetime.strptime(headers["X-Amz-Date"], "%Y%m%dT%H%M%S%z")
        if abs(stamp - self.account.now) > 5 * MINUTE:
            raise RefusalError(403, code, f"Signature expired: {headers['X-Amz-Date']} is now earlier than it may be")
        if headers["X-Amz-Content-Sha256"] != hashlib.sha256(body).hexdigest():
            raise RefusalError(400, code, "the body is another one")
        if headers["Authorization"] != self.authorization(SigV4Auth, service, "eu-west-1", body):
            raise RefusalError(403, code, "The request signature we calculated does not match")

    def may(self, operation: str) -> None:
        self.account.asked.append(operation)
        if operation in self.account.denied:
            text = f"User: arn:aws:sts::123456789012:assumed-role/x is not authorized to perform: {operation}"
            raise RefusalError(403, "AccessDeniedException" if self.json else "AccessDenied", text)

    def metrics(self, form: dict[str, str]) -> None:
        self.may(form["Action"])
        assert (form.pop("Action"), form.pop("Version")) == ("PutMetricData", "2010-08-01")
        data: dict[str, dict[str, str]] = defaultdict(dict)
        space = form.pop("Namespace")
        for key, value in form.items():
            number, name = re.fullmatch(r"MetricData\.member\.(\d+)\.(.+)", key).groups()  # type: ignore[union-attr]
            data[number][name] = value
        assert list(data) == [str(each + 1) for each in range(len(data))]
        self.account.metrics += [{"Namespace": space, **each} for each in data.values()]

    def logs(self, target: str, body: dict[str, Any]) -> None:
        assert self.headers["Content-Type"] == "application/x-amz-json-1.1"
        version, _, operation = target.partition(".")
        assert version == "Logs_20140328"
        self.may(operation)
        group, stream = body.pop("logGroupName"), body.pop("logStreamName")
        if group not in self.account.groups:
            raise RefusalError(400, "ResourceNotFoundException", "The specified log group does not exist.")
        streams = self.account.streams
        if operation == "CreateLogStream":
            if stream in streams:
                raise RefusalError(400, "ResourceAlreadyExistsException", "The specified log stream already exists")
            streams[stream] = []
        else:
            assert operation == "PutLogEvents"
            if stream not in streams:
                raise RefusalError(400, "ResourceNotFoundException", "The specified log stream does not exist.")
            events = body.pop("logEvents")
            self.account.batches.append(_size(events, self.account.now))
            streams[stream] += events
        assert body == {}


def _size(events: list[dict[str, Any]], now: datetime.datetime) -> int:
    """Of a batch, which is held to the documented limits of PutLogEvents first."""
    sizes = [len(each["message"].encode()) + 26 for each in events]
    times = [each["timestamp"] for each in events]
    present = now.timestamp() * 1000
    problems = {
        "no events, or too many": not 1 <= len(events) <= 10_000,
        "too large": sum(sizes) > 1_048_576,
        "an event is too large": max(sizes) > 262_144,
        "an event is empty": min(sizes) == 26,
        "not in order": times != sorted(times),
        "more than a day": times[-1] - times[0] > 86_400_000,
        "too old": times[0] < present - 14 * 86_400_000,
        "in the future": times[-1] > present + 2 * 3_600_000,
        "other fields": any(each.keys() != {"timestamp", "message"} for each in events),
    }
    wrong = [name for name, is_so in problems.items() if is_so]
    if wrong:
        raise RefusalError(400, "InvalidParameterException", ", ".join(wrong))
    return sum(sizes)


class _Proxy(servers.Handler):
    """A forward proxy that leads everybody to CloudWatch."""

    account: CloudWatch
    target: str

    def do_CONNECT(self) -> None:
        wanted = f"Basic {b64encode(self.account.credentials.encode()).decode()}"
        if self.account.credentials and self.headers.get("Proxy-Authorization") != wanted:
            return self.answer(407, b"")
        if self.path.partition(":")[0] not in HOSTS:
            return self.answer(403, b"")
        self.account.tunnels.append(self.path)
        self.send_response(200)
        self.end_headers()
        _pipe(self, self.target)
        self.close_connection = True
        return None


def _pipe(handler: socketserver.StreamRequestHandler, target: str) -> None:
    host, _, port = target.partition(":")
    with socket.create_connection((host, int(port))) as there:

        def forward(source: socket.socket, sink: socket.socket) -> None:
            with suppress(OSError):  # either end may be gone
                while piece := source.recv(65536):
                    sink.sendall(piece)
                sink.shutdown(socket.SHUT_WR)

        back = threading.Thread(target=forward, args=(there, handler.connection))
        back.start()
        forward(handler.connection, there)
        back.join()


@dataclass
class Services:
    """Where a host finds everything."""

    account: CloudWatch
    environment: dict[str, str]
    proxy: str


@contextmanager
def serving(folder: Path, account: CloudWatch, *, certificate: Issued | None = None) -> Iterator[Services]:
    """CloudWatch, the metadata service, and a proxy that leads to the former."""
    shown = certificate or issue("CloudWatch", names=[*HOSTS])
    pem, trusted = folder / "server.pem", folder / "trusted.pem"
    pem.write_text(shown.key_pem() + shown.pem)
    trusted.write_text(shown.pem)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pem)
    with ExitStack() as stack:
        address = stack.enter_context(servers.serving(_CloudWatch, account, tls))
        metadata = stack.enter_context(servers.serving(servers.Metadata, account))
        proxy = stack.enter_context(servers.serving(type("Proxy", (_Proxy,), {"target": address}), account))
        environment = {"SERVICES_ADDRESS": address, "METADATA_ADDRESS": metadata, "SSL_CERT_FILE": str(trusted)}
        yield Services(account, environment, f"http://{proxy}")
