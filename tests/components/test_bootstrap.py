"""The bootstrap: phases in order, each with its limit, over a connection that accepts one host key alone."""

import base64
import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from installer import healthcheck, script
from installer.phase import HEALTH, MESSAGING_PHASES
from tests import certificates
from tests.recorder import Request, Secret, reveal
from tests.stacks import LICENSE, VARIANTS, deployed

REMOTE = "command:remote:Command"
LOCAL = "command:local:Command"
PHASES = [phase.name for phase in MESSAGING_PHASES]
BASH = Path(script.__file__).parent / "bash"
SHARED = {"PHASE", "LIMIT", "LOG", "STATE", "STARTED", "LINENO", "LC_ALL", "PATH", "ID", "VERSION_ID"}
"""Names that the prelude, bash itself and /etc/os-release provide."""

every_variant = pytest.mark.parametrize("variant", VARIANTS)


def phase_name(request: Request) -> str:
    return request.name.removeprefix("messaging-replicated-")


def phases(variant: str = "complete") -> dict[str, Request]:
    """The commands of a deployment by phase, in the order in which they were asked for."""
    return {phase_name(each): each for each in deployed(variant).resources if each.type in (REMOTE, LOCAL)}


def values(phase: str, variant: str = "complete") -> dict[str, str]:
    """What a phase's script is given, as bash would read it."""
    text = reveal(phases(variant)[phase].inputs["stdin"])
    given = re.findall(
        r"^readonly ([A-Z_0-9]+)=('[^']*'|[^ \n]*)$", text.partition("# Shared by every phase")[0], re.MULTILINE
    )
    return {name: value.strip("'") for name, value in given}


def decoded(phase: str, name: str, variant: str = "complete") -> str:
    return base64.b64decode(values(phase, variant)[name]).decode()


@every_variant
def test_each_phase_waits_for_the_one_before(variant: str) -> None:
    expected = PHASES if variant != "unverified" else PHASES[:-1]
    found = phases(variant)
    assert list(found) == expected
    for before, after in pairwise(expected):
        assert found[before].urn in found[after].dependencies


def test_the_first_phase_waits_for_the_address() -> None:
    assert deployed().the("aws:ec2/eipAssociation:EipAssociation").urn in phases()["ready"].dependencies


@every_variant
def test_the_command_line_says_the_phase_and_nothing_that_is_secret(variant: str) -> None:
    lines = {phase_name(each): each.inputs["create"] for each in deployed(variant).of(REMOTE)}
    assert lines == {each.name: each.command for each in MESSAGING_PHASES if each is not HEALTH}


@pytest.mark.parametrize("phase", MESSAGING_PHASES, ids=lambda phase: phase.name)
def test_the_host_ends_a_phase_before_the_engine_gives_up(phase: Any) -> None:
    request = phases()[phase.name]
    assert request.options["customTimeouts"] == {"create": f"{phase.limit + 180}s", "update": f"{phase.limit + 180}s"}
    assert f"timeout -k 20 {phase.limit} " in request.inputs["create"] or phase is HEALTH


@every_variant
def test_every_connection_pins_the_planted_host_key(variant: str) -> None:
    deployment = deployed(variant)
    connections = [each.inputs["connection"] for each in deployment.of(REMOTE)]
    assert all(isinstance(each, Secret) for each in connections)
    assert [reveal(each)["hostKey"] for each in connections] == [
        deployment.named("messaging-host-host-key").outputs["publicKeyOpenssh"]
    ] * len(connections)


def test_a_connection_is_that_of_the_one_user_to_the_elastic_address() -> None:
    connection = reveal(phases()["install"].inputs["connection"])
    assert {key: connection[key] for key in ("host", "user", "privateKey", "port")} == {
        "host": "203.0.113.100",
        "user": "wickr-deploy",
        "privateKey": reveal(deployed().named("messaging-host-login-key").outputs["privateKeyOpenssh"]),
        "port": 22,
    }


def test_only_the_first_phase_waits_for_a_boot_and_none_for_ever() -> None:
    limits = {phase_name(each): reveal(each.inputs["connection"])["dialErrorLimit"] for each in deployed().of(REMOTE)}
    assert {phase: limit for phase, limit in limits.items() if limit != 10} == {"ready": 30}


def test_phases_that_handle_secrets_say_nothing_to_the_engine() -> None:
    quiet = {phase for phase, each in phases().items() if each.inputs.get("logging") == "none"}
    hidden = {
        phase
        for phase, each in phases().items()
        if {"stdout", "stderr"} <= set(each.options.get("additionalSecretOutputs", []))
    }
    assert quiet == hidden == {"files", "configure"}


def test_no_phase_hands_its_output_on_by_the_environment() -> None:
    assert {each.inputs["addPreviousOutputInEnv"] for each in phases().values()} == {False}


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


def test_a_trigger_is_the_host_or_a_digest_that_nobody_can_read() -> None:
    triggers = {phase: each.inputs["triggers"] for phase, each in phases().items()}
    assert {phase: each[0] for phase, each in triggers.items()} == dict.fromkeys(PHASES, "i-messaging-host-instance")
    further = {phase: each[1:] for phase, each in triggers.items() if each[1:]}
    assert further.keys() == {"configure", "application", "health"}
    digests = [each for (each,) in further.values()]
    assert all(isinstance(each, Secret) and re.fullmatch("[0-9a-f]{64}", each.value) for each in digests)


@pytest.mark.parametrize("phase", PHASES[:-1])
def test_a_phase_is_given_exactly_the_values_that_it_uses(phase: str) -> None:
    text = (BASH / f"{phase}.sh").read_text()
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    used = set(re.findall(r"\$\{?#?([A-Z][A-Z_0-9]*)", code)) | set(re.findall(r"\b(MEMORY_GIB)\b", code))
    assert values(phase).keys() == used - SHARED


def test_the_files_carry_licence_settings_password_and_configuration() -> None:
    assert values("files", "a setting")["LICENSE"] == LICENSE
    assert json.loads(decoded("files", "SETTINGS", "a setting")) == {"some_key": {"value": "some value"}}
    password = reveal(deployed().outputs["installerPassword"])
    assert json.loads(decoded("files", "CONSOLE_AUTH")) == {"Password": {"Password": password}}
    conf = json.loads(decoded("files", "REPLICATED_CONF"))
    assert (conf["DaemonAuthenticationPassword"], conf["LocalAddress"]) == (password, "10.20.0.10")
    assert re.fullmatch("[a-z0-9]{32}", conf["DaemonToken"])
    assert conf["DaemonToken"] != password


@pytest.mark.parametrize(
    ("variant", "certificate", "key"),
    [
        (
            "complete",
            "-----BEGIN CERTIFICATE-----\ncertificate-server\n-----END CERTIFICATE-----\n",
            "-----BEGIN PRIVATE KEY-----\nprivate pem of certificate-server-key\n-----END PRIVATE KEY-----\n",
        ),
        (
            "provided certificate",
            certificates.server().pem + certificates.intermediate().pem,
            certificates.server().key_pem(),
        ),
        ("installer's certificate", "", ""),
    ],
)
def test_the_host_presents_the_certificate_of_the_stack(variant: str, certificate: str, key: str) -> None:
    assert (decoded("files", "CERTIFICATE", variant), decoded("files", "CERTIFICATE_KEY", variant)) == (
        certificate,
        key,
    )
    bootstrap = json.loads(decoded("files", "REPLICATED_CONF", variant))["TlsBootstrapType"]
    assert bootstrap == ("server-path" if certificate else "self-signed")


def test_the_vendor_s_script_is_given_both_addresses_of_the_host() -> None:
    flags = phases()["install"].inputs["stdin"]
    assert "private-address=10.20.0.10\npublic-address=203.0.113.100'" in flags


@pytest.mark.parametrize(
    ("variant", "trust"),
    [
        (
            "complete",
            {
                "TRUST": "ca",
                "CA_CERTIFICATE": "-----BEGIN CERTIFICATE-----\ncertificate-ca\n-----END CERTIFICATE-----\n",
            },
        ),
        ("provided certificate of a private CA", {"TRUST": "ca", "CA_CERTIFICATE": certificates.authority().pem}),
        ("provided certificate", {"TRUST": "system"}),
        ("installer's certificate", {"TRUST": "none"}),
    ],
)
def test_the_health_check_asks_from_here_with_a_client_s_trust(variant: str, trust: dict[str, str]) -> None:
    health = phases(variant)["health"]
    assert health.type == LOCAL
    assert health.inputs["environment"] == trust | {
        "ADDRESS": "203.0.113.100",
        "HOSTNAME_OF_WICKR": "wickr.example.com",
        "HEALTH_PATH": "/checkConfig.php?api=117",
        "LIMIT": "300",
    }
    assert (health.inputs["create"], health.inputs["stdin"]) == ("python3 -", Path(healthcheck.__file__).read_text())


@pytest.mark.parametrize(
    ("phase", "expected"),
    [
        ("ready", {}),
        (
            "preflight",
            {
                "CPUS": "2",
                "MEMORY_GIB": "8",
                "DISK_GB": "120",
                "PREFLIGHT_DISK_GB": "200",
                "KERNEL": "3010",
                "KERNEL_TEXT": "3.10",
                "OPERATING_SYSTEMS": "ubuntu:1804: rhel:700:799 centos:700:799",
                "PORTS": "443-443 8800-8800 9870-9881",
                "SECURITY_MODULE": "permissive",
            },
        ),
        ("install", {"DOCKER_OLDEST": "1007001", "DOCKER_NEWEST": "18009002", "DOCKER_TEXT": "1.7.1 to 18.09.2"}),
    ],
)
def test_a_phase_is_given_the_guide_s_numbers(phase: str, expected: dict[str, str]) -> None:
    given = values(phase)
    assert {name: given[name] for name in expected} == expected
