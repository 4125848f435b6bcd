"""Containers: processes that run an image's program. They share the host's files and network with everybody."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..wire import Refusal
from .images import Images


@dataclass
class Spec:
    """What `docker run` was told."""

    name: str
    image: str
    environment: dict[str, str] = field(default_factory=dict)
    ports: list[tuple[int, int]] = field(default_factory=list)
    binds: list[str] = field(default_factory=list)
    restart: str = "no"
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

    @property
    def running(self) -> bool:
        """Whether its process lives."""
        return self.process is not None and self.process.poll() is None

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
        ports = {f"PORT_{inside}": str(outside) for outside, inside in self.spec.ports}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-u", "-m", self.image.manifest["run"]],
                cwd=self.image.folder,
                env={"PATH": os.environ["PATH"], **ports, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.ended.clear()
        threading.Thread(target=self._watch, args=(self.process,), daemon=True).start()

    def _watch(self, process: subprocess.Popen[bytes]) -> None:
        process.wait()
        self.ended.set()
        if self.spec.wanted and self.spec.restart == "always":
            time.sleep(1)
            if self.spec.wanted and not self.running:
                self.start()

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
        status = "running" if self.running else "exited" if self.process else "created"
        code = self.process.poll() if self.process else 0
        return {
            "Id": self.image.id + self.spec.name,
            "Name": f"/{self.spec.name}",
            "State": {"Status": status, "Running": self.running, "ExitCode": code or 0},
            "Config": {"Image": self.spec.image, "Env": [f"{k}={v}" for k, v in self.environment.items()]},
            "HostConfig": {"Binds": self.spec.binds, "RestartPolicy": {"Name": self.spec.restart}},
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
