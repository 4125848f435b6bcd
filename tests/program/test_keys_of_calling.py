"""The same as in test_keys, where a voice and video host is deployed: its own keys, and those that reach both hosts."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from infra.calling import Calling
from tests.program.cloud import Cloud
from tests.program.realstack import Changes, RealStack
from tests.program.rows import BOOTSTRAP, ISSUED_ANEW, KEPT, Previews, Row, check, keys

pytestmark = pytest.mark.engine

REGION = "eu-south-1"
CALLING: Changes = {"calling.hostname": "calling.example.com"}

CALLS = {f"{BOOTSTRAP}-calls": "replace"}
"""Whether calls are possible is asked again when the application was touched."""

HOST = {"calling-host-instance": "update"}

ROWS = {
    "calling.hostname": Row(change={"calling.hostname": "voice.example.com"}, does=ISSUED_ANEW | CALLS),
    "calling.maxCalls": Row(
        change={"calling.maxCalls": 100},
        does={"calling-firewall-in-media-0.0.0.0-0": "update", "calling-node-firewall": "update"},
    ),
    "calling.imageId": Row(change={"calling.imageId": "ami-0123456789abcdef0"}, does={}),
    "calling.instanceType": Row(change={"calling.instanceType": "c5.xlarge"}, does=HOST),
    "calling.diskGiB": Row(change={"calling.diskGiB": 100}, does=HOST),
    "calling.alsoAcceptOs": Row(
        change={"calling.alsoAcceptOs": ["debian 12"]}, does={"calling-node-preflight": "update"}
    ),
    "calling.rebuild": Row(
        change={"calling.rebuild": 1},
        guarded="calling-host-instance",
        because="the host that goes has to be unprotected first, as before any deletion",
    ),
    "no calling": Row(
        change={"calling": None},
        guarded="calling-host-instance",
        because="a host and an address that clients know go by a step of its own, after unprotecting them",
    ),
    "adminCidrs": Row(
        change={"adminCidrs": ["198.51.100.64/26", "203.0.113.0/28"]},
        does={
            "messaging-firewall-in-ssh-203.0.113.0-28": "create",
            "messaging-firewall-in-installer-ui-203.0.113.0-28": "create",
            "calling-firewall-in-ssh-203.0.113.0-28": "create",
        },
    ),
    "installer.release": Row(
        change={"installer.release": "6.32"},
        does={
            f"{BOOTSTRAP}-install": "update",
            "calling-node-preflight": "update",
            "calling-node-firewall": "update",
            "calling-node-join": "update",
            "calling-firewall-in-internal-https-messaging": "create",
            "calling-firewall-in-internal-https-messaging-address": "create",
            "calling-from-messaging-internal-https": "create",
            "calling-from-messaging-internal-https-address": "create",
        },
    ),
    "installer.operatorUrl": Row(
        change={"installer.operatorUrl": "https://mirror.example.com/operator.sh"}, does={"calling-node-join": "update"}
    ),
    "protectHosts": Row(change={"protectHosts": False}, does={"messaging-host-instance": "update", **HOST}),
}


@pytest.fixture(scope="module")
def previews(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Previews]:
    """All previews, two at a time; the stack is deployed once."""
    stack = RealStack(tmp_path_factory.mktemp("program") / "engine", Cloud(REGION), CALLING)
    stack.up()
    with ThreadPoolExecutor(2) as pool:
        yield {key: pool.submit(stack.preview, row.change) for key, row in ROWS.items()}
        pool.shutdown(cancel_futures=True)


def test_every_key_of_calling_has_a_row() -> None:
    assert set(keys(Calling, "calling.")) == {key for key in ROWS if key.startswith("calling.")}


@pytest.mark.parametrize("key", ROWS)
def test_a_key_changes_what_it_says_and_nothing_else(previews: Previews, key: str) -> None:
    check(ROWS[key], previews[key].result(), kept=KEPT | {"calling-host-instance", "calling-address-eip"})
