"""The question of IG 9.1 against real TLS servers on this machine."""

import http.server
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from installer import healthcheck
from tests import certificates
from tests.certificates import Issued, issue

URL = "https://wickr.example.com/checkConfig.php?api=117"


@contextmanager
def serving(folder: Path, certificate: Issued, *, status: int = 200, garbage: bool = False) -> Iterator[int]:
    """A server with a certificate that answers the health path with a status, or with something that is no HTTP."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if garbage:
                self.wfile.write(b"SSH-2.0-surprise\r\n")
                return
            known = self.path == "/checkConfig.php?api=117" and self.headers["Host"].startswith("wickr.example.com")
            self.send_response(status if known else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    pem = folder / "server.pem"
    pem.write_text(certificate.key_pem() + certificate.pem + certificates.intermediate().pem)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pem)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    # Clients that refuse the certificate are what some of these tests are about: no word about them.
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def environment(port: int, **changes: str) -> dict[str, str]:
    return {
        "ADDRESS": "127.0.0.1",
        "HOSTNAME_OF_WICKR": "wickr.example.com",
        "HEALTH_PATH": "/checkConfig.php?api=117",
        "TRUST": "ca",
        "CA_CERTIFICATE": certificates.authority().pem,
        "LIMIT": "0",
        "HEALTH_PORT": str(port),
        **changes,
    }


def test_an_installation_that_answers_with_200_is_healthy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(tmp_path, certificates.server()) as port:
        assert healthcheck.main(environment(port)) == 0
    assert capsys.readouterr() == (f"health: {URL} answers with 200 at 127.0.0.1\n", "")


def test_the_program_runs_from_standard_input(tmp_path: Path) -> None:
    with serving(tmp_path, certificates.server()) as port:
        done = subprocess.run(
            [sys.executable, "-"],
            input=Path(healthcheck.__file__).read_text(),
            env=environment(port),
            capture_output=True,
            text=True,
        )
    assert (done.returncode, done.stdout, done.stderr) == (0, f"health: {URL} answers with 200 at 127.0.0.1\n", "")


def other_name() -> Issued:
    return issue("other", by=certificates.intermediate(), names=["other.example.com"])


def expired() -> Issued:
    return issue("wickr", by=certificates.intermediate(), names=["wickr.example.com"], days=(-9, -1))


def self_signed() -> Issued:
    return issue("wickr", names=["wickr.example.com"])


@pytest.mark.parametrize(
    ("certificate", "changes", "sentence"),
    [
        (other_name, {}, f"certificate: {URL} shows a certificate that does not fit: Hostname mismatch"),
        (expired, {}, f"certificate: {URL} shows a certificate that does not fit: certificate has expired"),
        (self_signed, {}, f"certificate: {URL} shows a certificate that does not fit: "),
        (
            certificates.server,
            {"CA_CERTIFICATE": issue("Another Root", authority=True).pem},
            f"certificate: {URL} shows a certificate that does not fit: ",
        ),
        (certificates.server, {"TRUST": "system"}, f"certificate: {URL} shows a certificate that does not fit: "),
    ],
    ids=["other name", "expired", "self-signed", "other CA", "system"],
)
def test_a_certificate_that_a_client_would_refuse_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], certificate: object, changes: dict[str, str], sentence: str
) -> None:
    assert callable(certificate)
    with serving(tmp_path, certificate()) as port:
        assert healthcheck.main(environment(port, **changes)) == 1
    assert capsys.readouterr().err.startswith(sentence)


def test_a_certificate_that_nobody_vouches_for_yet_is_not_compared(tmp_path: Path) -> None:
    with serving(tmp_path, self_signed()) as port:
        assert healthcheck.main(environment(port, TRUST="none")) == 0


@pytest.mark.parametrize("status", [404, 500, 503, 302])
def test_another_status_is_an_application_that_is_not_there_yet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], status: int
) -> None:
    with serving(tmp_path, certificates.server(), status=status) as port:
        assert healthcheck.main(environment(port)) == 1
    assert capsys.readouterr().err == f"application: {URL} answers with HTTP status {status} instead of 200\n"


def test_an_answer_that_is_no_http_ends_in_a_sentence_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(tmp_path, certificates.server(), garbage=True) as port:
        assert healthcheck.main(environment(port)) == 1
    assert capsys.readouterr().err == f"application: {URL} gives no answer in HTTP (BadStatusLine)\n"


def test_nobody_there_is_the_network_and_says_what_this_machine_must_be_inside(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert healthcheck.main(environment(port)) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"network: 127.0.0.1 port {port} does not answer (")
    assert "this machine must be inside clientCidrs" in told


def test_the_question_is_asked_until_it_is_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([500, 503, 200])
    monkeypatch.setattr(healthcheck, "ask", lambda *_: next(answers))
    monkeypatch.setattr("time.sleep", lambda _: None)
    assert healthcheck.main(environment(443, LIMIT="60")) == 0
    assert list(answers) == []
