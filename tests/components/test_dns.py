"""Records in a zone that is there: one a name, none without a zone, and nobody is asked to make them again."""

from typing import Any

import pytest

from tests.mock_cloud import PRIVATE_ZONE, PUBLIC_ZONE, Answer, Refused
from tests.recorder import deploy
from tests.stacks import CALLING, VARIANTS, deployed, stack

RECORD, ZONE = "aws:route53/record:Record", "aws:route53/getZone:getZone"


def records(variant: str) -> list[tuple[str, ...]]:
    found = (each.inputs for each in deployed(variant).of(RECORD))
    # By their addresses, the messaging host's first: in which order they are asked for is nobody's business.
    rows = [(each["zoneId"], each["type"], each["name"], *each["records"], str(each["ttl"])) for each in found]
    return sorted(rows, key=lambda row: row[3])


@pytest.mark.parametrize(
    ("variant", "found"),
    [
        ("records", [(PUBLIC_ZONE, "A", "wickr.example.com", "203.0.113.100", "300")]),
        (
            "calling with records",
            [
                (PUBLIC_ZONE, "A", "wickr.example.com", "203.0.113.100", "60"),
                (PUBLIC_ZONE, "A", "calling.example.com", "203.0.113.101", "60"),
            ],
        ),
        (
            "calling in private with records",
            [
                (PRIVATE_ZONE, "A", "wickr.example.com", "10.20.0.10", "300"),
                (PRIVATE_ZONE, "A", "calling.example.com", "10.20.0.11", "300"),
            ],
        ),
    ],
)
def test_each_name_has_one_record_with_the_address_that_the_stack_tells(variant: str, found: list[Any]) -> None:
    assert records(variant) == found
    assert {key for each in deployed(variant).of(RECORD) for key in each.inputs} == {
        *("zoneId", "name", "type", "ttl", "records"),
    }


@pytest.mark.parametrize("variant", [each for each in VARIANTS if "records" not in each])
def test_without_a_zone_there_is_no_record_and_route_53_is_not_asked(variant: str) -> None:
    assert deployed(variant).of(RECORD) == []
    assert ZONE not in {token for token, _ in deployed(variant).invoked}


def asked(variant: dict[str, Any]) -> list[str]:
    deployment = deploy(stack(variant))
    assert deployment.problem is None, deployment.said("error")
    return [each for each in deployment.outputs["nextSteps"] if "DNS record" in each]


@pytest.mark.slow
def test_nobody_is_asked_for_records_that_are_there_unless_clients_do_not_see_them() -> None:
    assert [asked(VARIANTS[each]) for each in ("records", "calling in private with records")] == [[], []]
    seen_inside = {"wickr:dns": {"zoneId": PRIVATE_ZONE, "private": True}}
    assert asked(seen_inside) == ["Make a DNS record for wickr.example.com that resolves to 203.0.113.100."]


def refused(changes: dict[str, Any], answers: dict[str, Answer] | None = None) -> list[str]:
    deployment = deploy(stack(changes), answers=answers)
    assert {each.type for each in deployment.resources} <= {"pulumi:providers:aws"}
    return deployment.said("error")


def test_a_name_outside_the_zone_is_refused_before_anything_is_made() -> None:
    changes = {
        "wickr:hostname": "wickr.notexample.com",
        "wickr:calling": CALLING | {"hostname": "calls.example.org"},
        "wickr:dns": {"zoneId": PUBLIC_ZONE},
    }
    assert refused(changes) == [
        f"wickr:dns.zoneId: {name} is not inside example.com, the zone {PUBLIC_ZONE}; name the zone that it is inside "
        "of, or leave wickr:dns out and make the records yourself"
        for name in ("wickr.notexample.com", "calls.example.org")
    ]


@pytest.mark.slow
@pytest.mark.parametrize("hostname", ["example.com", "a.b.example.com"])
def test_the_zone_s_own_name_and_any_depth_are_inside(hostname: str) -> None:
    assert deploy(stack({"wickr:hostname": hostname, "wickr:dns": {"zoneId": PUBLIC_ZONE}})).problem is None


@pytest.mark.parametrize(
    ("dns", "sentence"),
    [
        (
            {"zoneId": PRIVATE_ZONE},
            f"wickr:dns.private: {PRIVATE_ZONE} (example.com) is a private zone, which resolves in its own VPCs alone; "
            "set it to true where that is meant, or name a public zone",
        ),
        (
            {"zoneId": PUBLIC_ZONE, "private": True},
            f"wickr:dns.private: {PUBLIC_ZONE} (example.com) is a public zone; set it to false, or name a private zone",
        ),
    ],
)
def test_a_zone_of_the_other_kind_is_refused(dns: dict[str, Any], sentence: str) -> None:
    assert refused({"wickr:dns": dns}) == [sentence]


def test_a_zone_that_is_not_there_is_refused() -> None:
    def none(_: dict[str, Any]) -> dict[str, Any]:
        raise Refused("the plugin returned an error: NoSuchHostedZone: No hosted zone found with ID: Z0NONE")

    (problem,) = refused({"wickr:dns": {"zoneId": "Z0NONE"}}, {ZONE: none})
    assert problem.startswith("wickr:dns.zoneId: AWS does not know Z0NONE in this account (NoSuchHostedZone")
