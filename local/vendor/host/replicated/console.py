"""The console's password and certificate."""

import hashlib
import hmac
import secrets
import socket
import ssl
import subprocess
from pathlib import Path
from typing import Any

from ..wire import Refusal
from .paths import CONSOLE_PEM, SECRETS
from .store import Store


class Console:
    """Who may enter, and with which certificate the console and the application answer."""

    def __init__(self, store: Store) -> None:
        self.store = store
        if not CONSOLE_PEM.exists():
            self.use_self_signed(socket.gethostname(), waiting=True)

    @property
    def anonymous(self) -> bool:
        """True until a password is set: whoever reaches the console may do everything."""
        return not self.store.get("password")

    @property
    def hostname(self) -> str:
        """The name that was chosen for the console; empty while its set-up waits."""
        tls = self.store.get("tls", {})
        return "" if tls.get("waiting", True) else str(tls["hostname"])

    def set_password(self, password: str) -> None:
        """From now on the console asks for it."""
        if not password:
            raise Refusal("the console password must not be empty")
        salt = secrets.token_hex(16)
        self.store.set(password={"salt": salt, "hash": _hash(password, salt)})

    def reset(self) -> None:
        """Back to no password."""
        self.store.set(password=None)

    def accepts(self, password: str) -> bool:
        """Whether this is the password."""
        known = self.store.get("password")
        return bool(known) and hmac.compare_digest(known["hash"], _hash(password, known["salt"]))

    def use_self_signed(self, hostname: str, *, waiting: bool = False) -> None:
        """A certificate of its own; `waiting` means that a person still has to choose one."""
        SECRETS.mkdir(parents=True, exist_ok=True)
        key, certificate = SECRETS / "self-signed.key", SECRETS / "self-signed.crt"
        made = subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "365"),
                *("-subj", f"/CN={hostname}", "-addext", f"subjectAltName=DNS:{hostname}"),
                *("-keyout", str(key), "-out", str(certificate)),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            raise Refusal(f"cannot make a self-signed certificate for {hostname!r}: {made.stderr.strip()[-200:]}")
        self.use(hostname, key.read_text(), certificate.read_text(), waiting=waiting)
        (SECRETS / "ca.crt").write_text(certificate.read_text())
        key.unlink()

    def use_files(self, hostname: str, key: str, certificate: str) -> None:
        """The pair at these paths of the host."""
        texts = []
        for path in (key, certificate):
            try:
                texts.append(Path(path).read_text())
            except OSError as error:
                raise Refusal(f"open {path}: {(error.strerror or 'failed').lower()}") from error
        self.use(hostname, *texts)

    def use(self, hostname: str, key: str, certificate: str, *, waiting: bool = False) -> None:
        """This pair, checked to belong together; kept in one file that is replaced at once."""
        new = CONSOLE_PEM.with_suffix(".new")
        new.touch(mode=0o600)
        new.write_text(f"{certificate.strip()}\n{key.strip()}\n")
        try:
            ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(new, password=lambda: "")
        except (ssl.SSLError, ValueError) as error:
            new.unlink()
            raise Refusal(f"tls: the key and the certificate cannot be used together: {error}") from error
        new.replace(CONSOLE_PEM)
        self.store.set(tls={"hostname": hostname, "waiting": waiting})

    def bootstrap(self, configured: dict[str, Any]) -> None:
        """TlsBootstrap* and DaemonAuthentication* of /etc/replicated.conf."""
        kind, host = configured.get("TlsBootstrapType"), configured.get("TlsBootstrapHostname", "")
        key, certificate = configured.get("TlsBootstrapKey", ""), configured.get("TlsBootstrapCert", "")
        if kind == "self-signed":
            self.use_self_signed(host or socket.gethostname())
        elif kind == "key-cert" and "-----BEGIN" in key:
            self.use(host, key, certificate)
        elif kind:
            self.use_files(host, key, certificate)
        if configured.get("DaemonAuthenticationType") == "password":
            self.set_password(configured.get("DaemonAuthenticationPassword", ""))


def _hash(password: str, salt: str) -> str:
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), 100_000).hex()
