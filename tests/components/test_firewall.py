"""What is open equals the tables of the guide, in both directions (IG 3.1.2, 3.2.2, 3.5; release notes 6.32)."""

import ipaddress
from typing import Any

import pytest

from components.firewall import slug
from tests.recorder import Deployment, Request
from tests.stacks import VARIANTS, WITH_CALLING, WITH_COMPLIANCE, deployed

INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
SOURCES = ("cidrIpv4", "cidrIpv6", "referencedSecurityGroupId", "prefixListId")
MESSAGING, CALLING, CLUSTER = "messaging-firewall-group-id", "calling-firewall-group-id", "cluster-group-id"
ADDRESSES = {MESSAGING: "203.0.113.100/32", CALLING: "203.0.113.101/32"}
COMPLIANCE, NAT_ADDRESS = "compliance-firewall-group-id", "203.0.113.102/32"

Opening = tuple[str, int | None, int | None, str]

every_variant = pytest.mark.parametrize("variant", VARIANTS)
every_variant_with_calling = pytest.mark.parametrize("variant", WITH_CALLING)


def source(rule: Request) -> str:
    """The one source of a rule: none, which would be everybody, and two are errors."""
    (found,) = (rule.inputs[key] for key in SOURCES if key in rule.inputs)
    assert isinstance(found, str)
    return found


def openings(deployment: Deployment, kind: str, group: str) -> set[Opening]:
    """What the rules of a group come down to; a rule that is there twice is an error."""
    rules = [rule for rule in deployment.of(kind) if rule.inputs["securityGroupId"] == group]
    found = [
        (rule.inputs["ipProtocol"], rule.inputs.get("fromPort"), rule.inputs.get("toPort"), source(rule))
        for rule in rules
    ]
    assert len(set(found)) == len(found)
    return set(found)


def said(variant: str) -> tuple[list[str], list[str]]:
    """Clients and administrators of a variant."""
    values: dict[str, Any] = {
        "wickr:clientCidrs": ["0.0.0.0/0"],
        "wickr:adminCidrs": ["198.51.100.64/26"],
        **VARIANTS[variant],
    }
    return values["wickr:clientCidrs"], values["wickr:adminCidrs"]


def last_media_port(variant: str) -> int:
    """Written out, not computed: the guide's own examples (IG 6.4)."""
    return {"500 calls": 17384, "1 call": 16386}.get(variant, 16484)


def at(variant: str, group: str) -> list[str]:
    """How the hosts of a group are known to the other host: by it, and by a public address where there is one."""
    return [group, *([] if "private" in variant or "airgap" in variant else [ADDRESSES[group]])]


def between_the_hosts(variant: str) -> list[int]:
    """The ports of the calling host that are for the messaging host."""
    return [444, 8443] if variant == "calling of 6.32" else [444]


def admitted(variant: str) -> set[str]:
    """Who is let in beside the clients that a stack names: the compliance host, by a private name and by the public."""
    if "0.0.0.0/0" in said(variant)[0] or variant not in WITH_COMPLIANCE:
        return set()
    return {COMPLIANCE} if "wickr:network" in VARIANTS[variant] else {COMPLIANCE, NAT_ADDRESS}


BY_THE_GUIDE: set[Opening] = {("tcp", 80, 80, "0.0.0.0/0"), ("tcp", 443, 443, "0.0.0.0/0")}
"""Package archives, the vendor and its images (IG 3.5)."""
EVERYTHING: set[Opening] = {("-1", None, None, "0.0.0.0/0"), ("-1", None, None, "::/0")}


def outside(variant: str) -> set[Opening]:
    """What every node may reach that is no host of the installation."""
    if "airgap" in variant:
        return {("tcp", 443, 443, "pl-of-s3")}
    proxied: set[Opening] = {("tcp", 3128, 3128, block) for block in ("10.9.0.0/28", "198.51.100.202/32")}
    others: dict[str, set[Opening]] = {
        "everything let out": EVERYTHING,
        "calling, and everything let out": EVERYTHING,
        "compliance, and everything let out": EVERYTHING,
        "a proxy among everything": EVERYTHING,
        "through a proxy": {("tcp", 3128, 3128, "10.9.0.10/32")},
        "calling through a proxy": proxied,
        "calling through a proxy that lets vitals through": proxied,
    }
    return others.get(variant, BY_THE_GUIDE)


@every_variant
def test_what_is_open_on_the_messaging_host_equals_the_table(variant: str) -> None:
    clients, admins = said(variant)
    assert openings(deployed(variant), INGRESS, MESSAGING) == (
        {("tcp", 443, 443, client) for client in {*clients, *admitted(variant)}}
        | {("tcp", port, port, admin) for admin in admins for port in (22, 8800)}
        | {("tcp", 9870, 9881, CLUSTER)}
    )


@every_variant_with_calling
def test_what_is_open_on_the_calling_host_equals_the_table(variant: str) -> None:
    clients, admins = said(variant)
    assert openings(deployed(variant), INGRESS, CALLING) == (
        {("tcp", port, port, client) for client in clients for port in (443, 8001)}
        | {("udp", 16384, last_media_port(variant), client) for client in clients}
        | {("tcp", port, port, who) for port in between_the_hosts(variant) for who in at(variant, MESSAGING)}
        | {("tcp", 22, 22, admin) for admin in admins}
    )


@every_variant
def test_what_the_messaging_host_may_reach_is_what_the_stack_says_and_the_calling_host_s_rows(variant: str) -> None:
    ports = between_the_hosts(variant) if variant in WITH_CALLING else []
    assert openings(deployed(variant), EGRESS, MESSAGING) == (
        outside(variant)
        | {("tcp", port, port, whom) for port in ports for whom in at(variant, CALLING)}
        | ({("tcp", 22, 22, COMPLIANCE)} if variant in WITH_COMPLIANCE else set())
    )


@every_variant_with_calling
def test_what_the_calling_host_may_reach_is_what_the_stack_says_and_the_cluster_s_ports(variant: str) -> None:
    assert openings(deployed(variant), EGRESS, CALLING) == outside(variant) | {("tcp", 9870, 9881, MESSAGING)}


@pytest.mark.parametrize("variant", WITH_COMPLIANCE)
def test_the_compliance_host_is_reached_by_the_messaging_host_alone_and_reaches_443(variant: str) -> None:
    assert openings(deployed(variant), INGRESS, COMPLIANCE) == {("tcp", 22, 22, MESSAGING)}
    assert openings(deployed(variant), EGRESS, COMPLIANCE) == {("tcp", 443, 443, "0.0.0.0/0")}


@every_variant
def test_every_rule_stands_in_the_group_of_a_host_and_every_host_in_its_own(variant: str) -> None:
    deployment, calling, compliance = deployed(variant), variant in WITH_CALLING, variant in WITH_COMPLIANCE
    rules = {rule.inputs["securityGroupId"] for kind in (INGRESS, EGRESS) for rule in deployment.of(kind)}
    assert rules == {MESSAGING} | ({CALLING} if calling else set()) | ({COMPLIANCE} if compliance else set())
    hosts = {
        each.inputs["tags"]["wickr:role"]: each.inputs["vpcSecurityGroupIds"]
        for each in deployment.of("aws:ec2/instance:Instance")
    }
    assert hosts == {
        "messaging": [MESSAGING],
        **({"calling": [CALLING, CLUSTER]} if calling else {}),
        **({"compliance": [COMPLIANCE]} if compliance else {}),
    }


@every_variant
def test_no_rule_is_written_inside_a_group(variant: str) -> None:
    deployment = deployed(variant)
    groups = [*deployment.of("aws:ec2/securityGroup:SecurityGroup")]
    groups += deployment.of("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
    assert {(each.name, key) for each in groups for key in {"ingress", "egress"} & each.inputs.keys()} == set()
    assert deployment.of("aws:ec2/securityGroupRule:SecurityGroupRule") == []


@every_variant
def test_nothing_but_services_and_media_is_open_to_the_world(variant: str) -> None:
    wide = {
        (protocol, first, last)
        for group in (MESSAGING, CALLING, COMPLIANCE)
        for protocol, first, last, who in openings(deployed(variant), INGRESS, group)
        if "/" in who and ipaddress.ip_network(who).prefixlen < 8
    }
    media = {("tcp", 8001, 8001), ("udp", 16384, last_media_port(variant))} if variant in WITH_CALLING else set()
    assert wide <= {("tcp", 443, 443)} | media


@pytest.mark.slow
def test_a_rule_is_named_by_its_row_and_its_source() -> None:
    assert {rule.name for rule in deployed("IPv6").of(INGRESS)} == {
        "messaging-firewall-in-wickr-services-0.0.0.0-0",
        "messaging-firewall-in-wickr-services-..-0",
        "messaging-firewall-in-ssh-198.51.100.64-26",
        "messaging-firewall-in-installer-ui-198.51.100.64-26",
        "messaging-firewall-in-ssh-2001.db8.a..-48",
        "messaging-firewall-in-installer-ui-2001.db8.a..-48",
        "messaging-firewall-in-replicated-internal",
    }


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_rule_of_the_calling_host_is_named_the_same_way() -> None:
    rules = [*deployed("calling of 6.32").of(INGRESS), *deployed("calling of 6.32").of(EGRESS)]
    assert {rule.name for rule in rules if rule.name.startswith("calling-")} == {
        "calling-firewall-in-tcp-proxy-0.0.0.0-0",
        "calling-firewall-in-socks-proxy-0.0.0.0-0",
        "calling-firewall-in-media-0.0.0.0-0",
        "calling-firewall-in-http-api-messaging",
        "calling-firewall-in-http-api-messaging-address",
        "calling-firewall-in-internal-https-messaging",
        "calling-firewall-in-internal-https-messaging-address",
        "calling-firewall-in-ssh-198.51.100.64-26",
        "calling-firewall-out-80",
        "calling-firewall-out-443",
        "calling-out-replicated",
        "calling-from-messaging-http-api",
        "calling-from-messaging-http-api-address",
        "calling-from-messaging-internal-https",
        "calling-from-messaging-internal-https-address",
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("more", "changed"),
    [
        ("500 calls", {"calling-firewall-in-media-0.0.0.0-0"}),
        ("1 call", {"calling-firewall-in-media-0.0.0.0-0"}),
        ("calling of 6.32", set()),
    ],
)
def test_more_calls_or_a_later_release_touch_no_other_rule(more: str, changed: set[str]) -> None:
    before, after = (
        {rule.name: rule.inputs for rule in [*deployed(each).of(INGRESS), *deployed(each).of(EGRESS)]}
        for each in ("calling", more)
    )
    assert {name for name, inputs in before.items() if after[name] != inputs} == changed


@pytest.mark.slow
@pytest.mark.parametrize(
    ("other", "ways"),
    [
        ("calling, and everything let out", {"all", "all-6"}),
        ("calling through a proxy", {"proxy-10.9.0.0-28", "proxy-198.51.100.202-32"}),
    ],
)
def test_another_way_out_touches_no_rule_between_the_hosts_and_none_into_them(other: str, ways: set[str]) -> None:
    usual, changed = (
        {rule.name: rule.inputs for rule in [*deployed(each).of(INGRESS), *deployed(each).of(EGRESS)]}
        for each in ("calling", other)
    )
    assert {name for name in usual.keys() | changed.keys() if usual.get(name) != changed.get(name)} == {
        f"{host}-firewall-out-{end}" for host in ("messaging", "calling") for end in {"80", "443"} | ways
    }


@pytest.mark.slow
def test_further_networks_touch_no_rule_that_stays() -> None:
    usual, several = (
        {rule.name: rule.inputs for rule in [*deployed(each).of(INGRESS), *deployed(each).of(EGRESS)]}
        for each in ("calling", "calling for several networks")
    )
    assert {name: several[name] for name in usual.keys() & several.keys()} == {
        name: inputs for name, inputs in usual.items() if not name.endswith("-0.0.0.0-0")
    }


@pytest.mark.parametrize(
    ("cidr", "name"), [("203.0.113.0/24", "203.0.113.0-24"), ("2001:db8::/32", "2001.db8..-32"), ("::/0", "..-0")]
)
def test_an_address_block_becomes_part_of_a_name(cidr: str, name: str) -> None:
    assert slug(cidr) == name
