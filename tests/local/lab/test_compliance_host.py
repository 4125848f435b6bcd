"""The phases of a compliance host as the program runs them: on a real disk, with Docker and the bot through NAT."""

import json
import secrets
from typing import Any

import pytest

from installer import phase
from installer.compliance import DATA_FOLDER, DOCKER_ARCHIVES, FILE_SYSTEM_LABEL
from installer.phase import Phase
from installer.script import render
from local.vendor.host.bot.client_file import Network, made
from tests.local.lab.conftest import AtOperator, Cloud, eventually, tcp
from tests.local.lab.test_bot import CLIENT, IMAGE, SERVER, TRUST

pytestmark = pytest.mark.lab

NAME, BUCKET, ROLE = "kept.example.com", "lab-compliance-host", "lab-compliance-host"
LOGS = ["sh", "-c", "docker logs wickr-compliance 2>&1"]


@pytest.fixture(scope="module")
def subnet(cloud: Cloud) -> str:
    """A private one, which leads out by a NAT gateway."""
    found = str(cloud.ec2.create_subnet(VpcId=cloud.vpc, CidrBlock="10.0.11.0/24")["Subnet"]["SubnetId"])
    table = cloud.ec2.create_route_table(VpcId=cloud.vpc)["RouteTable"]["RouteTableId"]
    cloud.ec2.associate_route_table(RouteTableId=table, SubnetId=found)
    allocated = cloud.ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = cloud.ec2.create_nat_gateway(SubnetId=cloud.subnet, AllocationId=allocated)["NatGateway"]["NatGatewayId"]
    cloud.ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)
    return found


@pytest.fixture(scope="module")
def secret(cloud: Cloud) -> str:
    """A messaging host, and the configuration of a bot of its network, which the host's role may read."""
    api: dict[str, Any] = {name: AtOperator(cloud.lab.folder, name) for name in ("iam", "s3", "secretsmanager")}
    server = cloud.host("lab-kept", cloud.group("kept", tcp(443, "0.0.0.0/0")), gib=8)
    address = cloud.address(server)
    cloud.ready(server)
    certificate = cloud.on("kept", SERVER.replace("NAME", NAME))
    cloud.lab.publish({NAME: address})
    api["s3"].create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    file = made(Network(NAME, "compliance_bot", certificate), "PW2", secrets.token_bytes(16))
    api["s3"].put_object(Bucket=BUCKET, Key="conf.wickr", Body=file)
    client = {**CLIENT, "configS3File": {"key": "conf.wickr", "bucket": BUCKET, "region": "eu-west-1"}}
    text = json.dumps({"wickr_config": json.dumps({"clients": [client]})})
    arn = str(api["secretsmanager"].create_secret(Name=ROLE, SecretString=text)["ARN"])
    reads = (("secretsmanager:GetSecretValue", arn), ("s3:GetObject", f"arn:aws:s3:::{BUCKET}/conf.wickr"))
    rows = [{"Effect": "Allow", "Action": action, "Resource": resource} for action, resource in reads]
    api["iam"].create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps({"Statement": [TRUST]}))
    api["iam"].put_role_policy(
        RoleName=ROLE, PolicyName="reads", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": rows})
    )
    api["iam"].create_instance_profile(InstanceProfileName=ROLE)
    api["iam"].add_role_to_instance_profile(InstanceProfileName=ROLE, RoleName=ROLE)
    return arn


@pytest.fixture(scope="module")
def volume(cloud: Cloud, subnet: str) -> str:
    zone = cloud.ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["AvailabilityZone"]
    return str(cloud.ec2.create_volume(AvailabilityZone=zone, Size=20, VolumeType="gp3")["VolumeId"])


def host(cloud: Cloud, name: str, subnet: str, volume: str) -> str:
    """A booted private host that has the volume."""
    instance = cloud.host(f"lab-{name}", cloud.group(name), subnet, gib=8, profile=ROLE)
    cloud.ready(instance)
    cloud.ec2.modify_instance_metadata_options(InstanceId=instance, HttpPutResponseHopLimit=2)
    cloud.ec2.attach_volume(VolumeId=volume, InstanceId=instance, Device="/dev/sdf")
    return instance


def run(cloud: Cloud, name: str, what: Phase, values: dict[str, str]) -> str:
    """What a phase says, run as the program runs it."""
    words = ["bash", "-c", what.command.removeprefix("sudo -n ")]
    done = cloud.lab.run(name, words, stdin=render(what, {"DATA_FOLDER": DATA_FOLDER, **values}), timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def phases(cloud: Cloud, name: str, volume: str, secret: str) -> list[str]:
    """All phases of the host after its preflight."""
    disk = {"VOLUME_ID": volume, "DATA_GIB": "20", "LABEL": FILE_SYSTEM_LABEL}
    docker = {"DOCKER_ARCHIVES": DOCKER_ARCHIVES, "DOCKER_VERSION": "26.1.4", "DOCKER_SHA256": ""}
    bot = {"IMAGE": IMAGE, "SECRET_ARN": secret}
    pairs = ((phase.VOLUME, disk), (phase.ENGINE, docker), (phase.CONTAINER, bot))
    return [run(cloud, name, what, values).partition(",")[0] for what, values in pairs]


@pytest.fixture(scope="module")
def first(cloud: Cloud, subnet: str, volume: str, secret: str) -> str:
    return host(cloud, "first", subnet, volume)


def logged(cloud: Cloud, name: str, text: str) -> bool:
    return text in cloud.lab.run(name, LOGS).stdout


def test_a_blank_host_becomes_one_with_a_bot_that_runs(cloud: Cloud, first: str, volume: str, secret: str) -> None:
    assert phases(cloud, "first", volume, secret) == [
        f"volume: {volume} formatted",
        "docker: 26.1.4 is set up",
        "container: wickr-compliance was started",
    ]
    assert logged(cloud, "first", "Client compliance_bot is registered now")


def test_run_again_the_phases_change_nothing(cloud: Cloud, first: str, volume: str, secret: str) -> None:
    assert phases(cloud, "first", volume, secret) == [
        f"volume: {volume} kept",
        "docker: 26.1.4 was there already",
        "container: wickr-compliance runs already",
    ]


def test_after_a_reboot_the_volume_is_in_its_place_and_the_bot_runs_as_before(cloud: Cloud, first: str) -> None:
    cloud.ec2.reboot_instances(InstanceIds=[first])
    eventually("it goes down", lambda: cloud.state(first) != "ready")
    cloud.ready(first)
    eventually("it runs again", lambda: logged(cloud, "first", "Client compliance_bot was registered before"))
    assert cloud.on("first", f"findmnt -n -o TARGET,FSTYPE --mountpoint {DATA_FOLDER}").split() == [DATA_FOLDER, "ext4"]


def test_without_its_volume_docker_does_not_start_and_no_data_are_begun_anew(
    cloud: Cloud, first: str, volume: str
) -> None:
    cloud.on("first", f"systemctl stop docker; umount {DATA_FOLDER}")
    cloud.ec2.detach_volume(VolumeId=volume)
    link = f"/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_{volume.replace('-', '')}"
    eventually("it is gone", lambda: cloud.lab.run("first", ["test", "-e", link]).returncode != 0)
    assert cloud.lab.run("first", ["systemctl", "start", "docker"], timeout=60).returncode != 0
    assert cloud.on("first", f"ls -A {DATA_FOLDER}") == ""


def test_another_host_takes_the_data_over_and_is_the_same_bot(
    cloud: Cloud, first: str, subnet: str, volume: str, secret: str
) -> None:
    cloud.ec2.terminate_instances(InstanceIds=[first])
    eventually("it is gone", lambda: cloud.state(first) == "gone")
    host(cloud, "second", subnet, volume)
    assert phases(cloud, "second", volume, secret)[0] == f"volume: {volume} kept"
    assert logged(cloud, "second", "Client compliance_bot was registered before")
