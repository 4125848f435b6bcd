"""The stand-in for the plugin aws under the real engine, before the local cloud's API: plan, make, change, undo."""

from pathlib import Path
from typing import Any

import pytest

from tests.engine import Engine, Result
from tests.local.api.running import CREDENTIALS, client, endpoint

pytestmark = pytest.mark.engine

CANARY = "canary-in-the-user-data"

# Every knob is an environment variable, so that each test turns one of them.
PROGRAM = """
import json, os
import pulumi, pulumi_aws as aws

def knob(name, default):
    return os.environ.get(name, default)

provider = aws.Provider(
    "aws",
    region="eu-west-1",
    default_tags={"tags": {"customer": knob("CUSTOMER", "one")}},
    allowed_account_ids=["123456789012"],
)
opts = pulumi.ResourceOptions(provider=provider)
invoke = pulumi.InvokeOptions(provider=provider)
zone = aws.get_availability_zones(state="available", opts=invoke).names[0]
vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16", enable_dns_hostnames=True, opts=opts)
aws.ec2.DefaultSecurityGroup("default", vpc_id=vpc.id, opts=opts)
gateway = aws.ec2.InternetGateway("gateway", vpc_id=vpc.id, opts=opts)
table = aws.ec2.RouteTable("table", vpc_id=vpc.id, opts=opts)
aws.ec2.Route(
    "route", route_table_id=table.id, destination_cidr_block="0.0.0.0/0", gateway_id=gateway.id, opts=opts
)
subnet = aws.ec2.Subnet("subnet", vpc_id=vpc.id, cidr_block="10.0.1.0/24", availability_zone=zone, opts=opts)
aws.ec2.RouteTableAssociation("follows", subnet_id=subnet.id, route_table_id=table.id, opts=opts)
group = aws.ec2.SecurityGroup("group", vpc_id=vpc.id, description=knob("DESCRIPTION", "first"), opts=opts)
source = knob("SOURCE", "198.51.100.0/26")
aws.vpc.SecurityGroupIngressRule(
    "rule",
    security_group_id=group.id,
    ip_protocol="tcp",
    from_port=443,
    to_port=int(knob("PORT", "443")),
    cidr_ipv4=None if source == "group" else source,
    referenced_security_group_id=group.id if source == "group" else None,
    opts=opts,
)
trust = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}],
}
role = aws.iam.Role("role", assume_role_policy=json.dumps(trust), opts=opts)
attached = aws.iam.RolePolicyAttachment(
    "attached", role=role.name, policy_arn="arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore", opts=opts
)
profile = aws.iam.InstanceProfile("profile", role=role.name, opts=opts)
host = aws.ec2.Instance(
    "host",
    ami="ami-0deb1200000000001",
    instance_type=knob("TYPE", "t3.large"),
    subnet_id=subnet.id,
    vpc_security_group_ids=[group.id],
    iam_instance_profile=profile.name,
    user_data=pulumi.Output.secret(knob("DATA", "CANARY")),
    user_data_replace_on_change=knob("REPLACE", "") == "yes",
    metadata_options={"http_tokens": "required", "http_put_response_hop_limit": 1},
    root_block_device={"volume_size": int(knob("DISK", "200")), "volume_type": "gp3", "encrypted": True},
    disable_api_termination=knob("PROTECT", "") == "yes",
    tags={"Name": "host"},
    opts=opts,
)
address = aws.ec2.Eip("address", domain="vpc", opts=opts)
tie = aws.ec2.EipAssociation("tie", allocation_id=address.allocation_id, instance_id=host.id, opts=opts)
if knob("WRONG", ""):
    aws.vpc.SecurityGroupEgressRule(
        "wrong", security_group_id=group.id, ip_protocol="tcp", from_port=70000, to_port=70000,
        cidr_ipv4="10.0.0.1/8", opts=opts,
    )
pulumi.export("vpc", vpc.id)
pulumi.export("group", group.id)
pulumi.export("host", host.id)
pulumi.export("volume", host.root_block_device.volume_id)
pulumi.export("public", tie.public_ip)
pulumi.export("address", address.public_ip)
""".replace("CANARY", CANARY)

RESOURCES = 15
"""What the program registers, provider and stack not counted."""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder: Path = tmp_path_factory.mktemp("aws")
    program = folder / "program"
    program.mkdir()
    (program / "Pulumi.yaml").write_text("name: host\nruntime: python\n")
    (program / "__main__.py").write_text(PROGRAM)
    found = Engine(folder / "engine", program=program, environment={**CREDENTIALS, "AWS_ENDPOINT_URL": endpoint()})
    found.stack()
    must(found.up())
    return found


def must(result: Result) -> Result:
    assert result.code == 0, result.text
    return result


def turned(engine: Engine, **knobs: str) -> Result:
    """An update with these knobs turned, which stay turned."""
    engine.environment |= knobs
    return must(engine.up())


def touched(result: Result) -> dict[str, str]:
    """What was done to which resource, apart from what stayed as it was; a replacement counts once."""
    skip = ("same", "create-replacement", "delete-replaced", "read")
    return {step.name: step.op for step in result.steps if step.op not in skip}


def host(engine: Engine) -> Any:
    found = client("ec2").describe_instances(InstanceIds=[engine.outputs()["host"]])
    return found["Reservations"][0]["Instances"][0]


def test_a_second_run_and_a_refresh_find_nothing_to_do(engine: Engine) -> None:
    assert turned(engine).changes == {"same": RESOURCES + 2}
    assert must(engine.refresh()).changes.get("update", 0) == 0
    assert must(engine.preview("--expect-no-changes")).changes == {"same": RESOURCES + 2}


def test_the_api_holds_what_the_program_says(engine: Engine) -> None:
    found, outputs = host(engine), engine.outputs()
    assert found["State"]["Name"] == "running"
    assert found["MetadataOptions"]["HttpTokens"] == "required"
    assert found["PublicIpAddress"] == outputs["public"] == outputs["address"]
    assert {tag["Key"]: tag["Value"] for tag in found["Tags"]} == {"Name": "host", "customer": "one"}
    (volume,) = client("ec2").describe_volumes(VolumeIds=[outputs["volume"]])["Volumes"]
    assert (volume["Size"], volume["VolumeType"], volume["Encrypted"]) == (200, "gp3", True)
    rules = client("ec2").describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [outputs["group"]]}])
    told = [(rule["IsEgress"], rule["FromPort"], rule["CidrIpv4"]) for rule in rules["SecurityGroupRules"]]
    assert told == [(False, 443, "198.51.100.0/26")]  # and AWS's own "send anything" is gone


def test_a_secret_is_not_in_the_state_in_clear(engine: Engine) -> None:
    assert CANARY not in "".join(file.read_text() for file in engine.state.rglob("*.json"))


def test_what_the_service_changed_is_seen_by_a_refresh_and_put_right(engine: Engine) -> None:
    outputs = engine.outputs()
    filters = [{"Name": "group-id", "Values": [outputs["group"]]}]
    rules = client("ec2").describe_security_group_rules(Filters=filters)["SecurityGroupRules"]
    client("ec2").revoke_security_group_ingress(
        GroupId=outputs["group"], SecurityGroupRuleIds=[rules[0]["SecurityGroupRuleId"]]
    )
    client("ec2").create_tags(Resources=[outputs["vpc"]], Tags=[{"Key": "customer", "Value": "somebody"}])
    must(engine.refresh())
    assert touched(turned(engine)) == {"rule": "create", "vpc": "update"}


def test_another_default_tag_updates_all_that_carries_tags(engine: Engine) -> None:
    changed = touched(turned(engine, CUSTOMER="two"))
    assert set(changed.values()) == {"update"}
    assert {"vpc", "rule", "host", "role"} <= set(changed)
    assert not {"route", "follows", "attached", "tie"} & set(changed)
    assert {"Key": "customer", "Value": "two"} in host(engine)["Tags"]


def test_a_rule_changes_in_place_and_is_another_with_another_kind_of_source(engine: Engine) -> None:
    assert touched(turned(engine, PORT="444")) == {"rule": "update"}
    assert touched(turned(engine, SOURCE="198.51.100.64/26")) == {"rule": "update"}
    assert touched(turned(engine, SOURCE="group")) == {"rule": "replace"}


def test_a_disk_grows_in_place_and_never_shrinks(engine: Engine) -> None:
    assert touched(turned(engine, DISK="250")) == {"host": "update"}
    (volume,) = client("ec2").describe_volumes(VolumeIds=[engine.outputs()["volume"]])["Volumes"]
    assert volume["Size"] == 250
    engine.environment["DISK"] = "100"
    refused = engine.up()
    engine.environment["DISK"] = "250"
    assert refused.code != 0
    assert "cannot shrink to 100: volumes only grow" in refused.text


def test_another_size_of_machine_is_the_same_machine(engine: Engine) -> None:
    before = engine.outputs()["host"]
    assert touched(turned(engine, TYPE="t3.xlarge")) == {"host": "update"}
    assert (host(engine)["InstanceId"], host(engine)["InstanceType"]) == (before, "t3.xlarge")
    assert host(engine)["State"]["Name"] == "running"


def test_another_description_is_another_group_that_the_host_moves_to(engine: Engine) -> None:
    before = engine.outputs()["group"]
    assert touched(turned(engine, DESCRIPTION="second")) == {"group": "replace", "rule": "replace", "host": "update"}
    after = engine.outputs()["group"]
    assert [worn["GroupId"] for worn in host(engine)["SecurityGroups"]] == [after]
    assert before not in [row["GroupId"] for row in client("ec2").describe_security_groups()["SecurityGroups"]]


def test_other_user_data_is_the_same_machine_unless_it_is_to_be_another(engine: Engine) -> None:
    assert touched(turned(engine, DATA="other data")) == {"host": "update"}
    assert touched(turned(engine, DATA="newer data", REPLACE="yes")) == {"host": "replace", "tie": "replace"}


def test_a_wrong_value_is_refused_at_preview_and_nothing_is_made(engine: Engine) -> None:
    engine.environment["WRONG"] = "yes"
    refused = engine.preview()
    del engine.environment["WRONG"]
    assert refused.code != 0
    assert "fromPort must be -1 to 65535, not 70000" in refused.text
    assert "cidrIpv4 must be a network address without host bits: 10.0.0.0/8, not 10.0.0.1/8" in refused.text
    assert "Traceback" not in refused.text


def test_a_protected_machine_outlives_a_destroy_and_all_goes_when_it_is_not(engine: Engine) -> None:
    network, address = engine.outputs()["vpc"], engine.outputs()["address"]
    assert touched(turned(engine, PROTECT="yes")) == {"host": "update"}
    refused = engine.destroy()
    assert refused.code != 0
    assert "may not be terminated" in refused.text
    turned(engine, PROTECT="")
    must(engine.destroy())
    assert engine.resources() == []
    assert network not in [row["VpcId"] for row in client("ec2").describe_vpcs()["Vpcs"]]
    assert address not in [row["PublicIp"] for row in client("ec2").describe_addresses()["Addresses"]]
