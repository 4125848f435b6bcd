"""What the scripts of the bootstrap are given: the guide's numbers, the stack's files, and no value in vain."""

import json
import re
from pathlib import Path

import pytest

from installer import healthcheck, script
from tests import certificates
from tests.components.commands import (
    CALLING_HOST,
    COMPLIANCE,
    COMPLIANCE_HOST,
    LOCAL,
    MESSAGING_HOST,
    NODE,
    WITH_CALLS,
    decoded,
    phases,
    values,
)
from tests.installer.shell import PHASES
from tests.lab import machine
from tests.recorder import reveal
from tests.stacks import CREDENTIALS_CANARY, LICENSE, VARIANTS, WITH_CALLING, deployed

BASH = Path(script.__file__).parent / "bash"
SHARED = {
    *("PHASE", "LIMIT", "LOG", "STATE", "STARTED", "LINENO", "LC_ALL", "PATH", "ID", "VERSION_ID", "NF", "MAINPID"),
}
"""Names that the prelude, bash itself, awk, systemd and /etc/os-release provide."""

every_variant = pytest.mark.parametrize("variant", VARIANTS)


@pytest.mark.parametrize(
    ("host", "phase"),
    [(MESSAGING_HOST, phase) for phase in WITH_CALLS[:-1]]
    + [(CALLING_HOST, phase) for phase in NODE]
    + [(COMPLIANCE_HOST, phase) for phase in COMPLIANCE],
)
def test_a_phase_is_given_exactly_the_values_that_it_uses(host: str, phase: str) -> None:
    text = "\n".join((BASH / f"{each}.sh").read_text() for each in PHASES[phase].scripts)
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    used = set(re.findall(r"\$\{?#?([A-Z][A-Z_0-9]*)", code)) | set(re.findall(r"\b(MEMORY_GIB)\b", code))
    if re.search(r"\binstalled\b(?!\.)", code):
        used.add("SERVICES")  # the prelude's function asks for them
    assert values(phase, "all three hosts", host).keys() == used - SHARED


@pytest.mark.slow
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
    "NEEDS_PYTHON": "",
    "CPUS": "2",
    "MEMORY_GIB": "8",
    "KERNEL": "3010",
    "KERNEL_TEXT": "3.10",
    "OPERATING_SYSTEMS": "ubuntu:1804: rhel:700:799 centos:700:799",
    "OPERATING_SYSTEMS_TEXT": "ubuntu 18.04, rhel 7, centos 7",
    "SECURITY_MODULE": "permissive",
}
NO_PROXY = {"PROXY": "", "PROXY_CREDENTIALS": "", "PROXY_EXCEPTIONS": ""}
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
    assert {name: install[name] for name in install.keys() - {"INSTALLER_FLAGS"}} == DOCKER | NO_PROXY | {
        "DOCKER_VERSION": "",
        "DOCKER_PREINSTALLED": "",
        "INSTALLER_SHA256": "",
        "ARCHIVE": "",
        "SCRIPT": "install.sh",
        "INSTALLER_URL": "https://get.replicated.com/docker/wickrenterprise/stable",
        "URL_KEY": "installer.url",
        "SERVICES": "replicated replicated-ui replicated-operator",
        "TOKEN": "",
    }
    token = json.loads(decoded("files", "REPLICATED_CONF", "calling"))["DaemonToken"]
    assert join == DOCKER | NO_PROXY | {
        "DOCKER_VERSION": "",
        "DOCKER_PREINSTALLED": "",
        "INSTALLER_SHA256": "",
        "ARCHIVE": "",
        "SCRIPT": "install.sh",
        "INSTALLER_URL": "https://get.replicated.com/operator/wickrenterprise/stable",
        "URL_KEY": "installer.operatorUrl",
        "SERVICES": "replicated-operator",
        "TOKEN": token,
        "INSTALLER_FLAGS": "fast-timeouts\nbypass-firewalld-warning\nbypass-storagedriver-warnings\nno-proxy\n"
        "daemon-endpoint=10.20.0.10:9879\ntags=calling\nprivate-address=10.20.0.11\npublic-address=203.0.113.101",
    }


AROUND = "localhost,127.0.0.1,169.254.169.254,wickr.example.com"


@pytest.mark.parametrize(
    ("variant", "host", "phase", "told"),
    [
        (
            "through a proxy",
            MESSAGING_HOST,
            "install",
            ("http://10.9.0.10:3128", "", f"{AROUND},10.20.0.10,203.0.113.100"),
        ),
        (
            "a proxy among everything",
            MESSAGING_HOST,
            "install",
            (
                "http://proxy.example.net:3128",
                CREDENTIALS_CANARY,
                f"{AROUND},mirror.example.net,.corp.example.net,10.9.0.99,10.20.0.10,203.0.113.100",
            ),
        ),
        (
            "calling through a proxy",
            MESSAGING_HOST,
            "install",
            (
                "http://proxy.example.net:3128",
                CREDENTIALS_CANARY,
                f"{AROUND},calling.example.com,10.20.0.10,203.0.113.100",
            ),
        ),
        (
            "calling through a proxy",
            CALLING_HOST,
            "join",
            (
                "http://proxy.example.net:3128",
                CREDENTIALS_CANARY,
                f"{AROUND},calling.example.com,10.20.0.10,10.20.0.11,203.0.113.101",
            ),
        ),
    ],
)
def test_a_proxy_is_named_with_all_that_goes_around_it(
    variant: str, host: str, phase: str, told: tuple[str, str, str]
) -> None:
    given = values(phase, variant, host)
    assert (given["PROXY"], given["PROXY_CREDENTIALS"], given["PROXY_EXCEPTIONS"]) == told
    assert (
        "no-proxy" in given["INSTALLER_FLAGS"].splitlines()
    )  # for the script to replace, so that no node is run again


@pytest.mark.parametrize("variant", ["through a proxy", "calling through a proxy", "a proxy among everything"])
def test_no_phase_but_those_that_fetch_something_is_told_of_a_proxy(variant: str) -> None:
    hosts = [MESSAGING_HOST, *([CALLING_HOST] if variant in WITH_CALLING else [])]
    told = {
        (host, name)
        for host in hosts
        for name, command in phases(variant, host).items()
        if VARIANTS[variant]["wickr:installer"]["proxy"] in json.dumps(reveal(command.inputs))
    }
    assert told == {(MESSAGING_HOST, "install"), (CALLING_HOST, "join")} & {
        (host, each) for host in hosts for each in PHASES
    }


@pytest.mark.slow
def test_the_compliance_host_is_measured_by_its_own_table_and_its_systems() -> None:
    assert values("preflight", "compliance", COMPLIANCE_HOST) == COMMON | {
        "KEY": "compliance",
        "SERVICES": "",
        "DISK_GB": "20",
        "PREFLIGHT_DISK_GB": "0",
        "PORTS": "",
        "OPERATING_SYSTEMS": "ubuntu:1804: centos:700:899 amzn:200:",
        "OPERATING_SYSTEMS_TEXT": "ubuntu 18.04, centos 7, amzn 2",
        "SECURITY_MODULE": "any",
    }


@pytest.mark.slow
def test_the_compliance_host_s_further_phases_are_given_what_the_stack_says() -> None:
    given = {phase: values(phase, "compliance configured", COMPLIANCE_HOST) for phase in COMPLIANCE[2:]}
    assert given == {
        "volume": {
            "DATA_FOLDER": "/opt/WickrIO",
            "VOLUME_ID": "compliance-data-volume-id",
            "DATA_GIB": "100",
            "LABEL": "wickr-compliance",
        },
        "engine": {
            "DATA_FOLDER": "/opt/WickrIO",
            "DOCKER_ARCHIVES": "https://download.docker.com/linux/static/stable/x86_64",
            "DOCKER_VERSION": "27.5.1",
            "DOCKER_SHA256": "",
        },
        "container": {
            "DATA_FOLDER": "/opt/WickrIO",
            "IMAGE": "public.ecr.aws/x3s2s6k3/wickrio/bot-enterprise:6.36.20.02",
            "SECRET_ARN": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:wickr/compliance-AbCdEf",
        },
    }
    assert values("container", "compliance", COMPLIANCE_HOST)["SECRET_ARN"] == ""


def test_the_lab_s_own_runs_of_phases_give_them_values_of_the_same_names() -> None:
    given = {"preflight": machine.PREFLIGHT, "install": machine.INSTALL, "configure": machine.CONFIGURE}
    assert {phase: set(each) for phase, each in given.items()} == {phase: set(values(phase)) for phase in given}
