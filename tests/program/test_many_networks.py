"""A stack whose admin networks become many, others and few again, on an API that keeps to AWS's default quotas."""

import pytest

from tests.counted import NEIGHBOURS, strangers
from tests.program.realstack import RealStack, touched

pytestmark = pytest.mark.engine

REGION = "ca-west-1"
HOST = "messaging-host-instance"


def opened(stack: RealStack) -> dict[int, set[str]]:
    """Who may connect to 22 and 8800 of the messaging host, by the groups that it carries in the API."""
    ec2 = stack.cloud.ec2
    (row,) = (each for each in stack.engine.resources() if each["urn"].endswith(f"::{HOST}"))
    (instance,) = ec2.describe_instances(InstanceIds=[row["id"]])["Reservations"][0]["Instances"]
    groups = [each["GroupId"] for each in instance["SecurityGroups"]]
    found: dict[int, set[str]] = {22: set(), 8800: set()}
    for rule in ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": groups}])[
        "SecurityGroupRules"
    ]:
        if not rule["IsEgress"] and rule["FromPort"] in found:
            listed = rule.get("PrefixListId")
            entries = ec2.get_managed_prefix_list_entries(PrefixListId=listed)["Entries"] if listed else [rule]
            found[rule["FromPort"]] |= {each.get("Cidr") or each["CidrIpv4"] for each in entries}
    return found


def test_many_networks_come_change_and_go_in_one_update_each_and_no_host_is_touched_but_for_its_groups(
    stack: RealStack,
) -> None:
    others = strangers(113)[100:]
    joined = [
        "198.51.100.64/26",
        *(f"11.0.{block}" for block in ("0.0/17", "128.0/18", "192.0/22", "196.0/23", "198.0/24")),
    ]
    steps = {
        "ten": (strangers(10), strangers(10)),
        "fourteen others, all at once": (["198.51.100.64/26", *others], ["198.51.100.64/26", *others]),
        "a hundred": (strangers(100), strangers(100)),
        "one more": (strangers(101), strangers(101)),
        "two hundred neighbours": (NEIGHBOURS, joined),
        "one": (strangers(1), strangers(1)),
    }
    stack.up()
    for what, (networks, blocks) in steps.items():
        done = touched(stack.up({"adminCidrs": networks}))
        assert opened(stack) == {port: set(blocks) for port in (22, 8800)}, what
        assert done.get(HOST, "update") == "update", what
        if what == "one more":
            assert done == {"messaging-firewall-admins-4": "update"}
    left = {each["type"] for each in stack.engine.resources()}
    assert "aws:ec2/managedPrefixList:ManagedPrefixList" not in left
