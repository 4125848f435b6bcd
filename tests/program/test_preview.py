"""What `pulumi preview` of a new stack shows: every resource by type and name, and nothing that is secret."""

import json
from collections import Counter
from pathlib import Path

import pytest

from tests import certificates
from tests.engine import Result
from tests.program.realstack import RealStack, Secret
from tests.stacks import LICENSE, LICENSE_CANARY

pytestmark = pytest.mark.engine

REGION = "eu-west-2"

COMPONENTS = {
    ("wickr:network:Network", "network"),
    ("wickr:cluster:ClusterGroup", "cluster"),
    ("wickr:secrets:Secrets", "secrets"),
    ("wickr:address:PublicAddress", "messaging-address"),
    ("wickr:certificate:IssuedCertificate", "certificate"),
    ("wickr:messaging:MessagingServer", "messaging"),
    ("wickr:firewall:Firewall", "messaging-firewall"),
    ("wickr:host:Host", "messaging-host"),
    ("wickr:replicated:Replicated", "messaging-replicated"),
}
NETWORK = {
    ("aws:ec2/vpc:Vpc", "network-vpc"),
    ("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "network-default-group"),
    ("aws:ec2/internetGateway:InternetGateway", "network-gateway"),
    ("aws:ec2/routeTable:RouteTable", "network-public-routes"),
    ("aws:ec2/routeTable:RouteTable", "network-private-routes"),
    ("aws:ec2/route:Route", "network-public-internet"),
    *(
        pair
        for subnet in ("network-public-1", "network-public-2", "network-private-1", "network-private-2")
        for pair in (
            ("aws:ec2/subnet:Subnet", subnet),
            ("aws:ec2/routeTableAssociation:RouteTableAssociation", f"{subnet}-routes"),
        )
    ),
}
FIREWALL = {
    ("aws:ec2/securityGroup:SecurityGroup", "cluster-group"),
    ("aws:ec2/securityGroup:SecurityGroup", "messaging-firewall-group"),
    *(
        ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", f"messaging-firewall-in-{rule}")
        for rule in (
            "wickr-services-0.0.0.0-0",
            "ssh-198.51.100.64-26",
            "installer-ui-198.51.100.64-26",
            "replicated-internal",
        )
    ),
    ("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "messaging-firewall-out-80"),
    ("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "messaging-firewall-out-443"),
}
HOST = {
    ("aws:iam/role:Role", "messaging-host-role"),
    ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "messaging-host-session-manager"),
    ("aws:iam/instanceProfile:InstanceProfile", "messaging-host-profile"),
    ("aws:ec2/instance:Instance", "messaging-host-instance"),
    ("aws:ec2/eip:Eip", "messaging-address-eip"),
    ("aws:ec2/eipAssociation:EipAssociation", "messaging-host-address"),
    ("tls:index/privateKey:PrivateKey", "messaging-host-login-key"),
    ("tls:index/privateKey:PrivateKey", "messaging-host-host-key"),
    ("tls:index/privateKey:PrivateKey", "secrets-seed"),
}
CERTIFICATE = {
    ("tls:index/privateKey:PrivateKey", "certificate-ca-key"),
    ("tls:index/selfSignedCert:SelfSignedCert", "certificate-ca"),
    ("tls:index/privateKey:PrivateKey", "certificate-server-key"),
    ("tls:index/certRequest:CertRequest", "certificate-request"),
    ("tls:index/locallySignedCert:LocallySignedCert", "certificate-server"),
}
BOOTSTRAP = {
    *(
        ("command:remote:Command", f"messaging-replicated-{phase}")
        for phase in (
            *("ready", "preflight", "firewall", "files", "install"),
            *("replicated", "configure", "application"),
        )
    ),
    ("command:local:Command", "messaging-replicated-health"),
}
STACK = {("pulumi:pulumi:Stack", "wickr-test"), ("pulumi:providers:aws", "aws")}
WHOLE = STACK | COMPONENTS | NETWORK | FIREWALL | HOST | CERTIFICATE | BOOTSTRAP


def planned(result: Result) -> set[tuple[str, str]]:
    """What a preview of a stack that succeeds would create; it would do nothing else."""
    assert result.code == 0, result.text
    assert set(result.changes) == {"create"}
    return {(step.type, step.name) for step in result.steps}


def everything(result: Result) -> str:
    """All that a run said, its events included."""
    return result.text + json.dumps(result.events)


@pytest.fixture(scope="module")
def preview(stack: RealStack) -> Result:
    return stack.preview()


def test_it_plans_these_resources_and_no_others(preview: Result) -> None:
    assert planned(preview) == WHOLE
    assert Counter(step.type for step in preview.steps) == Counter(kind for kind, _ in WHOLE)


def test_it_speaks_of_nothing_but_the_plugins_that_it_uses(preview: Result) -> None:
    assert [line for line in preview.text.splitlines() if not line.startswith("using pulumi-resource-")] == []


def test_it_shows_nothing_of_the_licence(preview: Result) -> None:
    told = everything(preview)
    assert LICENSE not in told
    assert LICENSE_CANARY.decode() not in told


def test_it_shows_nothing_of_a_key_that_is_provided(stack: RealStack) -> None:
    key = certificates.server().key_pem()
    result = stack.preview(
        {
            "certificate.source": "provided",
            "certificate.chainPem": certificates.server().pem + certificates.intermediate().pem,
            "certificate.privateKeyPem": Secret(key),
        }
    )
    missing = CERTIFICATE | {("wickr:certificate:IssuedCertificate", "certificate")}
    assert planned(result) == WHOLE - missing
    assert [line for line in key.splitlines()[1:-1] if line in everything(result)] == []


def test_in_a_vpc_that_is_there_no_network_is_made(stack: RealStack) -> None:
    vpc = stack.cloud.vpc("10.30.0.0/16")
    first, second = (stack.cloud.subnet(vpc, f"10.30.{number}.0/24") for number in (1, 2))
    result = stack.preview({"network": {"vpcId": vpc, "publicSubnetIds": [first, second]}})
    assert planned(result) == WHOLE - NETWORK - {("wickr:network:Network", "network")}
    (instance,) = result.of("aws:ec2/instance:Instance")
    groups = result.of("aws:ec2/securityGroup:SecurityGroup")
    assert instance.inputs["subnetId"] == first
    assert {group.inputs["vpcId"] for group in groups} == {vpc}


def test_a_resource_without_the_stacks_own_provider_is_refused(tmp_path: Path, stack: RealStack) -> None:
    # So that no resource can land in another account or region, or without tags.
    stack = RealStack(tmp_path / "engine", stack.cloud)
    program = stack.engine.program / "__main__.py"
    program.unlink()
    program.write_text("import pulumi_aws as aws\naws.ec2.Vpc('stray', cidr_block='10.0.0.0/16')\n")
    refused = stack.preview()
    assert refused.code != 0
    assert "Default provider for 'aws' disabled" in refused.text
