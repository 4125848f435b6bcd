"""However many networks a stack names: the tables hold, AWS's default quotas hold, and they hold on the way there."""

import functools
import ipaddress
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.room import Arrangement, PrefixList, Room, arrange, join
from guide.ports import MESSAGING, NetworkRange, PortRow, calling
from tests.counted import INGRESS, LIST, NEIGHBOURS, strangers, weights
from tests.recorder import Deployment, Request, deploy
from tests.stacks import CALLING, stack

INSTANCE = "aws:ec2/instance:Instance"
CLUSTER = "cluster-group-id"

RULES, GROUPS = 60, 5
"""AWS's defaults, L-0EA8095F and L-2AFB9258, written out."""

ALL, ADMIN = NetworkRange.ALL, NetworkRange.ADMIN
Opening = tuple[str, int, int]


MANY = {
    "one": strangers(1),
    "ten": strangers(10),
    "as many as half a group holds": strangers(14),
    "one more": strangers(15),
    "a hundred": strangers(100),
    "as many as there is room for": strangers(120),
    "two hundred neighbours": NEIGHBOURS,
    "of both versions": [*strangers(40), *(f"2001:db8:{2 * number:x}::/48" for number in range(40))],
}
QUICK = ("as many as half a group holds", "one more", "two hundred neighbours")
many = pytest.mark.parametrize(
    "admins",
    [
        pytest.param(tuple(each), id=name, marks=[] if name in QUICK else pytest.mark.slow)
        for name, each in MANY.items()
    ],
)


@functools.cache
def stack_of(admins: tuple[str, ...], clients: tuple[str, ...] = ("0.0.0.0/0",)) -> Deployment:
    keys = {"adminCidrs": [*admins], "clientCidrs": [*clients], "calling": CALLING}
    return deploy(stack({f"wickr:{key}": value for key, value in keys.items()}))


def networks(deployment: Deployment, rule: Request) -> list[str]:
    """The address blocks of a rule: its own, or those of its list."""
    lists = {f"{each.name}-id": each for each in deployment.of(LIST)}
    listed = rule.inputs.get("prefixListId")
    if listed is not None:
        return [entry["cidr"] for entry in lists[listed].inputs["entries"]]
    return [rule.inputs[key] for key in ("cidrIpv4", "cidrIpv6") if key in rule.inputs]


def carried(deployment: Deployment, role: str) -> list[str]:
    (host,) = (each for each in deployment.of(INSTANCE) if each.inputs["tags"]["wickr:role"] == role)
    groups = host.inputs["vpcSecurityGroupIds"]
    assert len(set(groups)) == len(groups)
    return list(groups)


def opened(deployment: Deployment, role: str) -> dict[Opening, set[str]]:
    """What a host lets in from address blocks, by all groups that it carries, neighbours as one block."""
    found: dict[Opening, list[str]] = {}
    for rule in deployment.of(INGRESS):
        if rule.inputs["securityGroupId"] in carried(deployment, role):
            port = (rule.inputs["ipProtocol"], rule.inputs["fromPort"], rule.inputs["toPort"])
            found.setdefault(port, []).extend(networks(deployment, rule))
    return {port: whole(blocks) for port, blocks in found.items() if blocks}


def whole(blocks: Sequence[str]) -> set[str]:
    """The same addresses, each in the widest block that there is; none is named twice."""
    parsed = [ipaddress.ip_network(block) for block in blocks]
    assert len(set(parsed)) == len(parsed)
    return {
        str(block)
        for version in (4, 6)
        for block in ipaddress.collapse_addresses(each for each in parsed if each.version == version)  # type: ignore[type-var]
    }


@pytest.mark.slow
@many
def test_many_admin_networks_open_what_the_tables_say(admins: tuple[str, ...]) -> None:
    deployment = stack_of(admins)
    everybody, administrators = {"0.0.0.0/0"}, whole(admins)
    assert opened(deployment, "messaging") == {
        ("tcp", 443, 443): everybody,
        ("tcp", 22, 22): administrators,
        ("tcp", 8800, 8800): administrators,
    }
    (dialler,) = (
        networks(deployment, rule)
        for rule in deployment.of(INGRESS)
        if rule.name == "calling-firewall-in-http-api-messaging-address"
    )
    assert opened(deployment, "calling") == {
        ("tcp", 443, 443): everybody,
        ("tcp", 8001, 8001): everybody,
        ("udp", 16384, 16484): everybody,
        ("tcp", 444, 444): set(dialler),
        ("tcp", 22, 22): administrators,
    }


@pytest.mark.slow
@many
def test_many_admin_networks_stay_inside_the_default_quotas(admins: tuple[str, ...]) -> None:
    deployment = stack_of(admins)
    assert {group: count for group, count in weights(deployment).items() if count > RULES} == {}
    assert [role for role in ("messaging", "calling") if groups_of(deployment, role) > GROUPS] == []


def groups_of(deployment: Deployment, role: str) -> int:
    return len(carried(deployment, role))


@pytest.mark.slow
def test_many_clients_do_so_too() -> None:
    clients = ["198.51.100.0/24", *strangers(60)[1:]]
    deployment = stack_of(tuple(strangers(1)), tuple(clients))
    assert max(weights(deployment).values()) <= RULES
    for role, ports in (("messaging", [("tcp", 443, 443)]), ("calling", [("tcp", 8001, 8001), ("udp", 16384, 16484)])):
        assert groups_of(deployment, role) <= GROUPS
        assert [opened(deployment, role)[port] for port in ports] == [whole(clients)] * len(ports)


def test_a_stack_with_few_networks_has_no_list_and_its_hosts_carry_one_group_each() -> None:
    deployment = stack_of(tuple(MANY["as many as half a group holds"]))
    assert deployment.of(LIST) == []
    assert carried(deployment, "messaging") == ["messaging-firewall-group-id"]
    assert carried(deployment, "calling") == ["calling-firewall-group-id", CLUSTER]


@pytest.mark.slow
def test_lists_and_their_groups_are_named_by_whom_they_let_in() -> None:
    deployment = stack_of(tuple(strangers(31)))
    assert {each.name for each in deployment.of(LIST)} == {
        *(f"messaging-firewall-admins-{number}" for number in (1, 2)),
        "calling-firewall-admins-1",
    }
    assert {rule.name for rule in deployment.of(INGRESS) if "prefixListId" in rule.inputs} == {
        *(f"messaging-firewall-in-{row}-admins-{n}" for row in ("ssh", "installer-ui") for n in (1, 2)),
        "calling-firewall-in-ssh-admins-1",
    }


TABLES: tuple[Sequence[PortRow], ...] = (MESSAGING, calling())
few = st.sampled_from([1, 2, 9, 14, 15, 16, 29, 31, 60, 61, 119])


@st.composite
def told(draw: st.DrawFn) -> dict[NetworkRange, Sequence[str]]:
    """Clients and administrators, in an order that says nothing."""
    clients, admins = (draw(st.permutations(strangers(120)))[: draw(few)] for _ in range(2))
    return {ALL: clients, ADMIN: admins}


def arranged(
    rows: Sequence[PortRow], cidrs: dict[NetworkRange, Sequence[str]], room: Room | None = None
) -> Arrangement:
    return arrange(rows, cidrs, 3, room or Room())


def held(rows: Sequence[PortRow], given: Arrangement) -> dict[str, dict[str, int]]:
    """What each group counts, rule by rule."""
    ranges = [row.network_range for row in rows]
    own = {f"{row.name} {cidr}": 1 for row in rows for cidr in given.own.get(row.network_range, ())}
    return {
        "own": own | {f"between {number}": 1 for number in range(3)},
        **{each.label: {each.label: each.size * ranges.count(each.network_range)} for each in given.lists},
    }


@pytest.mark.slow
@pytest.mark.parametrize("rows", TABLES, ids=["messaging", "calling"])
@given(before=told(), after=told())
def test_from_any_networks_to_any_others_old_and_new_rules_fit_side_by_side(
    rows: Sequence[PortRow], before: dict[NetworkRange, Sequence[str]], after: dict[NetworkRange, Sequence[str]]
) -> None:
    old, new = (held(rows, arranged(rows, each)) for each in (before, after))
    for group in old.keys() | new.keys():
        assert sum((old.get(group, {}) | new.get(group, {})).values()) <= RULES


@pytest.mark.slow
@pytest.mark.parametrize("room", [Room(), Room(rules=61, groups=16), Room(rules=200)], ids=str)
@given(cidrs=told())
def test_each_network_has_its_place_and_has_one(room: Room, cidrs: dict[NetworkRange, Sequence[str]]) -> None:
    made = arranged(MESSAGING, cidrs, room)
    for each, given_ in cidrs.items():
        placed = [*made.own[each], *(one for part in made.lists if part.network_range is each for one in part.networks)]
        assert sorted(placed) == sorted(given_)


def lists(networks: Sequence[str]) -> tuple[PrefixList, ...]:
    return arranged(MESSAGING, {ALL: ["0.0.0.0/0"], ADMIN: networks}).lists


@pytest.mark.parametrize("count", [29, 30, 59, 60, 99])
def test_a_network_that_is_added_at_the_end_touches_the_last_list_alone(count: int) -> None:
    before, after = lists(strangers(count)), lists(strangers(count + 1))
    whole_ = count // 30
    assert after[:whole_] == before[:whole_]
    assert [part.networks[-1:] for part in after[whole_:]] == [(strangers(count + 1)[-1],)]


def blocks() -> Iterator[str]:
    for number in range(8):
        yield f"192.0.2.{32 * number}/27"


@given(st.permutations([*blocks()]), st.integers(1, 8))
def test_joining_networks_keeps_their_addresses(networks: list[str], count: int) -> None:
    some = networks[:count]
    found = join(some, 4)
    assert len(found) == len(set(found))
    assert set(found) == whole(some)


def test_joined_networks_come_in_the_order_in_which_they_were_named() -> None:
    named = ["203.0.113.0/25", "10.1.0.0/16", "192.0.2.0/25", "203.0.113.128/25", "192.0.2.128/25"]
    assert join(named, 4) == ["203.0.113.0/24", "10.1.0.0/16", "192.0.2.0/24"]


def test_a_list_holds_no_more_than_one_call_to_aws_takes() -> None:
    made = arranged(calling(), {ALL: ["0.0.0.0/0"], ADMIN: strangers(120)}, Room(rules=200))
    assert [(each.size, len(each.networks)) for each in made.lists] == [(100, 100), (100, 20)]
