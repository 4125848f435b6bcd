"""An installation without internet: nothing in its graph leads out, but to objects of one bucket (IG 4.2, 4.5)."""

import json
from typing import Any

import pytest

from tests.components.commands import CALLING_HOST, MESSAGING_HOST, decoded, phases, values
from tests.recorder import Deployment, reveal
from tests.stacks import AIRGAP, PRIVATE, deployed

ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
MESSAGING, CALLING = "messaging-firewall-group-id", "calling-firewall-group-id"
NODE_KEYS = [AIRGAP["archive"]["key"], *(each["key"] for each in AIRGAP["docker"])]
KEYS = [AIRGAP["archive"]["key"], AIRGAP["bundle"]["key"], *(each["key"] for each in AIRGAP["docker"])]

both = pytest.mark.parametrize("variant", ["airgap", "calling in an airgap"])


def arns(keys: list[str]) -> list[str]:
    return [f"arn:aws:s3:::bundles/{key}" for key in keys]


def only_get(keys: list[str]) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "s3:GetObject", "Resource": arns(keys)}


def out(deployment: Deployment) -> set[tuple[Any, ...]]:
    parts = ("securityGroupId", "ipProtocol", "fromPort", "toPort", "cidrIpv4", "cidrIpv6")
    to = ("prefixListId", "referencedSecurityGroupId")
    return {tuple(each.inputs.get(part) for part in (*parts, *to)) for each in deployment.of(EGRESS)}


def to_bucket(group: str) -> tuple[Any, ...]:
    return (group, "tcp", 443, 443, None, None, "pl-of-s3", None)


@pytest.mark.slow
def test_all_rules_out_are_those_to_the_bucket_and_between_the_hosts() -> None:
    assert out(deployed("airgap")) == {to_bucket(MESSAGING)}
    assert out(deployed("calling in an airgap")) == {
        to_bucket(MESSAGING),
        to_bucket(CALLING),
        (CALLING, "tcp", 9870, 9881, None, None, None, MESSAGING),
        (MESSAGING, "tcp", 444, 444, None, None, None, CALLING),
    }


@both
def test_nothing_of_the_graph_is_or_makes_a_way_to_the_internet(variant: str) -> None:
    """Closed: what is none of these would have to be added here by somebody who has thought about it."""
    made = {each.type for each in deployed(variant).resources if each.type.startswith("aws:")}
    assert made == {
        "aws:ec2/securityGroup:SecurityGroup",
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        EGRESS,
        "aws:iam/role:Role",
        "aws:iam/rolePolicy:RolePolicy",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "aws:iam/instanceProfile:InstanceProfile",
        "aws:ec2/instance:Instance",
        # AWS itself asks about the hosts, and they about nothing.
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        "aws:sns/topic:Topic",
        ENDPOINT,
        # AWS Backup works from outside: no host of the stack reaches it, and it reaches none.
        *("aws:backup/vault:Vault", "aws:backup/plan:Plan", "aws:backup/selection:Selection"),
    }


@both
def test_a_host_has_no_public_address_and_stands_where_the_endpoint_is_reached(variant: str) -> None:
    deployment = deployed(variant)
    for host in deployment.of("aws:ec2/instance:Instance"):
        assert (host.inputs["subnetId"], host.inputs["associatePublicIpAddress"]) == (
            PRIVATE["privateSubnetIds"][0],
            False,
        )
    endpoint = deployment.the(ENDPOINT).inputs
    assert endpoint["routeTableIds"] == [f"rtb-of-{each}" for each in PRIVATE["privateSubnetIds"]]
    assert (endpoint["vpcId"], endpoint["serviceName"], endpoint["vpcEndpointType"]) == (
        PRIVATE["vpcId"],
        "com.amazonaws.eu-west-1.s3",
        "Gateway",
    )


@both
def test_the_endpoint_lets_these_objects_be_read_and_nothing_written_anywhere(variant: str) -> None:
    policy = json.loads(deployed(variant).the(ENDPOINT).inputs["policy"])
    assert policy["Statement"] == [{"Principal": "*", **only_get(KEYS)}]


@pytest.mark.parametrize(("role", "keys"), [("messaging", KEYS), ("calling", NODE_KEYS)])
def test_a_host_s_role_reads_what_that_host_needs(role: str, keys: list[str]) -> None:
    deployment = deployed("calling in an airgap")
    policy = deployment.named(f"{role}-host-reads")
    assert policy.inputs["role"] == deployment.named(f"{role}-host-role").outputs["name"]
    assert json.loads(policy.inputs["policy"])["Statement"] == [only_get(keys)]
    # Before its instance: permissions take a while until they are everywhere.
    assert policy.urn in deployment.named(f"{role}-host-profile").dependencies


@pytest.mark.parametrize(("host", "bundle"), [(MESSAGING_HOST, True), (CALLING_HOST, False)])
def test_a_host_fetches_by_name_and_checksum_after_the_endpoint_is_there(host: str, bundle: bool) -> None:
    variant, folder = "calling in an airgap", "/var/lib/wickr-airgap"
    fetch = phases(variant, host)["fetch"]
    assert deployed(variant).the(ENDPOINT).urn in fetch.dependencies
    given = values("fetch", variant, host)
    assert {name: given[name] for name in given.keys() - {"FETCH", "OBJECTS"}} == {
        "FOLDER": folder,
        "BUCKET": "bundles",
        "REGION": "eu-west-1",
        "DNS_SUFFIX": "amazonaws.com",
    }
    expected = [
        ("a" * 64, f"{folder}/replicated.tar.gz", KEYS[0]),
        *([("b" * 64, f"{folder}/wickrenterprise.airgap", KEYS[1])] if bundle else []),
        ("c" * 64, f"{folder}/docker/containerd.io_1.2.0_amd64.deb", KEYS[2]),
        ("d" * 64, f"{folder}/docker/docker-ce_18.09.2_amd64.deb", KEYS[3]),
    ]
    assert [tuple(line.split("\t")) for line in given["OBJECTS"].splitlines()] == expected


def test_the_vendor_s_scripts_come_from_the_archive_and_ask_nothing() -> None:
    variant = "calling in an airgap"
    for phase, host, script in (
        ("install", MESSAGING_HOST, "install.sh"),
        ("join", CALLING_HOST, "operator_install.sh"),
    ):
        given = values(phase, variant, host)
        assert (given["ARCHIVE"], given["SCRIPT"]) == ("/var/lib/wickr-airgap/replicated.tar.gz", script)
        flags = given["INSTALLER_FLAGS"].splitlines()
        assert flags[:5] == [
            *("airgap", "fast-timeouts", "bypass-firewalld-warning"),
            *("bypass-storagedriver-warnings", "no-proxy"),
        ]
        assert flags[-1] == "no-public-address"


def test_the_licence_is_bound_to_the_bundle_which_decides_the_release() -> None:
    conf = json.loads(decoded("files", "REPLICATED_CONF", "airgap"))
    assert conf["LicenseBootstrapAirgapPackagePath"] == "/var/lib/wickr-airgap/wickrenterprise.airgap"
    assert "ReleaseSequence" not in conf
    assert values("configure", "airgap")["BUNDLE"] == conf["LicenseBootstrapAirgapPackagePath"]
    # With a calling host the licence comes later: it would start the application at once.
    waiting = json.loads(decoded("files", "REPLICATED_CONF", "calling in an airgap"))
    assert waiting.keys() & {"LicenseFileLocation", "LicenseBootstrapAirgapPackagePath"} == set()


@pytest.mark.slow
def test_by_an_endpoint_that_is_there_all_is_the_same_but_that_none_is_made() -> None:
    """What is somebody else's stays as it is: nothing of the graph changes or deletes it."""
    own, theirs = deployed("calling in an airgap"), deployed("calling in an airgap by an endpoint that is there")
    names = {each.name for each in own.resources} - {each.name for each in theirs.resources}
    assert names == {"bucket-endpoint", "bucket-endpoint-gateway"}
    assert theirs.of(ENDPOINT) == []
    assert out(theirs) == out(own)
    for role in ("messaging", "calling"):
        reads = [each.named(f"{role}-host-reads").inputs["policy"] for each in (own, theirs)]
        assert reads[0] == reads[1]


def test_hosts_that_fetch_must_have_python() -> None:
    assert values("preflight", "airgap")["NEEDS_PYTHON"] == "yes"
    assert values("preflight", "calling in an airgap", CALLING_HOST)["NEEDS_PYTHON"] == "yes"


def test_no_address_of_the_vendor_s_is_asked_for_anything() -> None:
    run = {name: reveal(each.inputs["stdin"]) for name, each in phases("calling in an airgap").items()}
    assert [name for name, script in run.items() if "replicated.com" in script and name != "install"] == []
