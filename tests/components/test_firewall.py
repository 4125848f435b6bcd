"""What is open equals the table of the guide, in both directions (IG 3.1.2, 3.2.2, 3.5)."""

import ipaddress
from typing import Any

import pulumi
import pytest

from components.firewall import Firewall, FirewallArgs, Sources, slug
from guide import ports
from guide.ports import NetworkRange
from guide.roles import Role
from tests.recorder import Deployment, Request, record
from tests.stacks import VARIANTS, deployed, stack

INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
SOURCES = ("cidrIpv4", "cidrIpv6", "referencedSecurityGroupId", "prefixListId")

Opening = tuple[str, int, int, str]

every_variant = pytest.mark.parametrize("variant", VARIANTS)


def source(rule: Request) -> str:
    """The one source of a rule: none, which would be everybody, and two are errors."""
    (found,) = (rule.inputs[key] for key in SOURCES if key in rule.inputs)
    assert isinstance(found, str)
    return found


def openings(deployment: Deployment, kind: str) -> list[Opening]:
    return [
        (rule.inputs["ipProtocol"], rule.inputs["fromPort"], rule.inputs["toPort"], source(rule))
        for rule in deployment.of(kind)
    ]


def messaging_table(*, clients: list[str], admins: list[str]) -> set[Opening]:
    return (
        {("tcp", 443, 443, client) for client in clients}
        | {("tcp", port, port, admin) for admin in admins for port in (22, 8800)}
        | {("tcp", 9870, 9881, "cluster-group-id")}
    )


@every_variant
def test_what_is_open_on_the_messaging_host_equals_the_table(variant: str) -> None:
    values: dict[str, Any] = {
        "wickr:clientCidrs": ["0.0.0.0/0"],
        "wickr:adminCidrs": ["198.51.100.64/26"],
        **VARIANTS[variant],
    }
    found = openings(deployed(variant), INGRESS)
    assert set(found) == messaging_table(clients=values["wickr:clientCidrs"], admins=values["wickr:adminCidrs"])
    assert len(set(found)) == len(found)


@every_variant
def test_all_rules_stand_in_the_group_of_the_messaging_host(variant: str) -> None:
    deployment = deployed(variant)
    groups = {rule.inputs["securityGroupId"] for kind in (INGRESS, EGRESS) for rule in deployment.of(kind)}
    assert groups == {"messaging-firewall-group-id"}
    assert deployment.the("aws:ec2/instance:Instance").inputs["vpcSecurityGroupIds"] == ["messaging-firewall-group-id"]


@every_variant
def test_what_the_host_may_reach_equals_the_rows_of_the_guide(variant: str) -> None:
    found = openings(deployed(variant), EGRESS)
    assert sorted(found) == [("tcp", 80, 80, "0.0.0.0/0"), ("tcp", 443, 443, "0.0.0.0/0")]


@every_variant
def test_no_rule_is_written_inside_a_group(variant: str) -> None:
    deployment = deployed(variant)
    groups = [*deployment.of("aws:ec2/securityGroup:SecurityGroup")]
    groups += deployment.of("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
    assert {(each.name, key) for each in groups for key in {"ingress", "egress"} & each.inputs.keys()} == set()
    assert deployment.of("aws:ec2/securityGroupRule:SecurityGroupRule") == []


@every_variant
def test_nothing_opens_ssh_or_the_installer_to_the_world(variant: str) -> None:
    wide = [
        (protocol, first, last, who)
        for protocol, first, last, who in openings(deployed(variant), INGRESS)
        if "/" in who and ipaddress.ip_network(who).prefixlen < 8 and (protocol == "-1" or (first, last) != (443, 443))
    ]
    assert wide == []


def test_a_rule_is_named_by_its_row_and_its_source() -> None:
    assert {rule.name for rule in deployed("IPv6").of(INGRESS)} == {
        "messaging-firewall-in-wickr-services-0.0.0.0-0",
        "messaging-firewall-in-wickr-services-..-0",
        "messaging-firewall-in-ssh-2001.db8.a..-48",
        "messaging-firewall-in-installer-ui-2001.db8.a..-48",
        "messaging-firewall-in-replicated-internal",
    }


def test_a_further_admin_network_adds_its_rules_and_touches_no_other() -> None:
    one, three = (
        {rule.name: rule.inputs for rule in deployed(each).of(INGRESS)} for each in ("complete", "three admin networks")
    )
    assert {name: inputs for name, inputs in three.items() if name in one} == one
    assert {name.removeprefix("messaging-firewall-in-") for name in three.keys() - one.keys()} == {
        f"{row}-{network}" for row in ("ssh", "installer-ui") for network in ("10.1.0.0-16", "203.0.113.7-32")
    }


def test_a_rule_tells_its_purpose_and_its_section() -> None:
    told = {rule.inputs["description"] for rule in deployed().of(INGRESS)}
    assert told == {
        "Wickr Services (IG 3.1.2, ALL)",
        "SSH (IG 3.1.2, Admin Networks)",
        "Wickr Installer UI (IG 3.1.2, Admin Networks)",
        "Replicated Services (IG 3.1.2, Internal Network)",
    }


def test_the_calling_table_makes_a_firewall_as_well() -> None:
    def calling() -> None:
        sources = {
            NetworkRange.ALL: Sources(cidrs=["0.0.0.0/0"]),
            NetworkRange.ADMIN: Sources(cidrs=["198.51.100.64/26"]),
            NetworkRange.MESSAGING: Sources(groups={"messaging": pulumi.Output.from_input("sg-messaging")}),
        }
        Firewall(
            "calling-firewall",
            FirewallArgs(
                name="calling", vpc_id="vpc-1", inbound=ports.inbound(Role.CALLING), sources=sources, outbound={}
            ),
        )

    recorded = record(calling, stack())
    assert set(openings(recorded, INGRESS)) == {
        ("tcp", 443, 443, "0.0.0.0/0"),
        ("tcp", 8001, 8001, "0.0.0.0/0"),
        ("udp", 16384, 16484, "0.0.0.0/0"),
        ("tcp", 444, 444, "sg-messaging"),
        ("tcp", 22, 22, "198.51.100.64/26"),
    }
    assert openings(recorded, EGRESS) == []


@pytest.mark.parametrize(
    ("cidr", "name"), [("203.0.113.0/24", "203.0.113.0-24"), ("2001:db8::/32", "2001.db8..-32"), ("::/0", "..-0")]
)
def test_an_address_block_becomes_part_of_a_name(cidr: str, name: str) -> None:
    assert slug(cidr) == name
