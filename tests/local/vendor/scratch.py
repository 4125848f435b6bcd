"""A scratch host: namespaces of its own, the vendor's server and nobody else in reach, no terminal."""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from local.vendor import authority

HERE = Path(__file__).parent
# The interpreter itself: the checkout's environment may lie below /tmp, which the host hides; it needs no packages.
PYTHON = str(Path(sys.executable).resolve())
CHECKOUT = HERE.parents[2]
SITE = CHECKOUT / "local" / "vendor" / "site"
ADDRESS = "10.0.0.10"


@dataclass(frozen=True)
class Result:
    """What a command left behind."""

    code: int
    output: str


class Host:
    """Runs commands as root of the scratch host, without a terminal."""

    def __init__(self, address: str = ADDRESS) -> None:
        self.address = address
        self.shared = Path(tempfile.mkdtemp(prefix="wickr-scratch-"))
        authority.make(self.shared / "vendor")
        shutil.copytree(SITE, self.shared / "site")
        (self.shared / "stdin").touch()

    def __enter__(self) -> "Host":
        self.process = subprocess.Popen(
            [
                *("unshare", "--mount", "--net", "--pid", "--uts", "--fork", "--mount-proc", "--kill-child"),
                *("bash", str(HERE / "scratch_host.sh"), str(self.shared), str(CHECKOUT), PYTHON, self.address),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout
        assert self.process.stderr
        if self.process.stdout.readline() != "ready\n":
            raise RuntimeError(f"the scratch host did not come up: {self.process.stderr.read()}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.shared, ignore_errors=True)

    def run(self, command: str, *, limit: float = 60, stdin: bytes = b"") -> Result:
        """One command, ended after `limit` seconds (exit code 137)."""
        assert self.process.stdin
        assert self.process.stdout
        (self.shared / "command").write_text(command)
        (self.shared / "stdin").write_bytes(stdin)
        self.process.stdin.write(f"{limit}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, f"the scratch host has gone: {self.process.poll()}"
        return Result(int(answer), (self.shared / "output").read_text(errors="replace"))

    def site(self, path: str) -> Path:
        """A file of this host's own copy of the vendor's folder."""
        return self.shared / "site" / path

    @property
    def access_log(self) -> str:
        """What the vendor's server was asked."""
        return (self.shared / "vendor.log").read_text()


def connect(one: Host, other: Host) -> None:
    """A cable between two hosts, without addresses of its own."""
    first, second = (str(host.process.pid) for host in (one, other))
    cable = ["ip", "link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns", second]
    subprocess.run(["nsenter", "--net", "--target", first, *cable], check=True)
    for host, neighbour in ((one, other), (other, one)):
        plugged = host.run(f"ip link set cable up && ip route add {neighbour.address} dev cable src {host.address}")
        assert plugged.code == 0, plugged.output


def unable() -> str | None:
    """Why this machine cannot have a scratch host, if it cannot."""
    if os.geteuid() != 0:
        return "a scratch host needs root"
    tried = subprocess.run(["unshare", "--mount", "--net", "--pid", "--fork", "true"], capture_output=True, text=True)
    return tried.stderr.strip() or None
