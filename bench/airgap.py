"""Messaging and calling without internet, from a bucket, beside the same two hosts from the vendor's servers."""

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.clock import BenchError, Row
from bench.machine import LAB
from local.lab import Lab
from local.lab.folder import LabFolder
from tests.lab.airgapped import prepared
from tests.lab.installation import Installation

HOSTS = ("messaging", "calling")
RECEIVED = ["cat", "/sys/class/net/eth0/statistics/rx_bytes"]


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """Seconds of `pulumi up`, resources of the stack, and the MiB that its hosts were sent: over SSH, too."""

    seconds: float
    resources: int
    received: float

    @classmethod
    def of(cls, whole: Installation, stack_file: Path) -> "Deployed":
        """Deploys what a stack file says."""
        whole.up(stack_file)
        state = json.loads(whole.pulumi("stack", "export").stdout)
        received = sum(int(whole.lab.run(host, RECEIVED).stdout) for host in HOSTS)
        return cls(seconds=whole.up_seconds, resources=len(state["deployment"]["resources"]), received=received / 2**20)


def measure(runs: int) -> list[Row]:
    """In turns. Without internet the hosts stand in a network that is there already, behind a bastion; online they
    have public addresses in one that the stack makes.
    """
    online, airgapped = [], []
    for _ in range(runs):
        online.append(_measured(_online))
        airgapped.append(_measured(_airgapped))
    ratios = tuple(two.seconds / one.seconds for one, two in zip(online, airgapped, strict=True))
    return [
        *_rows("pulumi up of two hosts, online", online),
        *_rows("pulumi up of two hosts, airgap", airgapped),
        Row(what="airgap / online", values=ratios, unit="×"),
    ]


def _measured(deploy: Callable[[Lab, Path], Deployed]) -> Deployed:
    with tempfile.TemporaryDirectory() as name:
        try:
            return deploy(Lab(LabFolder.named(LAB["WICKR_LAB"]).path), Path(name))
        except AssertionError as error:
            raise BenchError(f"a deployment failed:\n{error}") from None


def _airgapped(lab: Lab, folder: Path) -> Deployed:
    with prepared(lab, folder) as made:
        return Deployed.of(made.whole, made.stack_file)


def _online(lab: Lab, folder: Path) -> Deployed:
    lab.stop()
    lab.start()
    try:
        whole = Installation(lab)
        stack_file = whole.changed_stack_file(folder, {}, without=("wickr:compliance",))
        whole.pulumi("stack", "init")
        return Deployed.of(whole, stack_file)
    finally:
        lab.stop()


def _rows(what: str, made: list[Deployed]) -> list[Row]:
    return [
        Row(what=what, values=tuple(each.seconds for each in made)),
        Row(what="  resources", values=tuple(float(each.resources) for each in made), unit=""),
        Row(what="  sent to the hosts", values=tuple(each.received for each in made), unit="MiB"),
    ]
