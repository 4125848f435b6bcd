"""Hosts to install on: one in namespaces of its own, with the vendor's server as its only neighbour."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from local.vendor.host.replicated.license import License, pack
from tests.local.vendor.scratch import Host, unable

FLAGS = (
    "fast-timeouts bypass-firewalld-warning bypass-storagedriver-warnings no-proxy "
    "private-address=10.0.0.10 public-address=203.0.113.100"
)
SAID = "docker ps -a; docker logs replicated 2>&1 | tail -30"
INSTALL = f"bash install.sh {FLAGS}"
FETCH = "curl -fsSL -o install.sh https://get.replicated.com/docker/wickrenterprise/stable"
TOKEN, PASSWORD = "canaryTOKEN0123456789", "canary-password"


def rli(**changes: Any) -> bytes:
    """A licence's bytes."""
    return pack(License(**{"id": "ab" * 16, "assignee": "Test", "channel": "Stable", **changes}))


def configure(host: Host, **changes: Any) -> None:
    """/etc/replicated.conf; None leaves a key out."""
    keys = {"BypassPreflightChecks": True, "DaemonToken": TOKEN, "LogLevel": "info", **changes}
    kept = {key: value for key, value in keys.items() if value is not None}
    host.run("cat > /etc/replicated.conf", stdin=json.dumps(kept, indent=1).encode())


def states(host: Host, until: str, *, seconds: int = 30) -> dict[str, Any]:
    """Poll `app status` until the state settles; returns the last answer, and fails with what the daemon said."""
    poll = (
        f"while [ $SECONDS -lt {seconds} ]; do replicatedctl app status > /tmp/status 2>&1; "
        f"""tr -d '\\n' < /tmp/status | grep -q '"State": "{until}".*"IsTransitioning": false' && break; """
        "sleep 0.25; done; cat /tmp/status"
    )
    answer = host.run(poll, limit=seconds + 20).output
    assert f'"State": "{until}"' in answer, f"not {until} in {seconds} s: {answer}\n{host.run(SAID).output}"
    found: list[dict[str, Any]] = json.loads(answer)
    return found[0]


def fresh() -> Iterator[Host]:
    """A host with the install script on it."""
    if reason := unable():
        pytest.skip(reason)
    with Host() as host:
        assert host.run(FETCH).code == 0
        yield host


@pytest.fixture
def host() -> Iterator[Host]:
    yield from fresh()


@pytest.fixture(scope="module")
def docker_host() -> Iterator[Host]:
    """A host that has Docker and nothing else, and that no test changes."""
    for host in fresh():
        assert host.run("bash install.sh install-docker-only").code == 0
        yield host


@pytest.fixture(scope="module")
def installed() -> Iterator[Host]:
    """A host with Replicated, and no licence yet."""
    for host in fresh():
        result = host.run(INSTALL)
        assert result.code == 0, result.output
        yield host
