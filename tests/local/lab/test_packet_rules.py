"""The cloud router's rules follow from the API's state, and from nothing else. Whole rule sets are compared."""

import dataclasses
from ipaddress import IPv4Address, IPv4Network
from textwrap import dedent

import pytest

from local.lab.dataplane import ruleset
from local.lab.snapshot import Instance, NatGateway, Route, Rule, Snapshot, Subnet

EVERYWHERE = "0.0.0.0/0"
ADMINS = "198.51.100.64/26"
LOCAL = Route(to=IPv4Network("10.0.0.0/16"), target="local")


def to(cidr: str, target: str) -> Route:
    return Route(to=IPv4Network(cidr), target=target)


PUBLIC = Subnet(id="subnet-pub", vpc="vpc-1", cidr=IPv4Network("10.0.1.0/24"), routes=(LOCAL, to(EVERYWHERE, "igw-1")))
PRIVATE = Subnet(
    id="subnet-priv", vpc="vpc-1", cidr=IPv4Network("10.0.2.0/24"), routes=(LOCAL, to(EVERYWHERE, "nat-1"))
)
OPEN_EGRESS = Rule(egress=True, protocol="-1", cidrs=(EVERYWHERE,))
MESSAGING = Instance(
    id="i-0a", vpc="vpc-1", subnet="subnet-pub", private="10.0.1.10", public="203.0.113.100", groups=("sg-m",)
)
COMPLIANCE = Instance(id="i-0b", vpc="vpc-1", subnet="subnet-priv", private="10.0.2.10", groups=("sg-c",))
CLOUD = Snapshot(
    instances=(MESSAGING, COMPLIANCE),
    subnets=(PUBLIC, PRIVATE),
    internet_gateways=frozenset({("igw-1", "vpc-1")}),
    nat_gateways=(NatGateway(id="nat-1", subnet="subnet-pub", public="203.0.113.101"),),
    rules={
        "sg-m": (
            OPEN_EGRESS,
            Rule(egress=False, protocol="tcp", first=22, last=22, cidrs=(ADMINS,)),
            Rule(egress=False, protocol="udp", first=16384, last=16484, cidrs=(EVERYWHERE,)),
        ),
        "sg-c": (
            Rule(egress=True, protocol="tcp", first=443, last=443, cidrs=(EVERYWHERE,)),
            Rule(egress=False, protocol="tcp", first=0, last=65535, group="sg-m"),
        ),
    },
)


def chain(snapshot: Snapshot, name: str) -> list[str]:
    """The lines of one chain."""
    lines = [line.strip() for line in ruleset(snapshot).splitlines()]
    start = lines.index(f"chain {name} {{")
    return lines[start + 1 : lines.index("}", start)]


def changed(snapshot: Snapshot, **changes: object) -> Snapshot:
    return dataclasses.replace(snapshot, **changes)  # type: ignore[arg-type]


def test_an_empty_cloud_forwards_nothing() -> None:
    assert ruleset(Snapshot()) == dedent(
        """\
        table ip cloud
        delete table ip cloud
        table ip cloud {
          chain anti_spoof {
            type filter hook prerouting priority raw; policy accept;
          }
          chain addresses_in {
            type nat hook prerouting priority dstnat; policy accept;
          }
          chain addresses_out {
            type nat hook postrouting priority srcnat; policy accept;
          }
          chain metadata {
            type filter hook input priority filter; policy drop;
          }
          chain forward {
            type filter hook forward priority filter; policy drop;
            ct state established,related accept
            ct state invalid drop
            iifname "inet" oifname "aws" accept
            iifname { "inet", "aws" } ct status and dnat == 0 drop
            iifname != { "inet", "aws" } oifname { "inet", "aws" } accept
          }
        }
        """
    )


def test_a_public_and_a_private_host_get_exactly_what_groups_addresses_and_routes_say() -> None:
    assert ruleset(CLOUD) == dedent(
        """\
        table ip cloud
        delete table ip cloud
        table ip cloud {
          chain anti_spoof {
            type filter hook prerouting priority raw; policy accept;
            iifname "h-i-0a" ip saddr != 10.0.1.10 drop
            iifname "h-i-0b" ip saddr != 10.0.2.10 drop
          }
          chain addresses_in {
            type nat hook prerouting priority dstnat; policy accept;
            iifname "inet" ip daddr 203.0.113.100 dnat to 10.0.1.10
          }
          chain addresses_out {
            type nat hook postrouting priority srcnat; policy accept;
            oifname { "inet", "aws" } ip saddr 10.0.2.0/24 snat to 203.0.113.101
            oifname { "inet", "aws" } ip saddr 10.0.1.10 snat to 203.0.113.100
          }
          chain metadata {
            type filter hook input priority filter; policy drop;
            iifname "h-i-0a" ip daddr 169.254.169.254 tcp dport 80 accept
            iifname "h-i-0a" ip daddr 169.254.169.253 meta l4proto { tcp, udp } th dport 53 accept
            iifname "h-i-0b" ip daddr 169.254.169.254 tcp dport 80 accept
            iifname "h-i-0b" ip daddr 169.254.169.253 meta l4proto { tcp, udp } th dport 53 accept
          }
          chain forward {
            type filter hook forward priority filter; policy drop;
            iifname "h-i-0b" oifname { "inet", "aws" } jump routes_subnet_priv
            iifname "h-i-0a" oifname { "inet", "aws" } jump routes_subnet_pub
            ct state established,related accept
            ct state invalid drop
            iifname "inet" oifname "aws" accept
            iifname { "inet", "aws" } ct status and dnat == 0 drop
            iifname "h-i-0a" jump egress_i_0a
            iifname "h-i-0b" jump egress_i_0b
            iifname != { "inet", "aws" } oifname { "inet", "aws" } accept
            oifname "h-i-0a" goto ingress_i_0a
            oifname "h-i-0b" goto ingress_i_0b
          }
          chain routes_subnet_priv {
            return
            drop
          }
          chain routes_subnet_pub {
            ip saddr 10.0.1.10 return
            drop
          }
          chain egress_i_0a {
            return
            drop
          }
          chain egress_i_0b {
            tcp dport 443 return
            drop
          }
          chain ingress_i_0a {
            ip saddr 198.51.100.64/26 tcp dport 22 accept
            udp dport 16384-16484 accept
            drop
          }
          chain ingress_i_0b {
            ip saddr 10.0.1.10 meta l4proto tcp accept
            drop
          }
        }
        """
    )


def test_an_endpoint_leads_to_s3_by_the_private_address_and_nowhere_else() -> None:
    """With the route of the endpoint alone there is no other way out, and nothing is translated on this one."""
    inside = dataclasses.replace(PRIVATE, routes=(LOCAL, to("203.0.113.72/29", "vpce-1")))
    snapshot = changed(CLOUD, subnets=(PUBLIC, inside), endpoints=frozenset({("vpce-1", "vpc-1")}))
    assert chain(snapshot, "routes_subnet_priv") == [
        "ip daddr 203.0.113.72/29 return",
        "ip daddr 203.0.113.72/29 drop",
        "drop",
    ]
    assert 'oifname "aws" ip saddr 10.0.2.0/24 ip daddr 203.0.113.72/29 accept' in chain(snapshot, "addresses_out")
    for without in (frozenset(), frozenset({("vpce-1", "vpc-2")})):
        closed = changed(snapshot, endpoints=without)
        assert chain(closed, "routes_subnet_priv") == ["ip daddr 203.0.113.72/29 drop", "drop"]


def test_the_route_of_an_endpoint_comes_before_that_of_the_nat_gateway() -> None:
    both = dataclasses.replace(PRIVATE, routes=(*PRIVATE.routes, to("203.0.113.72/29", "vpce-1")))
    snapshot = changed(CLOUD, subnets=(PUBLIC, both), endpoints=frozenset({("vpce-1", "vpc-1")}))
    assert chain(snapshot, "addresses_out")[1:3] == [
        'oifname "aws" ip saddr 10.0.2.0/24 ip daddr 203.0.113.72/29 accept',
        'oifname { "inet", "aws" } ip saddr 10.0.2.0/24 snat to 203.0.113.101',
    ]
    assert snapshot.endpoint(COMPLIANCE, IPv4Address("203.0.113.74")) == "vpce-1"
    assert snapshot.endpoint(COMPLIANCE, IPv4Address("203.0.113.66")) == ""
    assert snapshot.endpoint(MESSAGING, IPv4Address("203.0.113.74")) == ""


def test_a_host_without_groups_accepts_and_sends_nothing() -> None:
    bare = changed(CLOUD, instances=(dataclasses.replace(MESSAGING, groups=()),))
    assert chain(bare, "ingress_i_0a") == ["drop"]
    assert chain(bare, "egress_i_0a") == ["drop"]


@pytest.mark.parametrize(
    ("rule", "match"),
    [
        (Rule(egress=False, protocol="-1", cidrs=(ADMINS,)), f"ip saddr {ADMINS} accept"),
        (Rule(egress=False, protocol="tcp", first=80, last=81, cidrs=(EVERYWHERE,)), "tcp dport 80-81 accept"),
        (Rule(egress=False, protocol="6", first=80, last=80, cidrs=(EVERYWHERE,)), "tcp dport 80 accept"),
        (Rule(egress=False, protocol="udp", first=0, last=65535, cidrs=(EVERYWHERE,)), "meta l4proto udp accept"),
        (Rule(egress=False, protocol="icmp", first=-1, last=-1, cidrs=(EVERYWHERE,)), "meta l4proto icmp accept"),
        (Rule(egress=False, protocol="icmp", first=8, last=-1, cidrs=(EVERYWHERE,)), "icmp type 8 accept"),
        (Rule(egress=False, protocol="icmp", first=3, last=4, cidrs=(EVERYWHERE,)), "icmp type 3 icmp code 4 accept"),
        (Rule(egress=False, protocol="50", cidrs=(EVERYWHERE,)), "meta l4proto 50 accept"),
        (
            Rule(egress=False, protocol="tcp", first=22, last=22, cidrs=("192.0.2.8/32", "192.0.2.9/32")),
            "ip saddr { 192.0.2.8/32, 192.0.2.9/32 } tcp dport 22 accept",
        ),
    ],
)
def test_a_rule_becomes_one_match(rule: Rule, match: str) -> None:
    assert chain(changed(CLOUD, rules={"sg-m": (rule,)}), "ingress_i_0a") == [match, "drop"]


@pytest.mark.parametrize(
    "rule",
    [
        Rule(egress=False, protocol="tcp", first=22, last=22, cidrs=()),
        Rule(egress=False, protocol="tcp", first=22, last=22, group="sg-without-members"),
    ],
    ids=["IPv6 alone, or an empty prefix list", "a group without members"],
)
def test_a_rule_without_anybody_at_its_other_end_opens_nothing(rule: Rule) -> None:
    assert chain(changed(CLOUD, rules={"sg-m": (rule,)}), "ingress_i_0a") == ["drop"]


def test_a_group_that_refers_to_itself_stands_for_its_living_members_of_the_same_vpc() -> None:
    members = (
        MESSAGING,
        dataclasses.replace(MESSAGING, id="i-0c", private="10.0.1.11", public=""),
        dataclasses.replace(MESSAGING, id="i-0d", private="10.0.1.12", public="", state="stopped"),
        dataclasses.replace(MESSAGING, id="i-0e", private="10.9.1.13", public="", vpc="vpc-2"),
    )
    own = Rule(egress=False, protocol="tcp", first=2377, last=2377, group="sg-m")
    snapshot = changed(CLOUD, instances=members, rules={"sg-m": (own,)})
    assert "ip saddr { 10.0.1.10, 10.0.1.11 } tcp dport 2377 accept" in chain(snapshot, "ingress_i_0a")


def test_hosts_of_another_vpc_are_strangers_whatever_their_rules_say() -> None:
    stranger = dataclasses.replace(MESSAGING, id="i-0f", vpc="vpc-2", private="10.9.1.10", public="")
    assert chain(changed(CLOUD, instances=(MESSAGING, stranger)), "ingress_i_0a")[0] == 'iifname "h-i-0f" drop'


def test_without_an_attached_internet_gateway_a_public_address_leads_nowhere() -> None:
    closed = changed(CLOUD, internet_gateways=frozenset())
    assert chain(closed, "addresses_in")[1:] == []
    assert chain(closed, "addresses_out")[1:] == []
    assert chain(closed, "routes_subnet_pub") == ["drop"]
    assert chain(closed, "routes_subnet_priv") == ["drop"], "the NAT gateway has no way out either"


def test_without_a_route_to_the_gateway_nothing_leaves_not_even_an_answer() -> None:
    closed = changed(CLOUD, subnets=(dataclasses.replace(PUBLIC, routes=(LOCAL,)),))
    assert chain(closed, "routes_subnet_pub") == ["drop"]
    forward = chain(closed, "forward")
    assert forward.index('iifname "h-i-0a" oifname { "inet", "aws" } jump routes_subnet_pub') < forward.index(
        "ct state established,related accept"
    )


def test_the_longest_route_wins_and_a_target_that_the_lab_does_not_have_is_the_end() -> None:
    table = (LOCAL, to(EVERYWHERE, "igw-1"), to("198.51.100.0/26", "tgw-1"))
    snapshot = changed(CLOUD, subnets=(dataclasses.replace(PUBLIC, routes=table),))
    assert chain(snapshot, "routes_subnet_pub") == [
        "ip daddr 198.51.100.0/26 drop",
        "ip saddr 10.0.1.10 return",
        "drop",
    ]


def test_a_host_without_a_public_address_does_not_pass_an_internet_gateway() -> None:
    snapshot = changed(CLOUD, instances=(dataclasses.replace(MESSAGING, public=""),))
    assert chain(snapshot, "routes_subnet_pub") == ["drop"]


def test_switching_the_address_check_off_lets_a_host_forward_for_others() -> None:
    router = changed(CLOUD, instances=(dataclasses.replace(MESSAGING, check_addresses=False),))
    assert chain(router, "anti_spoof")[1:] == []


@pytest.mark.parametrize("state", ["stopped", "terminated"])
def test_an_instance_that_is_off_has_no_rules(state: str) -> None:
    off = changed(CLOUD, instances=(dataclasses.replace(MESSAGING, state=state),))
    assert "i-0a" not in ruleset(off)
