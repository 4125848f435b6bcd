"""Each rule catches what was planted against it, and nothing else is found."""

import base64
import json
import re
from functools import reduce
from typing import Any

import pytest

from policy.graph import Graph, Secret
from policy.rules import RULES
from tests.policy.planted import Spoil, added, found, good, inputs, options, output, said, setting, without
from tools import cache

HOST = "messaging-host-instance"
BUCKET = "snapshots-bucket"
CALLS = "calling-host-instance"
SSH = "messaging-firewall-in-ssh-198.51.100.64-26"
CONSOLE = "messaging-firewall-in-installer-ui-198.51.100.64-26"
INTERNAL = "messaging-firewall-in-replicated-internal"
MEDIA = "calling-firewall-in-media-0.0.0.0-0"
COMMAND = "messaging-replicated-install"
KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbn…\n-----END OPENSSH PRIVATE KEY-----\n"
AIRGAP = setting(installer={"source": "airgap"})
OUT = {
    *(("airgap", f"{role}-firewall-out-{port}") for role in ("messaging", "calling") for port in (80, 443)),
    ("airgap", "network-public-internet"),
}
"""What lets the hosts of an online stack reach the vendor."""

PROXY = setting(egress="proxy", installer={"source": "online", "proxy": "http://10.9.0.10:3128"})
GROUP = "messaging-firewall-group"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"


def tcp(port: int, **source: Any) -> dict[str, Any]:
    return {"ipProtocol": "tcp", "fromPort": port, "toPort": port, **source}


def root(**changes: Any) -> Spoil:
    def change(graph: Graph) -> Graph:
        (host,) = (each for each in graph.resources if each.name == HOST)
        return inputs(HOST, rootBlockDevice={**host.inputs["rootBlockDevice"], **changes})(graph)

    return change


PLANTED: dict[str, tuple[list[Spoil], set[tuple[str, str]]]] = {
    "SSH for everybody": (
        [inputs(SSH, cidrIpv4="0.0.0.0/0")],
        {("admin-ports", SSH), ("port-table", SSH)},
    ),
    "the console for everybody with IPv6": (
        [added(INGRESS, made_of={"securityGroupId": GROUP}, **tcp(8800, cidrIpv6="::/0"))],
        {("admin-ports", "planted"), ("port-table", "planted")},
    ),
    "SSH for half of everybody": (
        [added(INGRESS, made_of={"securityGroupId": GROUP}, **tcp(22, cidrIpv4="128.0.0.0/1"))],
        {("admin-ports", "planted"), ("port-table", "planted")},
    ),
    "all ports of all protocols for everybody": (
        [added(INGRESS, made_of={"securityGroupId": GROUP}, ipProtocol="-1", cidrIpv4="0.0.0.0/0")],
        {("admin-ports", "planted"), ("port-table", "planted")},
    ),
    "everybody in a prefix list": (
        [
            added(
                "aws:ec2/managedPrefixList:ManagedPrefixList",
                "everybody",
                entries=[{"cidr": "198.51.100.64/26"}, {"cidr": "0.0.0.0/0"}],
            ),
            added(
                INGRESS,
                made_of={"securityGroupId": GROUP, "prefixListId": "everybody"},
                **tcp(22, prefixListId="[id of everybody]"),
            ),
        ],
        {("admin-ports", "planted"), ("port-table", "planted")},
    ),
    "a list that is wider than the networks of the stack": (
        [
            added("aws:ec2/managedPrefixList:ManagedPrefixList", "wider", entries=[{"cidr": "198.51.100.0/25"}]),
            added(INGRESS, made_of={"securityGroupId": GROUP, "prefixListId": "wider"}, **tcp(22)),
        ],
        {("port-table", "planted")},
    ),
    "a port that the table does not know": (
        [added(INGRESS, made_of={"securityGroupId": GROUP}, **tcp(5432, cidrIpv4="10.0.0.0/8"))],
        {("port-table", "planted")},
    ),
    "a row of the table that nobody opened": ([without(CONSOLE)], {("port-table", HOST)}),
    "a source that is not in the stack": (
        [inputs(CONSOLE, cidrIpv4="192.0.2.0/24")],
        {("port-table", CONSOLE), ("port-table", HOST)},
    ),
    "Replicated for a network instead of the cluster": (
        [inputs(INTERNAL, referencedSecurityGroupId=None, cidrIpv4="10.20.0.0/16")],
        {("port-table", INTERNAL), ("port-table", HOST)},
    ),
    "rules inside a group": (
        [inputs(GROUP, ingress=[tcp(22, cidrBlocks=["0.0.0.0/0"])])],
        {("inline-rules", GROUP)},
    ),
    "rules in the group that AWS makes": (
        [inputs("network-default-group", egress=[{"protocol": "-1"}])],
        {("inline-rules", "network-default-group")},
    ),
    "a rule of the old kind": (
        [added("aws:ec2/securityGroupRule:SecurityGroupRule", type="ingress")],
        {("inline-rules", "planted")},
    ),
    "a media range for more calls": (
        [inputs(MEDIA, toPort=17384)],
        {("media-range", MEDIA), ("port-table", MEDIA), ("port-table", CALLS)},
    ),
    "a media range that clients are not told of": ([output(mediaPorts="16384-16484/udp: …")], {("media-range", "")}),
    "metadata without a token": ([inputs(HOST, metadataOptions={"httpTokens": "optional"})], {("imds-v2", HOST)}),
    "metadata as AWS sets it": ([inputs(HOST, metadataOptions=None)], {("imds-v2", HOST)}),
    "a template with metadata as AWS sets it": (
        [added("aws:ec2/launchTemplate:LaunchTemplate")],
        {("imds-v2", "planted")},
    ),
    "a disk in clear": ([root(encrypted=False)], {("encrypted-volumes", HOST)}),
    "a second disk in clear": (
        [inputs(HOST, ebsBlockDevices=[{"encrypted": True}, {"deviceName": "/dev/sdg"}])],
        {("encrypted-volumes", HOST)},
    ),
    "a volume in clear": (
        [added("aws:ebs/volume:Volume", size=100), options("planted", protect=True)],
        {("encrypted-volumes", "planted")},
    ),
    "a template's disk in clear": (
        [
            added(
                "aws:ec2/launchTemplate:LaunchTemplate",
                metadataOptions={"httpTokens": "required"},
                blockDeviceMappings=[{"ebs": {"encrypted": "true"}}, {"ebs": {"encrypted": "false"}}],
            )
        ],
        {("encrypted-volumes", "planted")},
    ),
    "a host that an update may delete": ([options(HOST, protect=False)], {("guarded-data", HOST)}),
    "a host that anybody may terminate": ([inputs(HOST, disableApiTermination=False)], {("guarded-data", HOST)}),
    "a disk that goes with its host": ([root(deleteOnTermination=None)], {("guarded-data", HOST)}),
    "a host that a new image replaces": (
        [options(HOST, ignored=frozenset({"userData"}))],
        {("guarded-data", HOST)},
    ),
    "a volume that an update may delete": (
        [added("aws:ebs/volume:Volume", encrypted=True)],
        {("guarded-data", "planted")},
    ),
    "a vault that takes the backups with it": (
        [inputs("backup-vault", forceDestroy=True)],
        {("guarded-data", "backup-vault")},
    ),
    "a bucket that everybody's ACL could open": (
        [inputs("snapshots-closed", blockPublicAcls=None)],
        {("closed-buckets", BUCKET)},
    ),
    "a bucket that nobody closed": ([without("snapshots-closed")], {("closed-buckets", BUCKET)}),
    "a bucket in clear": ([without("snapshots-encryption")], {("closed-buckets", BUCKET)}),
    "a bucket that is told nothing of how to encrypt": (
        [inputs("snapshots-encryption", rules=[{"bucketKeyEnabled": True}])],
        {("closed-buckets", BUCKET)},
    ),
    "a bucket that goes with all that is in it": ([inputs(BUCKET, forceDestroy=True)], {("closed-buckets", BUCKET)}),
    "a bucket closed in the place of another": (
        [
            added("aws:s3/bucket:Bucket", "files"),
            added("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", made_of={"bucket": BUCKET}),
        ],
        {("closed-buckets", "files")},
    ),
    "a policy for everybody": (
        [inputs("snapshots-policy", policy=json.dumps({"Statement": {"Effect": "Allow", "Principal": {"AWS": "*"}}}))],
        {("closed-buckets", "snapshots-policy")},
    ),
    "the latest image": ([inputs(HOST, ami="ami-0fedcba9876543210")], {("pinned-image", HOST)}),
    "an image that the deployment finds": (
        [inputs(HOST, ami="[known after the deployment]")],
        {("pinned-image", HOST)},
    ),
    "a host without a role": (
        [inputs(HOST, tags={"Name": "wickr"})],
        {("tags", HOST), ("port-table", HOST)},
    ),
    "a host without a name": ([inputs(HOST, tags={"wickr:role": "messaging"})], {("tags", HOST)}),
    "a provider without tags": ([inputs("aws", defaultTags=None)], {("tags", "aws")}),
    "another customer's tags": (
        [inputs("aws", defaultTags=json.dumps({"tags": {"wickr:project": "wickr", "wickr:stack": "globex"}}))],
        {("tags", "aws")},
    ),
    "a private key in a plain output": ([output(loginKey=KEY)], {("plain-secrets", "")}),
    "a key of the stack in a plain output": (
        [output(backup={"key": "[privateKeyOpenssh of secrets-login-key]"})],
        {("plain-secrets", "")},
    ),
    "the console's password in a plain output": (
        [lambda graph: output(hint=f"log in with {graph.outputs['installerPassword'].value}")(graph)],
        {("plain-secrets", "")},
    ),
    "the licence in plain standard input": (
        [
            lambda graph: inputs(
                COMMAND, stdin="LICENSE=" + next(iter(each for each in graph.secrets if "[" not in each))
            )(graph)
        ],
        {("plain-secrets", COMMAND)},
    ),
    "a token on a command line": (
        [inputs(COMMAND, create=Secret("bash install.sh --token 1234567890abcdef"))],
        {("command-text", COMMAND)},
    ),
    "a key on a command line": (
        [inputs(COMMAND, create=f"echo '{KEY}' > key")],
        {("command-text", COMMAND), ("plain-secrets", COMMAND)},
    ),
    "a key in a trigger, marked as it is": (
        [inputs(COMMAND, triggers=["i-1", Secret("[privateKeyPem of secrets-seed]")])],
        {("command-text", COMMAND)},
    ),
    "online, for an airgap stack": ([AIRGAP], OUT),
    "a gateway for the private subnets of an airgap stack": (
        [
            AIRGAP,
            added("aws:ec2/natGateway:NatGateway", "nat"),
            added("aws:ec2/routeTable:RouteTable", routes=[{"cidrBlock": "::/0"}, {"cidrBlock": "10.0.0.0/8"}]),
        ],
        OUT | {("airgap", "nat"), ("airgap", "planted")},
    ),
    "a public address in an airgap stack": (
        [AIRGAP, inputs(HOST, associatePublicIpAddress=True)],
        OUT | {("airgap", HOST)},
    ),
    "a part of the internet in a rule of an airgap stack": (
        [
            AIRGAP,
            added(EGRESS, **tcp(443, cidrIpv4="8.8.8.0/24")),
            added(EGRESS, "inside", **tcp(443, cidrIpv4="10.1.0.0/16")),
        ],
        OUT | {("airgap", "planted"), ("egress", "planted"), ("egress", "inside")},
    ),
    "a port beyond the guide's": ([added(EGRESS, **tcp(25, cidrIpv4="0.0.0.0/0"))], {("egress", "planted")}),
    "everything let out": ([added(EGRESS, ipProtocol="-1", cidrIpv4="0.0.0.0/0")], {("egress", "planted")}),
    "the guide's ports, where a proxy is to be the only way out": (
        [PROXY, added(EGRESS, **tcp(3128, cidrIpv4="10.9.0.10/32"))],
        {("egress", name) for _, name in OUT if "firewall" in name},
    ),
    "a proxy's neighbours": (
        [PROXY, *(without(name) for _, name in OUT), added(EGRESS, **tcp(3128, cidrIpv4="10.9.0.0/24"))],
        {("egress", "planted")},
    ),
}


def test_a_stack_of_this_program_is_against_no_rule() -> None:
    assert found(good()) == set()


@pytest.mark.parametrize("plant", PLANTED)
def test_what_is_planted_is_found(plant: str) -> None:
    spoils, expected = PLANTED[plant]
    assert found(reduce(lambda graph, spoil: spoil(graph), spoils, good())) == expected


def test_something_is_planted_against_every_rule() -> None:
    assert {rule for _, caught in PLANTED.values() for rule, _ in caught} == {each.name for each in RULES}


def test_no_two_rules_share_a_name() -> None:
    assert len({each.name for each in RULES}) == len(RULES)


def test_an_airgap_stack_without_a_way_out_is_against_no_rule() -> None:
    graph = reduce(lambda graph, spoil: spoil(graph), [AIRGAP, *(without(name) for _, name in OUT)], good())
    assert found(graph) == set()


@pytest.mark.parametrize(
    ("egress", "ways"),
    [
        ("none", []),
        ("open", [{"ipProtocol": "-1", "cidrIpv4": "0.0.0.0/0"}, tcp(25, cidrIpv6="::/0")]),
        ("proxy", [tcp(3128, cidrIpv4="10.9.0.0/28"), tcp(3128, cidrIpv4="198.51.100.202/32")]),
    ],
)
def test_what_the_stack_lets_out_is_against_no_rule(egress: str, ways: list[dict[str, Any]]) -> None:
    blocks = ["10.9.0.0/28", "198.51.100.202/32"]
    stack = setting(egress=egress, installer={"proxy": "http://proxy.example.net:3128", "proxyCidrs": blocks})
    usual = [without(name) for _, name in OUT if "firewall" in name]
    spoils = [stack, *usual, *(added(EGRESS, f"out-{number}", **way) for number, way in enumerate(ways))]
    assert found(reduce(lambda graph, spoil: spoil(graph), spoils, good())) == set()


def test_a_finding_says_the_arithmetic_and_the_way_out() -> None:
    assert said(inputs(MEDIA, toPort=17384)(good()))[-1] == (
        "opens udp 16384-17384 for 60 calls, which need 16384 + 2 x 60 = 16504 (IG 6.4)"
    )
    assert said(inputs(SSH, cidrIpv4="0.0.0.0/0")(good()))[0] == (
        "opens 22 (SSH) to 0.0.0.0/0; name the administrators' own networks in wickr:adminCidrs"
    )


def test_no_finding_repeats_a_secret() -> None:
    licence = base64.b64encode(b"This stands for an encrypted licence").decode()[:40]
    for spoils, _ in PLANTED.values():
        text = " ".join(said(reduce(lambda graph, spoil: spoil(graph), spoils, good())))
        assert not any(each in text for each in (licence, "b3Blbn", "1234567890abcdef"))


def test_the_document_has_every_rule() -> None:
    rows = re.findall(r"^\| `([a-z0-9-]+)` \|", (cache.CHECKOUT / "docs" / "policy.md").read_text(), re.MULTILINE)
    assert rows == [each.name for each in RULES]
