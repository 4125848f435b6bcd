"""A lab of the tests' own, and a small cloud in it: started when the first test asks, removed when the last is done."""

import fcntl
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from local.lab import Lab, LabError, ability, reading
from local.lab.addresses import API_URL, OPERATOR
from local.lab.folder import LabFolder
from local.lab.sockets import thread_in

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

IMAGE = "ami-0deb1200000000001"
OPERATOR_NET, ADMIN_NET = "198.51.100.128/26", "198.51.100.64/26"


def eventually(what: str, true: Callable[[], Any], seconds: float = 30) -> Any:
    """Wait for a condition; the test fails with its name if it does not come."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := true():
            return found
        time.sleep(0.2)
    raise AssertionError(f"not within {seconds:.0f} s: {what}")


class AtOperator:
    """A client of the API whose connections are made from the operator's place."""

    def __init__(self, lab: LabFolder, service: str = "ec2") -> None:
        self.thread = thread_in(lab.namespace_file(OPERATOR.name))
        session: Any = reading.session()
        self.client = session.client(service, endpoint_url=API_URL, config=reading.CONFIG)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda **arguments: self.thread.submit(getattr(self.client, name), **arguments).result()


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    reason = ability.refusal()
    if reason:
        pytest.skip(f"the local cloud cannot run here: {reason}")
    folder = LabFolder.named("lab-tests")
    folder.path.parent.mkdir(exist_ok=True)
    with folder.path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two runs of the tests in one checkout take turns
        lab = Lab(folder.path)
        lab.stop()
        lab.start()
        yield lab
        lab.stop()


@pytest.fixture(scope="session")
def ec2(lab: Lab) -> "EC2Client":
    client: Any = AtOperator(lab.folder)
    return client  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Cloud:
    """A VPC with a public subnet, and ways to put hosts there and to look at them."""

    lab: Lab
    ec2: "EC2Client"
    keys: Path
    vpc: str
    subnet: str
    gateway: str
    table: str

    def group(self, name: str, *rules: dict[str, Any]) -> str:
        group = self.ec2.create_security_group(VpcId=self.vpc, GroupName=name, Description=name)["GroupId"]
        for rule in rules:
            self.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])  # type: ignore[list-item]
        return group

    def host(self, name: str, group: str, subnet: str = "", gib: int = 200, profile: str = "") -> str:
        public, private = (self.keys / "user.pub").read_text(), (self.keys / "host").read_text()
        data = "\n".join(
            [
                "#cloud-config",
                "ssh_deletekeys: true",
                "ssh_keys:",
                "  ed25519_private: |",
                *(f"    {line}" for line in private.splitlines()),
                f"  ed25519_public: {(self.keys / 'host.pub').read_text().strip()}",
                "users:",
                "  - name: wickr-deploy",
                "    sudo: ALL=(ALL) NOPASSWD:ALL",
                "    shell: /bin/bash",
                f"    ssh_authorized_keys: [{public.strip()}]",
                "runcmd:",
                "  - echo made by cloud-init >/root/marker",
            ]
        )
        role: Any = {"IamInstanceProfile": {"Name": profile}} if profile else {}
        answer = self.ec2.run_instances(
            ImageId=IMAGE, MinCount=1, MaxCount=1, InstanceType="t3.large", UserData=data,
            SubnetId=subnet or self.subnet, SecurityGroupIds=[group], **role,
            MetadataOptions={"HttpTokens": "required", "HttpPutResponseHopLimit": 1},
            BlockDeviceMappings=[
                {"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": gib, "DeleteOnTermination": True}}
            ],
            TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": name}]}],
        )  # fmt: skip
        return str(answer["Instances"][0]["InstanceId"])

    def address(self, instance: str) -> str:
        """A new elastic address for an instance."""
        allocated = self.ec2.allocate_address(Domain="vpc")
        self.ec2.associate_address(AllocationId=allocated["AllocationId"], InstanceId=instance)
        return str(allocated["PublicIp"])

    def private(self, instance: str) -> str:
        described = self.ec2.describe_instances(InstanceIds=[instance])
        return str(described["Reservations"][0]["Instances"][0]["PrivateIpAddress"])

    def state(self, instance: str) -> str:
        """What the lab says of a host."""
        hosts = {host["id"]: host for host in self.lab.status()["hosts"]}
        return str(hosts[instance]["state"]) if instance in hosts else "gone"

    def ready(self, instance: str) -> None:
        eventually(f"{instance} has booted", lambda: self.state(instance) == "ready", 60)

    def ssh(self, address: str, command: str, at: str = "operator") -> "subprocess.CompletedProcess[str]":
        """As a person would, with the host's key known beforehand."""
        known = self.keys / "known_hosts"
        known.write_text(f"{address} {(self.keys / 'host.pub').read_text()}")
        options = ["BatchMode=yes", "ConnectTimeout=2", "StrictHostKeyChecking=yes", f"UserKnownHostsFile={known}"]
        flags = [flag for option in options for flag in ("-o", option)]
        return self.lab.run(at, ["ssh", "-i", str(self.keys / "user"), *flags, f"wickr-deploy@{address}", command])

    def on(self, host: str, script: str) -> str:
        """What a script prints on a host; it must succeed."""
        done = self.lab.run(host, ["bash", "-ec", script], timeout=30)
        assert done.returncode == 0, f"{script!r} on {host}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def serve(self, host: str, *ports: int) -> None:
        """Something that answers on TCP ports of a host."""
        for port in ports:
            self.on(host, f"systemd-run -q --unit=web-{port} python3 -m http.server {port} -d /srv")
            self.on(host, f"for i in $(seq 50); do ss -ltn | grep -q :{port} && exit 0; sleep .1; done; exit 1")

    def scan(self, at: str, address: str, *ports: int) -> dict[int, str]:
        """What a scanner at a place says of TCP ports."""
        wanted = ",".join(map(str, ports))
        flags = ["-n", "-Pn", "-T4", "--max-retries", "1", "-oG", "-", "-p", wanted]
        done = self.lab.run(at, ["nmap", *flags, address], timeout=60)
        line = next(line for line in done.stdout.splitlines() if "Ports:" in line)
        fields = (entry.strip().split("/") for entry in line.split("Ports:")[1].split("\t")[0].split(","))
        return {int(field[0]): field[1] for field in fields}

    def seen_as(self, host: str) -> str:
        """The address that the client sees when a host connects to it."""
        script = (
            "import socket; s = socket.create_server(('', 7000)); print('ready', flush=True); s.settimeout(10);"
            "print(s.accept()[1][0])"
        )
        command = self.lab.command("client", ["python3", "-c", script])
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as listener:
            assert listener.stdout
            assert listener.stdout.readline() == "ready\n"
            assert self.opens(host, "198.51.100.10", 7000)
            return listener.stdout.read().strip()

    def opens(self, at: str, address: str, port: int) -> bool:
        """Whether a TCP connection comes about."""
        script = f"timeout 1 bash -c '</dev/tcp/{address}/{port}' 2>/dev/null"
        return self.lab.run(at, ["bash", "-c", script]).returncode == 0


def tcp(port: int, *cidrs: str, group: str = "") -> dict[str, Any]:
    """An ingress rule as the API takes it."""
    rule: dict[str, Any] = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port}
    if group:
        return rule | {"UserIdGroupPairs": [{"GroupId": group}]}
    return rule | {"IpRanges": [{"CidrIp": cidr} for cidr in cidrs]}


@pytest.fixture(scope="session")
def cloud(lab: Lab, ec2: "EC2Client", tmp_path_factory: pytest.TempPathFactory) -> Cloud:
    keys = tmp_path_factory.mktemp("keys")
    for name in ("user", "host"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(keys / name)], check=True)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(VpcId=vpc, InternetGatewayId=gateway)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    return Cloud(lab, ec2, keys, vpc, subnet, gateway, table)


__all__ = ["ADMIN_NET", "OPERATOR_NET", "Cloud", "LabError", "eventually", "tcp"]
