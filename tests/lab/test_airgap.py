"""An installation without internet, from files in a bucket: installed, reached as its table says, and closed.

The tests follow each other: what one leaves behind, the next one starts from.
"""

import base64
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
import yaml

from installer.airgap import BUNDLE_FILE
from installer.cloudinit import user_data
from local.lab import Lab
from local.lab.addresses import CLIENT, CLOUD, INTERNET, S3_ADDRESS, SERVICES, VENDOR
from local.lab.folder import CHECKOUT, link
from local.vendor import airgap
from local.vendor.host.replicated.license import License, pack
from tests import sshkeys
from tests.lab import canary, sniffer
from tests.lab.installation import Installation
from tests.local.lab.conftest import AtOperator

pytestmark = pytest.mark.lab

BUCKET = "acme-wickr"
BASTION, PULUMI = "the bastion itself", "Pulumi at the bastion"
COMPANY, OFFICE, HOSTS = "10.70.0.0/24", "10.70.1.0/24", "10.70.2.0/24"
MEDIA = set(range(16384, 16485))
CLUSTER = set(range(9870, 9882))
RIGHTS = License(id="0" * 32, assignee="Test", channel="Stable", calling=True, airgap=True, online=False)

PREPARE = """
import base64, boto3, json, sys
ec2, data = boto3.client("ec2"), base64.b64decode(sys.argv[1]).decode()
vpc = ec2.create_vpc(CidrBlock="10.70.0.0/16")["Vpc"]["VpcId"]
gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
subnets, tables = {}, {}
for name, network in json.loads(sys.argv[2]).items():
    subnets[name] = ec2.create_subnet(VpcId=vpc, CidrBlock=network)["Subnet"]["SubnetId"]
    tables[name] = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=tables[name], SubnetId=subnets[name])
ec2.create_route(RouteTableId=tables["company"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
group = ec2.create_security_group(GroupName="bastion", Description="bastion", VpcId=vpc)["GroupId"]
ec2.authorize_security_group_ingress(
    GroupId=group, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="198.51.100.128/26"
)
for name, subnet in (("the-bastion", "company"), ("the-office", "office")):
    instance = ec2.run_instances(
        ImageId="ami-0deb1200000000001", InstanceType="t3.large", MinCount=1, MaxCount=1, SubnetId=subnets[subnet],
        SecurityGroupIds=[group], UserData=data,
        BlockDeviceMappings=[{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 8}}],
        TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": name}]}],
    )["Instances"][0]
    if subnet == "company":
        address = ec2.allocate_address(Domain="vpc")
        ec2.associate_address(AllocationId=address["AllocationId"], InstanceId=instance["InstanceId"])
region = {"LocationConstraint": ec2.meta.region_name}
boto3.client("s3").create_bucket(Bucket=sys.argv[3], CreateBucketConfiguration=region)
print(json.dumps({"vpc": vpc, "subnets": subnets, "tables": tables, "address": address["PublicIp"]}))
"""
"""A network as a customer has it: a subnet that leads nowhere, and beside it two of the company's own. In one of them
there is a bastion, which is on the internet, too: it shows what of the sniffers' seeing nothing is worth."""


@dataclass
class Airgapped:
    """A deployed stack without internet, and the place that it stands in."""

    whole: Installation
    names: dict[str, Any]
    stack_file: Path
    uploaded: str

    @cached_property
    def ec2(self) -> Any:
        return AtOperator(self.whole.lab.folder)

    def address(self, host: str) -> str:
        return str(self.whole.lab.host(host)["private"])

    def groups(self, host: str) -> Any:
        """The security groups of a host, as AWS has them."""
        (found,) = self.ec2.describe_instances(InstanceIds=[self.whole.lab.host(host)["id"]])["Reservations"]
        ids = [group["GroupId"] for group in found["Instances"][0]["SecurityGroups"]]
        return self.ec2.describe_security_groups(GroupIds=ids)["SecurityGroups"]

    def arriving(self, *hosts: str, to: tuple[str, ...]) -> tuple[set[Any], set[Any]]:
        """What arrives on the internet, and at AWS's services, while hosts send packets of every kind to addresses."""
        folder = self.whole.lab.folder
        with ExitStack() as sniffing, ThreadPoolExecutor() as sending:
            internet, services = (
                sniffing.enter_context(sniffer.listening(folder.namespace_file(place), interface))
                for place, interface in ((INTERNET, CLOUD), (SERVICES.name, "eth0"))
            )
            for address in to:
                list(sending.map(lambda host: sniffer.send(self.whole.lab, host, address), hosts))  # noqa: B023
        return internet.packets, services.packets


def upload(whole: Installation, folder: Path) -> "str":
    """What a person does with the vendor's files. What it said to them, and for the stack."""
    files = airgap.make(folder, replicated="2.44.2", release=611, channel="Stable", docker="18.09.2")
    words = [str(CHECKOUT / "wickr"), "upload", *map(str, files), "--bucket", BUCKET, "--prefix", "611/"]
    done = whole.lab.run("operator", words)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("verified") == 3, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def airgapped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Airgapped]:
    """The files in their bucket, and the stack deployed: messaging and calling."""
    lab = Lab(CHECKOUT / ".local" / "tests-airgap")
    lab.stop()
    lab.start()
    try:
        whole = Installation(lab)
        data = user_data(
            hostname="the-bastion",
            authorized_keys=[sshkeys.public(PULUMI)],
            host_key=sshkeys.private(BASTION),
            host_key_public=sshkeys.public(BASTION),
        )
        subnets = json.dumps({"company": COMPANY, "office": OFFICE, "hosts": HOSTS})
        words = ["python3", "-c", PREPARE, base64.b64encode(data.encode()).decode(), subnets, BUCKET]
        made = lab.run("operator", words)
        assert made.returncode == 0, made.stderr
        names = json.loads(made.stdout)
        uploaded = upload(whole, tmp_path_factory.mktemp("files"))
        file = stack_file(whole, names, uploaded, tmp_path_factory.mktemp("airgap"))
        with whole.processes:
            done = whole.pulumi("up", "--yes", "--skip-preview", config=file)
        whole.up_text = done.stdout + done.stderr
        assert done.returncode == 0, whole.up_text[-6000:]
        yield Airgapped(whole, names, file, uploaded)
    finally:
        lab.stop()


def stack_file(whole: Installation, names: dict[str, Any], uploaded: str, folder: Path) -> Path:
    changes = {
        "wickr:network": {
            "vpcId": names["vpc"], "privateSubnetIds": [names["subnets"]["hosts"]], "publicAddresses": False
        },
        "wickr:bastion": {"host": names["address"], "user": "wickr-deploy", "hostKey": sshkeys.public(BASTION)},
        "wickr:adminCidrs": [COMPANY],
        "wickr:clientCidrs": [COMPANY, OFFICE],
        **yaml.safe_load(uploaded),
    }  # fmt: skip
    file = whole.changed_stack_file(folder, changes, without=("wickr:compliance",))
    assert whole.pulumi("stack", "init").returncode == 0
    for key, text in {
        "bastion.privateKey": sshkeys.private(PULUMI),
        "license": base64.b64encode(pack(RIGHTS)).decode(),
    }.items():
        done = whole.pulumi("config", "set", "--secret", "--path", key, config=file, stdin=text)
        assert done.returncode == 0, done.stderr
    return file


@pytest.fixture(scope="module")
def canaries(airgapped: Airgapped) -> dict[str, list[str]]:
    return canary.of(airgapped.whole, airgapped.stack_file)


def test_wickr_runs_the_release_of_the_bundle_and_answers_under_the_stack_s_certificate(airgapped: Airgapped) -> None:
    whole, outputs = airgapped.whole, airgapped.whole.outputs()
    (status,) = json.loads(whole.on("messaging", "replicatedctl app status -o json").stdout)
    assert (status["State"], status["Sequence"], status["Error"]) == ("started", 611, "")
    assert BUNDLE_FILE in whole.on("messaging", "replicatedctl params export").stdout
    asking = f"cat >/tmp/ca.pem; curl -sS --cacert /tmp/ca.pem https://{outputs['messagingAddress']}/checkConfig.php"
    done = whole.on("the-office", f"{asking}?api=117 -o /dev/null -w '%{{http_code}}'", stdin=outputs["caCertificate"])
    assert (done.stdout, done.stderr) == ("200", "")


def test_calls_are_offered_by_a_node_that_joined_without_internet(airgapped: Airgapped) -> None:
    rows = [line.split() for line in airgapped.whole.on("messaging", "replicated nodes").stdout.splitlines()[1:]]
    assert {(row[-1], row[3]) for row in rows} == {("local", "true"), ("calling", "true")}
    answer = json.loads(airgapped.whole.on("messaging", "replicated admin --no-tty test-calling").stdout)
    assert answer["state"]["roomURI"] == "calls.example.com:16384"


def test_a_second_up_changes_nothing(airgapped: Airgapped) -> None:
    again = airgapped.whole.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes", config=airgapped.stack_file)
    assert again.returncode == 0, again.stdout + again.stderr


def test_a_second_upload_finds_all_files_there_and_says_the_same(airgapped: Airgapped, tmp_path: Path) -> None:
    assert upload(airgapped.whole, tmp_path) == airgapped.uploaded


def test_nobody_asked_the_vendor(airgapped: Airgapped) -> None:
    log = (airgapped.whole.lab.folder.vendor / "server.log").read_text()
    assert [line for line in log.splitlines() if "HTTP/1" in line] == []


# What may get out, by the graph.


def test_the_stack_has_nothing_that_is_or_makes_a_way_to_the_internet(airgapped: Airgapped) -> None:
    state = json.loads(airgapped.whole.pulumi("stack", "export").stdout)
    kinds = {each["type"].rpartition(":")[2] for each in state["deployment"]["resources"] if "aws:" in each["type"]}
    assert kinds & {"NatGateway", "InternetGateway", "EgressOnlyInternetGateway", "Eip", "Route", "RouteTable"} == set()
    assert {"VpcEndpoint", "Instance", "SecurityGroup"} <= kinds


def test_all_routes_of_the_hosts_stay_inside_or_lead_to_the_endpoint(airgapped: Airgapped) -> None:
    (table,) = airgapped.ec2.describe_route_tables(RouteTableIds=[airgapped.names["tables"]["hosts"]])["RouteTables"]
    (endpoint,) = airgapped.ec2.describe_vpc_endpoints()["VpcEndpoints"]
    ways = {
        (route.get("DestinationCidrBlock") or route.get("DestinationPrefixListId", "")[:3], route["GatewayId"])
        for route in table["Routes"]
    }
    assert ways == {("10.70.0.0/16", "local"), ("pl-", endpoint["VpcEndpointId"])}


def test_the_groups_let_hosts_out_to_each_other_and_to_s3(airgapped: Airgapped) -> None:
    groups = {host: airgapped.groups(host) for host in ("messaging", "calling")}
    ids = {group["GroupId"]: host for host, found in groups.items() for group in found}
    found = {
        (host, rule["IpProtocol"], rule["FromPort"], rule["ToPort"], to)
        for host, its in groups.items()
        for group in its
        for rule in group["IpPermissionsEgress"]
        for to in (
            *(ids[pair["GroupId"]] for pair in rule["UserIdGroupPairs"]),
            *(listed["PrefixListId"][:3] for listed in rule["PrefixListIds"]),
            *(network["CidrIp"] for network in rule["IpRanges"]),
            *(network["CidrIpv6"] for network in rule["Ipv6Ranges"]),
        )
    }
    assert found == {
        ("messaging", "tcp", 443, 443, "pl-"),
        ("messaging", "tcp", 444, 444, "calling"),
        ("calling", "tcp", 443, 443, "pl-"),
        ("calling", "tcp", 9870, 9881, "messaging"),
    }


# And by packets.


def test_of_all_packets_that_the_hosts_send_none_arrives_on_the_internet(airgapped: Airgapped) -> None:
    """And none at AWS's services but HTTPS to S3."""
    to = (CLIENT.ip, VENDOR.ip, SERVICES.ip, S3_ADDRESS)
    internet, services = airgapped.arriving("messaging", "calling", to=to)
    assert internet == set()
    assert services == {
        sniffer.Packet(airgapped.address(host), "tcp", S3_ADDRESS, 443) for host in ("messaging", "calling")
    }


def test_with_the_address_of_a_host_that_may_none_arrives_either(airgapped: Airgapped) -> None:
    """They do come as far as the cloud's router."""
    lab, bastion = airgapped.whole.lab, airgapped.address("the-bastion")
    own = link(lab.host("messaging")["id"])
    with (
        sniffer.listening(lab.folder.namespace_file(INTERNET), CLOUD) as internet,
        sniffer.listening(lab.folder.namespace_file(CLOUD), own) as router,
    ):
        sniffer.forge(lab, "messaging", bastion, CLIENT.ip)
    assert internet.packets == set()
    assert {each.protocol for each in router.packets if each.source == bastion} == {"udp", "icmp"}


def test_the_sniffer_would_have_seen_them(airgapped: Airgapped) -> None:
    """From the bastion, which is let out, the same packets arrive: each port, and each kind."""
    internet, services = airgapped.arriving("the-bastion", to=(CLIENT.ip,))
    assert services == set()
    assert {each.source for each in internet} == {airgapped.whole.lab.host("the-bastion")["public"]}
    ports = {kind: {each.port for each in internet if each.protocol == kind} for kind in ("tcp", "udp")}
    assert {kind: len(found & set(range(1, 65536))) for kind, found in ports.items()} == {"tcp": 65535, "udp": 65535}
    assert {"icmp", "50"} <= {each.protocol for each in internet}


WAY_OUT = """
import boto3, json, sys
ec2, names = boto3.client("ec2"), json.loads(sys.argv[1])
address = ec2.allocate_address(Domain="vpc")["AllocationId"]
print(ec2.create_nat_gateway(SubnetId=names["subnets"]["company"], AllocationId=address)["NatGateway"]["NatGatewayId"])
"""


@contextmanager
def a_route_out(airgapped: Airgapped) -> Iterator[None]:
    """Somebody makes a NAT gateway and a route to it."""
    made = airgapped.whole.lab.run("operator", ["python3", "-c", WAY_OUT, json.dumps(airgapped.names)])
    assert made.returncode == 0, made.stderr
    route = {"RouteTableId": airgapped.names["tables"]["hosts"], "DestinationCidrBlock": "0.0.0.0/0"}
    airgapped.ec2.create_route(**route, NatGatewayId=made.stdout.strip())
    yield
    airgapped.ec2.delete_route(**route)


@contextmanager
def an_open_group(airgapped: Airgapped) -> Iterator[None]:
    """Somebody lets the messaging host out to everything."""
    everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    group = airgapped.groups("messaging")[0]["GroupId"]
    airgapped.ec2.authorize_security_group_egress(GroupId=group, IpPermissions=everything)
    yield
    airgapped.ec2.revoke_security_group_egress(GroupId=group, IpPermissions=everything)


def test_each_of_two_walls_holds_alone_and_only_without_both_do_packets_arrive(airgapped: Airgapped) -> None:
    def out() -> set[str]:
        airgapped.whole.on("client", "sleep 3")  # the lab follows the API within a second or two
        internet, _ = airgapped.arriving("messaging", to=(CLIENT.ip,))
        return {each.protocol for each in internet}

    with a_route_out(airgapped):
        routed = out()
        with an_open_group(airgapped):
            both = out()
    with an_open_group(airgapped):
        opened = out()
    assert (routed, opened) == (set(), set())
    assert {"tcp", "udp", "icmp"} <= both


# Who gets in.


@pytest.mark.parametrize("place", ["client", "admin", "operator"])
def test_nobody_on_the_internet_reaches_a_host(airgapped: Airgapped, place: str) -> None:
    for host in ("messaging", "calling"):
        assert airgapped.whole.lab.host(host)["public"] == ""
        assert airgapped.whole.tcp_ports(place, airgapped.address(host), "1-1024,8001,8800,9870-9881") == set()


def test_the_company_reaches_exactly_the_rows_of_the_tables(airgapped: Airgapped) -> None:
    """Administrators are in the bastion's network; the office is clients alone."""
    reached = {
        (place, host): airgapped.whole.tcp_ports_from_host(place, airgapped.address(host))
        for place in ("the-bastion", "the-office")
        for host in ("messaging", "calling")
    }
    assert reached == {
        ("the-bastion", "messaging"): {22, 443, 8800},
        ("the-office", "messaging"): {443},
        ("the-bastion", "calling"): {22, 443, 8001},
        ("the-office", "calling"): {443, 8001},
    }


def test_the_hosts_reach_each_other_where_the_tables_say_so_and_not_the_company(airgapped: Airgapped) -> None:
    """Online they also reach each other's 443, as they do anybody's; here not even that."""
    bastion, office = airgapped.address("the-bastion"), airgapped.address("the-office")
    reached = {
        (host, to): airgapped.whole.tcp_ports_from_host(host, address)
        for host, other in (("messaging", "calling"), ("calling", "messaging"))
        for to, address in ((other, airgapped.address(other)), ("bastion", bastion), ("office", office))
    }
    assert {way: ports for way, ports in reached.items() if ports} == {
        ("messaging", "calling"): {444},
        ("calling", "messaging"): CLUSTER,
    }


# Where secrets are not.


def test_no_secret_is_in_the_state_the_bucket_or_what_the_engine_said(
    airgapped: Airgapped, canaries: dict[str, list[str]]
) -> None:
    files = [each for each in (airgapped.whole.lab.path / "state").rglob("*") if each.is_file()]
    assert files
    assert {name for file in files for name in canary.found(canaries, file.read_text(errors="replace"))} == set()
    assert canary.found(canaries, airgapped.whole.up_text) == set()


def test_no_secret_was_an_argument_of_a_process(airgapped: Airgapped, canaries: dict[str, list[str]]) -> None:
    seen = airgapped.whole.processes.seen
    assert any("bash -s -- fetch" in line for line in seen), "the phases were not observed"
    assert canary.found(canaries, "\n".join(seen)) == set()


@pytest.mark.parametrize(("host", "last"), [("messaging", "calls done"), ("calling", "join done")])
def test_no_secret_is_in_a_log_of_a_host(
    airgapped: Airgapped, canaries: dict[str, list[str]], host: str, last: str
) -> None:
    """Nor a credential of the role, with which a host fetches."""
    logs = airgapped.whole.on(host, "cat /var/log/*.log /var/log/cloud-init*; journalctl --no-pager -o cat").stdout
    assert last in logs
    assert canary.found(canaries, logs) == set()
    assert "AWS4-HMAC-SHA256" not in logs
