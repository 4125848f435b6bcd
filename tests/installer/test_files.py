"""The phase that places files: the right content and modes, nothing written twice, no password left lying about."""

import base64
from pathlib import Path

import pytest

from tests.installer.shell import PHASES, Done, run_phase

pytestmark = pytest.mark.slow

CONTENT = {
    "license.rli": ("LICENSE", b"licence\0\xff bytes"),
    "settings.json": ("SETTINGS", b"{}\n"),
    "settings.tsv": ("SETTINGS_TABLE", b"key\tdmFsdWU=\n"),
    "console-auth.json": ("CONSOLE_AUTH", b'{"Password": "$(false) \'\\""}\n'),
    "certificate.pem": ("CERTIFICATE", b"-----BEGIN CERTIFICATE-----\n"),
    "certificate.key": ("CERTIFICATE_KEY", b"-----BEGIN PRIVATE KEY-----\n"),
}
CONF = b'{"DaemonToken": "abc"}\n'

# The host's user does not exist here; everything else is the real thing.
STUBS = """
getent() { return 0; }
chown() { :; }
install() { command install -d -m 0750 "${!#}"; }
"""


@pytest.fixture
def host(tmp_path: Path) -> Path:
    (tmp_path / "etc/wickr").mkdir(parents=True)
    return tmp_path


def place(host: Path, **changes: bytes) -> Done:
    values = {name: base64.b64encode(changes.get(name, content)).decode() for name, content in CONTENT.values()}
    conf = base64.b64encode(CONF).decode()
    return run_phase(
        PHASES["files"], values | {"REPLICATED_CONF": conf, "FILES": f"{host}/etc/wickr"}, host, stubs=STUBS
    )


def found(host: Path) -> dict[str, tuple[bytes, int]]:
    files = [*(host / "etc/wickr").iterdir(), *(host / "etc").glob("*.conf")]
    return {path.name: (path.read_bytes(), path.stat().st_mode & 0o777) for path in files}


EXPECTED = {name: (content, 0o600) for name, (_, content) in CONTENT.items()}


def test_each_file_has_its_content_and_is_for_its_owner_alone(host: Path) -> None:
    assert place(host).err == ""
    assert found(host) == EXPECTED | {"replicated.conf": (CONF, 0o600)}


def test_a_run_says_which_files_changed_and_never_what_is_in_them(host: Path) -> None:
    first, second, third = place(host), place(host), place(host, SETTINGS=b'{"a": 1}')
    assert first.out == f"files: {' '.join(CONTENT)} replicated.conf changed\n"
    assert second.out == "files: nothing changed\n"
    assert third.out == "files: settings.json changed\n"


def test_once_wickr_runs_the_file_with_the_password_is_gone_and_stays_away(host: Path) -> None:
    place(host)
    (host / "var/lib/wickr-bootstrap/configured").touch()
    place(host)
    assert found(host) == EXPECTED


def test_without_a_certificate_none_is_placed(host: Path) -> None:
    place(host, CERTIFICATE=b"", CERTIFICATE_KEY=b"")
    assert found(host).keys() == {
        *("license.rli", "settings.json", "settings.tsv", "console-auth.json", "replicated.conf"),
    }
