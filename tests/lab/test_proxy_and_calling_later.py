"""Behind a proxy, and with no other way out: a messaging host, for which voice and video are switched on later."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from guide.outbound import ONLINE
from local.lab import Lab
from local.lab.addresses import CLIENT, PACKAGE_MIRRORS, PROXY, PROXY_CREDENTIALS, PROXY_GUARDED_PORT, VENDOR
from local.lab.folder import CHECKOUT
from tests.lab import canary
from tests.lab.installation import Installation

pytestmark = pytest.mark.lab

BEHIND: dict[str, Any] = {
    "wickr:egress": "proxy",
    "wickr:installer": {
        "source": "online",
        "proxy": f"http://{PROXY.name}.lab:{PROXY_GUARDED_PORT}",
        "proxyCidrs": [f"{PROXY.ip}/32"],
    },
}
ALONE = BEHIND | {"wickr:settings": {"lab_hostname": "wickr.example.com", "lab_enable_calling": False}}
OPTIONS = "/etc/default/replicated"


def up(installation: Installation, folder: Path, changes: dict[str, Any], without: Sequence[str] = ()) -> str:
    """One `pulumi up` of a changed stack file whose proxy asks for credentials. What it said."""
    file = installation.changed_stack_file(folder, changes, without)
    secret = ("config", "set", "--secret", "--path", "installer.proxyCredentials", PROXY_CREDENTIALS)
    assert installation.pulumi(*secret, config=file).returncode == 0
    with installation.processes:
        done = installation.pulumi("up", "--yes", "--skip-preview", config=file)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
    assert installation.pulumi("preview", "--expect-no-changes", config=file).returncode == 0
    installation.up_text = done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A messaging host, and nothing else."""
    lab = Lab(CHECKOUT / ".local" / "tests-alone")
    lab.stop()
    lab.start()
    whole = Installation(lab)
    try:
        whole.pulumi("stack", "init")
        whole.up_text = up(
            whole, tmp_path_factory.mktemp("alone"), ALONE, without=("wickr:calling", "wickr:compliance")
        )
        yield whole
    finally:
        lab.stop()


def test_without_calling_nothing_of_it_exists(alone: Installation) -> None:
    outputs = alone.outputs()
    assert outputs["callingAddress"] == ""
    assert outputs["mediaPorts"] == ""
    state = alone.pulumi("stack", "export").stdout
    assert "::calling" not in state


def ways_out(installation: Installation, host: str) -> dict[str, set[int]]:
    """The TCP ports that a host's packets get through to, at all kinds of addresses outside."""
    return {place.name: installation.tcp_ports_from_host(host, place.ip) for place in (VENDOR, CLIENT, PROXY)}


def asked_for(installation: Installation) -> set[str]:
    """The names that the proxy was asked for."""
    log = (installation.lab.folder.proxy / "access.log").read_text()
    return set(re.findall(r"CONNECT ([a-z0-9.-]+):443 ", log))


def who_asked_the_vendor(installation: Installation) -> set[str]:
    log = (installation.lab.folder.vendor / "server.log").read_text().splitlines()
    return {line.split()[0] for line in log if '"GET ' in line or '"HEAD ' in line}


def test_a_host_gets_out_by_the_proxy_and_by_nothing_else(alone: Installation) -> None:
    found = ways_out(alone, "messaging")
    assert found == {VENDOR.name: set(), CLIENT.name: set(), PROXY.name: {PROXY_GUARDED_PORT}}
    probes = [f"-sU -Pn -p 53,123,443 {VENDOR.ip} | grep -c open/", f"-sn -PE {CLIENT.ip} | grep -c 'Status: Up'"]
    inside = ["nsenter", f"--net={alone.lab.folder.namespace_file(alone.lab.host('messaging')['id'])}", "bash", "-c"]
    answers = [alone.lab.run("operator", [*inside, f"nmap -n -oG - {probe}"]).stdout for probe in probes]
    assert answers == ["0\n", "0\n"]


def test_all_that_an_installation_fetches_comes_by_the_proxy(alone: Installation) -> None:
    assert who_asked_the_vendor(alone) == {PROXY.ip}
    names = {host for row in ONLINE for host in row.hosts}
    assert {"get.replicated.com", "download.docker.com", "registry.replicated.com"} <= asked_for(alone) <= names


def test_docker_replicated_and_apt_are_told_of_the_proxy_for_good(alone: Installation) -> None:
    own = alone.lab.host("messaging")["private"]
    docker = alone.on("messaging", "docker info").stdout
    assert f"HTTPS Proxy: http://xxxxx:xxxxx@{PROXY.name}.lab:{PROXY_GUARDED_PORT}" in docker
    options = alone.on("messaging", f"cat {OPTIONS}").stdout
    url = f"http://{PROXY_CREDENTIALS}@{PROXY.name}.lab:{PROXY_GUARDED_PORT}"
    assert f"-e HTTP_PROXY={url} -e NO_PROXY=localhost,127.0.0.1," in options
    around = set(re.findall(r"NO_PROXY=([^ \"]+)", options)[0].split(","))
    assert {"169.254.169.254", own, alone.outputs()["messagingAddress"], "wickr.example.com"} <= around
    source = f"echo 'deb http://{PACKAGE_MIRRORS[0]}/debian bookworm main' >/tmp/a.list"
    alone.on("messaging", f"{source}; timeout 20 apt-get update -o Dir::Etc::SourceList=/tmp/a.list")
    assert f"GET {PACKAGE_MIRRORS[0]}:80/" in (alone.lab.folder.proxy / "access.log").read_text()


@pytest.fixture(scope="module")
def credentials() -> dict[str, list[str]]:
    """What to look for: the password of the proxy's user, and what it looks like encoded."""
    return {"password": list(canary.forms(PROXY_CREDENTIALS.partition(":")[2]))}


def test_the_proxys_password_is_in_no_state_no_log_and_nothing_that_the_engine_said(
    alone: Installation, credentials: dict[str, list[str]]
) -> None:
    files = [each for each in (alone.lab.path / "state").rglob("*") if each.is_file()]
    texts = {str(each): each.read_text(errors="replace") for each in files}
    texts["engine"] = alone.up_text
    logs = "cat /var/log/*.log /var/log/cloud-init*; journalctl --no-pager -o cat"
    texts["logs"] = alone.on("messaging", logs).stdout
    assert "application done" in texts["logs"]
    assert {name for name, text in texts.items() if canary.found(credentials, text)} == set()


def test_on_a_host_the_proxys_password_is_where_its_readers_take_it_from_and_nowhere_else(
    alone: Installation, credentials: dict[str, list[str]]
) -> None:
    holding = canary.holding(alone, credentials, "messaging", left_out=())
    modes = alone.on("messaging", "stat -c '%a %U %n' $(cat)", stdin="\n".join(holding)).stdout
    assert set(modes.splitlines()) == {
        "600 root /etc/apt/apt.conf.d/95wickr-proxy",
        "600 root /etc/systemd/system/docker.service.d/http-proxy.conf",
        # The vendor's own: what its containers are started with, and Docker's record of it.
        "600 root /etc/default/replicated",
        "600 root /var/lib/docker/containers/replicated.json",
    }


def test_no_process_had_the_proxys_password_as_an_argument(
    alone: Installation, credentials: dict[str, list[str]]
) -> None:
    seen = alone.processes.seen
    assert any("bash -s -- install" in line for line in seen), "the phases were not observed"
    assert [line for line in seen if canary.found(credentials, line)] == []


FACTS = (
    "cat /etc/machine-id; systemctl show -p ActiveEnterTimestamp docker replicated replicated-ui replicated-operator"
)


@pytest.fixture(scope="module")
def before(alone: Installation) -> tuple[str, str]:
    """The messaging host as it was: which machine, and since when what runs."""
    return alone.lab.host("messaging")["id"], alone.on("messaging", FACTS).stdout


@pytest.fixture(scope="module")
def switched_on(alone: Installation, before: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """Voice and video, for an installation that runs. What the deployment said."""
    assert before
    return up(alone, tmp_path_factory.mktemp("later"), BEHIND, without=("wickr:compliance",))


def test_switching_it_on_is_one_up_that_leaves_the_messaging_host_up(
    alone: Installation, before: tuple[str, str], switched_on: str
) -> None:
    assert switched_on
    assert (alone.lab.host("messaging")["id"], alone.on("messaging", FACTS).stdout) == before
    log = alone.on("messaging", "cat /var/log/wickr-bootstrap.log").stdout
    assert "calls: offered at calls.example.com:16384" in log


def test_the_calling_host_gets_out_by_the_proxy_and_by_nothing_else(alone: Installation, switched_on: str) -> None:
    assert switched_on
    found = ways_out(alone, "calling")
    assert found == {VENDOR.name: set(), CLIENT.name: set(), PROXY.name: {PROXY_GUARDED_PORT}}
    assert who_asked_the_vendor(alone) == {PROXY.ip}
