"""The local cloud keeps to AWS's default quotas of security groups: what needs more than an account has ends there."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.slow

FULL, CROWDED = "RulesPerSecurityGroupLimitExceeded", "SecurityGroupsPerInterfaceLimitExceeded"


def group(ec2: Any, vpc: str, name: str = "group") -> str:
    return str(ec2.create_security_group(GroupName=name, Description="x", VpcId=vpc)["GroupId"])


def listed(ec2: Any, most: int) -> str:
    made = ec2.create_managed_prefix_list(PrefixListName="some", AddressFamily="IPv4", MaxEntries=most)
    return str(made["PrefixList"]["PrefixListId"])


def let_in(ec2: Any, into: str, port: int, **source: list[dict[str, str]]) -> str:
    """Opens a port; what became of it."""
    rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **source}
    try:
        ec2.authorize_security_group_ingress(GroupId=into, IpPermissions=[rule])
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "opened"


def ranges(count: int) -> list[dict[str, str]]:
    return [{"CidrIp": f"11.0.{number}.0/24"} for number in range(count)]


def rules(ec2: Any, of: str) -> int:
    found = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [of]}])["SecurityGroupRules"]
    return sum(not each["IsEgress"] for each in found)


def test_the_sixty_first_rule_is_refused_and_leaves_nothing_behind(ec2: Any, vpc: str) -> None:
    into = group(ec2, vpc)
    assert let_in(ec2, into, 22, IpRanges=ranges(60)) == "opened"
    assert let_in(ec2, into, 23, IpRanges=ranges(1)) == FULL
    assert rules(ec2, into) == 60


def test_both_ip_versions_are_counted_apart_and_a_group_in_both(ec2: Any, vpc: str) -> None:
    into = group(ec2, vpc)
    assert let_in(ec2, into, 22, IpRanges=ranges(60)) == "opened"
    assert let_in(ec2, into, 22, Ipv6Ranges=[{"CidrIpv6": f"2001:db8:{n}::/48"} for n in range(60)]) == "opened"
    assert let_in(ec2, into, 24, UserIdGroupPairs=[{"GroupId": into}]) == FULL


def test_a_list_counts_as_many_entries_as_it_may_have(ec2: Any, vpc: str) -> None:
    into, list_ = group(ec2, vpc), listed(ec2, 30)
    assert [let_in(ec2, into, port, PrefixListIds=[{"PrefixListId": list_}]) for port in (22, 8800, 443)] == [
        *("opened", "opened", FULL)
    ]
    with pytest.raises(ClientError, match=FULL):
        ec2.modify_managed_prefix_list(PrefixListId=list_, MaxEntries=31)
    ec2.modify_managed_prefix_list(PrefixListId=list_, MaxEntries=20)
    assert let_in(ec2, into, 443, PrefixListIds=[{"PrefixListId": list_}]) == "opened"


def test_an_instance_carries_five_groups(ec2: Any, vpc: str) -> None:
    groups = [group(ec2, vpc, f"group-{number}") for number in range(6)]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    new: dict[str, Any] = {"ImageId": "ami-0deb1200000000001", "MinCount": 1, "MaxCount": 1, "SubnetId": subnet}
    with pytest.raises(ClientError, match=CROWDED):
        ec2.run_instances(**new, SecurityGroupIds=groups)
    (instance,) = ec2.run_instances(**new, SecurityGroupIds=groups[:5])["Instances"]
    with pytest.raises(ClientError, match=CROWDED):
        ec2.modify_instance_attribute(InstanceId=instance["InstanceId"], Groups=groups)
