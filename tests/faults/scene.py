"""An installation that faults happen to: its host is made new for each of them, and a run of Pulumi can be watched."""

import contextlib
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
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

NAME = "messaging-replicated"
STABLE = "get.replicated.com/docker/wickrenterprise/stable"
CONFIGURATION: dict[str, Any] = {
    "wickr:settings": {"lab_hostname": "wickr.example.com", "lab_enable_calling": False},
    # What a host tells runs beside the phases: a fault has one of them at a time.
    "wickr:monitoring": {"vitals": {"enabled": False}},
}
ON_THE_INSTANCE = """
import sys, boto3
ec2 = boto3.client("ec2")
named = [{"Name": "tag:Name", "Values": ["wickr-local-messaging"]}]
instance = ec2.describe_instances(Filters=named)["Reservations"][0]["Instances"][0]
getattr(ec2, sys.argv[1] + "_instances")(InstanceIds=[instance["InstanceId"]])
print(*(disk["Ebs"]["VolumeId"] for disk in instance["BlockDeviceMappings"]))
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
    """One lab with a messaging host, by a stack with these keys and secrets."""

    lab: Lab
    folder: Path
    keys: Mapping[str, Any] = field(default_factory=lambda: CONFIGURATION)
    secrets: Mapping[str, str] = field(default_factory=dict)
    whole: Installation = field(init=False)
    config: Path = field(init=False)

    def __post_init__(self) -> None:
        self.whole = Installation(self.lab)

    @property
    def kept(self) -> Path:
        return self.folder / "state-without-phases"

    def build(self) -> None:
        """The network, the keys and the host, and the state as it is before any phase."""
        self.lab.start()
        self.whole.pulumi("stack", "init")
        self.config = self._file("alone", self.keys)
        self.settle()
        state = self.whole.lab.path / "state"
        (ready,) = (urn for urn in self._urns() if urn.endswith(f"::{NAME}-ready"))
        gone = self.whole.pulumi("state", "delete", ready, "--target-dependents", "--yes")
        assert gone.returncode == 0, gone.stdout + gone.stderr
        shutil.copytree(state, self.kept)

    def _urns(self) -> list[str]:
        listed = self.whole.pulumi("stack", "--show-urns").stdout
        return [word for word in listed.split() if word.startswith("urn:pulumi:")]

    def afresh(self) -> None:
        """The state before any phase, and the host as it was when it had booted for the first time."""
        self.serve()
        state = self.lab.path / "state"
        shutil.rmtree(state)
        shutil.copytree(self.kept, state)
        volume = self.instance("stop").split()[0]
        self._until(lambda: self.lab.host("messaging")["state"] == "stopped", "the host is off")
        (self.lab.folder.volumes / f"{volume}.img").unlink()
        self.instance("start")
        self.booted()

    def booted(self) -> None:
        self._until(lambda: self.lab.host("messaging")["state"] == "ready", "the host is up")

    def instance(self, verb: str) -> str:
        """What a person does to the instance in AWS's console: stop, start or reboot it. Its volumes."""
        done = self.lab.run("operator", ["python3", "-c", ON_THE_INSTANCE, verb])
        assert done.returncode == 0, done.stderr
        return str(done.stdout)

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

    def notes(self) -> str:
        """The bootstrap's log on the host, read from the side, since the host may be on its way down."""
        with contextlib.suppress(OSError):
            host = str(self.lab.host("messaging")["id"])
            return (self.lab.folder.hosts / host / "root/var/log/wickr-bootstrap.log").read_text(errors="replace")
        return ""

    def _file(self, name: str, changes: Mapping[str, Any]) -> Path:
        """A stack file of the messaging host alone."""
        folder = self.folder / f"{name}-{time.monotonic_ns()}"
        folder.mkdir()
        file = self.whole.changed_stack_file(folder, changes, without=("wickr:calling", "wickr:compliance"))
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

    def mended(self, undisturbed: set[str]) -> None:
        """`pulumi up` goes through, and ends where a run ends that nothing happened to."""
        self.settle()
        description.same(description.of(self.whole), undisturbed)

    def comes_back(self, undisturbed: set[str]) -> None:
        """The host is within two minutes, by itself, what it is after a run that nothing happened to."""
        deadline = time.monotonic() + 120
        while True:
            try:
                return description.same(description.of(self.whole, patience=20), undisturbed)
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
