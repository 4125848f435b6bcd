"""The phases of an installation without internet, as the program writes them, on the vendor's stand-ins: two hosts that
reach each other and nobody else. What `fetch` brings lies there already.

The tests follow each other: what one leaves behind, the next one starts from.
"""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from installer.airgap import ARCHIVE_FILE, BUNDLE_FILE, DOCKER_FOLDER, FOLDER
from local.vendor import airgap
from local.vendor.host.replicated.license import License, pack
from tests.components.commands import CALLING_HOST, MESSAGING_HOST
from tests.local.vendor.scratch import Host, Result, connect, unable
from tests.recorder import Deployment, deploy, reveal
from tests.stacks import AIRGAPPED, stack

pytestmark = pytest.mark.lab

MESSAGING, CALLING = "10.20.0.10", "10.20.0.11"
SETTINGS = {
    "lab_hostname": "wickr.example.com",
    "lab_enable_calling": True,
    "lab_calling_hostname": "calling.example.com",
}
# Docker's package depends on others, which a scratch host has from elsewhere.
DPKG = '#!/bin/sh\nexec /usr/bin/dpkg --force-depends "$@"\n'


def program(*, allowed: bool) -> Deployment:
    """What the program does for a stack whose licence allows this, or does not."""
    rights = License(id="0" * 32, assignee="Test", channel="Stable", calling=True, airgap=allowed, online=not allowed)
    changes = {
        "wickr:license": base64.b64encode(pack(rights)).decode(),
        "wickr:calling": {"hostname": "calling.example.com"},
        "wickr:certificate": {"source": "installer"},
        "wickr:settings": SETTINGS,
    }
    deployment = deploy(stack(AIRGAPPED | changes))
    assert deployment.problem is None, deployment.said("error")
    return deployment


def supplied(host: Host, files: list[Path], *, bundle: bool) -> None:
    """A host on which `fetch` was, and which the vendor's servers are out of reach of."""
    host.run(f"ip route replace unreachable 203.0.113.10; install -d -m 0711 {FOLDER} {DOCKER_FOLDER}")
    host.run("cat >/usr/local/bin/dpkg; chmod 755 /usr/local/bin/dpkg", stdin=DPKG.encode())
    archive, package, docker = files
    there = {
        archive: ARCHIVE_FILE,
        docker: f"{DOCKER_FOLDER}/{docker.name}",
        **({package: BUNDLE_FILE} if bundle else {}),
    }
    for file, path in there.items():
        host.run(f"umask 077; cat >{path}", stdin=file.read_bytes())


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Host, Host]]:
    if reason := unable():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("files")
    files = airgap.make(folder, replicated="2.44.2", release=611, channel="Stable", docker="18.09.2")
    with Host(MESSAGING) as messaging, Host(CALLING) as calling:
        connect(messaging, calling)
        supplied(messaging, files, bundle=True)
        supplied(calling, files, bundle=False)
        yield messaging, calling


def run(host: Host, deployment: Deployment, name: str) -> Result:
    script = reveal(deployment.named(name).inputs["stdin"])
    return host.run("bash -s </mnt/shared/stdin", limit=120, stdin=script.encode())


def succeed(host: Host, deployment: Deployment, whose: str, *phases: str) -> None:
    for phase in phases:
        done = run(host, deployment, f"{whose}-{phase}")
        assert done.code == 0, f"{phase}: {done.output}"


def test_both_hosts_come_as_far_as_the_licence_from_files_alone(hosts: tuple[Host, Host]) -> None:
    messaging, calling = hosts
    refused = program(allowed=False)
    succeed(messaging, refused, MESSAGING_HOST, "docker", "files", "install")
    succeed(calling, refused, CALLING_HOST, "docker", "join")
    succeed(messaging, refused, MESSAGING_HOST, "replicated", "cluster")


@pytest.mark.parametrize(
    ("whose", "phase", "sentence"),
    [
        (0, f"{MESSAGING_HOST}-cluster", "token: the operator of this host has another secret than its daemon"),
        (1, f"{CALLING_HOST}-join", "token: this host was made a node by another secret than the stack's"),
    ],
)
def test_a_node_that_would_never_be_let_in_is_named_at_once(
    hosts: tuple[Host, Host], whose: int, phase: str, sentence: str
) -> None:
    host, options = hosts[whose], "/etc/default/replicated-operator"
    host.run(f"cp -p {options} /kept; sed -i 's/DAEMON_TOKEN=[A-Za-z0-9]*/DAEMON_TOKEN=another/' {options}")
    done = run(host, program(allowed=False), phase)
    host.run(f"cat /kept >{options}; rm /kept")
    assert (done.code, done.output[: len(sentence)]) == (1, sentence)
    succeed(host, program(allowed=False), phase.rpartition("-")[0], phase.rpartition("-")[2])


def test_a_licence_without_the_right_ends_in_a_sentence_before_anything_starts(hosts: tuple[Host, Host]) -> None:
    messaging, _ = hosts
    done = run(messaging, program(allowed=False), f"{MESSAGING_HOST}-configure")
    assert done.code == 1
    assert done.output.startswith("license: Replicated did not accept the licence (it said: Error: failed to load")
    assert "check that wickr:license allows an airgapped installation (IG 3.4)" in done.output
    assert json.loads(messaging.run("replicatedctl app status").output) == []


def test_a_bundle_that_was_cut_off_before_its_checksum_was_taken_is_named_and_nothing_starts(
    hosts: tuple[Host, Host],
) -> None:
    messaging, _ = hosts
    allowed = program(allowed=True)
    messaging.run(f"cp -p {BUNDLE_FILE} /whole; truncate -s $(($(stat -c %s /whole) * 3 / 4)) {BUNDLE_FILE}")
    succeed(messaging, allowed, MESSAGING_HOST, "files")
    done = run(messaging, allowed, f"{MESSAGING_HOST}-configure")
    assert done.code == 1
    assert done.output.startswith("checksum: Replicated cannot read the bundle (it said: ")
    assert json.loads(messaging.run("replicatedctl app status").output) == []
    messaging.run(f"cat /whole >{BUNDLE_FILE}; rm /whole")


def test_with_the_right_one_wickr_runs_and_calls_are_offered(hosts: tuple[Host, Host]) -> None:
    messaging, _ = hosts
    phases = ("files", "configure", "application", "calls")
    succeed(messaging, program(allowed=True), MESSAGING_HOST, *phases)
    (status,) = json.loads(messaging.run("replicatedctl app status -o json").output)
    assert (status["State"], status["Sequence"], status["Error"]) == ("started", 611, "")
    assert BUNDLE_FILE in messaging.run("replicatedctl params export").output


def test_another_run_finds_nothing_to_do(hosts: tuple[Host, Host]) -> None:
    messaging, calling = hosts
    allowed = program(allowed=True)
    assert "Replicated runs already" in run(messaging, allowed, f"{MESSAGING_HOST}-install").output
    assert "the installation has what the stack says" in run(messaging, allowed, f"{MESSAGING_HOST}-configure").output
    assert "the node's operator runs already" in run(calling, allowed, f"{CALLING_HOST}-join").output
    assert run(calling, allowed, f"{CALLING_HOST}-docker").output == "docker: runs already\n"


def test_nobody_asked_the_vendor(hosts: tuple[Host, Host]) -> None:
    assert all("HTTP/1.1" not in host.access_log for host in hosts)
