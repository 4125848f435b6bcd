"""dockerd of the stand-in: the bridge docker0, the socket, and the containers that belong to it."""

import base64
import grp
import ipaddress
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from ..wire import Message, Refusal, listener
from . import bridge
from .containers import AGAIN, Container, Spec
from .images import Images
from .version import version

SOCKET = Path("/var/run/docker.sock")
ROOT = Path("/var/lib/docker")
CONFIGURATION = Path("/etc/docker/daemon.json")
KNOWN_KEYS = {"bip", "log-driver", "log-opts", "storage-driver"}


class Engine:
    """Answers what the command line asks."""

    def __init__(self, configuration: dict[str, Any]) -> None:
        self.configuration = configuration
        self.version = version()
        self.images = Images(ROOT)
        self.containers: dict[str, Container] = {}
        self.lock = threading.RLock()
        for file in sorted((ROOT / "containers").glob("*.json")):
            self._restore(file)

    def _restore(self, file: Path) -> None:
        spec = Spec(**json.loads(file.read_text()))
        try:
            container = Container(spec, ROOT / "containers", self.images)
            self.containers[spec.name] = container
            if spec.restart == "always" or (spec.restart in AGAIN and spec.wanted):
                container.start()
        except Refusal as refusal:
            print(f"container {spec.name}: {refusal}", file=sys.stderr, flush=True)

    def answer(self, request: Message) -> Message:
        """One request of the command line or of the Replicated daemon."""
        action = getattr(self, f"do_{request.pop('do')}", None)
        if action is None:
            raise Refusal("the stand-in Docker does not know this request")
        reply: Message = action(**request)
        return reply

    def do_info(self) -> Message:
        """Version and settings."""
        return {
            "version": self.version,
            "driver": self.configuration.get("storage-driver", "overlay2"),
            "logging": self.configuration.get("log-driver", "json-file"),
            "proxy": re.sub("//[^@]*@", "//xxxxx:xxxxx@", os.environ.get("HTTPS_PROXY", "")),
            "root": str(ROOT),
            "images": len(self.images.references()),
            "running": sum(one.running for one in self.containers.values()),
        }

    def do_pull(self, reference: str) -> Message:
        """docker pull"""
        made = self.images.pull(reference)
        return {"id": made, "digest": self.images.find(made).digest}

    def do_load(self, archive: str) -> Message:
        """docker load"""
        return {"reference": self.images.load(base64.b64decode(archive))}

    def do_tag(self, source: str, target: str) -> Message:
        """docker tag"""
        self.images.tag(source, target)
        return {}

    def do_rmi(self, reference: str) -> Message:
        """docker rmi"""
        self.images.remove(reference)
        return {}

    def do_images(self) -> Message:
        """docker images"""
        return {"images": self.images.references()}

    def do_run(self, spec: Message) -> Message:
        """docker run; an image that is missing is pulled first."""
        with self.lock:
            if spec["name"] in self.containers:
                raise Refusal(
                    f'Conflict. The container name "/{spec["name"]}" is already in use. '
                    "You have to remove (or rename) that container to be able to reuse that name."
                )
            try:
                self.images.find(spec["image"])
            except Refusal:
                self.images.pull(spec["image"])
            container = Container(Spec(**spec), ROOT / "containers", self.images)
            container.log.parent.mkdir(parents=True, exist_ok=True)
            container.log.write_bytes(b"")
            self.containers[container.spec.name] = container
        container.start()
        return container.describe()

    def do_restart(self, name: str) -> Message:
        """docker restart"""
        container = self._find(name)
        container.stop()
        container.start()
        return {}

    def do_describe_image(self, reference: str) -> Message:
        """docker image inspect"""
        found = self.images.find(reference)
        names = [name for name, made in self.images.references().items() if made == found.id]
        return {
            "Id": found.digest,
            "RepoTags": [name for name in names if "@" not in name],
            "RepoDigests": [f"{name.partition('@')[0].rpartition(':')[0] or name}@{found.digest}" for name in names],
        }

    def do_start(self, name: str) -> Message:
        """docker start"""
        self._find(name).start()
        return {}

    def do_stop(self, name: str) -> Message:
        """docker stop"""
        self._find(name).stop()
        return {}

    def do_remove(self, name: str, force: bool) -> Message:
        """docker rm"""
        container = self._find(name)
        if container.running and not force:
            raise Refusal(f"You cannot remove a running container {name}. Stop it before, or force its removal")
        container.stop()
        with self.lock:
            del self.containers[name]
        bridge.disconnect(name)
        container.file.unlink(missing_ok=True)
        container.log.unlink(missing_ok=True)
        return {}

    def do_list(self) -> Message:
        """docker ps"""
        return {"containers": [one.describe() for one in self.containers.values()]}

    def do_inspect(self, name: str) -> Message:
        """docker inspect, and where `docker exec` finds the image's programs."""
        container = self._find(name)
        manifest = container.image.manifest
        return {
            "container": container.describe(),
            "folder": str(container.image.folder),
            "commands": manifest.get("commands", {}),
        }

    def do_image(self, reference: str) -> Message:
        """An image's files, for the registry of the Replicated daemon (in place of docker push)."""
        found = self.images.find(reference)
        return {"folder": str(found.folder), "manifest": found.manifest}

    def do_wait(self, name: str, seconds: float) -> Message:
        """Wait for the end of a container, at most so long."""
        container = self._find(name)
        ended = container.ended.wait(seconds)
        return {"ended": ended, **container.describe()["State"]}

    def _find(self, name: str) -> Container:
        with self.lock:
            if name not in self.containers:
                raise Refusal(f"No such container: {name}")
            return self.containers[name]

    def close(self) -> None:
        """dockerd ends, and its containers with it."""
        for container in list(self.containers.values()):
            container.stop(by_hand=False)


def configuration() -> dict[str, Any]:
    """/etc/docker/daemon.json; a key that the stand-in does not know stops dockerd, as an unknown one does."""
    if not CONFIGURATION.exists():
        return {}
    try:
        found: dict[str, Any] = json.loads(CONFIGURATION.read_text())
    except ValueError as error:
        sys.exit(f"unable to configure the Docker daemon with file {CONFIGURATION}: {error}")
    unknown = ", ".join(sorted(set(found) - KNOWN_KEYS))
    if unknown:
        sys.exit(f"unable to configure the Docker daemon with file {CONFIGURATION}: not in the stand-in: {unknown}")
    return found


def make_bridge(address: str) -> None:
    """docker0, with the address that installers then count as one more interface."""
    try:
        ipaddress.IPv4Interface(address)
    except ValueError as error:
        sys.exit(f"invalid bip {address!r}: {error}")
    if subprocess.run(["ip", "link", "show", "docker0"], capture_output=True, check=False).returncode:
        _ip("link", "add", "docker0", "type", "bridge")
    _ip("addr", "flush", "dev", "docker0")
    _ip("addr", "add", address, "dev", "docker0")
    _ip("link", "set", "docker0", "up")


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"failed to start daemon: ip {' '.join(words)}: {done.stderr.strip()}")


def group() -> int:
    """Who may use the socket beside root: nobody, where no package has made the group."""
    try:
        return grp.getgrnam("docker").gr_gid
    except KeyError:
        print("could not change group /var/run/docker.sock to docker: group docker not found", file=sys.stderr)
        return 0


def tell_systemd() -> None:
    """READY=1, so that `systemctl start docker` returns when the socket answers."""
    target = os.environ.pop("NOTIFY_SOCKET", "")
    if target:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.connect("\0" + target[1:] if target.startswith("@") else target)
            channel.send(b"READY=1")


def main() -> None:
    """Serve until SIGTERM."""
    if sys.argv[1:]:
        sys.exit(f"dockerd: the stand-in takes no options, and was given: {' '.join(sys.argv[1:])}")
    settings = configuration()
    make_bridge(settings.get("bip", "172.17.0.1/16"))
    engine = Engine(settings)
    server = listener(SOCKET, engine.answer, group())
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    tell_systemd()
    print(f"dockerd {engine.version} (stand-in of the local cloud): listening", flush=True)
    server.serve_forever()
    engine.close()
    SOCKET.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
