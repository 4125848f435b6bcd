"""An installation on a local cloud of the tests' own, and the ways to look at it from outside."""

import json
import os
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from local.lab import Lab
from local.lab.folder import CHECKOUT

STACK = "local"
SECONDS = 600


@dataclass
class ProcessLists:
    """Every command line that was seen on this machine, and so on its hosts, while something went on."""

    seen: set[str] = field(default_factory=set)
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> "ProcessLists":
        self._over.clear()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread:
            self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.05):
            for entry in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    self.seen.add(entry.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
                except OSError:
                    continue


@dataclass
class Installation:
    """The stack `local` on one lab."""

    lab: Lab
    up_text: str = ""
    up_seconds: float = 0.0
    processes: ProcessLists = field(default_factory=ProcessLists)

    def make_up(self) -> None:
        """What `make up` runs, on this lab."""
        began = time.monotonic()
        with self.processes:
            done = subprocess.run(
                [sys.executable, "-m", "local", "up"],
                cwd=CHECKOUT,
                env=os.environ | {"WICKR_LAB": str(self.lab.path)},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=1500,
            )
        self.up_seconds = time.monotonic() - began
        self.up_text = done.stdout + done.stderr
        assert done.returncode == 0, self.up_text[-6000:]

    def up(self, config: Path) -> None:
        """A deployment of another stack file."""
        began = time.monotonic()
        done = self.pulumi("up", "--yes", "--skip-preview", config=config)
        self.up_seconds = time.monotonic() - began
        self.up_text = done.stdout + done.stderr
        assert done.returncode == 0, self.up_text[-6000:]

    def pulumi(
        self, *arguments: str, config: Path | None = None, stdin: str = ""
    ) -> "subprocess.CompletedProcess[str]":
        """One pulumi command where Pulumi runs, on the stack, with its own or another stack file."""
        files = ["--config-file", str(config)] if config else []
        command = ["pulumi", "--non-interactive", "--color", "never", *arguments, "--stack", STACK, *files]
        words = self.lab.command("operator", command)
        return subprocess.run(
            words,
            cwd=CHECKOUT,
            env=self.lab.environment(),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )

    def stack_file_value(self, key: str) -> dict[str, Any]:
        """What the stack file says under a key."""
        return dict(yaml.safe_load((CHECKOUT / "stacks" / f"Pulumi.{STACK}.yaml").read_text())["config"][key])

    def changed_stack_file(self, folder: Path, changes: Mapping[str, Any], without: Sequence[str] = ()) -> Path:
        """A copy of the stack file in which some keys have other values, or are not there."""
        document = yaml.safe_load((CHECKOUT / "stacks" / f"Pulumi.{STACK}.yaml").read_text())
        document["config"].update(changes)
        for key in without:
            del document["config"][key]
        file = folder / f"Pulumi.{STACK}.yaml"
        file.write_text(yaml.safe_dump(document))
        return file

    def planned(self, config: Path | None = None) -> dict[str, set[str]]:
        """What a preview would do: operation → names of resources."""
        done = self.pulumi("preview", "--json", config=config)
        assert done.returncode == 0, done.stdout + done.stderr
        steps: dict[str, set[str]] = {}
        for step in json.loads(done.stdout)["steps"]:
            steps.setdefault(step["op"], set()).add(step["urn"].rpartition("::")[2])
        return {op: names for op, names in steps.items() if op not in ("same", "read")}

    def outputs(self, *, secrets: bool = False) -> dict[str, Any]:
        shown = ["--show-secrets"] if secrets else []
        done = self.pulumi("stack", "output", "--json", *shown)
        return dict(json.loads(done.stdout))

    def on(
        self, place: str, command: str, *, timeout: float = 120, stdin: str = ""
    ) -> "subprocess.CompletedProcess[str]":
        return self.lab.run(place, ["bash", "-c", command], timeout=timeout, stdin=stdin)

    def tcp_ports(self, place: str, address: str, ports: str = "-") -> set[int]:
        """The TCP ports, of all or of some, that packets from a place get through to: open ones and closed ones."""
        return self._scan(place, f"-sS -p{ports} {address}", "tcp")

    def udp_ports(self, place: str, address: str, ports: str = "-") -> set[int]:
        """The same for UDP: ports that answer, and those for which the host itself says that nobody listens."""
        return self._scan(place, f"-sU -p{ports} {address}", "udp")

    def tcp_ports_from_host(self, host: str, address: str) -> set[int]:
        """What a host's packets get through to at another one; the scanner is this machine's, in the host's network."""
        inside = ["nsenter", f"--net={self.lab.folder.namespace_file(self.lab.host(host)['id'])}"]
        scan = ["nmap", "-n", "-Pn", "-sS", "-p-", "--min-rate", "20000", "--max-retries", "1", "-oX", "-", address]
        return _answering(subprocess.run([*inside, *scan], capture_output=True, text=True, check=True).stdout, "tcp")

    def _scan(self, place: str, what: str, protocol: str) -> set[int]:
        text = self.on(place, f"nmap -n -Pn --min-rate 20000 --max-retries 1 -oX - {what}", timeout=SECONDS).stdout
        return _answering(text, protocol)


def _answering(text: str, protocol: str) -> set[int]:
    """Ports whose state is open or closed. nmap folds the commonest states: those must be the silent ones."""
    ports = ElementTree.fromstring(text).find("host/ports")  # noqa: S314 - nmap's own output
    assert ports is not None, text
    for folded in ports.findall("extraports"):
        assert folded.get("state") in ("filtered", "open|filtered"), (
            f"{folded.get('count')} ports {folded.get('state')}"
        )
    return {
        int(port.get("portid", "0"))
        for port in ports.findall("port")
        for state in port.findall("state")
        if port.get("protocol") == protocol and state.get("state") in ("open", "closed")
    }
