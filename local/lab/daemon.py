"""The one process behind a lab: the AWS API, the controller, the metadata service; as children, the vendor's server,
the forward proxy, and the process that the engine's plugins are forks of.

Started by `local.lab.Lab` inside the operator's network namespace; ends with SIGTERM and takes its hosts along.
"""

import argparse
import fcntl
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from local.api import server, services
from local.lab import imds, reading, resolver, sockets, topology
from local.lab.addresses import (
    API_HOST,
    API_PORT,
    API_URL,
    CLOUD,
    METADATA,
    OPERATOR,
    PROXY,
    RESOLVER,
    S3_ADDRESS,
    SERVICES,
    VENDOR,
)
from local.lab.command import within
from local.lab.controller import Controller
from local.lab.folder import CHECKOUT, LabFolder
from local.lab.roles import Roles
from local.vendor import authority

log = logging.getLogger(__name__)


def main() -> int:
    """Command line of this module."""
    parser = argparse.ArgumentParser(prog="python -m local.lab.daemon", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="the lab's folder")
    lab = LabFolder(parser.parse_args().folder)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    for noisy in ("werkzeug", "botocore", "boto3", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    with lab.lock.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log.error("another daemon has this lab: %s", lab.path)  # noqa: TRY400
            return 1
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        serve(lab)
    return 0


def serve(lab: LabFolder) -> None:
    """Everything, until SIGTERM."""
    files = authority.make(lab.vendor)
    children = [_plugins(lab), _vendor(lab, files), _proxy(lab)]
    for child in children:
        child.start()
    try:
        serve_cloud(lab, files)
    finally:
        for child in children:
            child.end()
        log.info("ended")


def serve_cloud(lab: LabFolder, files: authority.Authority) -> None:
    """The API, and what follows its state."""
    ec2, route53 = reading.client(), reading.session().client("route53", endpoint_url=API_URL, config=reading.CONFIG)
    controller = Controller(lab, ec2, route53, files.ca, server.reboots)
    application = server.start(API_HOST, API_PORT, controller.heard)
    log.info("the API answers on %s:%s", API_HOST, API_PORT)
    serve_hosts(lab, application, controller, files)
    session = reading.session()
    roles = Roles(
        iam=session.client("iam", endpoint_url=API_URL, config=reading.CONFIG),
        sts=session.client("sts", endpoint_url=API_URL, config=reading.CONFIG),
    )
    metadata = imds.Metadata(
        who=controller.who, user_data=controller.user_data, role=roles.name, credentials=roles.credentials
    )
    imds.Server(sockets.listening(lab.namespace_file(CLOUD), METADATA, 80), metadata).start()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: controller.end())
    controller.run()


def serve_hosts(
    lab: LabFolder, application: server.OneAtATime, controller: Controller, files: authority.Authority
) -> None:
    """AWS's services under their own names, and the name server that knows these."""
    from local.api import door  # it imports moto, whose environment must have been set: `start` has done that

    place, cloud = lab.namespace_file(SERVICES.name), lab.namespace_file(CLOUD)
    sockets_there = [sockets.listening(place, address, 443) for address in (S3_ADDRESS, SERVICES.ip)]
    door.open_door(application, sockets_there, files.services_certificate, files.services_key, controller.way)

    def lookup(name: str, asker: str) -> str | None:
        found = services.named(name)
        if found:
            return S3_ADDRESS if found.service == "s3" else SERVICES.ip
        return controller.address(name, asker) or topology.published(lab).get(name)

    resolver.serve(sockets.datagrams(cloud, RESOLVER, 53), sockets.listening(cloud, RESOLVER, 53), lookup)


class Child:
    """Keeps a server of the lab's internet running, at its place."""

    def __init__(self, what: str, command: Sequence[str], output: Path) -> None:
        self.what, self.command, self.output = what, command, output
        self.process: subprocess.Popen[bytes] | None = None
        self.ended = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._keep, name=self.what, daemon=True).start()

    def end(self) -> None:
        self.ended.set()
        if self.process:
            self.process.terminate()

    def _keep(self) -> None:
        while not self.ended.is_set():
            with self.output.open("ab") as output:
                self.process = subprocess.Popen(
                    self.command, cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=output, stderr=output
                )
            code = self.process.wait()
            if not self.ended.wait(5):
                log.error("the %s ended with %s; started again: see %s", self.what, code, self.output)


def _vendor(lab: LabFolder, files: authority.Authority) -> Child:
    """The vendor's server. It follows the link <lab>/vendor/site."""
    command = [
        *within(lab.namespace_file(VENDOR.name)),
        sys.executable, "-m", "local.vendor.server",
        "--folder", str(lab.vendor / "site"), "--listen", f"{VENDOR.ip}:443",
        "--certificate", str(files.certificate), "--key", str(files.key),
    ]  # fmt: skip
    return Child("vendor's server", command, lab.vendor / "server.log")


def _proxy(lab: LabFolder) -> Child:
    """The forward proxy. `ip netns exec` lets it look names up where its place does."""
    from local.lab import forward  # here, because its library is needed by nothing else

    command = ["ip", "netns", "exec", lab.namespace(PROXY.name), *forward.command(lab.proxy)]
    return Child("forward proxy", command, lab.proxy / "access.log")


def _plugins(lab: LabFolder) -> Child:
    """Plugins for the operator's engine, loaded before it asks for them. They see what the engine sees there."""
    command = ["ip", "netns", "exec", lab.namespace(OPERATOR.name), sys.executable, "-m", "local.plugins.nursery"]
    return Child("plugins' nursery", command, lab.path / "plugins.log")


if __name__ == "__main__":
    sys.exit(main())
