"""The voice and video host as the world outside sees it, and as the messaging host does."""

import json
from pathlib import Path

import pytest

from tests.lab import canary
from tests.lab.installation import Installation

pytestmark = pytest.mark.lab

MEDIA = set(range(16384, 16485))


@pytest.fixture(scope="module")
def address(installation: Installation) -> str:
    found = str(installation.outputs()["callingAddress"])
    installation.on("calling", "sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv4.icmp_msgs_per_sec=100000")
    return found


def test_a_client_reaches_exactly_the_public_rows_of_the_table(installation: Installation, address: str) -> None:
    assert installation.tcp_ports("client", address) == {443, 8001}
    assert installation.udp_ports("client", address) == MEDIA


def test_an_administrator_reaches_ssh_beside_them(installation: Installation, address: str) -> None:
    assert installation.tcp_ports("admin", address) == {22, 443, 8001}


def test_the_messaging_host_reaches_the_http_api_and_the_calling_host_replicated(installation: Installation) -> None:
    """Inside the VPC: each is let out to the other's row for it, and to 443 and 80 as to anybody."""
    private = {name: installation.lab.host(name)["private"] for name in ("messaging", "calling")}
    assert installation.tcp_ports_from_host("messaging", private["calling"]) == {443, 444}
    assert installation.tcp_ports_from_host("calling", private["messaging"]) == {443, *range(9870, 9882)}


def test_two_nodes_with_their_tags_are_in_the_cluster(installation: Installation) -> None:
    rows = [line.split() for line in installation.on("messaging", "replicated nodes").stdout.splitlines()[1:]]
    assert {(row[-1], row[3], row[4]) for row in rows} == {("local", "true", "true"), ("calling", "true", "true")}


def test_calls_are_offered_at_the_name_that_the_stack_gives(installation: Installation) -> None:
    answer = json.loads(installation.on("messaging", "replicated admin --no-tty test-calling").stdout)
    assert answer["state"]["roomURI"] == "calls.example.com:16384"


def test_both_hosts_show_the_one_certificate_that_names_both(installation: Installation, tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    ca.write_text(installation.outputs()["caCertificate"])
    shown = set()
    for name in ("wickr.example.com", "calls.example.com"):
        command = f"openssl s_client -connect {name}:443 -CAfile {ca} -verify_return_error -verify_hostname {name}"
        verified = installation.on("client", f"{command} </dev/null 2>/dev/null | openssl x509 -noout -fingerprint")
        assert verified.stdout, f"{name} does not verify"
        shown.add(verified.stdout)
    assert len(shown) == 1


def test_more_calls_move_the_end_of_the_range_and_touch_no_host(installation: Installation, tmp_path: Path) -> None:
    changed = {"hostname": "calls.example.com", "maxCalls": 500, "alsoAcceptOs": ["debian 12"]}
    planned = installation.planned(installation.changed_stack_file(tmp_path, {"wickr:calling": changed}))
    assert planned == {"update": {"calling-firewall-in-media-0.0.0.0-0", "calling-node-firewall"}}


def test_the_token_lies_on_the_node_in_the_vendors_file_alone(installation: Installation) -> None:
    token = installation.on("calling", "sed -n 's/^DAEMON_TOKEN=//p' /etc/default/replicated-operator").stdout.strip()
    assert len(token) == 32
    assert canary.holding(installation, {"token": [token]}, "calling") == {"/etc/default/replicated-operator"}
    assert installation.on("calling", "stat -c %a /etc/default/replicated-operator").stdout.strip() == "600"
