"""What hosts connect to (IG 3.5; CG 2.1)."""

import pytest

from guide import outbound
from guide.outbound import outbound_ports
from guide.roles import Role

IG_3_5 = {
    "get.replicated.com",
    "api.replicated.com",
    "registry.replicated.com",
    "registry-data.replicated.com",
    "quay.io",
}


@pytest.mark.parametrize("role", [Role.MESSAGING, Role.CALLING])
def test_a_node_reaches_exactly_the_guide_s_names_for_updates(role: Role) -> None:
    rows = [row for row in outbound.ONLINE if row.section == "IG 3.5" and role in row.roles]
    assert [(row.port, set(row.hosts)) for row in rows] == [(443, IG_3_5)]


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (Role.MESSAGING, {80: {"os-packages"}, 443: {"replicated", "docker-hub", "docker-packages"}}),
        (Role.CALLING, {80: {"os-packages"}, 443: {"replicated", "docker-hub", "docker-packages"}}),
        (
            Role.COMPLIANCE,
            {
                443: {
                    *("docker-packages", "compliance-messaging", "compliance-image"),
                    *("compliance-configuration", "compliance-integrations"),
                }
            },
        ),
    ],
)
def test_a_role_reaches_these_ports_for_these_reasons(role: Role, expected: dict[int, set[str]]) -> None:
    assert {port: {row.name for row in rows} for port, rows in outbound_ports(role).items()} == expected


def test_a_row_says_what_it_is_for_and_who_says_so() -> None:
    assert [row.name for row in outbound.ONLINE if not (row.purpose and row.section and row.roles)] == []


def test_no_name_stands_in_two_rows() -> None:
    names = [name for row in outbound.ONLINE for name in row.hosts]
    assert len(set(names)) == len(names)
