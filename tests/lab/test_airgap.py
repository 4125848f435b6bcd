"""An installation without internet, from files in a bucket: installed, reached as its table says, and closed.

The tests follow each other: what one leaves behind, the next one starts from.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from installer.airgap import BUNDLE_FILE
from local.lab import Lab
from local.lab.addresses import CLIENT, CLOUD, INTERNET, S3_ADDRESS, SERVICES, VENDOR
from local.lab.folder import CHECKOUT, link
from tests.lab import canary, sniffer
from tests.lab.airgapped import BUCKET, PREFIX, Airgapped, downloaded, prepared, upload

pytestmark = pytest.mark.lab

CLUSTER = set(range(9870, 9882))


@pytest.fixture(scope="module")
def airgapped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Airgapped]:
    """Deployed: messaging and calling."""
    with prepared(Lab(CHECKOUT / ".local" / "tests-airgap"), tmp_path_factory.mktemp("airgap")) as made:
        with made.whole.processes:
            made.whole.up(made.stack_file)
        yield made


@pytest.fixture(scope="module")
def canaries(airgapped: Airgapped) -> dict[str, list[str]]:
    """The stack's secrets, and those by which its hosts fetch from the bucket."""
    whole = airgapped.whole
    roles = canary.of_role(whole, "messaging") | canary.of_role(whole, "calling")
    return canary.of(whole, airgapped.stack_file) | roles


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
    assert upload(airgapped.whole, downloaded(tmp_path)) == airgapped.uploaded


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


def test_no_secret_is_in_the_state_in_clear(airgapped: Airgapped, canaries: dict[str, list[str]]) -> None:
    files = canary.state(airgapped.whole)
    assert {name: canary.found(canaries, text) for name, text in files.items()} == {name: set() for name in files}


def test_no_secret_is_in_what_the_engine_or_the_upload_said(
    airgapped: Airgapped, canaries: dict[str, list[str]]
) -> None:
    assert canary.found(canaries, airgapped.whole.up_text + airgapped.uploaded) == set()


def test_no_secret_was_an_argument_of_a_process(airgapped: Airgapped, canaries: dict[str, list[str]]) -> None:
    seen = airgapped.whole.processes.seen
    assert any("bash -s -- fetch" in line for line in seen), "the phases were not observed"
    assert canary.found(canaries, "\n".join(seen)) == set()


@pytest.mark.parametrize(("host", "last"), [("messaging", "calls done"), ("calling", "join done")])
def test_no_secret_is_in_a_log_of_a_host(
    airgapped: Airgapped, canaries: dict[str, list[str]], host: str, last: str
) -> None:
    """Nor a signature, with which a host fetches."""
    logs = canary.logs(airgapped.whole, host)
    assert last in logs
    assert canary.found(canaries, logs) == set()
    assert "AWS4-HMAC-SHA256" not in logs


def test_user_data_carries_the_host_key_and_no_other_secret(
    airgapped: Airgapped, canaries: dict[str, list[str]]
) -> None:
    assert canary.found(canaries, canary.user_data(airgapped.whole)) == set()


ACCESS = """
import boto3, json, sys
s3, iam, ec2, bucket = boto3.client("s3"), boto3.client("iam"), boto3.client("ec2"), sys.argv[1]
keys = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]]
told = [s3.head_object(Bucket=bucket, Key=key) for key in keys]
told += [iam.get_account_authorization_details(), ec2.describe_vpc_endpoints()]
print(json.dumps([keys, json.dumps(told, default=str)]))
"""


def test_nothing_but_the_files_is_in_the_bucket_and_no_secret_in_what_lets_hosts_to_them(
    airgapped: Airgapped, canaries: dict[str, list[str]], tmp_path: Path
) -> None:
    done = airgapped.whole.lab.run("operator", ["python3", "-c", ACCESS, BUCKET])
    assert done.returncode == 0, done.stderr
    keys, told = json.loads(done.stdout)
    assert set(keys) == {PREFIX + file.name for file in downloaded(tmp_path)}
    assert "s3:GetObject" in told, "the rights were not observed"
    assert canary.found(canaries, told) == set()


def test_secrets_lie_on_the_hosts_where_their_reader_needs_them_and_nowhere_else(
    airgapped: Airgapped, canaries: dict[str, list[str]]
) -> None:
    own = {host: canary.holding(airgapped.whole, canaries, host) for host in ("messaging", "calling")}
    assert own["messaging"] <= canary.ON_MESSAGING
    assert "/etc/wickr/certificate.key" in own["messaging"]
    assert own["calling"] == {"/etc/default/replicated-operator"}
