"""A bastion: every connection goes through it, pinned like the rest, and what is told to people does, too."""

import json
import shlex
from typing import Any

import pytest

from tests import sshkeys
from tests.components.commands import CALLING_HOST, LOCAL, MESSAGING_HOST, REMOTE, phases
from tests.recorder import Deployment, Secret, deploy, reveal
from tests.stacks import BASTION, IMAGE, deployed, stack

FIRST_HALF = {
    "host": "198.51.100.70",
    "user": "ec2-user",
    "privateKey": sshkeys.private("Pulumi at the bastion"),
    "hostKey": sshkeys.public("the bastion"),
}

by_a_bastion = pytest.mark.parametrize(
    ("variant", "port"), [("by a bastion", 2222), ("calling in private by a bastion", 22)]
)


def connections(deployment: Deployment) -> dict[str, Any]:
    """Of every remote command, which are secrets as a whole."""
    found = {each.name: each.inputs["connection"] for each in deployment.of(REMOTE)}
    assert all(isinstance(each, Secret) for each in found.values())
    return {name: reveal(each) for name, each in found.items()}


def half(connection: dict[str, Any]) -> dict[str, Any]:
    """A connection without what bounds its time."""
    return {key: value for key, value in connection.items() if key in ("port", *FIRST_HALF, "proxy")}


@by_a_bastion
def test_every_phase_on_every_host_goes_through_it_and_it_must_show_its_key(variant: str, port: int) -> None:
    found = {name: each for name, each in connections(deployed(variant)).items() if "health" not in name}
    assert len(found) == (16 if "calling" in variant else 10)
    assert [half(each["proxy"]) for each in found.values()] == [FIRST_HALF | {"port": port}] * len(found)


def test_without_one_nothing_goes_through_anything() -> None:
    assert {each.get("proxy") for each in connections(deployed("calling")).values()} == {None}


@pytest.mark.slow
def test_it_changes_connections_and_who_asks_for_health_and_nothing_else() -> None:
    alone, joined = (
        {each.urn: each for each in deployed(variant).resources} for variant in ("complete", "by a bastion")
    )
    differ = {
        each.name: {key for key in each.inputs if each.inputs[key] != joined[urn].inputs[key]}
        for urn, each in alone.items()
        if urn in joined and each.inputs != joined[urn].inputs
    }
    assert differ == {name: {"connection"} for name in connections(deployed())}
    assert {urn.rpartition("::")[2] for urn in alone.keys() ^ joined.keys()} == {
        f"{MESSAGING_HOST}-health",
        f"{MESSAGING_HOST}-health-from-bastion",
    }


@by_a_bastion
def test_it_asks_for_health_itself_where_clients_could_be(variant: str, port: int) -> None:
    request = phases(variant)["health-from-bastion"]
    assert half(reveal(request.inputs["connection"])) == FIRST_HALF | {"port": port}
    usual = phases("calling in private" if "calling" in variant else "complete")["health"].inputs
    first, told, script = reveal(request.inputs["stdin"]).split("\n", 2)
    assert (first, script) == ("import os", usual["stdin"])
    given = json.loads(told.removeprefix("os.environ.update(").removesuffix(")"))
    assert given == usual["environment"] | {"ASKER": "the bastion"}
    assert request.options["customTimeouts"] == {"create": "480s", "update": "480s"}


@pytest.mark.slow
@pytest.mark.parametrize(("asker", "kinds"), [("deployer", [LOCAL]), ("none", [])])
def test_it_asks_nothing_where_the_stack_says_who_does(asker: str, kinds: list[str]) -> None:
    changes = {"wickr:bastion": BASTION, "wickr:messaging": {"imageId": IMAGE, "healthCheck": asker}}
    assert [each.type for each in deploy(stack(changes)).resources if "health" in each.name] == kinds


@by_a_bastion
def test_people_go_through_it_with_its_key_pinned_and_a_key_of_their_own(variant: str, port: int) -> None:
    outputs = deployed(variant).outputs
    words = shlex.split(outputs["sshCommands"]["messaging"])
    (way,) = (word.removeprefix("ProxyCommand=") for word in words if word.startswith("ProxyCommand="))
    assert shlex.split(way) == [
        *("ssh", "-o", "UserKnownHostsFile=wickr.known_hosts", "-p", str(port)),
        *("-W", "%h:%p", "ec2-user@198.51.100.70"),
    ]
    name = "198.51.100.70" if port == 22 else "[198.51.100.70]:2222"
    assert outputs["knownHosts"].splitlines()[-1] == f"{name} {sshkeys.public('the bastion')}"
    assert "ProxyCommand" not in deployed("calling").outputs["sshCommands"]["calling"]


@pytest.mark.slow
@pytest.mark.parametrize("host", [MESSAGING_HOST, CALLING_HOST])
def test_no_host_is_told_of_it(host: str) -> None:
    found = phases("calling in private by a bastion", host)
    scripts = [reveal(each.inputs["stdin"]) for name, each in found.items() if "health" not in name]
    assert [text for text in scripts if "198.51.100.70" in text] == []
