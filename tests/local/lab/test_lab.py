"""A lab follows whoever uses its API: hosts boot, packets pass or do not, and all of it goes away again."""

import subprocess
from pathlib import Path

import pytest

from local.lab import Lab, LabError, volumes
from local.lab.addresses import PROXY, PROXY_CREDENTIALS, PROXY_GUARDED_PORT, PROXY_PORT
from local.lab.lab import SITE
from tests.local.lab.conftest import ADMIN_NET, OPERATOR_NET, Cloud, eventually, tcp

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def messaging(cloud: Cloud) -> str:
    """A public host that the operator may reach by SSH, and anybody on 443."""
    group = cloud.group("messaging", tcp(22, OPERATOR_NET), tcp(443, "0.0.0.0/0"), tcp(8800, ADMIN_NET))
    return cloud.host("lab-messaging", group)


@pytest.fixture(scope="module")
def address(cloud: Cloud, messaging: str) -> str:
    found = cloud.address(messaging)
    cloud.ready(messaging)
    return found


def test_an_instance_becomes_a_booted_host_that_its_planted_key_proves(cloud: Cloud, address: str) -> None:
    answer = eventually(
        "SSH answers", lambda: (d := cloud.ssh(address, "cloud-init status --wait")).returncode == 0 and d
    )
    assert answer.stdout.strip() == "status: done"
    assert cloud.ssh(address, "sudo cat /root/marker").stdout == "made by cloud-init\n"


def test_a_host_has_healthy_services_and_the_disk_that_the_api_says(cloud: Cloud, address: str) -> None:
    assert cloud.on("messaging", "systemctl is-system-running --wait") == "running"
    gib = int(cloud.on("messaging", "df --output=size -BG / | tail -1").strip("G "))
    assert 190 <= gib <= 200


def test_only_what_a_group_allows_is_open_to_each_source(cloud: Cloud, address: str) -> None:
    cloud.serve("messaging", 443, 8800, 9999)
    ports = (22, 443, 8800, 9999)
    assert cloud.scan("client", address, *ports) == {22: "filtered", 443: "open", 8800: "filtered", 9999: "filtered"}
    assert cloud.scan("admin", address, *ports) == {22: "filtered", 443: "open", 8800: "open", 9999: "filtered"}
    assert cloud.scan("operator", address, *ports) == {22: "open", 443: "open", 8800: "filtered", 9999: "filtered"}


def test_a_changed_rule_changes_the_scan(cloud: Cloud, messaging: str, address: str) -> None:
    described = cloud.ec2.describe_instances(InstanceIds=[messaging])["Reservations"][0]["Instances"][0]
    group = described["SecurityGroups"][0]["GroupId"]
    rule = tcp(9999, "198.51.100.10/32")
    cloud.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])  # type: ignore[list-item]
    eventually("9999 is open to the client", lambda: cloud.opens("client", address, 9999), 5)
    assert not cloud.opens("admin", address, 9999)
    cloud.ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[rule])  # type: ignore[list-item]
    eventually("9999 is closed again", lambda: not cloud.opens("client", address, 9999), 5)


def test_a_private_address_cannot_be_reached_from_the_internet(cloud: Cloud, messaging: str, address: str) -> None:
    assert cloud.opens("client", address, 443)
    assert not cloud.opens("client", cloud.private(messaging), 443)


def test_a_host_is_seen_by_its_elastic_address(cloud: Cloud, address: str) -> None:
    cloud.serve("messaging", 8443)
    assert cloud.seen_as("messaging") == address


def test_a_host_reaches_itself_by_its_elastic_address_if_its_rules_let_the_world_in(cloud: Cloud, address: str) -> None:
    assert cloud.opens("messaging", address, 443)
    assert not cloud.opens("messaging", address, 8800)


def test_metadata_wants_a_token_and_knows_who_asks(cloud: Cloud, messaging: str, address: str) -> None:
    base = "http://169.254.169.254/latest"
    code = cloud.on("messaging", f"curl -s -o /dev/null -w '%{{http_code}}' {base}/meta-data/instance-id")
    assert code == "401"
    with_token = (
        f"T=$(curl -sf -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' {base}/api/token); "
        'H="X-aws-ec2-metadata-token: $T"; '
        f'for p in instance-id public-ipv4; do curl -sf -H "$H" {base}/meta-data/$p; echo; done'
    )
    assert cloud.on("messaging", with_token).split() == [messaging, address]


def test_a_token_does_not_travel_further_than_the_hop_limit(cloud: Cloud, address: str) -> None:
    """A container behind a bridge of the host is one hop further away, and gets no answer."""
    cloud.on(
        "messaging",
        "ip netns add box; ip link add br-box type veth peer name eth0 netns box; ip addr add 172.30.0.1/24 dev br-box;"
        "ip link set br-box up; ip -n box addr add 172.30.0.2/24 dev eth0; ip -n box link set eth0 up;"
        "ip -n box route add default via 172.30.0.1; echo 1 >/proc/sys/net/ipv4/ip_forward;"
        "nft 'add table ip box; add chain ip box out { type nat hook postrouting priority srcnat; };"
        "add rule ip box out ip saddr 172.30.0.2 masquerade'",
    )
    ask = "curl -s -m 2 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token"
    assert cloud.on("messaging", ask)
    assert cloud.lab.run("messaging", ["ip", "netns", "exec", "box", "sh", "-c", ask]).stdout == ""


def test_the_vendor_answers_hosts_and_they_trust_it(cloud: Cloud, address: str) -> None:
    cloud.on("messaging", "curl -s -o /dev/null https://get.replicated.com/")
    assert cloud.lab.run("client", ["curl", "-s", "--resolve", "get.replicated.com:443:203.0.113.10",
                                    "https://get.replicated.com/"]).returncode == 60  # fmt: skip


@pytest.mark.parametrize(
    ("proxy", "ends"),
    [
        (f"http://{PROXY.ip}:{PROXY_PORT}", (0, "404")),
        (f"http://{PROXY.ip}:{PROXY_GUARDED_PORT}", (56, "000")),
        (f"http://somebody:else@{PROXY.ip}:{PROXY_GUARDED_PORT}", (56, "000")),
        (f"http://{PROXY_CREDENTIALS}@{PROXY.ip}:{PROXY_GUARDED_PORT}", (0, "404")),
    ],
)
def test_the_forward_proxy_leads_to_the_vendor_and_its_other_port_asks_for_credentials(
    lab: Lab, proxy: str, ends: tuple[int, str]
) -> None:
    ask = ["curl", "-sk", "-m", "10", "-o", "/dev/null", "-w", "%{http_code}", "-x", proxy, "https://quay.io/nothing"]
    done = lab.run("client", ask)
    assert (done.returncode, done.stdout) == ends


def test_another_folder_takes_the_vendors_place_while_the_lab_runs(cloud: Cloud, address: str, tmp_path: Path) -> None:
    (tmp_path / "get.replicated.com").mkdir()
    (tmp_path / "get.replicated.com" / "hello").write_text("another vendor\n")
    cloud.lab.start(vendor=tmp_path)
    assert cloud.on("messaging", "curl -sf https://get.replicated.com/hello") == "another vendor"
    cloud.lab.start(vendor=SITE)
    assert "another vendor" not in cloud.on("messaging", "curl -s https://get.replicated.com/hello")


def test_a_folder_that_is_not_there_is_no_vendor(lab: Lab, tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r"VENDOR is .* not a folder"):
        lab.start(vendor=tmp_path / "missing")


def test_a_reboot_and_a_stop_keep_the_disk_and_nothing_else(cloud: Cloud, messaging: str, address: str) -> None:
    cloud.on("messaging", "echo kept >/root/kept; nft add table ip lost; ip link add lost type bridge")
    first = cloud.on("messaging", "systemctl show -P UserspaceTimestampMonotonic")
    cloud.ec2.reboot_instances(InstanceIds=[messaging])
    eventually("it goes down", lambda: cloud.state(messaging) != "ready")
    cloud.ready(messaging)
    assert cloud.on("messaging", "systemctl show -P UserspaceTimestampMonotonic") != first
    assert "lost" not in cloud.on("messaging", "nft list tables; ip -br link")
    cloud.ec2.stop_instances(InstanceIds=[messaging])
    eventually("it is stopped", lambda: cloud.state(messaging) == "stopped")
    assert not cloud.opens("operator", address, 22)
    cloud.ec2.start_instances(InstanceIds=[messaging])
    cloud.ready(messaging)
    assert cloud.ssh(address, "sudo cat /root/kept").stdout == "kept\n"


def test_a_shutdown_from_the_inside_stops_the_instance(cloud: Cloud, messaging: str, address: str) -> None:
    cloud.lab.run("messaging", ["systemctl", "poweroff"])

    def state() -> str:
        described = cloud.ec2.describe_instances(InstanceIds=[messaging])
        return str(described["Reservations"][0]["Instances"][0]["State"]["Name"])

    eventually("the API says stopped", lambda: state() == "stopped")
    cloud.ec2.start_instances(InstanceIds=[messaging])
    cloud.ready(messaging)


def test_a_reboot_from_the_inside_comes_back(cloud: Cloud, messaging: str, address: str) -> None:
    cloud.lab.run("messaging", ["systemctl", "reboot"])
    eventually("it goes down", lambda: cloud.state(messaging) != "ready")
    cloud.ready(messaging)


@pytest.fixture(scope="module")
def compliance(cloud: Cloud, messaging: str, address: str) -> str:
    """A second host, in a private subnet behind a NAT gateway, open to the first one's group."""
    subnet = cloud.ec2.create_subnet(VpcId=cloud.vpc, CidrBlock="10.0.2.0/24")["Subnet"]["SubnetId"]
    described = cloud.ec2.describe_instances(InstanceIds=[messaging])["Reservations"][0]["Instances"][0]
    group = cloud.group("compliance", tcp(8080, group=described["SecurityGroups"][0]["GroupId"]))
    instance = cloud.host("lab-compliance", group, subnet, gib=8)
    cloud.ready(instance)
    cloud.serve("compliance", 8080, 8081)
    cloud.serve("messaging", 443)
    return instance


def test_a_rule_that_names_a_group_lets_its_members_in(cloud: Cloud, compliance: str) -> None:
    assert cloud.opens("messaging", cloud.private(compliance), 8080)
    assert not cloud.opens("messaging", cloud.private(compliance), 8081)


def test_hosts_of_one_subnet_see_each_other_only_through_their_groups(
    cloud: Cloud, messaging: str, compliance: str
) -> None:
    assert cloud.opens("compliance", cloud.private(messaging), 443)
    assert not cloud.opens("compliance", cloud.private(messaging), 22)


def test_a_private_subnet_has_no_way_out_until_it_has_a_nat_gateway(cloud: Cloud, compliance: str) -> None:
    assert not cloud.opens("compliance", "203.0.113.10", 443)
    allocated = cloud.ec2.allocate_address(Domain="vpc")
    made = cloud.ec2.create_nat_gateway(SubnetId=cloud.subnet, AllocationId=allocated["AllocationId"])
    nat = made["NatGateway"]["NatGatewayId"]
    table = cloud.ec2.create_route_table(VpcId=cloud.vpc)["RouteTable"]["RouteTableId"]
    described = cloud.ec2.describe_instances(InstanceIds=[compliance])["Reservations"][0]["Instances"][0]
    cloud.ec2.associate_route_table(RouteTableId=table, SubnetId=described["SubnetId"])
    cloud.ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)
    eventually("there is a way out", lambda: cloud.opens("compliance", "203.0.113.10", 443), 5)
    assert cloud.seen_as("compliance") == allocated["PublicIp"]
    assert not cloud.opens("client", allocated["PublicIp"], 8080), "the gateway's address leads nowhere from outside"
    cloud.ec2.delete_nat_gateway(NatGatewayId=nat)
    eventually("the way is closed again", lambda: not cloud.opens("compliance", "203.0.113.10", 443), 5)


def test_a_host_cannot_pretend_to_be_another(cloud: Cloud, messaging: str, compliance: str) -> None:
    stolen = cloud.private(messaging)
    cloud.on("compliance", f"ip addr add {stolen}/32 dev lo")
    probe = f"curl -s -m 2 --interface {stolen} http://169.254.169.254/latest/meta-data/"
    assert cloud.lab.run("compliance", ["bash", "-c", probe]).returncode != 0


def test_a_terminated_instance_leaves_nothing_running(cloud: Cloud, messaging: str, address: str) -> None:
    described = cloud.ec2.describe_instances(InstanceIds=[messaging])["Reservations"][0]["Instances"][0]
    volume = described["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
    cloud.ec2.terminate_instances(InstanceIds=[messaging])
    eventually("the host is gone", lambda: cloud.state(messaging) == "gone")
    assert not cloud.lab.folder.namespace_file(messaging).exists()
    eventually("its disk is gone", lambda: not (cloud.lab.folder.volumes / f"{volume}.img").exists(), 10)
    with pytest.raises(LabError, match="is no place of this lab"):
        cloud.lab.command("messaging", ["true"])


def test_a_lab_is_removed_without_a_trace_even_after_a_crash(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab")
    lab.start()
    prefix = lab.folder.prefix
    daemon = lab.status()["daemon"]
    volumes.attach(lab.folder.volumes / "vol-left.img", 1)
    subprocess.run(["kill", "-9", str(daemon)], check=True)
    eventually("the daemon is dead", lambda: not lab.running())
    lab.stop()
    assert prefix not in subprocess.run(["ip", "netns", "list"], capture_output=True, text=True).stdout
    assert not list(Path("/etc/netns").glob(f"{prefix}*"))
    assert not list(Path("/sys/fs/cgroup").glob(f"*/{prefix}"))
    assert str(lab.path) not in Path("/proc/self/mountinfo").read_text()
    assert not list(volumes.loops(lab.path))
    assert not lab.path.exists()
