"""The same as in test_keys, where a compliance host is deployed; and what is made of it in AWS."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from infra.compliance import Compliance
from tests.engine import Result
from tests.program.cloud import Cloud
from tests.program.realstack import Changes, RealStack, touched
from tests.program.rows import KEPT, Previews, Row, check, keys
from tests.stacks import COMPLIANCE, CONFIGURATION, SECRET_KEY

pytestmark = pytest.mark.engine

REGION = "ap-northeast-1"
BOT, HOST, VOLUME = "compliance-bot", "compliance-host-instance", "compliance-data-volume"
STACK: Changes = {"compliance": COMPLIANCE | {"configuration": CONFIGURATION}}
ANOTHER_SECRET = CONFIGURATION["secretArn"].replace("AbCdEf", "FeDcBa")

ROWS = {
    "compliance.image": Row(
        change={"compliance.image": COMPLIANCE["image"].replace("6.36.20.02", "6.36.21.01")},
        does={f"{BOT}-container": "update"},
    ),
    "compliance.configuration.secretArn": Row(
        change={"compliance.configuration.secretArn": ANOTHER_SECRET},
        does={f"{BOT}-container": "update", "compliance-reads": "update"},
    ),
    "compliance.configuration.secretKeyArn": Row(
        change={"compliance.configuration.secretKeyArn": SECRET_KEY},
        does={"compliance-reads": "update"},
    ),
    "encryption.ownKey": Row(change={"encryption.ownKey": True}, does={"key": "create", "key-key": "create"}),
    "compliance.configuration.bucket": Row(
        change={"compliance.configuration.bucket": "another-bucket"}, does={"compliance-reads": "update"}
    ),
    "compliance.configuration.key": Row(
        change={"compliance.configuration.key": "another/conf.wickr"}, does={"compliance-reads": "update"}
    ),
    "no configuration": Row(
        change={"compliance.configuration": None},
        does={"compliance-reads": "delete", f"{BOT}-container": "update", HOST: "update"},
    ),
    "compliance.imageId": Row(change={"compliance.imageId": "ami-0123456789abcdef0"}, does={}),
    "compliance.instanceType": Row(change={"compliance.instanceType": "c5.xlarge"}, does={HOST: "update"}),
    "compliance.diskGiB": Row(change={"compliance.diskGiB": 100}, does={HOST: "update"}),
    "compliance.dataGiB": Row(change={"compliance.dataGiB": 200}, does={VOLUME: "update", f"{BOT}-volume": "update"}),
    "compliance.dockerVersion": Row(change={"compliance.dockerVersion": "24.0.9"}, does={f"{BOT}-engine": "update"}),
    "compliance.dockerSha256": Row(change={"compliance.dockerSha256": "0" * 64}, does={f"{BOT}-engine": "update"}),
    "compliance.alsoAcceptOs": Row(
        change={"compliance.alsoAcceptOs": ["debian 12"]}, does={f"{BOT}-preflight": "update"}
    ),
    "compliance.rebuild": Row(
        change={"compliance.rebuild": 1},
        guarded=HOST,
        because="the host that goes has to be unprotected first, as before any deletion",
    ),
    "no compliance": Row(
        change={"compliance": None},
        guarded=HOST,
        because="a host and a volume that hold messages go by a step of its own, after unprotecting them",
    ),
    "clientCidrs": Row(
        change={"clientCidrs": ["198.51.100.0/24"]},
        does={
            "messaging-firewall-in-wickr-services-198.51.100.0-24": "create",
            "messaging-firewall-in-wickr-services-0.0.0.0-0": "delete",
            "compliance-to-messaging-wickr-services": "create",
            "compliance-to-messaging-wickr-services-address": "create",
        },
    ),
    "protectHosts": Row(change={"protectHosts": False}, does={"messaging-host-instance": "update", HOST: "update"}),
    "egress": Row(
        change={"egress": "open"},
        does={
            "messaging-firewall-out-80": "delete",
            "messaging-firewall-out-443": "delete",
            "messaging-firewall-out-all": "create",
            "messaging-firewall-out-all-6": "create",
        },
    ),
}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> RealStack:
    """A stack with a compliance host, deployed."""
    found = RealStack(tmp_path_factory.mktemp("program") / "engine", Cloud(REGION), STACK)
    found.up()
    return found


@pytest.fixture(scope="module")
def previews(stack: RealStack) -> Iterator[Previews]:
    """All previews, two at a time."""
    with ThreadPoolExecutor(2) as pool:
        yield {key: pool.submit(stack.preview, row.change) for key, row in ROWS.items()}
        pool.shutdown(cancel_futures=True)


def test_every_key_of_compliance_has_a_row() -> None:
    assert {key for key in keys(Compliance, "compliance.") if key != "compliance.configuration"} == {
        key for key in ROWS if key.startswith("compliance.") and ".configuration." not in key
    }


@pytest.mark.parametrize("key", ROWS)
def test_a_key_changes_what_it_says_and_nothing_else(previews: Previews, key: str) -> None:
    check(ROWS[key], previews[key].result(), kept=KEPT | {HOST, VOLUME, "nat-address-eip"})


def made(stack: RealStack, name: str) -> str:
    (found,) = (row["id"] for row in stack.engine.resources() if row["urn"].endswith(f"::{name}"))
    return str(found)


def volume(stack: RealStack, identifier: str) -> Any:
    (found,) = stack.cloud.ec2.describe_volumes(VolumeIds=[identifier])["Volumes"]
    return found


def test_the_data_volume_is_at_the_host_and_encrypted(stack: RealStack) -> None:
    found = volume(stack, made(stack, VOLUME))
    (attachment,) = found["Attachments"]
    assert (attachment["InstanceId"], attachment["Device"], attachment["State"]) == (
        made(stack, HOST),
        "/dev/sdf",
        "attached",
    )
    assert (found["Size"], found["VolumeType"], found["Encrypted"]) == (100, "gp3", True)


def test_the_host_has_a_private_address_alone_and_its_packets_leave_by_the_gateway(stack: RealStack) -> None:
    ec2 = stack.cloud.ec2
    (found,) = ec2.describe_instances(InstanceIds=[made(stack, HOST)])["Reservations"][0]["Instances"]
    assert "PublicIpAddress" not in found
    assert found["SubnetId"] == made(stack, "network-private-1")
    tables = ec2.describe_route_tables(Filters=[{"Name": "association.subnet-id", "Values": [found["SubnetId"]]}])[
        "RouteTables"
    ]
    ways = [
        (route.get("NatGatewayId"), route.get("GatewayId"))
        for table in tables
        for route in table["Routes"]
        if route.get("DestinationCidrBlock") == "0.0.0.0/0"
    ]
    assert ways == [(made(stack, "nat-gateway"), None)]


def test_a_second_update_and_a_refresh_find_nothing_to_do(stack: RealStack) -> None:
    assert set(stack.up().changes) == {"same"}
    assert set(stack.engine.refresh().changes) == {"same"}


def test_rebuilt_it_is_another_instance_at_the_same_volume_and_the_volume_outlives_the_stack(stack: RealStack) -> None:
    identifier, first = made(stack, VOLUME), made(stack, HOST)
    unprotected: Changes = {"protectHosts": False}
    stack.up(unprotected)
    rebuilt: Result = stack.up({**unprotected, "compliance.rebuild": 1})
    assert {name: op for name, op in touched(rebuilt).items() if not name.startswith(BOT)} == {
        "compliance-host-instance-1": "create",
        HOST: "delete",
        "compliance-data-attachment": "replace",
        # What looks at the host, and what backs it up, is told of the new one.
        "alarms-compliance-instance-check": "update",
        "alarms-compliance-system-check": "update",
        "alarms-compliance-disk": "update",
        "alarms-compliance-memory": "update",
        "compliance-tells-vitals": "replace",
        "backup-compliance": "replace",
    }
    (attachment,) = volume(stack, identifier)["Attachments"]
    assert attachment["InstanceId"] == made(stack, "compliance-host-instance-1") != first
    alone = stack.up({**unprotected, "compliance": None})
    assert touched(alone)[VOLUME] == "delete"
    assert (volume(stack, identifier)["State"], volume(stack, identifier)["Attachments"]) == ("available", [])
