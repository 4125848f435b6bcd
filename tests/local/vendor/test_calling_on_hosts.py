"""Messaging and calling on two booted hosts of a lab, behind security groups as the guide's table has them.

The tests follow each other: what one leaves behind, the next one starts from.
"""

import json
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local.lab import Lab, LabError, ability
from local.lab.folder import LabFolder
from tests.local.lab.conftest import AtOperator, Cloud, eventually, tcp
from tests.local.vendor.conftest import TOKEN, rli

pytestmark = [pytest.mark.lab, pytest.mark.slow]

ALL = "0.0.0.0/0"
FLAGS = "fast-timeouts bypass-firewalld-warning bypass-storagedriver-warnings no-proxy"
CONFIGURATION = {
    "BypassPreflightChecks": True,
    "DaemonToken": TOKEN,
    "LicenseFileLocation": "/root/license.rli",
    "ImportSettingsFrom": "/root/settings.json",
    "TlsBootstrapType": "self-signed",
    "TlsBootstrapHostname": "wickr.example.com",
}
ECHO = """
import socket
probe = socket.socket(type=socket.SOCK_DGRAM)
probe.settimeout(2)
for port in {ports}:
    try:
        probe.sendto(b"%d" % port, ("{address}", port))
        print(port, probe.recvfrom(99)[0] == b"%d" % port)
    except OSError:
        print(port, False)
"""


@dataclass(frozen=True)
class Site:
    """Two hosts, and what the world knows of the calling host."""

    cloud: Cloud
    instance: str
    public: str
    private: str

    def ask(self, words: str) -> str:
        """What the messaging host prints; nothing while it boots."""
        try:
            return self.cloud.lab.run("messaging", ["bash", "-c", words], timeout=20).stdout
        except (LabError, subprocess.TimeoutExpired):  # a host that goes down keeps the answer to what was just asked
            return ""

    def settled(self, state: str) -> dict[str, Any] | None:
        """The application, once it is in this state."""
        found = json.loads(self.ask("replicatedctl app status") or "[]")
        ready = found and found[0]["State"] == state and not found[0]["IsTransitioning"]
        return dict(found[0]) if ready else None

    def node_is(self, *, connected: bool) -> bool:
        lines = self.ask("replicated nodes").splitlines()
        found = next((line.split() for line in lines if self.private in line), [])
        return found[3:5] == ["true" if connected else "false"] * 2

    def room(self) -> str:
        return self.ask("replicated admin --no-tty test-calling")


def network(lab: Lab, keys: Path) -> Cloud:
    """A VPC with one public subnet."""
    for name in ("user", "host"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(keys / name)], check=True)
    ec2: Any = AtOperator(lab.folder)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(VpcId=vpc, InternetGatewayId=gateway)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock=ALL, GatewayId=gateway)
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    return Cloud(lab, ec2, keys, vpc, subnet, gateway, table)


def install(cloud: Cloud) -> Site:
    """Both at the same time: neither waits for the other."""
    calls = {"IpProtocol": "udp", "FromPort": 16384, "ToPort": 16484, "IpRanges": [{"CidrIp": ALL}]}
    messaging_group, calling_group = cloud.group("messaging", tcp(443, ALL)), cloud.group("calling", tcp(443, ALL))
    between = {"IpProtocol": "tcp", "FromPort": 9870, "ToPort": 9881, "UserIdGroupPairs": [{"GroupId": calling_group}]}
    cloud.ec2.authorize_security_group_ingress(GroupId=messaging_group, IpPermissions=[between])  # type: ignore[list-item]
    rules: list[Any] = [tcp(8001, ALL), tcp(444, group=messaging_group), calls]
    cloud.ec2.authorize_security_group_ingress(GroupId=calling_group, IpPermissions=rules)
    instances = cloud.host("messaging", messaging_group), cloud.host("calling", calling_group)
    publics = [cloud.address(one) for one in instances]
    messaging, calling = (cloud.private(one) for one in instances)
    for one in instances:
        cloud.ready(one)
    files = f"printf '{json.dumps(CONFIGURATION)}' > /etc/replicated.conf; " + (
        'echo \'{"lab_hostname": {"value": "wickr.example.com"}}\' > /root/settings.json'
    )
    put = subprocess.run(
        cloud.lab.command("messaging", ["bash", "-c", f"{files}; cat > /root/license.rli"]), input=rli(calling=True)
    )
    assert put.returncode == 0
    scripts = {
        "messaging": "curl -fsSL -o install.sh https://get.replicated.com/docker && "
        f"bash install.sh {FLAGS} private-address={messaging} public-address={publics[0]}",
        "calling": "curl -fsSL -o operator.sh https://get.replicated.com/operator && "
        f"(umask 077; echo DAEMON_TOKEN={TOKEN} > /etc/default/replicated-operator) && bash operator.sh {FLAGS} "
        f"daemon-endpoint={messaging}:9879 tags=calling private-address={calling} public-address={publics[1]}",
    }
    with ThreadPoolExecutor() as pool:
        runs = [pool.submit(cloud.lab.run, *(host, ["bash", "-c", one]), timeout=120) for host, one in scripts.items()]
    for run in runs:
        assert run.result().returncode == 0, run.result().stdout + run.result().stderr
    return Site(cloud, instances[1], publics[1], calling)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    if reason := ability.refusal():
        pytest.skip(f"the local cloud cannot run here: {reason}")
    lab = Lab(LabFolder.named("vendor-tests").path)
    lab.stop()
    lab.start()
    try:
        yield install(network(lab, tmp_path_factory.mktemp("keys")))
    finally:
        lab.stop()


def test_both_hosts_installed_side_by_side_become_one_application(site: Site) -> None:
    eventually("the calling host has joined", lambda: site.node_is(connected=True))
    if not site.settled("started"):  # the first start may have come before the node
        eventually("the first start is over", lambda: site.settled("stopped") or site.settled("started"))
        site.ask("replicatedctl app start")
    eventually("the application is started", lambda: site.settled("started"))
    assert json.loads(site.room())["state"]["roomURI"] == f"{site.public}:16384"


def test_clients_reach_every_part_of_calling_and_not_its_inside(site: Site) -> None:
    found = site.cloud.scan("client", site.public, 443, 444, 8001, 9879)
    assert found == {443: "open", 444: "filtered", 8001: "open", 9879: "filtered"}
    asked = ECHO.format(ports=(16384, 16434, 16484, 16485), address=site.public)
    answers = site.cloud.lab.run("client", ["python3", "-c", asked], timeout=30).stdout.split()
    assert answers == ["16384", "True", "16434", "True", "16484", "True", "16485", "False"]


def test_a_host_that_is_switched_off_is_not_connected_and_comes_back_with_everything(site: Site) -> None:
    site.cloud.ec2.stop_instances(InstanceIds=[site.instance])
    eventually("the node is not connected", lambda: site.node_is(connected=False))
    assert site.room() == "\n"
    site.cloud.ec2.start_instances(InstanceIds=[site.instance])
    site.cloud.ready(site.instance)
    eventually("the node has come back", lambda: site.node_is(connected=True))
    eventually("calling answers", lambda: f"{site.public}:16384" in site.room())
    assert site.cloud.opens("client", site.public, 443)


def test_the_messaging_host_comes_back_with_the_application(site: Site) -> None:
    site.cloud.lab.run("messaging", ["systemctl", "reboot"], timeout=30)
    eventually("the calling host has lost it", lambda: "true" not in site.ask("replicated nodes"))
    eventually("the application is started", lambda: site.settled("started"), 180)
    eventually("the calling host has joined again", lambda: site.node_is(connected=True))
    assert f"{site.public}:16384" in site.room()
