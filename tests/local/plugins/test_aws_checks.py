"""What AWS would refuse is refused at preview, without asking it."""

from collections.abc import Iterator

import grpc
import pytest

from local.plugins.aws.__main__ import PROVIDER
from local.plugins.values import UNKNOWN, Values
from tests.local.plugins.plugin import Plugin, running

VPC = "aws:ec2/vpc:Vpc"
SUBNET = "aws:ec2/subnet:Subnet"
ROUTE = "aws:ec2/route:Route"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
INSTANCE = "aws:ec2/instance:Instance"
ROLE = "aws:iam/role:Role"
RULE_OK: Values = {
    "securityGroupId": UNKNOWN,
    "ipProtocol": "tcp",
    "fromPort": 443,
    "toPort": 443,
    "cidrIpv4": "198.51.100.64/26",
}
INSTANCE_OK: Values = {"ami": "ami-0deb1200000000001", "instanceType": "t3.large"}


@pytest.fixture(scope="module")
def aws() -> Iterator[Plugin]:
    with running(PROVIDER) as plugin:
        yield plugin


@pytest.mark.parametrize(
    ("token", "inputs", "sentence"),
    [
        (VPC, {}, "cidrBlock is required"),
        (VPC, {"cidrBlock": "10.0.0.0/8"}, "cidrBlock must have a prefix of /16 to /28, not 10.0.0.0/8"),
        (
            VPC,
            {"cidrBlock": "10.0.0.1/16"},
            "cidrBlock must be a network address without host bits: 10.0.0.0/16, not 10.0.0.1/16",
        ),
        (VPC, {"cidrBlock": "ten"}, "cidrBlock must be an IPv4 network such as 10.0.0.0/16, not ten"),
        (
            VPC,
            {"cidrBlock": "10.0.0.0/16", "tags": {"aws:x": "y"}},
            "tags has the key 'aws:x': keys have 1 to 128 characters and do not start with aws:",
        ),
        (
            SUBNET,
            {"vpcId": "subnet-0123", "cidrBlock": "10.0.0.0/24"},
            "vpcId must be an id such as vpc-0123456789abcdef0, not subnet-0123",
        ),
        (
            ROUTE,
            {"routeTableId": UNKNOWN, "destinationCidrBlock": "0.0.0.0/0"},
            "exactly one of gatewayId, natGatewayId, networkInterfaceId, vpcPeeringConnectionId must be given, "
            "not none",
        ),
        (GROUP, {"name": "sg-mine"}, "name must not start with sg-, as sg-mine does"),
        (
            GROUP,
            {"description": "§ 4.2"},
            "description must not contain §: AWS allows letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*",
        ),
        (RULE, {**RULE_OK, "toPort": 70000}, "toPort must be -1 to 65535, not 70000"),
        (
            RULE,
            {**RULE_OK, "fromPort": 444},
            "fromPort must be 0 or more and not above toPort: 444 to 443 is no range of ports",
        ),
        (
            RULE,
            {**RULE_OK, "ipProtocol": "tpc"},
            "ipProtocol must be tcp, udp, icmp, icmpv6, -1 (all) or a protocol's number up to 255, not tpc",
        ),
        (
            RULE,
            {**RULE_OK, "ipProtocol": "-1"},
            "fromPort and toPort cannot be given when ipProtocol is -1 (all protocols)",
        ),
        (
            RULE,
            {name: value for name, value in RULE_OK.items() if name != "toPort"},
            "fromPort and toPort must both be given when ipProtocol is tcp",
        ),
        (
            RULE,
            {**RULE_OK, "cidrIpv6": "::/0"},
            "exactly one of cidrIpv4, cidrIpv6, prefixListId, referencedSecurityGroupId must be given, not "
            "cidrIpv4 and cidrIpv6",
        ),
        (
            RULE,
            {name: value for name, value in RULE_OK.items() if name != "cidrIpv4"},
            "exactly one of cidrIpv4, cidrIpv6, prefixListId, referencedSecurityGroupId must be given, not none",
        ),
        (INSTANCE, {"instanceType": "t3.large"}, "ami is required"),
        (
            INSTANCE,
            {**INSTANCE_OK, "metadataOptions": {"httpTokens": "yes"}},
            "metadataOptions.httpTokens must be one of optional, required, not yes",
        ),
        (
            INSTANCE,
            {**INSTANCE_OK, "rootBlockDevice": {"volumeType": "ssd"}},
            "rootBlockDevice.volumeType must be one of gp2, gp3, io1, io2, sc1, st1, standard, not ssd",
        ),
        (
            INSTANCE,
            {**INSTANCE_OK, "rootBlockDevice": {"deviceName": "/dev/sda1"}},
            "rootBlockDevice.deviceName is an argument of the real plugin that this stand-in does not implement",
        ),
        (INSTANCE, {**INSTANCE_OK, "userData": "x" * 16385}, "userData must have at most 16384 bytes, not 16385"),
        (INSTANCE, {**INSTANCE_OK, "userDataBase64": "%"}, "userDataBase64 must be base64"),
        (
            INSTANCE,
            {**INSTANCE_OK, "userData": "a", "userDataBase64": "YQ=="},
            "userData cannot be given together with userDataBase64",
        ),
        (ROLE, {"assumeRolePolicy": "[]"}, "assumeRolePolicy must be a JSON object"),
        (ROLE, {"assumeRolePolicy": "{}", "name": "a b"}, "name must be 1 to 64 letters, digits or +=,.@-_, not a b"),
    ],
)
def test_a_value_that_aws_refuses_is_refused_at_preview(aws: Plugin, token: str, inputs: Values, sentence: str) -> None:
    assert aws.refusals(token, inputs) == [sentence]


@pytest.mark.parametrize(
    ("token", "inputs"),
    [
        (VPC, {"cidrBlock": UNKNOWN}),
        (RULE, RULE_OK),
        (RULE, {**RULE_OK, "fromPort": UNKNOWN}),
        (RULE, {"securityGroupId": UNKNOWN, "ipProtocol": "-1", "cidrIpv6": "2001:db8::/32"}),
        (RULE, {**RULE_OK, "ipProtocol": "icmp", "fromPort": -1, "toPort": -1}),
        (RULE, {**RULE_OK, "cidrIpv4": None, "referencedSecurityGroupId": UNKNOWN}),
        (INSTANCE, {**INSTANCE_OK, "userData": UNKNOWN, "rootBlockDevice": {"volumeSize": 200}}),
    ],
)
def test_what_aws_takes_is_taken(aws: Plugin, token: str, inputs: Values) -> None:
    assert aws.refusals(token, inputs) == []


# where it may work


def test_without_an_endpoint_it_refuses_to_work(aws: Plugin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    (told,) = aws.refusals_of_settings(region="eu-west-1")
    assert told.startswith("AWS_ENDPOINT_URL is not set")


@pytest.mark.parametrize(
    "url", ["https://ec2.eu-west-1.amazonaws.com", "http://10.0.0.1:5555", "http://127.0.0.1.nip.io"]
)
def test_it_never_talks_to_anything_but_this_machine(aws: Plugin, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    (told,) = aws.refusals_of_settings(region="eu-west-1")
    assert "talks to loopback addresses only" in told
    aws.configure(region="eu-west-1")
    with pytest.raises(grpc.RpcError, match="loopback addresses only"):  # a destroy does not check settings again
        aws.delete(VPC, "vpc-0123", {"region": "eu-west-1"}, {})


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"regoin": "eu-west-1"}, "regoin is no argument; did you mean region?"),
        ({"endpoints": "[]"}, "endpoints is an argument of the real plugin that this stand-in does not implement"),
        ({"maxRetries": '"many"'}, "maxRetries must be a whole number, not the string 'many'"),
        ({"region": "eu-west-99x"}, "region is no AWS region: eu-west-99x"),
        ({"accessKey": "test"}, "accessKey and secretKey go together"),
        ({"profile": "nobody"}, "profile is nobody, but no AWS profile has that name"),
    ],
)
def test_settings_are_checked(
    aws: Plugin, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], sentence: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert aws.refusals_of_settings(**settings) == [sentence]
