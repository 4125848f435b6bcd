"""The vendor's server over real TLS."""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.vendor import authority
from local.vendor.names import NAMES
from local.vendor.server import serve
from tests import certificates

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    (folder / "quay.io").mkdir()
    (folder / "quay.io" / "file").write_text("x" * 1000)
    return folder


@pytest.fixture(scope="module")
def vendor(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, ssl.SSLContext]]:
    files = authority.make(tmp_path_factory.mktemp("vendor"))
    server = serve(folder, ("127.0.0.1", 0), files.certificate, files.key)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1], ssl.create_default_context(cafile=str(files.ca))
    server.shutdown()
    server.server_close()


class Named(http.client.HTTPSConnection):
    """A connection to this machine that asks, and checks the certificate, for one of the vendor's names."""

    def __init__(self, name: str, port: int, context: ssl.SSLContext) -> None:
        super().__init__(name, port, context=context, timeout=10)
        self.context = context

    def connect(self) -> None:
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        self.sock = self.context.wrap_socket(plain, server_hostname=self.host)


def get(name: str, path: str, vendor: tuple[int, ssl.SSLContext]) -> http.client.HTTPResponse:
    connection = Named(name, *vendor)
    connection.request("GET", path)
    return connection.getresponse()


@pytest.mark.parametrize("name", [*NAMES, "packages.debian.org"])
def test_the_certificate_fits_each_of_the_vendors_names(name: str, vendor: tuple[int, ssl.SSLContext]) -> None:
    assert get(name, "/nothing", vendor).status in (200, 404)


def test_a_client_that_does_not_know_the_authority_is_turned_away(vendor: tuple[int, ssl.SSLContext]) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        get("quay.io", "/file", (vendor[0], ssl.create_default_context()))


def test_another_certificate_is_shown_for_the_name_that_has_one_and_for_no_other(
    folder: Path, vendor: tuple[int, ssl.SSLContext]
) -> None:
    other = certificates.issue("quay.io", names=["quay.io"], days=(-20, -10))
    fault = folder / "quay.io" / ".certificate.pem"
    fault.write_text(other.pem + other.key_pem())
    knows = vendor[1]
    try:
        with pytest.raises(ssl.SSLCertVerificationError, match="self-signed"):
            get("quay.io", "/file", vendor)
        trusting = ssl.create_default_context(cadata=other.pem)
        with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
            get("quay.io", "/file", (vendor[0], trusting))
        assert get("get.replicated.com", "/nothing", (vendor[0], knows)).status in (200, 404)
    finally:
        fault.unlink()
    assert get("quay.io", "/file", vendor).status == 200


def test_a_cut_off_answer_promises_more_than_it_gives(folder: Path, vendor: tuple[int, ssl.SSLContext]) -> None:
    fault = folder / "quay.io" / "file.truncate"
    fault.write_text("100")
    try:
        with pytest.raises((http.client.IncompleteRead, ssl.SSLError)):
            get("quay.io", "/file", vendor).read()
    finally:
        fault.unlink()


def test_a_slow_answer_holds_up_nobody_else(folder: Path, vendor: tuple[int, ssl.SSLContext]) -> None:
    fault = folder / "quay.io" / "file.delay"
    fault.write_text("1.5")
    try:
        slow = threading.Thread(target=lambda: get("quay.io", "/file", vendor).read())
        slow.start()
        time.sleep(0.1)
        assert get("quay.io", "/nothing", vendor).status == 404
        assert slow.is_alive()
    finally:
        fault.unlink()
        slow.join()


def test_an_authority_is_made_once(tmp_path: Path) -> None:
    first = authority.make(tmp_path).ca.read_bytes()
    assert authority.make(tmp_path).ca.read_bytes() == first
    assert (tmp_path / "server.key").stat().st_mode & 0o777 == 0o600
