"""The bootstrap: phases in order, each with its limit, over a connection that accepts one host key alone."""

import re
from itertools import pairwise

import pytest

from installer.phase import (
    CALLS,
    COMPLIANCE_PHASES,
    CONFIGURE,
    CONFIGURE_FROM_BUNDLE,
    HEALTH,
    MESSAGING_PHASES,
    NODE_PHASES,
    SUPPLY_PHASES,
    Phase,
)
from tests.components.commands import (
    CALLING_HOST,
    COMPLIANCE,
    COMPLIANCE_HOST,
    LOCAL,
    MESSAGING_HOST,
    NODE,
    PHASES,
    REMOTE,
    WITH_CALLS,
    phases,
    supplied,
)
from tests.recorder import Secret, reveal
from tests.stacks import VARIANTS, WITH_CALLING, WITH_COMPLIANCE, deployed

every_variant = pytest.mark.parametrize("variant", VARIANTS)


def expected(variant: str) -> list[str]:
    """The phases of the messaging host: calls are asked for where there are any, and health unless it is turned off."""
    found = supplied(variant, WITH_CALLS if variant in WITH_CALLING else PHASES)
    if "bastion" in variant:
        return [*found[:-1], "health-from-bastion"]
    return found if "unverified" not in variant else found[:-1]


@every_variant
def test_each_phase_waits_for_the_one_before(variant: str) -> None:
    found = phases(variant)
    assert list(found) == expected(variant)
    for before, after in pairwise(expected(variant)):
        assert found[before].urn in found[after].dependencies


def test_the_first_phase_waits_for_the_address() -> None:
    assert deployed().the("aws:ec2/eipAssociation:EipAssociation").urn in phases()["ready"].dependencies


@every_variant
def test_the_command_line_says_the_phase_and_nothing_that_is_secret(variant: str) -> None:
    apart = ("health", "tells")  # for the latter see test_vitals
    lines = {
        each.name: each.inputs["create"]
        for each in deployed(variant).of(REMOTE)
        if not any(part in each.name for part in apart)
    }
    everywhere = (*MESSAGING_PHASES, CALLS, *NODE_PHASES, *SUPPLY_PHASES, *COMPLIANCE_PHASES)
    commands = {each.name: each.command for each in everywhere}
    commands["configure"] = (CONFIGURE_FROM_BUNDLE if "airgap" in variant else CONFIGURE).command
    hosts = {
        MESSAGING_HOST: [name for name in expected(variant) if "health" not in name],
        CALLING_HOST: supplied(variant, NODE) if variant in WITH_CALLING else [],
        COMPLIANCE_HOST: COMPLIANCE if variant in WITH_COMPLIANCE else [],
    }
    assert lines == {f"{host}-{name}": commands[name] for host, names in hosts.items() for name in names}


@pytest.mark.parametrize(
    ("host", "phase"),
    [(MESSAGING_HOST, each) for each in (*MESSAGING_PHASES, CALLS)]
    + [(CALLING_HOST, each) for each in NODE_PHASES]
    + [(COMPLIANCE_HOST, each) for each in COMPLIANCE_PHASES],
    ids=lambda part: part.name if isinstance(part, Phase) else part,
)
def test_the_host_ends_a_phase_before_the_engine_gives_up(host: str, phase: Phase) -> None:
    request = phases("all three hosts", host)[phase.name]
    assert request.options["customTimeouts"] == {"create": f"{phase.limit + 180}s", "update": f"{phase.limit + 180}s"}
    assert f"timeout -k 20 {phase.limit} " in request.inputs["create"] or phase is HEALTH


@every_variant
def test_every_connection_pins_the_planted_host_key(variant: str) -> None:
    deployment = deployed(variant)
    hosts = {MESSAGING_HOST: VARIANTS, CALLING_HOST: WITH_CALLING, COMPLIANCE_HOST: WITH_COMPLIANCE}
    for host, having in hosts.items():
        role = host.partition("-")[0]
        remote = [each for name, each in phases(variant, host).items() if each.type == REMOTE and "health" not in name]
        connections = [each.inputs["connection"] for each in remote]
        assert all(isinstance(each, Secret) for each in connections)
        assert [reveal(each)["hostKey"] for each in connections] == [
            deployment.named(f"{role}-host-host-key").outputs["publicKeyOpenssh"] for _ in connections
        ]
        assert bool(connections) is (variant in having)


@pytest.mark.parametrize(
    ("host", "phase", "address"),
    [(MESSAGING_HOST, "install", "203.0.113.100"), (CALLING_HOST, "join", "203.0.113.101")],
)
def test_a_connection_is_that_of_the_one_user_to_the_elastic_address(host: str, phase: str, address: str) -> None:
    connection = reveal(phases("calling", host)[phase].inputs["connection"])
    assert {key: connection[key] for key in ("host", "user", "privateKey", "port")} == {
        "host": address,
        "user": "wickr-deploy",
        "privateKey": reveal(deployed("calling").named("secrets-login-key").outputs["privateKeyOpenssh"]),
        "port": 22,
    }


def test_only_the_first_phase_waits_for_a_boot_and_none_for_ever() -> None:
    commands = deployed("all three hosts").of(REMOTE)
    limits = {each.name: reveal(each.inputs["connection"])["dialErrorLimit"] for each in commands}
    assert {name: limit for name, limit in limits.items() if limit != 10} == {
        f"{MESSAGING_HOST}-ready": 30,
        f"{CALLING_HOST}-ready": 30,
        f"{COMPLIANCE_HOST}-ready": 30,
    }


def test_phases_that_handle_secrets_say_nothing_to_the_engine() -> None:
    commands = [each for each in deployed("calling").resources if each.type in (REMOTE, LOCAL)]
    quiet = {each.name for each in commands if each.inputs.get("logging") == "none"}
    hidden = {
        each.name for each in commands if {"stdout", "stderr"} <= set(each.options.get("additionalSecretOutputs", []))
    }
    assert quiet == hidden == {f"{MESSAGING_HOST}-files", f"{MESSAGING_HOST}-configure", f"{CALLING_HOST}-join"}


def test_no_phase_hands_its_output_on_by_the_environment() -> None:
    commands = [*phases("calling").values(), *phases("calling", CALLING_HOST).values()]
    assert {each.inputs["addPreviousOutputInEnv"] for each in commands} == {False}


@pytest.mark.parametrize(
    ("variant", "again"),
    [
        ("another licence", {"files", "configure", "application", "health"}),
        ("a setting", {"files", "configure", "application", "health"}),
        ("another Docker", {"install"}),
        ("few clients", set()),
        ("three admin networks", set()),
        ("tagged", set()),
        ("unprotected", set()),
        ("another image", set()),
        ("rebuilt", set(PHASES)),
    ],
)
def test_a_change_runs_again_what_it_concerns_and_nothing_else(variant: str, again: set[str]) -> None:
    usual, changed = phases(), phases(variant)
    assert {phase for phase in PHASES if usual[phase].inputs != changed[phase].inputs} == again


@pytest.mark.parametrize(
    ("variant", "messaging", "node"),
    [
        ("500 calls", set(), {"firewall"}),
        ("calling for several networks", set(), set()),
        ("calling of 6.32", {"install"}, {"preflight", "firewall", "join"}),
        ("calling on a machine of its own", set(), {"preflight"}),
        ("calling rebuilt", {"cluster", "application", "calls"}, set(NODE)),
        ("calling at an address", {"calls"}, set()),
    ],
)
def test_a_change_of_the_calling_host_runs_again_what_it_concerns(
    variant: str, messaging: set[str], node: set[str]
) -> None:
    for host, again in ((MESSAGING_HOST, messaging), (CALLING_HOST, node)):
        usual, changed = phases("calling", host), phases(variant, host)
        assert {phase for phase in usual if usual[phase].inputs != changed[phase].inputs} == again


def test_a_trigger_is_the_host_or_a_digest_that_nobody_can_read() -> None:
    triggers = {phase: each.inputs["triggers"] for phase, each in phases().items()}
    assert {phase: each[0] for phase, each in triggers.items()} == dict.fromkeys(PHASES, "i-messaging-host-instance")
    further = {phase: each[1:] for phase, each in triggers.items() if each[1:]}
    assert further.keys() == {"configure", "application", "health"}
    digests = [each for (each,) in further.values()]
    assert all(isinstance(each, Secret) and re.fullmatch("[0-9a-f]{64}", each.value) for each in digests)


def test_what_waits_for_a_node_has_its_machine_for_a_trigger_too() -> None:
    triggers = {phase: each.inputs["triggers"] for phase, each in phases("calling").items()}
    assert {each[0] for each in triggers.values()} == {"i-messaging-host-instance"}
    machines = {phase: [one for one in each[1:] if not isinstance(one, Secret)] for phase, each in triggers.items()}
    assert {phase: each for phase, each in machines.items() if each} == {
        phase: ["i-calling-host-instance"] for phase in ("cluster", "application", "calls")
    }
    digests = {phase for phase, each in triggers.items() if any(isinstance(one, Secret) for one in each)}
    assert digests == {"configure", "application", "calls", "health"}
    nodes = {str(each.inputs["triggers"]) for each in phases("calling", CALLING_HOST).values()}
    assert nodes == {"['i-calling-host-instance']"}
