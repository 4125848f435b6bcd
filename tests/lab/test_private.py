"""An installation without public addresses, in a VPC that was there, reached by way of a bastion and not otherwise."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from installer.cloudinit import user_data
from local.lab import Lab
from local.lab.folder import CHECKOUT
from tests import sshkeys
from tests.lab.installation import Installation

pytestmark = pytest.mark.lab

PREPARE = """
import base64, boto3, json, sys
ec2 = boto3.client("ec2")
called = lambda kind, name: [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}]}]
vpc = ec2.create_vpc(CidrBlock="10.60.0.0/16")["Vpc"]["VpcId"]
public, private = (
    ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.60.{number}.0/24")["Subnet"]["SubnetId"] for number in (0, 1)
)
gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
nat = ec2.create_nat_gateway(SubnetId=public, AllocationId=ec2.allocate_address(Domain="vpc")["AllocationId"])
way_out = {"NatGatewayId": nat["NatGateway"]["NatGatewayId"]}
for subnet, target in ((public, {"GatewayId": gateway}), (private, way_out)):
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", **target)
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
group = ec2.create_security_group(GroupName="bastion", Description="bastion", VpcId=vpc)["GroupId"]
for network in ("198.51.100.64/26", "198.51.100.128/26"):
    ec2.authorize_security_group_ingress(
        GroupId=group, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp=network
    )
instance = ec2.run_instances(
    ImageId="ami-0deb1200000000001", InstanceType="t3.large", MinCount=1, MaxCount=1, SubnetId=public,
    SecurityGroupIds=[group], UserData=base64.b64decode(sys.argv[1]).decode(),
    BlockDeviceMappings=[{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 8}}],
    TagSpecifications=called("instance", "the-bastion"),
)["Instances"][0]
address = ec2.allocate_address(Domain="vpc")
ec2.associate_address(AllocationId=address["AllocationId"], InstanceId=instance["InstanceId"])
print(json.dumps({"vpc": vpc, "private": private, "address": address["PublicIp"]}))
"""
"""A network as a customer has it: a bastion in the public subnet, and a way out of the private one."""

BASTION, PULUMI, PERSON = "the bastion itself", "Pulumi at the bastion", "a person at the bastion"


@pytest.fixture(scope="module")
def there() -> Iterator[tuple[Installation, dict[str, Any]]]:
    """A lab with that network, and what its parts are called."""
    lab = Lab(CHECKOUT / ".local" / "tests-private")
    lab.stop()
    lab.start()
    try:
        data = user_data(
            hostname="the-bastion",
            authorized_keys=[sshkeys.public(PULUMI), sshkeys.public(PERSON)],
            host_key=sshkeys.private(BASTION),
            host_key_public=sshkeys.public(BASTION),
        )
        made = lab.run("operator", ["python3", "-c", PREPARE, base64.b64encode(data.encode()).decode()])
        assert made.returncode == 0, made.stderr
        yield Installation(lab), json.loads(made.stdout)
    finally:
        lab.stop()


@pytest.fixture(scope="module")
def stack_file(there: tuple[Installation, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A messaging host in the private subnet, by way of the bastion, which is its only administrator and client."""
    whole, names = there
    changes = {
        "wickr:network": {"vpcId": names["vpc"], "privateSubnetIds": [names["private"]], "publicAddresses": False},
        "wickr:bastion": {"host": names["address"], "user": "wickr-deploy", "hostKey": sshkeys.public(BASTION)},
        "wickr:adminCidrs": ["10.60.0.0/24"],
        "wickr:clientCidrs": ["10.60.0.0/24"],
        "wickr:settings": {"lab_hostname": "wickr.example.com", "lab_enable_calling": False},
    }
    file = whole.changed_stack_file(
        tmp_path_factory.mktemp("private"), changes, without=("wickr:calling", "wickr:compliance")
    )
    assert whole.pulumi("stack", "init").returncode == 0
    secret = ("config", "set", "--secret", "--path", "bastion.privateKey")
    done = whole.pulumi(*secret, config=file, stdin=sshkeys.private(PULUMI))
    assert done.returncode == 0, done.stderr
    return file


@pytest.fixture(scope="module")
def private(there: tuple[Installation, dict[str, Any]], stack_file: Path) -> Installation:
    """The stack, deployed; its last phase has asked for health on the bastion."""
    whole, _ = there
    whole.up(stack_file)
    return whole


def test_nothing_leads_to_the_host_from_outside_and_the_deployment_went_through_the_bastion(
    private: Installation,
) -> None:
    host = private.lab.host("messaging")
    assert host["public"] == ""
    assert private.outputs()["messagingAddress"] == host["private"]
    for place in ("operator", "admin", "client"):
        assert private.on(place, f"timeout 3 bash -c '</dev/tcp/{host['private']}/22'").returncode != 0
    seen = private.on("messaging", "journalctl -u ssh -o cat | grep -o 'Accepted publickey for .* from [0-9.]*'").stdout
    bastion = private.lab.host("the-bastion")["private"]
    assert {line.rpartition(" ")[2] for line in seen.splitlines()} == {bastion}


def test_a_client_of_the_private_network_is_answered_under_a_certificate_that_names_the_private_address(
    private: Installation, tmp_path: Path
) -> None:
    outputs = private.outputs()
    command = (
        f"cat >/tmp/ca.pem; curl -sS --cacert /tmp/ca.pem https://{outputs['messagingAddress']}/checkConfig.php?api=117"
    )
    done = private.on("the-bastion", f"{command} -o /dev/null -w '%{{http_code}}'", stdin=outputs["caCertificate"])
    assert (done.stdout, done.stderr) == ("200", "")


def test_the_vendor_s_script_was_told_that_there_is_no_public_address(private: Installation) -> None:
    assert (
        "no-public-address"
        in private.on("messaging", "cat /var/log/wickr-installer.log /var/log/wickr-bootstrap.log").stdout
    )


def test_the_ssh_command_of_the_outputs_leads_a_person_onto_the_host(private: Installation, tmp_path: Path) -> None:
    outputs = private.outputs(secrets=True)
    for name, text in (
        ("wickr.key", outputs["sshPrivateKey"]),
        ("own.key", sshkeys.private(PERSON)),
        ("wickr.known_hosts", outputs["knownHosts"]),
    ):
        (tmp_path / name).touch(mode=0o600)
        (tmp_path / name).write_text(text)
    agent = f"cd {tmp_path} && eval $(ssh-agent) >/dev/null && trap 'kill $SSH_AGENT_PID' EXIT && ssh-add -q own.key"
    command = f"{agent} && {outputs['sshCommands']['messaging']} -o BatchMode=yes hostname"
    done = private.on("admin", command)
    assert done.stdout.strip() == "wickr-local-messaging", done.stderr
    unpinned = command.replace("wickr.known_hosts", "/dev/null").replace("BatchMode=yes", "StrictHostKeyChecking=yes")
    assert private.on("admin", unpinned).returncode != 0


def test_the_next_preview_finds_nothing_to_do(private: Installation, stack_file: Path) -> None:
    assert private.pulumi("preview", "--expect-no-changes", config=stack_file).returncode == 0


def test_a_bastion_that_shows_another_key_is_not_passed_through(private: Installation, stack_file: Path) -> None:
    other = stack_file.with_name("Pulumi.other.yaml")
    other.write_text(stack_file.read_text().replace(sshkeys.public(BASTION), sshkeys.public("somebody else")))
    before = private.on("messaging", "journalctl -u ssh -o cat | grep -c Accepted").stdout
    # One phase is enough, and one that does not wait for a boot.
    one = ("--target", "**messaging-replicated-preflight")
    done = private.pulumi("up", "--yes", "--skip-preview", *one, config=other)
    assert done.returncode != 0
    assert "host key mismatch" in done.stdout + done.stderr
    assert private.on("messaging", "journalctl -u ssh -o cat | grep -c Accepted").stdout == before
