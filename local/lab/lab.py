"""A lab as its users see it: start, stop, run something at a place."""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.lab import ability, removal, topology
from local.lab.addresses import OPERATOR, PLACES
from local.lab.command import LabError, within
from local.lab.folder import CHECKOUT, LabFolder

SITE = CHECKOUT / "local" / "vendor" / "site"
START_SECONDS = 60
# What a command inside a host starts with: nothing of this machine's environment.
CLEAN = {
    "HOME": "/root",
    "USER": "root",
    "LANG": "C.UTF-8",
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
}


@dataclass(frozen=True)
class Lab:
    """The lab of one folder."""

    path: Path

    @property
    def folder(self) -> LabFolder:
        return LabFolder(self.path)

    def start(self, vendor: Path | None = None, say: Callable[[str], None] = lambda _: None) -> None:
        """Make sure that the lab runs; `vendor` is the folder that its vendor's server serves from now on."""
        ability.demand()
        with self._alone():
            if not self.running():
                self._start(vendor or SITE, say)
            elif vendor:
                self._serve(vendor)

    def _start(self, vendor: Path, say: Callable[[str], None]) -> None:
        from local.lab import image  # here, because it is also a command that is run by itself

        image.disk(say=say)
        if (self.path / "state").exists():
            say("the cloud of the run before is gone, and so is the stack that was on it: starting afresh")
        self._remove()
        self.folder.claim()
        self.folder.vendor.mkdir()
        self.folder.proxy.mkdir()
        self._serve(vendor)
        try:
            topology.up(self.folder)
            self._start_daemon()
        except BaseException:
            removal.clear(self.folder)
            raise

    def stop(self) -> None:
        """Remove everything that the lab made on this machine, its state included; also after a crash."""
        with self._alone():
            self._remove()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One start or stop at a time. The folder above is locked: it stays, and nothing is left behind."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.path.parent, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _remove(self) -> None:
        self.folder.check()
        self._end_daemon()
        removal.clear(self.folder)
        if self.path.exists():
            shutil.rmtree(self.path)

    def running(self) -> bool:
        """Whether the daemon is at work and has written its first status."""
        pid = self._daemon()
        return pid is not None and topology.exists(self.folder) and self.folder.status.exists()

    def status(self) -> dict[str, Any]:
        """What the daemon last wrote; {} when it does not run."""
        return dict(json.loads(self.folder.status.read_text())) if self.running() else {}

    def host(self, name: str) -> dict[str, Any]:
        """A host by its instance id, its name, or the end of its name."""
        hosts = [host for host in self.status().get("hosts", []) if host["state"] != "gone"]
        found = [h for h in hosts if name in (h["id"], h["name"])] or [
            h for h in hosts if h["name"].endswith(f"-{name}")
        ]
        if len(found) == 1:
            return dict(found[0])
        known = ", ".join([p.name for p in PLACES] + [h["name"] or h["id"] for h in hosts])
        problem = "is not unique" if found else "is no place of this lab"
        raise LabError(f"{name!r} {problem}: the places are {known}")

    def command(self, at: str, argv: Sequence[str]) -> list[str]:
        """The words that run `argv` at a place: one of the fixed ones, or a host."""
        if not self.running():
            raise LabError("the lab does not run: start it with `make up` (or `python -m local start`)")
        if at in (place.name for place in PLACES):
            return ["ip", "netns", "exec", self.folder.namespace(at), *argv]
        host = self.host(at)
        if not host["leader"]:
            raise LabError(f"{host['name'] or host['id']} is {host['state']}: nothing can run on it")
        clean = [f"{key}={value}" for key, value in (CLEAN | {"TERM": os.environ.get("TERM", "dumb")}).items()]
        return ["nsenter", f"--target={host['leader']}", "--all", "--wdns=/root", "env", "-i", *clean, *argv]

    def run(
        self, at: str, argv: Sequence[str], *, stdin: str = "", timeout: float | None = None,
        env: Mapping[str, str] | None = None,
    ) -> "subprocess.CompletedProcess[str]":  # fmt: skip
        """Run a command at a place and hand back what it printed and how it ended."""
        environment = (self.environment() if at == OPERATOR.name else dict(os.environ)) | dict(env or {})
        return subprocess.run(
            self.command(at, argv), input=stdin, capture_output=True, text=True, timeout=timeout, env=environment
        )

    def environment(self) -> dict[str, str]:
        """The environment of a `pulumi` or boto3 that talks to this lab."""
        from local import environment

        return environment.of(self.folder)

    def publish(self, names: Mapping[str, str]) -> None:
        """Make names known to the places of the lab."""
        topology.publish(self.folder, names)

    def _serve(self, vendor: Path) -> None:
        if not vendor.is_dir():
            raise LabError(
                f"VENDOR is {str(vendor)!r}, which is not a folder: give one that holds a folder a host name"
            )
        link = self.folder.vendor / "site.new"
        link.unlink(missing_ok=True)
        link.symlink_to(vendor.resolve())
        link.rename(self.folder.vendor / "site")

    def _start_daemon(self) -> None:
        self.folder.status.unlink(missing_ok=True)
        inherited = {
            key: os.environ[key]
            for key in ("PATH", "HOME", "LANG", "XDG_CACHE_HOME", "PYTHONPATH")
            if key in os.environ
        }
        with self.folder.daemon_log.open("ab") as log:
            process = subprocess.Popen(
                [*within(self.folder.namespace_file(OPERATOR.name)), sys.executable, "-m", "local.lab.daemon",
                 "--folder", str(self.path)],
                cwd=CHECKOUT, env=inherited, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + START_SECONDS
        while not self.folder.status.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                tail = "\n".join(self.folder.daemon_log.read_text(errors="replace").splitlines()[-12:])
                raise LabError(f"the lab's daemon did not start; the end of {self.folder.daemon_log}:\n{tail}")
            time.sleep(0.05)

    def _daemon(self) -> int | None:
        """The daemon's process id: only a process inside the lab's own namespace counts."""
        with suppress(OSError, ValueError):
            pid = int(self.folder.lock.read_text())
            ours = self.folder.namespace_file(OPERATOR.name).stat()
            there = Path(f"/proc/{pid}/ns/net").stat()
            return pid if (ours.st_ino, ours.st_dev) == (there.st_ino, there.st_dev) else None
        return None

    def _end_daemon(self) -> None:
        pid = self._daemon()
        if pid is None:
            return
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + 20
        while self._daemon() == pid and time.monotonic() < deadline:
            time.sleep(0.05)
