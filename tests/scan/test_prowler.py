"""Prowler finds nothing in a deployment of all three hosts but what is accepted, and it does find what is planted."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.local.api import process
from tests.program.cloud import Cloud
from tests.program.realstack import RealStack
from tests.scan import prowler
from tests.scan.accepted import PROWLER, objections
from tests.stacks import ALL_THREE

pytestmark = pytest.mark.scan

REGION = "eu-west-1"
ANYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
OPEN = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}


class Deployed:
    """A stack of all three hosts in an account where nothing else is, and who may look at it."""

    def __init__(self, url: str, cloud: Cloud, folder: Path) -> None:
        stack = RealStack(folder / "engine", cloud, ALL_THREE)
        stack.engine.environment |= {"AWS_ENDPOINT_URL": url}
        stack.up()
        self.environment = {**cloud.environment, "AWS_ENDPOINT_URL": url}
        self.ids = {row["urn"].rpartition("::")[2]: row["id"] for row in stack.engine.resources() if row.get("id")}
        self._url = url

    def client(self, service: str) -> Any:
        return boto3.Session(
            aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"],
            region_name=REGION,
        ).client(service, endpoint_url=self._url)  # type: ignore[call-overload]

    def names(self) -> dict[str, str]:
        """The program's names by ids in AWS, of what it makes and of what comes with that."""
        ec2, found = self.client("ec2"), {id_: name for name, id_ in self.ids.items()}
        for host in ("messaging", "calling", "compliance"):
            instance = self.ids[f"{host}-host-instance"]
            filters = [{"Name": "attachment.instance-id", "Values": [instance]}]
            for volume in ec2.describe_volumes(Filters=filters)["Volumes"]:
                found.setdefault(volume["VolumeId"], f"the disk of {host}-host-instance")
        vpc = [{"Name": "vpc-id", "Values": [self.ids["network-vpc"]]}]
        for each in ec2.describe_network_acls(Filters=vpc)["NetworkAcls"]:
            found[each["NetworkAclId"]] = "the network ACL of network-vpc"
        return found


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    cloud = Cloud(REGION)  # first: it says itself where the API is
    with process.serving() as url, process.environment({"AWS_ENDPOINT_URL": url}):
        yield Deployed(url, cloud, tmp_path_factory.mktemp("prowler"))


@pytest.fixture(scope="module")
def rows(deployed: Deployed, tmp_path_factory: pytest.TempPathFactory) -> list[prowler.Row]:
    """Of everything, before anything is planted."""
    return prowler.scan(deployed.environment, tmp_path_factory.mktemp("everything"))


def test_nothing_is_found_but_what_is_accepted(deployed: Deployed, rows: list[prowler.Row]) -> None:
    assert objections(prowler.findings(rows, deployed.names()), PROWLER) == []


def test_the_stack_was_looked_at(deployed: Deployed, rows: list[prowler.Row]) -> None:
    """A check that the API has no answer for says nothing: their number would fall."""
    names = deployed.names()
    assert len({row.check for row in rows if prowler.owner(row.arn, names)}) >= 50


PLANTED = {
    ("ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_22", "messaging-firewall-group"),
    ("ec2_instance_imdsv2_enabled", "compliance-host-instance"),
    ("iam_inline_policy_no_administrative_privileges", "flow-logs-role"),
    ("vpc_subnet_no_public_ip_by_default", "network-private-1"),
    ("vpc_flow_logs_enabled", "network-vpc"),
}


def test_what_is_planted_is_found(deployed: Deployed, rows: list[prowler.Row], tmp_path: Path) -> None:
    ec2, iam, ids = deployed.client("ec2"), deployed.client("iam"), deployed.ids
    checks = sorted({check for check, _ in PLANTED})
    assert PLANTED & prowler.findings(rows, deployed.names()) == set()
    ec2.authorize_security_group_ingress(GroupId=ids["messaging-firewall-group"], IpPermissions=[OPEN])
    ec2.modify_instance_metadata_options(InstanceId=ids["compliance-host-instance"], HttpTokens="optional")
    iam.put_role_policy(RoleName=ids["flow-logs-role"], PolicyName="planted", PolicyDocument=json.dumps(ANYTHING))
    ec2.modify_subnet_attribute(SubnetId=ids["network-private-1"], MapPublicIpOnLaunch={"Value": True})
    ec2.delete_flow_logs(FlowLogIds=[ids["flow-logs-log"]])
    found = prowler.findings(prowler.scan(deployed.environment, tmp_path, checks=checks), deployed.names())
    assert PLANTED - found == set(), found
