"""A bot starts by itself on a private host: Docker, image, secret and file come through NAT, by the host's role."""

import json
import secrets
from typing import Any

import pytest

from local.vendor.host.bot.client_file import Network, made
from tests.local.lab.conftest import AtOperator, Cloud, eventually, tcp

pytestmark = pytest.mark.lab

IMAGE = "public.ecr.aws/x3s2s6k3/wickrio/bot-enterprise:6.36.20.02"
NAME = "messaging.example.com"
BUCKET = "lab-bot"
TRUST = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
CLIENT = {
    "name": "compliance_bot", "password": "PW", "integration": "wickrio-compliance-bot",
    "configS3File": {"key": "conf.wickr", "bucket": BUCKET, "region": "eu-west-1"}, "configPassword": "PW2",
}  # fmt: skip
DOCKER = """
curl -fsS https://download.docker.com/linux/static/stable/x86_64/docker-26.1.4.tgz | tar -xz -C /tmp
install -m 755 /tmp/docker/docker /tmp/docker/dockerd /usr/local/bin/
cat >/etc/systemd/system/docker.service <<END
[Service]
Type=notify
ExecStart=/usr/local/bin/dockerd
[Install]
WantedBy=multi-user.target
END
systemctl daemon-reload
systemctl enable --now docker
mkdir -p /opt/WickrIO
"""
SERVER = """
openssl req -x509 -newkey rsa:2048 -nodes -days 9 -subj /CN=NAME -addext subjectAltName=DNS:NAME \\
    -keyout /root/key.pem -out /root/cert.pem 2>/dev/null
systemd-run -q --unit=tls openssl s_server -quiet -accept 443 -cert /root/cert.pem -key /root/key.pem
cat /root/cert.pem
"""


@pytest.fixture(scope="module")
def api(cloud: Cloud) -> dict[str, Any]:
    return {name: AtOperator(cloud.lab.folder, name) for name in ("iam", "s3", "secretsmanager")}


@pytest.fixture(scope="module")
def subnet(cloud: Cloud) -> str:
    made_ = cloud.ec2.create_subnet(VpcId=cloud.vpc, CidrBlock="10.0.9.0/24")["Subnet"]["SubnetId"]
    table = cloud.ec2.create_route_table(VpcId=cloud.vpc)["RouteTable"]["RouteTableId"]
    cloud.ec2.associate_route_table(RouteTableId=table, SubnetId=made_)
    allocated = cloud.ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = cloud.ec2.create_nat_gateway(SubnetId=cloud.subnet, AllocationId=allocated)["NatGateway"]["NatGatewayId"]
    cloud.ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)
    return str(made_)


@pytest.fixture(scope="module")
def secret(cloud: Cloud, api: dict[str, Any]) -> str:
    """The messaging host, known by its name, and the bot's configuration for it."""
    server = cloud.host("lab-server", cloud.group("server", tcp(443, "0.0.0.0/0")), gib=8)
    address = cloud.address(server)
    cloud.ready(server)
    certificate = cloud.on("server", SERVER.replace("NAME", NAME))
    cloud.lab.publish({NAME: address})
    api["s3"].create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    file = made(Network(NAME, "compliance_bot", certificate), "PW2", secrets.token_bytes(16))
    api["s3"].put_object(Bucket=BUCKET, Key="conf.wickr", Body=file)
    text = json.dumps({"wickr_config": json.dumps({"clients": [CLIENT]})})
    return str(api["secretsmanager"].create_secret(Name="lab-compliance", SecretString=text)["ARN"])


@pytest.fixture(scope="module")
def bot(cloud: Cloud, api: dict[str, Any], subnet: str, secret: str) -> str:
    iam, name = api["iam"], "lab-bot"
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [TRUST]}))
    iam.create_instance_profile(InstanceProfileName=name)
    iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
    instance = cloud.host("lab-bot", cloud.group("bot"), subnet, gib=8, profile=name)
    cloud.ready(instance)
    cloud.on("bot", DOCKER)
    cloud.on("bot", f"docker run -d -ti --name wickr-compliance --restart=always -v /opt/WickrIO:/opt/WickrIO "
             f"-e AWS_SECRET_NAME={secret} {IMAGE}")  # fmt: skip
    return instance


def logged(cloud: Cloud, text: str) -> bool:
    return text in cloud.lab.run("bot", ["sh", "-c", "docker logs wickr-compliance 2>&1"]).stdout


def allow(api: dict[str, Any], *statements: tuple[str, str]) -> None:
    rows = [{"Effect": "Allow", "Action": action, "Resource": resource} for action, resource in statements]
    policy = json.dumps({"Version": "2012-10-17", "Statement": rows})
    api["iam"].put_role_policy(RoleName="lab-bot", PolicyName="reads", PolicyDocument=policy)


def test_without_a_right_the_bot_ends_and_says_which(cloud: Cloud, api: dict[str, Any], bot: str, secret: str) -> None:
    far = "Unable to locate credentials"
    eventually("the metadata service is a hop too far for a container", lambda: logged(cloud, far))
    cloud.ec2.modify_instance_metadata_options(InstanceId=bot, HttpPutResponseHopLimit=2)
    eventually(
        "the secret is refused", lambda: logged(cloud, "not authorized to perform: secretsmanager:GetSecretValue")
    )
    allow(api, ("secretsmanager:GetSecretValue", secret))
    eventually("the file is refused", lambda: logged(cloud, "not authorized to perform: s3:GetObject"))
    assert int(cloud.on("bot", "docker inspect -f '{{.RestartCount}}' wickr-compliance")) > 0


def test_with_its_two_rights_it_runs_and_says_so(cloud: Cloud, api: dict[str, Any], bot: str, secret: str) -> None:
    allow(api, ("secretsmanager:GetSecretValue", secret), ("s3:GetObject", f"arn:aws:s3:::{BUCKET}/conf.wickr"))
    cloud.on("bot", "docker restart wickr-compliance")
    eventually("it runs", lambda: logged(cloud, "Client compliance_bot: Running, integration wickrio-compliance-bot"))
    assert cloud.on("bot", "docker inspect -f '{{.State.Status}}' wickr-compliance") == "running"
    folder = "/opt/WickrIO/clients/compliance_bot/integration/wickrio-compliance-bot"
    cloud.on("bot", f"test -f {folder}/receivedMessages.log; test -f /opt/WickrIO/wickrbot.database.sqlite")


def test_it_comes_back_with_its_host_and_is_the_same_bot(cloud: Cloud, bot: str) -> None:
    cloud.ec2.reboot_instances(InstanceIds=[bot])
    eventually("it goes down", lambda: cloud.state(bot) != "ready")
    cloud.ready(bot)
    again = "Client compliance_bot was registered before"
    eventually("it runs again", lambda: logged(cloud, again))


def test_a_configuration_that_is_wrong_ends_with_an_error(
    cloud: Cloud, api: dict[str, Any], bot: str, secret: str
) -> None:
    text = json.dumps({"wickr_config": json.dumps({"clients": []})})
    api["secretsmanager"].put_secret_value(SecretId=secret, SecretString=text)
    cloud.on("bot", "docker restart wickr-compliance")
    eventually("it says so", lambda: logged(cloud, "ERROR: There are no clients currently configured!"))
    ended = "docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' wickr-compliance"
    eventually("it waits for its next start", lambda: cloud.on("bot", ended) == "restarting 1")
