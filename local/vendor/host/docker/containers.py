"""Containers: processes that run an image's program. They share the host's files and network with everybody."""

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..wire import Refusal
from . import bridge
from .images import Images

AGAIN = ("always", "unless-stopped")
"""Policies by which a container that ends is started again."""
FIRST_PAUSE, LONGEST_PAUSE, LONG_ENOUGH = 0.1, 60.0, 10.0
"""Seconds before the next start, doubled each time, until one has lasted long enough."""
NEVER = "0001-01-01T00:00:00Z"


def now() -> str:
    """The time as Docker writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z")


@dataclass
class Spec:
    """What `docker run` was told."""

    name: str
    image: str
    environment: dict[str, str] = field(default_factory=dict)
    ports: list[tuple[int, int]] = field(default_factory=list)
    binds: list[str] = field(default_factory=list)
    restart: str = "no"
    tty: bool = False
    stdin: bool = False
    network: str = "bridge"
    log_driver: str = "json-file"
    log_options: dict[str, str] = field(default_factory=dict)
    wanted: bool = True


class Container:
    """One container and its process."""

    def __init__(self, spec: Spec, root: Path, images: Images) -> None:
        self.spec, self.images = spec, images
        self.image = images.find(spec.image)
        self.file = root / f"{spec.name}.json"
        self.log = root / f"{spec.name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.ended = threading.Event()
        self.ended.set()
        self.restarts = 0
        self.patience = FIRST_PAUSE
        self.began = self.finished = NEVER

    @property
    def running(self) -> bool:
        """Whether its process lives."""
        return self.process is not None and self.process.poll() is None

    @property
    def bridged(self) -> bool:
        """Whether it has a network of its own: where the image is made for that. Others share the host's."""
        return self.image.manifest.get("network") == "bridge" and self.spec.network == "bridge"

    @property
    def environment(self) -> dict[str, str]:
        """The image's variables, and on top those of `docker run`."""
        return {**self.image.manifest.get("environment", {}), **self.spec.environment}

    def save(self) -> None:
        """Remember it for the next start of dockerd."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.touch(mode=0o600)
        self.file.write_text(json.dumps(asdict(self.spec)))

    def start(self) -> None:
        """Run the program; a port that is taken is refused as Docker does."""
        if self.running:
            return
        for host_port, _ in self.spec.ports:
            _require_free(host_port)
        for bind in self.spec.binds:
            Path(bind.split(":")[0]).mkdir(parents=True, exist_ok=True)
        self.spec.wanted = True
        self.save()
        self.began = now()
        ports = {f"PORT_{inside}": str(outside) for outside, inside in self.spec.ports}
        within = bridge.connect(self.spec.name) if self.bridged else []
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*within, sys.executable, "-u", "-m", self.image.manifest["run"]],
                cwd=self.image.folder,
                env={"PATH": os.environ["PATH"], **ports, "BINDS": json.dumps(self.spec.binds), **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.ended.clear()
        threading.Thread(target=self._watch, args=(self.process,), daemon=True).start()

    def _watch(self, process: subprocess.Popen[bytes]) -> None:
        started = time.monotonic()
        process.wait()
        self.finished = now()
        self.ended.set()
        if time.monotonic() - started > LONG_ENOUGH:
            self.patience = FIRST_PAUSE
        if self.spec.wanted and self.spec.restart in AGAIN:
            time.sleep(self.patience)
            self.patience = min(2 * self.patience, LONGEST_PAUSE)
            if self.spec.wanted and not self.running:
                self.restarts += 1
                try:
                    self.start()
                except Refusal as refusal:
                    print(f"container {self.spec.name}: {refusal}", file=sys.stderr, flush=True)

    def stop(self, *, by_hand: bool = True) -> None:
        """End the process, gently first. A container stopped by hand is not started again by dockerd."""
        self.spec.wanted = not by_hand and self.spec.wanted
        self.save()
        process = self.process
        if process is None or process.poll() is not None:
            return
        restart, self.spec.restart = self.spec.restart, "no"
        for sign, patience in ((signal.SIGTERM, 10), (signal.SIGKILL, 5)):
            try:
                os.killpg(process.pid, sign)
                process.wait(patience)
                break
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                continue
        self.spec.restart = restart

    def describe(self) -> dict[str, Any]:
        """The part of `docker inspect` that the stand-in knows."""
        again = self.process is not None and not self.running and self.spec.wanted and self.spec.restart in AGAIN
        status = "running" if self.running else "restarting" if again else "exited" if self.process else "created"
        code = self.process.poll() if self.process else 0
        return {
            "Id": hashlib.sha256(f"{self.image.id} {self.spec.name}".encode()).hexdigest(),
            "Name": f"/{self.spec.name}",
            "Image": self.image.digest,
            "RestartCount": self.restarts,
            "State": {
                "Status": status,
                "Running": self.running or again,
                "Restarting": again,
                "OOMKilled": False,
                "Dead": False,
                "Pid": self.process.pid if self.process and self.running else 0,
                "ExitCode": (code or 0) % 256,
                "Error": "",
                "StartedAt": self.began,
                "FinishedAt": self.finished,
            },
            "Config": {
                "Image": self.spec.image,
                "Env": [f"{k}={v}" for k, v in self.environment.items()],
                "Tty": self.spec.tty,
                "OpenStdin": self.spec.stdin,
            },
            "HostConfig": {
                "Binds": self.spec.binds,
                "NetworkMode": self.spec.network,
                "RestartPolicy": {"Name": self.spec.restart, "MaximumRetryCount": 0},
                "LogConfig": {"Type": self.spec.log_driver, "Config": self.spec.log_options},
            },
            "LogPath": str(self.log),
        }


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))
        except OSError as error:
            raise Refusal(
                "driver failed programming external connectivity: "
                f"Bind for 0.0.0.0:{port} failed: port is already allocated"
            ) from error
