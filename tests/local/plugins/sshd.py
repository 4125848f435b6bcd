"""A real OpenSSH server on loopback, for as long as a test needs it."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

SSHD = shutil.which("sshd", path="/usr/sbin:/usr/bin")

needs_sshd = pytest.mark.skipif(SSHD is None, reason="OpenSSH's server is not installed: no sshd")


@dataclass(frozen=True)
class Sshd:
    """Where it listens, and the keys: of the server, of the one user who may log in, and of somebody else."""

    port: int
    host_key: str
    private_key: str
    stranger: str
    other_host_key: str

    def connection(self, **changes: Any) -> dict[str, Any]:
        """The input `connection` that reaches it, with the SDK's defaults."""
        return {
            "host": "127.0.0.1",
            "port": self.port,
            "user": "root",
            "privateKey": self.private_key,
            "hostKey": self.host_key,
            "dialErrorLimit": 10,
            "perDialTimeout": 15,
        } | changes


def free_port() -> int:
    """A loopback port that nobody listens on at the moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def keypair(path: Path) -> tuple[str, str]:
    """A new Ed25519 key: private and public text."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
    return path.read_text(), path.with_suffix(".pub").read_text()


def prepare(folder: Path, accept_env: str = "GREETING") -> Sshd:
    """Keys and configuration in the folder; nothing runs yet."""
    private, public = keypair(folder / "user")
    stranger, _ = keypair(folder / "stranger")
    _, host = keypair(folder / "host")
    _, other = keypair(folder / "other")
    (folder / "authorized").write_text(public)
    server = Sshd(free_port(), host, private, stranger, other)
    (folder / "sshd.conf").write_text(
        f"Port {server.port}\nListenAddress 127.0.0.1\nHostKey {folder / 'host'}\nPidFile none\n"
        f"AuthorizedKeysFile {folder / 'authorized'}\nPasswordAuthentication no\n"
        "KbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\nUsePAM no\nStrictModes no\n"
        f"AcceptEnv {accept_env}\nSubsystem sftp internal-sftp\n"
    )
    return server


@contextmanager
def serving(folder: Path, server: Sshd) -> Iterator[None]:
    """Starts it in the foreground of this process and ends it with the block."""
    Path("/run/sshd").mkdir(exist_ok=True)  # where it drops its privileges; its package makes it at boot
    with (folder / "sshd.log").open("w") as log:
        command = [str(SSHD), "-D", "-e", "-f", str(folder / "sshd.conf")]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=log)
        try:
            _await_port(server.port, process, folder / "sshd.log")
            yield
        finally:
            process.terminate()
            process.wait(timeout=10)


@contextmanager
def running(folder: Path) -> Iterator[Sshd]:
    """A new one, up for the time of the block."""
    server = prepare(folder)
    with serving(folder, server):
        yield server


def _await_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as caller:
            if caller.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    pytest.fail(f"sshd does not listen: {log.read_text()}")
