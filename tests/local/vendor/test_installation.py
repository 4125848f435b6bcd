"""An unattended installation on a host, from /etc/replicated.conf to an application that answers."""

import json
from collections.abc import Iterator

import pytest

from tests.local.vendor.conftest import INSTALL, PASSWORD, TOKEN, configure, fresh, rli, states
from tests.local.vendor.scratch import Host

pytestmark = pytest.mark.lab

MAKE_CERTIFICATE = """
openssl req -x509 -newkey rsa:2048 -nodes -days 9 -subj /CN=wickr.example.com \
    -addext subjectAltName=DNS:wickr.example.com \
    -keyout /etc/wickr/{0}.key -out /etc/wickr/{0}.crt 2> /dev/null
chmod 600 /etc/wickr/{0}.key
"""
SHOWN = "openssl s_client -connect 127.0.0.1:{} < /dev/null 2> /dev/null | openssl x509 -noout -fingerprint"
HEALTH = (
    "curl -s --cacert /etc/wickr/{}.crt --connect-to ::127.0.0.1 'https://wickr.example.com/checkConfig.php?api=117'"
)
SETTINGS = {"lab_hostname": {"value": "wickr.example.com"}, "lab_mysql_password": {"value": "canary_sql"}}


@pytest.fixture(scope="module")
def running() -> Iterator[Host]:
    """Installed with licence, settings, certificate and password from files; nobody touched the console."""
    for host in fresh():
        host.run("mkdir -p /etc/wickr; cat > /etc/wickr/license.rli", stdin=rli())
        host.run("cat > /etc/wickr/settings.json", stdin=json.dumps(SETTINGS).encode())
        host.run(MAKE_CERTIFICATE.format("first"))
        configure(
            host,
            DaemonAuthenticationType="password",
            DaemonAuthenticationPassword=PASSWORD,
            LicenseFileLocation="/etc/wickr/license.rli",
            ImportSettingsFrom="/etc/wickr/settings.json",
            TlsBootstrapType="server-path",
            TlsBootstrapHostname="wickr.example.com",
            TlsBootstrapCert="/etc/wickr/first.crt",
            TlsBootstrapKey="/etc/wickr/first.key",
        )
        result = host.run(INSTALL)
        assert result.code == 0, result.output
        assert "visit the following URL in your browser" in result.output.splitlines()[-4]
        yield host


def test_the_application_starts_by_itself(running: Host) -> None:
    state = states(running, "started")
    assert (state["State"], state["DesiredState"], state["Error"]) == ("started", "started", "")


def test_the_services_and_the_ports_are_there(running: Host) -> None:
    active = running.run("systemctl is-active replicated replicated-ui replicated-operator")
    assert (active.code, active.output) == (0, "active\nactive\nactive\n")
    listening = running.run("ss -Hltn | awk '{print $4}' | sed 's/.*://' | sort -n").output.split()
    assert listening == ["443", "8800", "9874", "9875", "9876", "9877", "9878", "9879"]


def test_the_local_node_has_joined_with_its_tag(running: Host) -> None:
    heads, node = running.run("sleep 2; replicated nodes").output.splitlines()
    assert heads.split("   ")[0] == "ID"
    node_id, private, public, connected, initialized, version, tags = node.split()
    assert len(node_id) == 32
    assert (private, public, version, tags) == ("10.0.0.10", "203.0.113.100", "2.56.0", "local")
    assert (connected, initialized) == ("true", "true")


def test_the_application_answers_with_the_given_certificate(running: Host) -> None:
    answered = running.run(HEALTH.format("first"))
    assert answered.code == 0
    assert "stand-in" in json.loads(answered.output)["standIn"]


def test_the_console_says_it_is_alive_and_asks_for_the_password(running: Host) -> None:
    assert running.run("curl -skf https://127.0.0.1:8800/ping").code == 0
    assert "type=password" in running.run("curl -sk https://127.0.0.1:8800/").output
    upload = (
        "curl -sk -o /dev/null -w '%{http_code}' --data-binary @/etc/wickr/license.rli https://127.0.0.1:8800/license"
    )
    assert running.run(upload).output == "401"
    login = f"curl -sk -c /tmp/jar -d password={PASSWORD} https://127.0.0.1:8800/login"
    assert running.run(f"{login}; {upload} -b /tmp/jar").output == "200"


def test_redirected_input_is_dropped_unless_i_comes_first(running: Host) -> None:
    wanted = json.dumps({"lab_rabbitmq_password": {"value": "from-stdin"}}).encode()
    read = "replicatedctl app-config export --hidden --template '{{.lab_rabbitmq_password.value}}'"
    dropped = running.run("replicatedctl app-config import < /mnt/shared/stdin", stdin=wanted)
    assert (dropped.code, dropped.output) == (0, "")
    late = running.run("replicatedctl app-config import -i < /mnt/shared/stdin", stdin=wanted)
    assert late.code == 1
    assert running.run(read).output != "from-stdin\n"
    assert running.run("replicatedctl -i app-config import < /mnt/shared/stdin", stdin=wanted).code == 0
    assert running.run(read).output == "from-stdin\n"


def test_an_unknown_setting_is_an_error_that_names_it_and_changes_nothing(running: Host) -> None:
    given = json.dumps({"hostname": {"value": "x"}, "lab_hostname": {"value": "y"}}).encode()
    refused = running.run("replicatedctl -i app-config import < /mnt/shared/stdin", stdin=given)
    assert refused.code == 1
    assert "unknown config items: hostname " in refused.output
    exported = running.run("replicatedctl app-config export").output
    assert json.loads(exported)["lab_hostname"] == {"value": "wickr.example.com"}
    assert "lab_mysql_password" not in exported


def test_the_configuration_file_is_read_once(running: Host) -> None:
    configure(running, DaemonAuthenticationType="anonymous", LicenseFileLocation="/nowhere")
    running.run("systemctl restart replicated replicated-ui; sleep 1")
    assert "Password" in running.run("replicatedctl console-auth export").output
    assert "ab" * 16 in running.run("replicatedctl license inspect").output


def test_a_new_console_certificate_reaches_the_application_when_it_is_applied(running: Host) -> None:
    running.run(MAKE_CERTIFICATE.format("second"))
    new = running.run("openssl x509 -noout -fingerprint -in /etc/wickr/second.crt").output
    mixed = running.run("replicated console cert set wickr.example.com /etc/wickr/first.key /etc/wickr/second.crt")
    assert mixed.code == 1
    assert "cannot be used together" in mixed.output
    placed = "replicated console cert set wickr.example.com /etc/wickr/second.key /etc/wickr/second.crt"
    assert running.run(placed).code == 0
    assert running.run(SHOWN.format(8800)).output == new
    assert running.run(SHOWN.format(443)).output != new
    assert running.run("replicatedctl app apply-config").code == 0
    assert json.loads(running.run("replicatedctl app status").output)[0]["IsTransitioning"]
    states(running, "started")
    assert running.run(SHOWN.format(443)).output == new


def test_a_rerun_gives_a_new_token_to_the_operator_alone(running: Host) -> None:
    assert running.run(f"{INSTALL} daemon-token=another").code == 0
    assert f"DAEMON_TOKEN={TOKEN} " in running.run("cat /etc/default/replicated").output
    assert "DAEMON_TOKEN=another\n" in running.run("cat /etc/default/replicated-operator").output
    refused = "for i in $(seq 20); do docker logs replicated-operator | grep 'not the one' && break; sleep 0.2; done"
    assert "the token is not the one of this daemon" in running.run(refused).output
    assert running.run(f"{INSTALL} daemon-token={TOKEN}").code == 0
    joined = "for i in $(seq 60); do replicated nodes | grep 'true  *true' && break; sleep 0.5; done"
    assert "local" in running.run(joined).output


def test_secrets_are_in_their_places_only(running: Host) -> None:
    found = running.run(
        f"grep -rlE '{PASSWORD}|canary_sql|{TOKEN}' /etc /var/lib /var/log /run /tmp 2> /dev/null; "
        f"ps -eo args | grep -E '{PASSWORD}|canary_sql|{TOKEN}' | grep -v grep"
    ).output.split()
    assert set(found) <= {
        "/etc/replicated.conf",
        "/etc/wickr/settings.json",
        "/etc/default/replicated",
        "/etc/default/replicated-operator",
        "/var/lib/replicated/daemon.json",
        "/var/lib/docker/containers/replicated.json",
        "/var/lib/docker/containers/replicated-operator.json",
    }


def test_stopping_takes_the_health_check_away_and_starting_brings_it_back(running: Host) -> None:
    assert running.run("replicatedctl app stop --attach").code == 0
    assert running.run(HEALTH.format("second")).code == 7
    assert running.run("replicatedctl app start --attach").code == 0
    assert running.run(HEALTH.format("second")).code == 0
