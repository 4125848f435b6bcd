"""An installation that faults happen to: hosts are made new for each of them, and a run of Pulumi can be watched."""

import contextlib
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from local.lab import Lab
from local.lab.command import LabError
from local.lab.folder import CHECKOUT
from local.lab.lab import SITE
from tests import session
from tests.faults import description
from tests.lab.installation import STACK, Installation

BOOTSTRAPS = {"messaging": "messaging-replicated", "calling": "calling-node", "compliance": "compliance-bot"}
"""How the names of a host's phases begin in the stack, by the host."""
NAME = BOOTSTRAPS["messaging"]
STABLE = "get.replicated.com/docker/wickrenterprise/stable"
CONFIGURATION: dict[str, Any] = {
    "wickr:settings": {"lab_hostname": "wickr.example.com", "lab_enable_calling": False},
    # What a host tells runs beside the phases: a fault has one of them at a time.
    "wickr:monitoring": {"vitals": {"enabled": False}},
}
ON_THE_INSTANCES = """
import sys, boto3
ec2 = boto3.client("ec2")
named = [{"Name": "tag:Name", "Values": ["wickr-local-" + host for host in sys.argv[2:]]}]
found = [each for some in ec2.describe_instances(Filters=named)["Reservations"] for each in some["Instances"]]
for verb in sys.argv[1].split(","):
    getattr(ec2, verb + "_instances")(InstanceIds=[each["InstanceId"] for each in found])
    print(*(disk["Ebs"]["VolumeId"] for each in found for disk in each["BlockDeviceMappings"]), flush=True)
    sys.stdin.readline()
"""
"""What a person does to instances in AWS's console, one thing after the other: stop, start or reboot them. After each
it prints their volumes and waits for a line.
"""


@contextmanager
def lab_of(request: pytest.FixtureRequest, name: str) -> Iterator[Lab]:
    """A lab for faults, of this process of tests alone."""
    worker = getattr(request.config, "workerinput", {"workerid": "alone"})["workerid"]
    lab = Lab(CHECKOUT / ".local" / f"{name}-{worker}")
    lab.stop()
    try:
        yield lab
    finally:
        lab.stop()


@dataclass
class Run:
    """One `pulumi up` and what it printed."""

    code: int
    text: str


@dataclass
class Scene:
    """One lab with hosts, by a stack with these keys and secrets. `undisturbed` is what a run ends in that nothing
    happened to, from new hosts on.
    """

    lab: Lab
    folder: Path
    keys: Mapping[str, Any] = field(default_factory=lambda: CONFIGURATION)
    secrets: Mapping[str, str] = field(default_factory=dict)
    hosts: Sequence[str] = ("messaging",)
    whole: Installation = field(init=False)
    config: Path = field(init=False)
    undisturbed: set[str] = field(init=False)
    stands: bool = False

    def __post_init__(self) -> None:
        self.whole = Installation(self.lab)

    def build(self) -> None:
        """The network, the keys and the hosts, and all that runs on them."""
        self.lab.start()
        self.whole.pulumi("stack", "init")
        self.config = self._file("alone", self.keys)
        self.settle()
        self.undisturbed = description.of(self.whole)
        shutil.copytree(self._state, self._kept())
        self.stands = True

    @property
    def _state(self) -> Path:
        return self.lab.path / "state"

    def _kept(self, *gone: str) -> Path:
        """The state of a run that nothing happened to, without some phases and what came after them."""
        kept = self.folder / "-".join(["state-without", *gone])
        if gone and not kept.exists():
            self._put(self._kept())
            for name in gone:
                (urn,) = (each for each in self._urns() if each.endswith(f"::{name}"))
                done = self.whole.pulumi("state", "delete", urn, "--target-dependents", "--yes")
                assert done.returncode == 0, done.stdout + done.stderr
            shutil.copytree(self._state, kept)
        return kept

    def _put(self, kept: Path) -> None:
        shutil.rmtree(self._state)
        shutil.copytree(kept, self._state)

    def _urns(self) -> list[str]:
        listed = self.whole.pulumi("stack", "--show-urns").stdout
        return [word for word in listed.split() if word.startswith("urn:pulumi:")]

    def afresh(self, *hosts: str) -> None:
        """The state before any phase of these hosts, or of all, and the hosts as they were when they had booted for the
        first time, with empty data volumes. What the other hosts are is as it stands.
        """
        anew = hosts or tuple(self.hosts)
        if hosts:
            self._stand()
        self.serve()
        self.stands = False
        self._put(self._kept(*(f"{BOOTSTRAPS[host]}-ready" for host in anew)))
        with self._at_the_console("stop,start", *anew) as console:
            assert console.stdin
            assert console.stdout
            disks = console.stdout.readline().split()
            self._until(lambda: all(self.lab.host(host)["state"] == "stopped" for host in anew), "the hosts are off")
            for disk in disks:
                (self.lab.folder.volumes / f"{disk}.img").unlink()
            console.communicate("\n")
        assert console.returncode == 0, "the instances are not started"
        self.booted()

    def before(self, phase: str) -> None:
        """The state before a phase that leaves nothing on the messaging host but its notes, and all else as it is when
        everything is done.
        """
        self._stand()
        self.stands = False
        self._put(self._kept(f"{NAME}-{phase}"))
        self.sh(": >/var/log/wickr-bootstrap.log")

    def _stand(self) -> None:
        """All is as a run leaves it that nothing happened to, also after a fault that did not end so."""
        if not self.stands:
            self.afresh()
            self.mended(self.undisturbed)

    def booted(self) -> None:
        self._until(lambda: all(self.lab.host(host)["state"] == "ready" for host in self.hosts), "the hosts are up")

    def reboot(self, host: str) -> None:
        """Told in AWS's console."""
        with self._at_the_console("reboot", host) as console:
            console.communicate("\n")
        assert console.returncode == 0, "the instance is not rebooted"

    def _at_the_console(self, verbs: str, *hosts: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            self.lab.command("operator", ["python3", "-c", ON_THE_INSTANCES, verbs, *hosts]),
            env=self.lab.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def serve(self, script: str = "", certificate: str = "", **neighbours: str) -> None:
        """The vendor serves its script, another one, or answers with a fault: status, delay, truncate. A certificate
        with its key is shown instead of its own.
        """
        if not (script or certificate or neighbours):
            self.lab.start(vendor=SITE)
            return
        site = self.folder / f"site-{time.monotonic_ns()}"
        shutil.copytree(SITE, site)
        stable = site / STABLE
        stable.write_text(script or (SITE / STABLE).read_text())
        for name, content in neighbours.items():
            stable.with_name(f"stable.{name}").write_text(content)
        if certificate:
            (site / STABLE.partition("/")[0] / ".certificate.pem").write_text(certificate)
        self.lab.start(vendor=site)

    def sh(self, command: str) -> str:
        """On the host, as root."""
        done = self.whole.on("messaging", command)
        assert done.returncode == 0, done.stdout + done.stderr
        return str(done.stdout)

    def notes(self, host: str = "messaging") -> str:
        """The bootstrap's log on a host, read from the side, since the host may be on its way down."""
        with contextlib.suppress(OSError):
            root = self.lab.folder.hosts / str(self.lab.host(host)["id"]) / "root"
            return (root / "var/log/wickr-bootstrap.log").read_text(errors="replace")
        return ""

    def _file(self, name: str, changes: Mapping[str, Any]) -> Path:
        """A stack file of these hosts alone."""
        folder = self.folder / f"{name}-{time.monotonic_ns()}"
        folder.mkdir()
        others = [f"wickr:{host}" for host in BOOTSTRAPS if host not in self.hosts]
        file = self.whole.changed_stack_file(folder, changes, without=others)
        for key, text in self.secrets.items():
            told = self.whole.pulumi("config", "set", "--secret", "--path", key, config=file, stdin=text)
            assert told.returncode == 0, told.stderr
        return file

    @contextmanager
    def other_keys(self, changes: Mapping[str, Any]) -> Iterator[None]:
        """While it lasts, the stack says something else."""
        right, self.config = self.config, self._file("other", {**self.keys, **changes})
        try:
            yield
        finally:
            self.config = right

    def up(self, *targets: str) -> Run:
        """One `pulumi up` to its end, or only up to some phases."""
        chosen = [word for each in targets for word in ("--target", f"**{NAME}-{each}")]
        done = self.whole.pulumi("up", "--yes", "--skip-preview", "--suppress-outputs", *chosen, config=self.config)
        return Run(done.returncode, done.stdout + done.stderr)

    def settle(self) -> None:
        """`pulumi up` goes through, and the next one would find nothing to do."""
        done = self.up()
        assert done.code == 0, done.text[-4000:]
        left = self.whole.pulumi("preview", "--expect-no-changes", config=self.config)
        assert left.returncode == 0, left.stdout + left.stderr

    def mended(self, undisturbed: set[str], *, within: float = 0) -> None:
        """`pulumi up` goes through, and ends, or is in so many seconds, where a run ends that nothing happened to: the
        next one would find nothing to do there either.
        """
        done = self.up()
        assert done.code == 0, done.text[-4000:]
        self.comes_back(undisturbed, within=within, patience=120)
        self.stands = True

    def comes_back(self, undisturbed: set[str], *, within: float = 120, patience: float = 20) -> None:
        """The hosts are in so many seconds, by themselves, what they are after a run that nothing happened to."""
        deadline = time.monotonic() + within
        while True:
            try:
                return description.same(description.of(self.whole, patience=patience), undisturbed)
            except (AssertionError, LabError, subprocess.TimeoutExpired):
                if time.monotonic() > deadline:
                    raise
            time.sleep(1)

    def up_until(self, moment: Callable[["Watched"], bool], then: Callable[["Watched"], None]) -> Run:
        """One `pulumi up`, to which something happens at a moment. Asserts that the moment came."""
        with self._started() as run:
            deadline = time.monotonic() + 120
            while not moment(run):
                assert run.process.poll() is None, f"it ended before the moment came:\n{run.text[-3000:]}"
                assert time.monotonic() < deadline, f"the moment did not come:\n{run.text[-3000:]}"
                time.sleep(0.01)
            then(run)
            return Run(run.process.wait(400), run.text)

    @contextmanager
    def _started(self) -> Iterator["Watched"]:
        words = ["pulumi", "--non-interactive", "--color", "never", "up", "--yes", "--skip-preview",
                 "--suppress-outputs", "--stack", STACK, "--config-file", str(self.config)]  # fmt: skip
        process = subprocess.Popen(
            self.lab.command("operator", words),
            cwd=CHECKOUT,
            env=self.lab.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        run = Watched(self, process)
        try:
            yield run
        finally:
            run.kill()
            process.wait()

    @staticmethod
    def _until(true: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + 90
        while not true():
            assert time.monotonic() < deadline, f"not within 90 s: {what}"
            time.sleep(0.05)


@dataclass
class Watched:
    """A `pulumi up` that is going on."""

    scene: Scene
    process: "subprocess.Popen[str]"
    text: str = ""

    def __post_init__(self) -> None:
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.text += line

    def kill(self) -> None:
        """At once and without a word."""
        session.kill(self.process.pid)
