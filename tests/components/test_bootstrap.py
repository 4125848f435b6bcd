"""The bootstrap: phases in order, each with its limit, over a connection that accepts one host key alone."""

import base64
import json
import re
from itertools import pairwise
from pathlib import Path

import pytest

from installer import healthcheck, script
from installer.phase import CALLS, HEALTH, JOIN, MESSAGING_PHASES, NODE_PHASES, Phase
from tests import certificates
from tests.recorder import Request, Secret, reveal
from tests.stacks import LICENSE, VARIANTS, WITH_CALLING, deployed

REMOTE = "command:remote:Command"
LOCAL = "command:local:Command"
PHASES = [phase.name for phase in MESSAGING_PHASES]
WITH_CALLS = [*PHASES[:-1], CALLS.name, HEALTH.name]
NODE = [phase.name for phase in NODE_PHASES]
MESSAGING_HOST, CALLING_HOST = "messaging-replicated", "calling-node"
BASH = Path(script.__file__).parent / "bash"
SHARED = {"PHASE", "LIMIT", "LOG", "STATE", "STARTED", "LINENO", "LC_ALL", "PATH", "ID", "VERSION_ID", "NF"}
"""Names that the prelude, bash itself, awk and /etc/os-release provide."""

every_variant = pytest.mark.parametrize("variant", VARIANTS)


def phases(variant: str = "complete", host: str = MESSAGING_HOST) -> dict[str, Request]:
    """The commands of a host by phase, in the order in which they were asked for."""
    commands = [each for each in deployed(variant).resources if each.type in (REMOTE, LOCAL)]
    return {each.name.removeprefix(f"{host}-"): each for each in commands if each.name.startswith(f"{host}-")}


def expected(variant: str) -> list[str]:
    """The phases of the messaging host: calls are asked for where there are any, and health unless it is turned off."""
    found = WITH_CALLS if variant in WITH_CALLING else PHASES
    return found if "unverified" not in variant else found[:-1]


def values(phase: str, variant: str = "complete", host: str = MESSAGING_HOST) -> dict[str, str]:
    """What a phase's script is given, as bash would read it."""
    text = reveal(phases(variant, host)[phase].inputs["stdin"])
    given = re.findall(
        r"^readonly ([A-Z_0-9]+)=('[^']*'|[^ \n]*)$", text.partition("# Shared by every phase")[0], re.MULTILINE
    )
    return {name: value.strip("'") for name, value in given}


def decoded(phase: str, name: str, variant: str = "complete") -> str:
    return base64.b64decode(values(phase, variant)[name]).decode()


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
    lines = {each.name: each.inputs["create"] for each in deployed(variant).of(REMOTE)}
    commands = {each.name: each.command for each in (*MESSAGING_PHASES, CALLS, *NODE_PHASES)}
    assert lines == {f"{MESSAGING_HOST}-{name}": commands[name] for name in expected(variant) if name != "health"} | {
        f"{CALLING_HOST}-{name}": commands[name] for name in NODE if variant in WITH_CALLING
    }


@pytest.mark.parametrize(
    ("host", "phase"),
    [(MESSAGING_HOST, each) for each in (*MESSAGING_PHASES, CALLS)] + [(CALLING_HOST, each) for each in NODE_PHASES],
    ids=lambda part: part.name if isinstance(part, Phase) else part,
)
def test_the_host_ends_a_phase_before_the_engine_gives_up(host: str, phase: Phase) -> None:
    request = phases("calling", host)[phase.name]
    assert request.options["customTimeouts"] == {"create": f"{phase.limit + 180}s", "update": f"{phase.limit + 180}s"}
    assert f"timeout -k 20 {phase.limit} " in request.inputs["create"] or phase is HEALTH


@every_variant
def test_every_connection_pins_the_planted_host_key(variant: str) -> None:
    deployment = deployed(variant)
    for host in (MESSAGING_HOST, CALLING_HOST):
        role = host.partition("-")[0]
        remote = [each for each in phases(variant, host).values() if each.type == REMOTE]
        connections = [each.inputs["connection"] for each in remote]
        assert all(isinstance(each, Secret) for each in connections)
        assert [reveal(each)["hostKey"] for each in connections] == [
            deployment.named(f"{role}-host-host-key").outputs["publicKeyOpenssh"] for _ in connections
        ]
        assert bool(connections) is (role == "messaging" or variant in WITH_CALLING)


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
    commands = deployed("calling").of(REMOTE)
    limits = {each.name: reveal(each.inputs["connection"])["dialErrorLimit"] for each in commands}
    assert {name: limit for name, limit in limits.items() if limit != 10} == {
        f"{MESSAGING_HOST}-ready": 30,
        f"{CALLING_HOST}-ready": 30,
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
        ("calling for few clients", set(), set()),
        ("calling and three admin networks", set(), set()),
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


@pytest.mark.parametrize(
    ("host", "phase"),
    [(MESSAGING_HOST, phase) for phase in WITH_CALLS[:-1]] + [(CALLING_HOST, phase) for phase in NODE],
)
def test_a_phase_is_given_exactly_the_values_that_it_uses(host: str, phase: str) -> None:
    text = (BASH / f"{JOIN.script if phase == JOIN.name else phase}.sh").read_text()
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    used = set(re.findall(r"\$\{?#?([A-Z][A-Z_0-9]*)", code)) | set(re.findall(r"\b(MEMORY_GIB)\b", code))
    if re.search(r"\binstalled\b(?!\.)", code):
        used.add("SERVICES")  # the prelude's function asks for them
    assert values(phase, "calling", host).keys() == used - SHARED


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


@pytest.mark.parametrize(("variant", "starts"), [("complete", True), ("a setting", True), ("calling", False)])
def test_the_application_starts_by_itself_only_where_it_need_not_wait_for_a_node(variant: str, starts: bool) -> None:
    conf = json.loads(decoded("files", "REPLICATED_CONF", variant))
    assert ({"LicenseFileLocation", "ImportSettingsFrom"} & conf.keys() != set()) is starts
    # What the phase `configure` loads then is there all the same.
    assert values("files", variant)["LICENSE"] == LICENSE


@every_variant
def test_every_node_that_is_expected_is_waited_for(variant: str) -> None:
    assert values("cluster", variant) == {"TAGS": "local calling" if variant in WITH_CALLING else "local"}


@pytest.mark.parametrize(
    ("variant", "endpoints"),
    [("calling", "203.0.113.101 calling.example.com"), ("calling at an address", "203.0.113.101 203.0.113.101")],
)
def test_a_call_must_be_offered_at_the_calling_host(variant: str, endpoints: str) -> None:
    assert values("calls", variant) == {"ENDPOINTS": endpoints}


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


COMMON = {
    "CPUS": "2",
    "MEMORY_GIB": "8",
    "KERNEL": "3010",
    "KERNEL_TEXT": "3.10",
    "OPERATING_SYSTEMS": "ubuntu:1804: rhel:700:799 centos:700:799",
    "OPERATING_SYSTEMS_TEXT": "ubuntu 18.04, rhel 7, centos 7",
    "SECURITY_MODULE": "permissive",
}
DOCKER = {"DOCKER_OLDEST": "1007001", "DOCKER_NEWEST": "18009002", "DOCKER_TEXT": "1.7.1 to 18.09.2"}


def test_a_phase_that_needs_nothing_is_given_nothing() -> None:
    assert [values("ready", "calling", host) for host in (MESSAGING_HOST, CALLING_HOST)] == [{}, {}]


@pytest.mark.parametrize("variant", ["complete", "calling"])
def test_the_messaging_host_is_measured_by_its_table(variant: str) -> None:
    assert values("preflight", variant) == COMMON | {
        "KEY": "messaging",
        "SERVICES": "replicated replicated-ui replicated-operator",
        "DISK_GB": "120",
        "PREFLIGHT_DISK_GB": "200",
        "PORTS": "443-443 8800-8800 9870-9881",
    }


@pytest.mark.parametrize(
    ("variant", "ports"),
    [("calling", "443-443 8001-8001 444-444"), ("calling of 6.32", "443-443 8001-8001 444-444 8443-8443")],
)
def test_the_calling_host_is_measured_by_its_table(variant: str, ports: str) -> None:
    assert values("preflight", variant, CALLING_HOST) == COMMON | {
        "KEY": "calling",
        "SERVICES": "replicated-operator",
        "DISK_GB": "60",
        "PREFLIGHT_DISK_GB": "0",
        "PORTS": ports,
    }


@pytest.mark.parametrize(
    ("variant", "media"), [("calling", "16384-16484"), ("500 calls", "16384-17384"), ("1 call", "16384-16386")]
)
def test_the_calling_host_s_own_firewall_lets_its_calls_in(variant: str, media: str) -> None:
    given = values("firewall", variant, CALLING_HOST)
    assert [line.rpartition("=")[2] for line in given["FIREWALLD_COMMANDS"].splitlines() if "--add-port" in line] == [
        *("443/tcp", "8001/tcp", f"{media}/udp", "444/tcp", "22/tcp"),
    ]


def test_each_script_of_the_vendor_is_run_with_its_own_flags_and_the_guide_s_docker() -> None:
    install, join = values("install", "calling"), values("join", "calling", CALLING_HOST)
    assert {name: install[name] for name in install.keys() - {"INSTALLER_FLAGS"}} == DOCKER | {
        "DOCKER_VERSION": "",
        "INSTALLER_SHA256": "",
        "INSTALLER_URL": "https://get.replicated.com/docker/wickrenterprise/stable",
        "URL_KEY": "installer.url",
        "SERVICES": "replicated replicated-ui replicated-operator",
        "TOKEN": "",
    }
    token = json.loads(decoded("files", "REPLICATED_CONF", "calling"))["DaemonToken"]
    assert join == DOCKER | {
        "DOCKER_VERSION": "",
        "INSTALLER_SHA256": "",
        "INSTALLER_URL": "https://get.replicated.com/operator/wickrenterprise/stable",
        "URL_KEY": "installer.operatorUrl",
        "SERVICES": "replicated-operator",
        "TOKEN": token,
        "INSTALLER_FLAGS": "fast-timeouts\nbypass-firewalld-warning\nbypass-storagedriver-warnings\nno-proxy\n"
        "daemon-endpoint=10.20.0.10:9879\ntags=calling\nprivate-address=10.20.0.11\npublic-address=203.0.113.101",
    }
