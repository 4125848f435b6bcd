"""The critical path is the longest chain of steps that wait for each other, whatever else went on beside it."""

from typing import Any

from bench.path import Deployment, deployment

PROVIDER = "urn:pulumi:test::wickr::pulumi:providers:aws::aws"


def urn(name: str, kind: str = "aws:ec2/eip:Eip") -> str:
    return f"urn:pulumi:test::wickr::wickr:host:Host${kind}::{name}"


def events(*steps: tuple[float, float, str]) -> list[tuple[float, dict[str, Any]]]:
    """Steps from when to when, as the engine tells of them."""
    told = [(began, {"resourcePreEvent": {"metadata": {"urn": each}}}) for began, _, each in steps]
    return [*told, *((ended, {"resOutputsEvent": {"metadata": {"urn": each}}}) for _, ended, each in steps)]


def made(*, dependencies: dict[str, list[str]], wall: float = 20) -> Deployment:
    steps = (
        (1, 2, PROVIDER),
        (2, 5, urn("network")),
        (5, 9, urn("host")),
        (5, 11, urn("address")),
        (12, 15, urn("install")),
        (1, 18, urn("component", "wickr:host:Host")),
    )
    resources = [
        {"urn": urn(name), "dependencies": [urn(each) for each in needs], "provider": f"{PROVIDER}::id"}
        for name, needs in dependencies.items()
    ]
    return deployment(events(*steps), resources, wall)


NEEDS = {"network": [], "host": ["network"], "address": ["network"], "install": ["host"]}


def names(deployment: Deployment) -> list[str]:
    return [step.name for step in deployment.chain()]


def test_the_chain_is_the_longest_one_by_its_seconds() -> None:
    found = made(dependencies=NEEDS)
    assert names(found) == ["aws", "network", "host", "install"]
    assert found.critical == 1 + 3 + 4 + 3


def test_a_longer_step_that_is_waited_for_takes_the_place_of_a_shorter_one() -> None:
    found = made(dependencies=NEEDS | {"install": ["host", "address"]})
    assert names(found) == ["aws", "network", "address", "install"]
    assert found.critical == 1 + 3 + 6 + 3


def test_what_nobody_waits_for_may_take_as_long_as_it_does() -> None:
    assert names(made(dependencies={each: [] for each in NEEDS})) == ["aws", "address"]


def test_a_component_is_no_step_and_a_step_that_never_ended_is_none() -> None:
    found = deployment(
        [*events((0, 9, urn("x", "wickr:host:Host"))), (1, {"resourcePreEvent": {"metadata": {"urn": urn("y")}}})],
        [],
        9,
    )
    assert found.steps == {}
    assert found.critical == 0


def test_what_was_waited_for_is_what_ended_last_however_short_it_was() -> None:
    found = made(dependencies=NEEDS | {"install": ["host", "network"], "address": []})
    assert [step.name for step in found.waited()] == ["aws", "network", "host", "install"]
    late = deployment(
        events((0, 8, urn("long")), (9, 10, urn("short")), (10, 12, urn("last"))),
        [{"urn": urn("last"), "dependencies": [urn("long"), urn("short")]}],
        12,
    )
    assert [step.name for step in late.chain()] == ["long", "last"]
    assert [step.name for step in late.waited()] == ["short", "last"]
    assert late.beside(7, 9.5) == 2
