"""The API of the local cloud refuses what AWS refuses, and answers what moto alone does not."""

from ipaddress import IPv4Address
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.api.server import changes, reboots
from tests.local.api.running import CHANGED, IMAGE, client

pytestmark = pytest.mark.slow


@pytest.fixture
def subnet(ec2: Any, vpc: str) -> str:
    return str(
        ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24", AvailabilityZone="eu-west-1a")["Subnet"]["SubnetId"]
    )


def launch(ec2: Any, subnet: str, **more: Any) -> str:
    asked = {"ImageId": IMAGE, "InstanceType": "t3.large", "SubnetId": subnet, "MinCount": 1, "MaxCount": 1, **more}
    return str(ec2.run_instances(**asked)["Instances"][0]["InstanceId"])


def group(ec2: Any, vpc: str, name: str) -> str:
    return str(ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"])


def refusal(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return str(caught.value.response["Error"]["Code"])


def allow(ec2: Any, group_id: str, **rule: Any) -> Any:
    permission = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, **rule}
    return ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[permission])


def test_the_only_image_is_the_one_that_the_lab_boots(ec2: Any) -> None:
    assert [image["ImageId"] for image in ec2.describe_images()["Images"]] == [IMAGE]


def test_an_image_or_a_type_that_does_not_exist_is_refused(ec2: Any, subnet: str) -> None:
    for wrong in ({"ImageId": "ami-0123456789abcdef0"}, {"InstanceType": "t3.enormous"}):
        with pytest.raises(ClientError):
            launch(ec2, subnet, **wrong)


def test_elastic_addresses_come_from_the_documentation_range_and_are_used_again(ec2: Any) -> None:
    first, second = ec2.allocate_address(Domain="vpc"), ec2.allocate_address(Domain="vpc")
    lower, higher = (IPv4Address(held["PublicIp"]) for held in (first, second))
    assert IPv4Address("203.0.113.100") <= lower < higher <= IPv4Address("203.0.113.254")
    ec2.release_address(AllocationId=first["AllocationId"])
    again = ec2.allocate_address(Domain="vpc")
    assert again["PublicIp"] == first["PublicIp"]
    for held in (again, second):
        ec2.release_address(AllocationId=held["AllocationId"])


def test_an_address_needs_an_internet_gateway_and_holds_it(ec2: Any, vpc: str, subnet: str) -> None:
    instance, allocation = launch(ec2, subnet), ec2.allocate_address(Domain="vpc")["AllocationId"]
    tie = {"AllocationId": allocation, "InstanceId": instance}
    assert refusal(ec2.associate_address, **tie) == "Gateway.NotAttached"
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    ec2.associate_address(**tie)
    detach = {"InternetGatewayId": gateway, "VpcId": vpc}
    assert refusal(ec2.detach_internet_gateway, **detach) == "DependencyViolation"
    ec2.terminate_instances(InstanceIds=[instance])
    assert "AssociationId" not in ec2.describe_addresses(AllocationIds=[allocation])["Addresses"][0]
    ec2.detach_internet_gateway(**detach)
    ec2.release_address(AllocationId=allocation)


def test_an_address_moves_unless_it_must_not(ec2: Any, vpc: str, subnet: str) -> None:
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    here, there = launch(ec2, subnet), launch(ec2, subnet)
    allocation = ec2.allocate_address(Domain="vpc")["AllocationId"]
    first = ec2.associate_address(AllocationId=allocation, InstanceId=here)["AssociationId"]
    stay = {"AllocationId": allocation, "InstanceId": there, "AllowReassociation": False}
    assert refusal(ec2.associate_address, **stay) == "Resource.AlreadyAssociated"
    ec2.associate_address(AllocationId=allocation, InstanceId=there)
    rows = ec2.describe_instances(InstanceIds=[here, there])["Reservations"]
    public = {row["InstanceId"]: row.get("PublicIpAddress") for found in rows for row in found["Instances"]}
    assert public[here] is None
    assert public[there] is not None
    assert refusal(ec2.disassociate_address, AssociationId=first) == "InvalidAssociationID.NotFound"
    ec2.terminate_instances(InstanceIds=[here, there])
    ec2.release_address(AllocationId=allocation)


def test_protection_given_at_launch_keeps_the_instance(ec2: Any, subnet: str) -> None:
    instance = launch(ec2, subnet, DisableApiTermination=True)
    assert refusal(ec2.terminate_instances, InstanceIds=[instance]) == "OperationNotPermitted"
    ec2.modify_instance_attribute(InstanceId=instance, DisableApiTermination={"Value": False})
    ec2.terminate_instances(InstanceIds=[instance])


def test_an_instance_wears_the_groups_of_an_interface_that_is_written_out(ec2: Any, vpc: str, subnet: str) -> None:
    worn = group(ec2, vpc, "worn")
    written = {"DeviceIndex": 0, "SubnetId": subnet, "Groups": [worn], "AssociatePublicIpAddress": False}
    asked = {"ImageId": IMAGE, "InstanceType": "t3.large", "MinCount": 1, "MaxCount": 1}
    made = ec2.run_instances(NetworkInterfaces=[written], **asked)["Instances"][0]["InstanceId"]
    (found,) = ec2.describe_instances(InstanceIds=[made])["Reservations"][0]["Instances"]
    assert [each["GroupId"] for each in found["SecurityGroups"]] == [worn]
    assert "PublicIpAddress" not in found
    ec2.terminate_instances(InstanceIds=[made])


def test_detailed_monitoring_can_be_turned_on_and_off(ec2: Any, subnet: str) -> None:
    instance = launch(ec2, subnet)

    def state() -> str:
        found = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
        return str(found["Monitoring"]["State"])

    ec2.monitor_instances(InstanceIds=[instance])
    assert state() == "enabled"
    ec2.unmonitor_instances(InstanceIds=[instance])
    assert state() == "disabled"


def test_a_running_instance_keeps_its_type(ec2: Any, subnet: str) -> None:
    instance = launch(ec2, subnet)
    retype = {"InstanceId": instance, "InstanceType": {"Value": "t3.xlarge"}}
    assert refusal(ec2.modify_instance_attribute, **retype) == "IncorrectInstanceState"
    ec2.stop_instances(InstanceIds=[instance])
    ec2.modify_instance_attribute(**retype)


def test_the_throughput_of_a_volume_is_kept(ec2: Any, subnet: str) -> None:
    root = {"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 200, "VolumeType": "gp3", "Throughput": 250}}
    instance = launch(ec2, subnet, BlockDeviceMappings=[root])
    filters = [{"Name": "attachment.instance-id", "Values": [instance]}]
    (volume,) = ec2.describe_volumes(Filters=filters)["Volumes"]
    assert (volume["Size"], volume["Throughput"]) == (200, 250)


def test_a_volume_goes_to_one_instance_of_its_zone_under_a_free_name(ec2: Any, subnet: str) -> None:
    here, there = launch(ec2, subnet), launch(ec2, subnet)
    near, other, far = (
        ec2.create_volume(AvailabilityZone=f"eu-west-1{zone}", Size=10, VolumeType="gp3")["VolumeId"] for zone in "aac"
    )
    (found,) = ec2.describe_instances(InstanceIds=[here])["Reservations"][0]["Instances"]
    assert found["Placement"]["AvailabilityZone"] == "eu-west-1a"

    def tie(volume: str, instance: str = here, device: str = "/dev/sdf") -> dict[str, str]:
        return {"VolumeId": volume, "InstanceId": instance, "Device": device}

    for name in ("/dev/sda1", "/dev/nvme1n1", "sdf", "/dev/sdf99", "/dev/xvda"):
        assert refusal(ec2.attach_volume, **tie(near, device=name)) == "InvalidParameterValue"
    assert refusal(ec2.attach_volume, **tie(far)) == "InvalidVolume.ZoneMismatch"
    ec2.attach_volume(**tie(near))
    assert refusal(ec2.attach_volume, **tie(near, there)) == "VolumeInUse"
    assert refusal(ec2.attach_volume, **tie(other)) == "InvalidParameterValue"
    assert refusal(ec2.delete_volume, VolumeId=near) == "VolumeInUse"
    assert refusal(ec2.detach_volume, VolumeId=near, InstanceId=there) == "InvalidAttachment.NotFound"
    ec2.detach_volume(VolumeId=near)
    assert refusal(ec2.detach_volume, VolumeId=near) == "IncorrectState"
    ec2.attach_volume(**tie(near, there))
    ec2.terminate_instances(InstanceIds=[here, there])
    assert ec2.describe_volumes(VolumeIds=[near])["Volumes"][0]["State"] == "available", "it outlives its instance"
    assert refusal(ec2.attach_volume, **tie(near)) == "IncorrectState"
    for volume in (near, other, far):
        ec2.delete_volume(VolumeId=volume)


def test_a_running_instance_keeps_its_root(ec2: Any, subnet: str) -> None:
    instance = launch(ec2, subnet)
    filters = [{"Name": "attachment.instance-id", "Values": [instance]}]
    (root,) = ec2.describe_volumes(Filters=filters)["Volumes"]
    assert refusal(ec2.detach_volume, VolumeId=root["VolumeId"]) == "OperationNotPermitted"
    ec2.terminate_instances(InstanceIds=[instance])
    assert refusal(ec2.describe_volumes, VolumeIds=[root["VolumeId"]]) == "InvalidVolume.NotFound"


@pytest.mark.parametrize(
    "rule",
    [
        {"FromPort": 70000, "ToPort": 70000},
        {"FromPort": 500, "ToPort": 400},
        {"FromPort": -1, "ToPort": 80},
        {"IpProtocol": "tpc"},
    ],
)
def test_ports_and_protocols_that_do_not_exist_are_refused(ec2: Any, vpc: str, rule: dict[str, Any]) -> None:
    wrong = {"GroupId": group(ec2, vpc, str(rule)), "IpPermissions": [_permission(**rule)]}
    assert refusal(ec2.authorize_security_group_ingress, **wrong) == "InvalidParameterValue"


def _permission(**rule: Any) -> dict[str, Any]:
    return {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/8"}], **rule}


def test_a_group_of_another_network_is_no_source(ec2: Any, vpc: str) -> None:
    other = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    here, there = group(ec2, vpc, "here"), group(ec2, other, "there")
    with pytest.raises(ClientError, match="different networks"):
        allow(ec2, here, UserIdGroupPairs=[{"GroupId": there}])


def test_a_group_stays_while_a_rule_or_an_interface_needs_it(ec2: Any, vpc: str, subnet: str) -> None:
    web, named = group(ec2, vpc, "web"), group(ec2, vpc, "named")
    allow(ec2, web, UserIdGroupPairs=[{"GroupId": named}])
    instance = launch(ec2, subnet, SecurityGroupIds=[web])
    assert refusal(ec2.delete_security_group, GroupId=named) == "DependencyViolation"
    assert refusal(ec2.delete_security_group, GroupId=web) == "DependencyViolation"
    default = [row for row in ec2.describe_security_groups()["SecurityGroups"] if row["VpcId"] == vpc]
    own = next(row["GroupId"] for row in default if row["GroupName"] == "default")
    ec2.modify_instance_attribute(InstanceId=instance, Groups=[own])
    ec2.delete_security_group(GroupId=web)
    ec2.delete_security_group(GroupId=named)
    assert refusal(ec2.delete_security_group, GroupId=own) == "CannotDelete"


def test_a_changed_rule_keeps_its_new_source(ec2: Any, vpc: str) -> None:
    web, one, two = (group(ec2, vpc, name) for name in ("web2", "one", "two"))
    (made,) = allow(ec2, web, UserIdGroupPairs=[{"GroupId": one}])["SecurityGroupRules"]
    rule = {"IpProtocol": "udp", "FromPort": 1, "ToPort": 2, "ReferencedGroupId": two, "Description": "other"}
    ec2.modify_security_group_rules(
        GroupId=web,
        SecurityGroupRules=[{"SecurityGroupRuleId": made["SecurityGroupRuleId"], "SecurityGroupRule": rule}],
    )
    wanted = [made["SecurityGroupRuleId"]]
    (found,) = ec2.describe_security_group_rules(SecurityGroupRuleIds=wanted)["SecurityGroupRules"]
    assert found["ReferencedGroupInfo"]["GroupId"] == two
    assert (found["IpProtocol"], found["FromPort"], found["ToPort"], found["Description"]) == ("udp", 1, 2, "other")


def test_a_subnet_stays_while_an_instance_lives_in_it(ec2: Any, subnet: str) -> None:
    instance = launch(ec2, subnet)
    assert refusal(ec2.delete_subnet, SubnetId=subnet) == "DependencyViolation"
    ec2.terminate_instances(InstanceIds=[instance])
    ec2.delete_subnet(SubnetId=subnet)


def test_a_network_stays_while_something_is_in_it_and_goes_when_it_is_empty(ec2: Any, vpc: str) -> None:
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    assert refusal(ec2.delete_vpc, VpcId=vpc) == "DependencyViolation"
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    left = group(ec2, vpc, "left")
    assert refusal(ec2.delete_vpc, VpcId=vpc) == "DependencyViolation"
    ec2.delete_security_group(GroupId=left)
    ec2.delete_vpc(VpcId=vpc)


def test_the_follower_is_woken_by_a_change_and_not_by_reading(ec2: Any) -> None:
    CHANGED.clear()
    ec2.describe_vpcs()
    assert not CHANGED.wait(0.1)
    ec2.create_vpc(CidrBlock="10.0.0.0/16")
    assert CHANGED.wait(2)


def test_reboots_are_counted(ec2: Any, subnet: str) -> None:
    instance = launch(ec2, subnet)
    assert instance not in reboots()
    for _ in range(2):
        ec2.reboot_instances(InstanceIds=[instance])
    assert reboots()[instance] == 2


@pytest.mark.parametrize(
    ("body", "target", "expected"),
    [
        (b"Action=DescribeInstances&Version=2016-11-15", "", False),
        (b"Action=RunInstances&Version=2016-11-15", "", True),
        (b"{}", "AmazonSSM.GetParameter", False),
        (b"{}", "AmazonSSM.PutParameter", True),
        (b"", "", False),
    ],
)
def test_only_calls_that_may_change_something_count_as_changes(body: bytes, target: str, expected: bool) -> None:
    method = "POST" if body else "GET"
    assert changes({"REQUEST_METHOD": method, "HTTP_X_AMZ_TARGET": target}, body) is expected


def test_a_zone_that_is_made_for_a_network_is_private(vpc: str) -> None:
    route53 = client("route53")
    inside = {"VPCRegion": "eu-west-1", "VPCId": vpc}
    made = route53.create_hosted_zone(Name="example.com", CallerReference=vpc, VPC=inside)["HostedZone"]
    assert made["Config"]["PrivateZone"] is True
    assert route53.get_hosted_zone(Id=made["Id"])["VPCs"] == [inside]
    outside = route53.create_hosted_zone(Name="example.com", CallerReference=f"{vpc}-public")["HostedZone"]
    assert outside["Config"]["PrivateZone"] is False
    assert {each["Id"].removeprefix("/hostedzone/")[0] for each in (made, outside)} == {"Z"}
