"""Names of Route 53 are told to whom they are for."""

import pytest

from local.lab.zones import Zone, public, resolve

PUBLIC = Zone(
    name="example.com",
    addresses={"www.example.com": ("203.0.113.100",), "wickr.example.com": ("203.0.113.101",)},
    aliases={"chat.example.com": "www.example.com", "loop.example.com": "loop.example.com"},
)
PRIVATE = Zone(
    name="example.com", private=True, vpcs=frozenset({"vpc-1"}), addresses={"wickr.example.com": ("10.0.1.4",)}
)
INNER = Zone(name="in.example.com", private=True, vpcs=frozenset({"vpc-1"}))
ZONES = (PUBLIC, PRIVATE, INNER)


@pytest.mark.parametrize(
    ("name", "vpc", "address"),
    [
        ("wickr.example.com", "", "203.0.113.101"),
        ("wickr.example.com", "vpc-2", "203.0.113.101"),
        ("wickr.example.com", "vpc-1", "10.0.1.4"),
        ("chat.example.com", "", "203.0.113.100"),
        ("loop.example.com", "", None),
        ("www.example.com", "vpc-1", None),
        ("a.in.example.com", "vpc-1", None),
        ("example.org", "", None),
        ("notexample.com", "", None),
    ],
)
def test_a_private_zone_comes_first_for_its_network_and_hides_the_public_one(
    name: str, vpc: str, address: str | None
) -> None:
    assert resolve(ZONES, name, vpc) == address


def test_the_internet_knows_the_public_zones_alone() -> None:
    assert public(ZONES) == {
        "chat.example.com": "203.0.113.100",
        "wickr.example.com": "203.0.113.101",
        "www.example.com": "203.0.113.100",
    }
