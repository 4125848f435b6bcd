"""Two hosts: an operator joins over the network, and calling runs on its host while the application is started.

The tests follow each other: what one leaves behind, the next one starts from.
"""

import json
from collections.abc import Iterator

import pytest

from tests.local.vendor.conftest import FETCH, INSTALL, TOKEN, configure, rli, states
from tests.local.vendor.scratch import Host, connect, unable

pytestmark = pytest.mark.lab

MESSAGING, CALLING, PUBLIC = "10.0.0.10", "10.0.1.10", "203.0.113.101"
FETCH_OPERATOR = "curl -fsSL -o operator.sh 'https://get.replicated.com/operator?replicated_operator_tag=2.56.0'"
JOIN = (
    "bash operator.sh fast-timeouts bypass-firewalld-warning bypass-storagedriver-warnings no-proxy no-docker "
    f"daemon-endpoint={MESSAGING}:9879 tags=calling private-address={CALLING} public-address={PUBLIC}"
)
REFUSE = "nft add table inet t && nft add chain inet t in '{{ type filter hook input priority 0; }}' && "
REFUSE += "nft add rule inet t in tcp dport {} ip saddr {} reject with tcp reset"
ALLOW = "nft delete table inet t"
LISTENING = "ss -Hltun | awk '{print $1, $5}' | sed 's/ .*:/ /' | sort -u"


class Pair:
    """The messaging host and the calling host."""

    def __init__(self, messaging: Host, calling: Host) -> None:
        self.messaging, self.calling = messaging, calling

    @property
    def node(self) -> list[str]:
        """The calling host's line of `replicated nodes`, as the messaging host prints it."""
        lines = self.messaging.run("replicated nodes").output.splitlines()
        return next((line.split() for line in lines if CALLING in line), [])

    def await_node(self, *, connected: bool) -> None:
        word = "true" if connected else "false"
        seen = f"replicated nodes | grep -E '{CALLING} .* {word} +{word}'"
        found = self.messaging.run(f"for i in $(seq 60); do {seen} && exit; sleep 0.5; done; exit 1", limit=60)
        assert found.code == 0, self.messaging.run("replicated nodes; docker logs replicated").output

    def configure(self, name: str, value: str) -> None:
        assert self.messaging.run(f"replicatedctl app-config set {name} --value '{value}'").code == 0

    def start(self, verb: str = "start") -> str:
        """Start the application; returns the error, empty when it runs."""
        assert self.messaging.run(f"replicatedctl app {verb} --attach", limit=90).code == 0
        return str(json.loads(self.messaging.run("replicatedctl app status").output)[0]["Error"])

    @property
    def containers(self) -> list[str]:
        """The application's containers on the calling host."""
        names = self.calling.run("docker ps --format '{{.Names}}'").output.split()
        return sorted(set(names) - {"replicated-operator"})

    def media(self) -> list[int]:
        """The UDP ports that are open on the calling host."""
        lines = [line.split() for line in self.calling.run(LISTENING).output.splitlines()]
        return sorted(int(port) for protocol, port in lines if protocol == "udp")

    def offered_call(self) -> str:
        return self.messaging.run("replicated admin --no-tty test-calling").output


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    """The calling host comes first; the token waits for the script in the file that it sources."""
    if reason := unable():
        pytest.skip(reason)
    with Host(MESSAGING) as messaging, Host(CALLING) as calling:
        connect(messaging, calling)
        assert calling.run(f"{FETCH_OPERATOR}; bash operator.sh install-docker-only").code == 0
        calling.run(f"mkdir -p /etc/default; umask 077; echo DAEMON_TOKEN={TOKEN} > /etc/default/replicated-operator")
        joined = calling.run(f"DAEMON_TOKEN=from-the-environment {JOIN}")
        assert joined.code == 0, joined.output
        assert joined.output.rstrip().endswith("Operator installation successful"), "said before it is connected"
        assert messaging.run(FETCH).code == 0
        configure(messaging, ImportSettingsFrom="/etc/settings.json")
        messaging.run("cat > /etc/settings.json", stdin=b'{"lab_hostname": {"value": "wickr.example.com"}}')
        installed = messaging.run(INSTALL)
        assert installed.code == 0, installed.output
        yield Pair(messaging, calling)


def test_an_operator_that_was_there_before_the_daemon_joins_when_it_listens(pair: Pair) -> None:
    pair.await_node(connected=True)
    assert "Connection refused" in pair.calling.run("cat /run/units/replicated-operator.log").output
    node, private, public, connected, initialized, version, tags = pair.node
    assert len(node) == 32
    assert (private, public, version, tags) == (CALLING, PUBLIC, "2.56.0", "calling")
    assert (connected, initialized) == ("true", "true")


def test_the_token_is_in_the_file_alone(pair: Pair) -> None:
    assert f"DAEMON_TOKEN={TOKEN}\n" in pair.calling.run("cat /etc/default/replicated-operator").output
    assert pair.calling.run("stat -c %a /etc/default/replicated-operator").output == "600\n"
    assert pair.calling.run(f"ps -eo args | grep -v grep | grep {TOKEN}").code == 1


def test_a_wrong_token_is_refused_and_the_log_says_so(pair: Pair) -> None:
    rejoined = pair.calling.run(f"{JOIN} daemon-token=wrong")
    assert "Operator installation successful" in rejoined.output
    pair.await_node(connected=False)
    refused = f"refused by {MESSAGING}:9879: the token is not the one of this daemon"
    log = f"for i in $(seq 40); do docker logs replicated-operator | grep '{refused}' && exit; sleep 0.2; done; exit 1"
    assert pair.calling.run(log).code == 0
    assert f"operator at {CALLING} refused: wrong token" in pair.messaging.run("docker logs replicated").output


def test_the_token_as_a_flag_is_as_good(pair: Pair) -> None:
    assert pair.calling.run(f"{JOIN} daemon-token={TOKEN}").code == 0
    pair.await_node(connected=True)


def test_a_node_that_cannot_be_reached_is_not_connected(pair: Pair) -> None:
    pair.messaging.run(f"ip route replace blackhole {CALLING}")
    pair.await_node(connected=False)
    pair.messaging.run(f"ip route replace {CALLING} dev cable src {MESSAGING}; ip route del blackhole {CALLING}")
    pair.await_node(connected=True)


def test_without_calling_everything_runs_on_the_messaging_host(pair: Pair) -> None:
    loaded = pair.messaging.run("replicatedctl -i license-load < /mnt/shared/stdin", stdin=rli())
    assert loaded.code == 0, loaded.output
    assert states(pair.messaging, "started")["Error"] == ""
    assert pair.containers == []
    assert "calling is not running" in pair.offered_call()


def test_calling_needs_a_license_that_includes_it(pair: Pair) -> None:
    pair.configure("lab_enable_calling", "1")
    assert pair.start("apply-config") == "calling is enabled, but the license does not include it"
    assert pair.containers == []


def test_without_port_9874_the_calling_host_gets_no_images(pair: Pair) -> None:
    load = "replicatedctl -i license-load < /mnt/shared/stdin"
    assert pair.messaging.run(load, stdin=rli(calling=True)).code == 0
    assert pair.messaging.run(REFUSE.format(9874, CALLING)).code == 0
    error = pair.start()
    assert f"node {CALLING} (calling): " in error
    assert f"https://{MESSAGING}:9874/" in error
    assert pair.messaging.run("curl -sk https://127.0.0.1/").code == 7, "no half of the application stays behind"
    assert pair.messaging.run(ALLOW).code == 0


def test_with_calling_the_application_runs_on_two_hosts(pair: Pair) -> None:
    assert pair.start() == ""
    assert pair.containers == ["orville", "socks-proxy", "tcp-proxy"]
    tcp = {line.split()[1] for line in pair.calling.run(LISTENING).output.splitlines() if line.startswith("tcp")}
    assert tcp == {"443", "444", "8001"}
    assert pair.media() == list(range(16384, 16485))
    assert "registry.replicated.com" not in pair.calling.access_log


def test_every_media_port_answers(pair: Pair) -> None:
    asked = (
        "import socket; s = socket.socket(type=socket.SOCK_DGRAM); s.settimeout(3)\n"
        f"for port in range(16384, 16485): s.sendto(b'%d' % port, ('{CALLING}', port)); "
        "assert s.recvfrom(99)[0] == b'%d' % port"
    )
    answered = pair.messaging.run(f'/usr/bin/python3 -c "{asked}"')
    assert answered.code == 0, answered.output


def test_one_certificate_is_for_both_hosts(pair: Pair) -> None:
    shown = "openssl s_client -connect {}:{} < /dev/null 2> /dev/null | openssl x509 -noout -fingerprint"
    console, proxy = (pair.messaging.run(shown.format("127.0.0.1", port)).output for port in (8800, 443))
    assert "Fingerprint" in console
    assert pair.messaging.run(shown.format(CALLING, 443)).output == proxy == console


@pytest.mark.parametrize(("port", "reply"), [(443, "0"), (444, "2"), (22, "2")])
def test_the_socks_proxy_leads_to_calling_and_nowhere_else(pair: Pair, port: int, reply: str) -> None:
    asked = (
        f"import socket, struct; s = socket.create_connection(('{CALLING}', 8001), 3); s.sendall(bytes([5, 1, 0])); "
        "assert s.recv(2) == bytes([5, 0]); name = b'wickr.example.com'; "
        f"s.sendall(bytes([5, 1, 0, 3, len(name)]) + name + struct.pack('!H', {port})); print(s.recv(10)[1])"
    )
    assert pair.messaging.run(f'/usr/bin/python3 -c "{asked}"').output == f"{reply}\n"


def test_the_check_of_calling_prints_where_clients_meet(pair: Pair) -> None:
    found = json.loads(pair.offered_call())
    assert found["cluster"] == "enterprise"
    assert sorted(found["state"]) == ["eventId", "pid", "roomURI", "roomURI_ipv6"]
    assert found["state"]["roomURI"] == f"{PUBLIC}:16384"


def test_the_check_is_a_blank_line_when_444_is_closed(pair: Pair) -> None:
    assert pair.calling.run(REFUSE.format(444, MESSAGING)).code == 0
    assert pair.offered_call() == "\n"
    assert pair.calling.run(ALLOW).code == 0


def test_the_commands_alias_is_for_people_at_a_shell_only(pair: Pair) -> None:
    assert pair.messaging.run("bash -c 'wickr test-calling'").code == 127
    assert f"{PUBLIC}:16384" in pair.messaging.run("bash -ic 'eval wickr test-calling'").output
    assert "only: test-calling" in pair.messaging.run("replicated admin --no-tty mysql-upgrade").output


def test_new_settings_reach_calling_when_they_are_applied(pair: Pair) -> None:
    pair.configure("lab_calling_hostname", "calls.example.com")
    pair.configure("lab_orville_max_calls", "3")
    assert f"{PUBLIC}:16384" in pair.offered_call()
    assert pair.start("apply-config") == ""
    assert json.loads(pair.offered_call())["state"]["roomURI"] == "calls.example.com:16384"
    assert pair.media() == list(range(16384, 16391))


def test_calling_comes_back_after_its_host_was_restarted(pair: Pair) -> None:
    pair.calling.run("systemctl stop replicated-operator; systemctl restart docker")
    assert pair.containers == ["orville", "socks-proxy", "tcp-proxy"]
    assert "calls.example.com:16384" in pair.offered_call()
    pair.calling.run("systemctl start replicated-operator")
    pair.await_node(connected=True)


def test_the_application_survives_a_restart_of_the_daemon(pair: Pair) -> None:
    again = "systemctl restart replicated; until replicatedctl app status > /dev/null 2>&1; do sleep 0.2; done"
    assert pair.messaging.run(again, limit=30).code == 0
    assert states(pair.messaging, "started")["Error"] == ""
    pair.await_node(connected=True)
    assert "calls.example.com:16384" in pair.offered_call()


def test_a_calling_host_that_was_away_while_the_application_stopped_stops_when_it_returns(pair: Pair) -> None:
    pair.calling.run("systemctl stop replicated-operator")
    pair.await_node(connected=False)
    assert pair.start("stop") == ""
    assert pair.containers == ["orville", "socks-proxy", "tcp-proxy"]
    pair.calling.run("systemctl start replicated-operator")
    gone = pair.calling.run("for i in $(seq 40); do docker ps | grep -q orville || exit 0; sleep 0.5; done; exit 1")
    assert gone.code == 0
    pair.await_node(connected=True)


def test_calling_stops_with_the_application(pair: Pair) -> None:
    assert pair.start() == ""
    assert len(pair.containers) == 3
    assert pair.start("stop") == ""
    assert pair.containers == []


def test_without_the_node_the_application_says_what_it_lacks(pair: Pair) -> None:
    pair.calling.run("systemctl stop replicated-operator")
    pair.await_node(connected=False)
    assert pair.start() == 'Error placing components: not enough operators available for component "calling"'
