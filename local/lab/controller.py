"""The loop that makes the lab follow the API: read its state, apply packet rules, move hosts, write the status."""

import json
import logging
import os
import threading
import time
from collections.abc import Callable
from ipaddress import IPv4Address
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from local.api.access.way import Way
from local.lab import dataplane, reading, topology, zones
from local.lab.addresses import CLOUD, S3_ADDRESS
from local.lab.command import LabError, run, within
from local.lab.folder import LabFolder
from local.lab.hosts import Hosts
from local.lab.snapshot import Instance, Snapshot

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

EVERY = 0.25  # seconds between looks at the hosts when nothing is heard
SETTLE = 0.1  # a burst of changes is one pass
RETRY = 2.0  # seconds until the next pass after one that failed
READ_AGAIN = 10.0  # seconds after which the API's state is read though nobody has changed it

log = logging.getLogger(__name__)


class Controller:
    """Follows one API. Errors are logged and the next pass tries again: it never ends by itself."""

    def __init__(
        self,
        lab: LabFolder,
        ec2: "EC2Client",
        route53: Any,
        ca: Path | None,
        reboots: Callable[[], dict[str, int]],
    ) -> None:
        self.lab, self.ec2, self.route53, self.reboots = lab, ec2, route53, reboots
        self.snapshot = Snapshot()
        self.rules = ""
        self.status = ""
        self.ended = False
        self.news, self.stale = threading.Event(), threading.Event()
        self.read_at = float("-inf")
        self.hosts = Hosts(
            lab=lab, ca=ca, user_data=self.user_data, powered_off=self._powered_off, changed=self.news.set
        )

    def run(self) -> None:
        """Until `end` is called."""
        while not self.ended:
            self.news.clear()
            pause = EVERY
            try:
                self.once()
            except (LabError, ClientError, BotoCoreError) as error:
                pause = RETRY
                log.error("%s", error)  # noqa: TRY400 - the sentence is enough
            except Exception:
                pause = RETRY
                log.exception("unexpected; going on")
            if self.news.wait(pause) and not self.ended:
                time.sleep(SETTLE)
        self.hosts.end()

    def end(self) -> None:
        self.ended = True
        self.news.set()

    def heard(self) -> None:
        """The API's state may have changed."""
        self.stale.set()
        self.news.set()

    def once(self) -> None:
        """One pass. The API is asked only when there may be something new: that takes longer than all the rest."""
        if self.stale.is_set() or time.monotonic() > self.read_at + READ_AGAIN:
            self.stale.clear()
            self.read_at = time.monotonic()
            try:
                self._read()
            except BaseException:
                self.stale.set()
                raise
        self.hosts.follow(self.snapshot)
        self._write_status()

    def _read(self) -> None:
        """What the API says now, and the packet rules and public names that follow from it."""
        before = self.snapshot.unsupported
        self.snapshot = reading.read(self.ec2, self.route53, self.reboots())
        for sentence in set(self.snapshot.unsupported) - set(before):
            log.warning("%s", sentence)
        rules = dataplane.ruleset(self.snapshot)
        if rules != self.rules:
            run(*within(self.lab.namespace_file(CLOUD)), "nft", "-f", "-", stdin=rules)
            self.rules = rules
            log.info("packet rules applied: %s hosts", sum(i.alive for i in self.snapshot.instances))
        topology.tell(self.lab, zones.public(self.snapshot.zones))

    def who(self, private: str) -> Instance | None:
        """Whose address this is."""
        return self.snapshot.at(private)

    def way(self, address: str) -> Way:
        """How a request with this source address reached the services: private addresses come by an endpoint only."""
        instance = self.snapshot.at(address)
        if instance is None:
            return Way(address=address)
        return Way(
            address=address, vpc=instance.vpc, endpoint=self.snapshot.endpoint(instance, IPv4Address(S3_ADDRESS))
        )

    def address(self, name: str, asker: str) -> str | None:
        """The address that a host is told for a name of Route 53."""
        instance = self.snapshot.at(asker)
        return zones.resolve(self.snapshot.zones, name, instance.vpc if instance else "")

    def user_data(self, instance_id: str) -> str:
        return reading.user_data(self.ec2, instance_id)

    def _powered_off(self, instance_id: str) -> None:
        """A host was shut down from the inside; what that means is a setting of its instance."""
        answer = self.ec2.describe_instance_attribute(
            InstanceId=instance_id, Attribute="instanceInitiatedShutdownBehavior"
        )
        if answer["InstanceInitiatedShutdownBehavior"].get("Value") == "terminate":
            self.ec2.terminate_instances(InstanceIds=[instance_id])
        else:
            self.ec2.stop_instances(InstanceIds=[instance_id])

    def _write_status(self) -> None:
        hosts = [
            {
                "id": instance,
                "name": host.name,
                "private": host.private,
                "public": host.public,
                "state": host.state,
                "since": round(host.since, 1),
                "problem": host.problem,
                "leader": host.machine.leader() if host.on else None,
            }
            for instance, host in sorted(self.hosts.all.items())
        ]
        status = {"daemon": os.getpid(), "hosts": hosts, "unsupported": list(self.snapshot.unsupported)}
        text = json.dumps(status, indent=2)
        if text != self.status:
            partial = self.lab.status.with_suffix(".partial")
            partial.write_text(f"{text}\n")
            partial.rename(self.lab.status)
            self.status = text
