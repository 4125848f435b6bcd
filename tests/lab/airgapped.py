"""A stack without internet on a lab: its files in a bucket, and a network as a company has it."""

import base64
import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from installer.cloudinit import user_data
from local.lab import Lab
from local.lab.addresses import CLOUD, INTERNET, SERVICES
from local.lab.folder import CHECKOUT
from local.vendor import airgap
from local.vendor.host.replicated.license import License, pack
from tests import sshkeys
from tests.lab import sniffer
from tests.lab.installation import Installation
from tests.local.lab.conftest import AtOperator

BUCKET = "acme-wickr"
PREFIX = "611/"
BASTION, PULUMI = "the bastion itself", "Pulumi at the bastion"
COMPANY, OFFICE, HOSTS = "10.70.0.0/24", "10.70.1.0/24", "10.70.2.0/24"
RIGHTS = License(id="0" * 32, assignee="Test", channel="Stable", calling=True, airgap=True, online=False)
SECRETS = {
    "bastion.privateKey": sshkeys.private(PULUMI),
    "license": base64.b64encode(pack(RIGHTS)).decode(),
}

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
for name, subnet in json.loads(sys.argv[4]).items():
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
    """A stack without internet, and the place that it stands in."""

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


def downloaded(folder: Path) -> list[Path]:
    """What the vendor and Docker give: the archive, the bundle, the package."""
    return airgap.make(folder, replicated="2.44.2", release=611, channel="Stable", docker="18.09.2")


def upload(whole: Installation, files: list[Path], prefix: str = PREFIX) -> str:
    """What a person does with them. What it said to them, and for the stack."""
    words = [str(CHECKOUT / "wickr"), "upload", *map(str, files), "--bucket", BUCKET, "--prefix", prefix]
    done = whole.lab.run("operator", words)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("verified") == len(files), done.stderr
    return done.stdout


@contextmanager
def prepared(lab: Lab, folder: Path) -> Iterator[Airgapped]:
    """The files in their bucket, and all that a stack of messaging and calling needs to be deployed beside them.
    `folder` keeps files and stack file.
    """
    lab.stop()
    lab.start()
    try:
        whole = Installation(lab)
        names = network(lab, {"the-bastion": "company", "the-office": "office"})
        uploaded = upload(whole, downloaded(folder))
        file = stack_file(whole, names, uploaded, folder)
        yield Airgapped(whole, names, file, uploaded)
    finally:
        lab.stop()


def network(lab: Lab, hosts: Mapping[str, str]) -> dict[str, Any]:
    """Makes it, and the bucket: ids, and the bastion's address. `hosts` are the company's, each with its subnet."""
    data = user_data(
        hostname="the-bastion",
        authorized_keys=[sshkeys.public(PULUMI)],
        host_key=sshkeys.private(BASTION),
        host_key_public=sshkeys.public(BASTION),
    )
    subnets = json.dumps({"company": COMPANY, "office": OFFICE, "hosts": HOSTS})
    given = [base64.b64encode(data.encode()).decode(), subnets, BUCKET, json.dumps(dict(hosts))]
    made = lab.run("operator", ["python3", "-c", PREPARE, *given])
    assert made.returncode == 0, made.stderr
    return dict(json.loads(made.stdout))


def keys(names: dict[str, Any], uploaded: str) -> dict[str, Any]:
    """What a stack in this network has to say; `uploaded` is what the upload told for it."""
    return {
        "wickr:network": {
            "vpcId": names["vpc"], "privateSubnetIds": [names["subnets"]["hosts"]], "publicAddresses": False
        },
        "wickr:bastion": {"host": names["address"], "user": "wickr-deploy", "hostKey": sshkeys.public(BASTION)},
        "wickr:adminCidrs": [COMPANY],
        "wickr:clientCidrs": [COMPANY, OFFICE],
        **yaml.safe_load(uploaded),
    }  # fmt: skip


def stack_file(whole: Installation, names: dict[str, Any], uploaded: str, folder: Path) -> Path:
    file = whole.changed_stack_file(folder, keys(names, uploaded), without=("wickr:compliance",))
    assert whole.pulumi("stack", "init").returncode == 0
    for key, text in SECRETS.items():
        done = whole.pulumi("config", "set", "--secret", "--path", key, config=file, stdin=text)
        assert done.returncode == 0, done.stderr
    return file
