"""The installation as the world outside sees it: what `make up` promises, from the internet side."""

import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store

from local.lab import Lab
from tests.lab.installation import Installation

pytestmark = pytest.mark.lab

AROUND = "4990-5010"
CALLING_ROWS = ("tcp-proxy", "socks-proxy", "media")
COMPLIANCE_IN = {f"compliance-to-messaging-wickr-services{way}" for way in ("", "-address")}
PHASES = {"ready", "preflight", "firewall", "files", "install", "replicated", "configure", "application", "health"}


def phases(*names: str) -> set[str]:
    return {f"messaging-replicated-{name}" for name in names}


def test_up_ends_with_the_urls_and_what_a_person_still_has_to_do(installation: Installation) -> None:
    text = installation.up_text
    assert "https://wickr.example.com/admin" in text
    assert "Next steps" in text
    assert f"resolves to {installation.outputs()['messagingAddress']}" in text


def test_an_administrator_reaches_exactly_the_admin_and_public_rows_of_the_table(installation: Installation) -> None:
    assert installation.tcp_ports("admin", installation.outputs()["messagingAddress"]) == {443, 22, 8800}


def test_a_client_reaches_exactly_the_public_row_of_the_table(installation: Installation) -> None:
    assert installation.tcp_ports("client", installation.outputs()["messagingAddress"]) == {443}


@pytest.mark.parametrize("place", ["client", "admin"])
def test_no_udp_port_is_open_on_the_messaging_host(installation: Installation, place: str) -> None:
    installation.on("messaging", "sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv4.icmp_msgs_per_sec=100000")
    assert installation.udp_ports(place, installation.outputs()["messagingAddress"]) == set()


def test_the_scans_would_see_a_port_that_is_open_by_mistake(installation: Installation) -> None:
    change = """
import boto3
ec2 = boto3.client("ec2")
named = [{"Name": "tag:Name", "Values": ["wickr-local-messaging"]}]
group = ec2.describe_security_groups(Filters=named)["SecurityGroups"][0]
anyone = {"FromPort": 5000, "ToPort": 5000, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
rules = [{"IpProtocol": protocol, **anyone} for protocol in ("tcp", "udp")]
ec2.%s_security_group_ingress(GroupId=group["GroupId"], IpPermissions=rules)
"""
    address = installation.outputs()["messagingAddress"]
    installation.on("messaging", "sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv4.icmp_msgs_per_sec=100000")
    opened = installation.lab.run("operator", ["python3", "-c", change % "authorize"])
    assert opened.returncode == 0, opened.stderr
    try:
        installation.on("client", "sleep 3")
        assert installation.tcp_ports("client", address, AROUND) == {5000}
        assert installation.udp_ports("client", address, AROUND) == {5000}
    finally:
        installation.lab.run("operator", ["python3", "-c", change % "revoke"])
    installation.on("client", "sleep 3")
    assert installation.tcp_ports("client", address, AROUND) == set()


def test_clients_are_answered_with_a_certificate_of_the_exported_ca(installation: Installation, tmp_path: Path) -> None:
    outputs = installation.outputs()
    ca = tmp_path / "ca.pem"
    ca.write_text(outputs["caCertificate"])
    url = outputs["healthCheckUrl"]
    answer = installation.on("client", f"curl -sS -o /dev/null -w '%{{http_code}}' --cacert {ca} '{url}'")
    assert answer.stdout == "200", answer.stderr
    untrusted = installation.on("client", f"curl -sS -o /dev/null '{url}'")
    assert untrusted.returncode == 60, "a client without the CA must refuse the certificate"


@pytest.mark.parametrize("port", [443, 8800])
def test_the_certificate_holds_the_name_and_the_address_and_verifies(installation: Installation, port: int) -> None:
    outputs = installation.outputs()
    address = outputs["messagingAddress"]
    shown = installation.on(
        "admin", f"openssl s_client -connect {address}:{port} -servername wickr.example.com </dev/null 2>/dev/null"
    ).stdout
    leaf = x509.load_pem_x509_certificate(shown[shown.index("-----BEGIN") :].encode())
    ca = x509.load_pem_x509_certificate(outputs["caCertificate"].encode())
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["wickr.example.com", "calls.example.com"]
    assert [str(each) for each in names.get_values_for_type(x509.IPAddress)] == [address, outputs["callingAddress"]]
    verifier = PolicyBuilder().store(Store([ca])).build_server_verifier(x509.DNSName("wickr.example.com"))
    assert verifier.verify(leaf, []), ssl.OPENSSL_VERSION


def test_a_second_up_changes_nothing(installation: Installation) -> None:
    again = installation.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")
    assert again.returncode == 0, again.stdout + again.stderr


@pytest.mark.parametrize(
    ("changes", "running_again"),
    [
        ({"wickr:settings": {"lab_hostname": "chat.example.com"}}, ("files", "configure", "application", "health")),
        (
            {"wickr:certificate": {"source": "issued", "validityDays": 100}},
            ("files", "configure", "application", "health"),
        ),
        ({"wickr:installer": {"source": "online", "release": "6.26"}}, ("install",)),
    ],
)
def test_a_change_runs_the_phases_that_it_concerns_and_touches_no_host(
    installation: Installation, tmp_path: Path, changes: dict[str, object], running_again: tuple[str, ...]
) -> None:
    planned = installation.planned(installation.changed_stack_file(tmp_path, changes))
    touched = set().union(*planned.values())
    assert touched & phases(*PHASES) == phases(*running_again)
    assert not [name for name in touched if name.startswith("messaging-host")]


def test_another_client_network_changes_the_public_rows_and_nothing_else(
    installation: Installation, tmp_path: Path
) -> None:
    planned = installation.planned(
        installation.changed_stack_file(tmp_path, {"wickr:clientCidrs": ["198.51.100.128/26"]})
    )
    public = ("messaging-firewall-in-wickr-services", *(f"calling-firewall-in-{row}" for row in CALLING_ROWS))
    assert planned == {
        # The compliance host is a client, too: it is let in by itself where not all are.
        "create": {f"{row}-198.51.100.128-26" for row in public} | COMPLIANCE_IN,
        "delete": {f"{row}-0.0.0.0-0" for row in public},
    }


def test_the_console_asks_for_the_password_that_the_stack_made(installation: Installation) -> None:
    address = installation.outputs()["messagingAddress"]
    password = installation.outputs(secrets=True)["installerPassword"]
    login = f"curl -sSk -o /dev/null -w '%{{http_code}}' --data-urlencode password@- https://{address}:8800/login"
    upload = f"curl -sSk -o /dev/null -w '%{{http_code}}' --data-binary @- https://{address}:8800/license"
    assert installation.on("admin", upload, stdin="a licence").stdout == "401"
    assert installation.on("admin", login, stdin="guessed").stdout == "401"
    assert installation.on("admin", login, stdin=password).stdout in ("200", "302", "303")


def test_the_file_with_the_password_is_gone_once_wickr_is_started(installation: Installation) -> None:
    assert installation.on("messaging", "ls /etc/replicated.conf").returncode != 0


def test_a_lab_that_does_not_run_says_how_to_start_it(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="make up"):
        Lab(tmp_path / "nowhere").command("client", ["true"])
