"""The voice and video host is optional: nothing of it without it, and with it nothing of the messaging host moves."""

import base64
import json
import re
from typing import Any

import pytest

from tests.components.commands import supplied
from tests.recorder import Deployment, Request, deploy, reveal
from tests.stacks import ALONE, WITH_CALLING, deployed, stack

NODE = "calling-node"
MESSAGING = "messaging-replicated"

with_calling = pytest.mark.parametrize("variant", WITH_CALLING)


def by_urn(deployment: Deployment) -> dict[str, Request]:
    return {each.urn: each for each in deployment.resources}


def all_of(deployment: Deployment) -> dict[str, tuple[object, ...]]:
    """Every resource with all that the engine would compare; in which order it is asked for is left out."""
    return {
        each.urn: (each.parent, each.inputs, each.outputs, each.protect, each.ignored, each.dependencies)
        for each in deployment.resources
    }


def before(deployment: Deployment, name: str) -> set[str]:
    """The names of everything that a resource waits for, directly or through others."""
    known, found = by_urn(deployment), set[str]()
    waiting = [deployment.named(name)]
    while waiting:
        for urn in waiting.pop().dependencies & known.keys() - found:
            found.add(urn)
            waiting.append(known[urn])
    return {known[urn].name for urn in found}


def phases(names: set[str], host: str) -> set[str]:
    """The phases of a host among names."""
    return {name.removeprefix(f"{host}-") for name in names if name.startswith(f"{host}-")}


@pytest.mark.parametrize("variant", ALONE)
def test_without_calling_nothing_of_it_exists(variant: str) -> None:
    deployment = deployed(variant)
    made = [each.name for each in deployment.resources if each.name.startswith("calling") or "calling" in each.type]
    assert made == []
    assert {each.name for each in deployment.resources if each.type == "wickr:node:Node"} == set()
    assert (deployment.outputs["callingAddress"], deployment.outputs["mediaPorts"]) == ("", "")


@pytest.mark.slow
def test_a_group_without_a_key_is_none() -> None:
    assert all_of(deploy(stack({"wickr:calling": {}}))) == all_of(deployed())


KEPT = ("network", "cluster", "secrets", "messaging-address", "messaging-firewall", "messaging-host")


def test_switching_calling_on_leaves_every_resource_there_is() -> None:
    assert by_urn(deployed()).keys() - by_urn(deployed("calling")).keys() == set()


def test_switching_calling_on_changes_nothing_of_the_messaging_host_its_group_and_what_they_stand_on() -> None:
    alone, joined = all_of(deployed()), all_of(deployed("calling"))
    kept = {urn: each for urn, each in alone.items() if urn.rpartition("::")[2].startswith(KEPT)}
    assert len(kept) > 30
    assert {urn: joined[urn] for urn in kept} == kept


def test_switching_calling_on_changes_exactly_these_inputs() -> None:
    alone, joined = by_urn(deployed()), by_urn(deployed("calling"))
    changed = {
        each.name: {key for key in each.inputs.keys() | joined[urn].inputs.keys() if differ(each, joined[urn], key)}
        for urn, each in alone.items()
    }
    assert {name: keys for name, keys in changed.items() if keys} == {
        "certificate-request": {"dnsNames", "ipAddresses"},
        "messaging-replicated-files": {"stdin"},
        "messaging-replicated-cluster": {"stdin", "triggers"},
        "messaging-replicated-configure": {"triggers"},
        "messaging-replicated-application": {"triggers"},
        "messaging-replicated-health": {"triggers"},
    }


def differ(one: Request, other: Request, key: str) -> bool:
    return one.inputs.get(key) != other.inputs.get(key)


@pytest.mark.parametrize(
    ("phase", "lines"),
    [("cluster", {"TAGS": ("local", "'local calling'")}), ("files", {"REPLICATED_CONF": (None, None)})],
)
def test_what_differs_in_a_script_is_one_value(phase: str, lines: dict[str, tuple[str | None, str | None]]) -> None:
    def values(variant: str) -> dict[str, str]:
        text: str = reveal(deployed(variant).named(f"{MESSAGING}-{phase}").inputs["stdin"])
        head, _, rest = text.partition("# Shared by every phase")
        return {"the rest": rest, **dict(re.findall(r"^readonly ([A-Z_]+)=(.*)$", head, re.MULTILINE))}

    alone, joined = values("complete"), values("calling")
    found = {name: (alone[name], joined[name]) for name in alone if alone[name] != joined[name]}
    assert found.keys() == lines.keys()
    assert all(lines[name] in (pair, (None, None)) for name, pair in found.items())


def test_of_the_configuration_only_what_starts_it_is_left_out() -> None:
    def conf(variant: str) -> dict[str, Any]:
        text = reveal(deployed(variant).named(f"{MESSAGING}-files").inputs["stdin"])
        (encoded,) = re.findall(r"^readonly REPLICATED_CONF=(\S+)$", text, re.MULTILINE)
        found: dict[str, Any] = json.loads(base64.b64decode(encoded))
        return found

    assert conf("complete") == conf("calling") | {
        "LicenseFileLocation": "/etc/wickr/license.rli",
        "ImportSettingsFrom": "/etc/wickr/settings.json",
    }


def test_what_is_new_is_called_after_the_host_but_for_the_question_about_calls_and_its_backups() -> None:
    new = by_urn(deployed("calling")).keys() - by_urn(deployed()).keys()
    names = {by_urn(deployed("calling"))[urn].name for urn in new}
    others = {name for name in names if not name.startswith(("calling", "alarms-calling"))}
    assert others == {f"{MESSAGING}-calls", "backup-calling"}


@with_calling
def test_the_node_is_built_beside_the_messaging_host(variant: str) -> None:
    for phase in ("ready", "preflight", "firewall", "join"):
        assert phases(before(deployed(variant), f"{NODE}-{phase}"), MESSAGING) == set()


@with_calling
def test_until_it_joins_the_node_does_not_even_wait_for_the_messaging_host_to_exist(variant: str) -> None:
    instances = {"messaging-host-instance", "messaging-host-address"}
    assert before(deployed(variant), f"{NODE}-firewall") & instances == set()
    assert before(deployed(variant), f"{NODE}-join") & instances == {"messaging-host-instance"}


@with_calling
def test_each_phase_of_the_node_waits_for_the_one_before(variant: str) -> None:
    names = supplied(variant, ["ready", "preflight", "firewall", "join"])
    waited = [phases(before(deployed(variant), f"{NODE}-{each}"), NODE) for each in names]
    assert waited == [set(names[:number]) for number in range(len(names))]


@with_calling
def test_the_messaging_host_waits_for_the_node_where_it_counts_nodes_and_not_before(variant: str) -> None:
    deployment = deployed(variant)
    for phase in ("ready", "preflight", "firewall", "files", "install", "replicated"):
        assert phases(before(deployment, f"{MESSAGING}-{phase}"), NODE) == set()
    assert deployment.named(f"{NODE}-join").urn in deployment.named(f"{MESSAGING}-cluster").dependencies


@with_calling
def test_the_application_starts_after_the_count_and_calls_are_asked_for_after_that(variant: str) -> None:
    deployment = deployed(variant)
    assert {"cluster", "configure"} <= phases(before(deployment, f"{MESSAGING}-application"), MESSAGING)
    assert "application" in phases(before(deployment, f"{MESSAGING}-calls"), MESSAGING)
    if "unverified" not in variant:
        health = f"{MESSAGING}-health" + ("-from-bastion" if "bastion" in variant else "")
        assert "calls" in phases(before(deployment, health), MESSAGING)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("variant", "url"),
    [
        ({}, "https://get.replicated.com/operator/wickrenterprise/stable"),
        ({"operatorUrl": "https://example.com/operator"}, "https://example.com/operator"),
    ],
    ids=["as it comes", "named"],
)
def test_the_node_joins_by_the_script_that_the_stack_names(variant: dict[str, str], url: str) -> None:
    deployment = deploy(stack({**WITH_CALLING["calling"], "wickr:installer": variant}))
    assert f"readonly INSTALLER_URL={url}\n" in reveal(deployment.named(f"{NODE}-join").inputs["stdin"])
    assert url not in reveal(deployment.named(f"{MESSAGING}-install").inputs["stdin"])


@pytest.mark.slow
def test_docker_of_a_version_is_for_the_messaging_host_since_the_operator_s_script_takes_none() -> None:
    deployment = deploy(stack({**WITH_CALLING["calling"], "wickr:installer": {"dockerVersion": "18.09.2"}}))
    given = {name: reveal(deployment.named(name).inputs["stdin"]) for name in (f"{MESSAGING}-install", f"{NODE}-join")}
    assert [re.findall(r"^readonly DOCKER_VERSION=(.*)$", text, re.MULTILINE) for text in given.values()] == [
        ["18.09.2"],
        ["''"],
    ]
