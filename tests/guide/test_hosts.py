"""What a host must have, and which Docker it may have (IG 3.1, 3.2, 4.4.5; CG 2.1)."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guide import docker, hosts
from guide.roles import Role

versions = st.tuples(*[st.integers(min_value=0, max_value=99)] * 3)


def test_the_minimums_are_those_of_the_tables() -> None:
    assert {role: dataclasses.astuple(minimum) for role, minimum in hosts.MINIMUMS.items()} == {
        Role.MESSAGING: (2, 8, 120, "IG 3.1", 200),
        Role.CALLING: (2, 8, 60, "IG 3.2", 0),
        Role.COMPLIANCE: (2, 8, 100, "CG 2.1", 0),
    }


def test_the_vendor_s_preflight_asks_for_more_disk_on_the_messaging_host_and_for_linux_3_10() -> None:
    assert (hosts.PREFLIGHT_DISK_GB, hosts.MINIMUM_KERNEL) == (200, (3, 10))
    beyond = {role for role, minimum in hosts.MINIMUMS.items() if minimum.preflight_disk_gb > minimum.disk_gb}
    assert beyond == {Role.MESSAGING}


@pytest.mark.parametrize(
    ("system", "version", "accepted"),
    [
        ("ubuntu", (16, 4), False),
        ("ubuntu", (18, 4), True),
        ("ubuntu", (22, 4), True),
        ("ubuntu", (24, 4), True),
        ("rhel", (6, 10), False),
        ("rhel", (7,), True),
        ("rhel", (7, 9), True),
        ("rhel", (8, 1), False),
        ("centos", (7, 0), True),
        ("centos", (8,), False),
        ("debian", (12,), False),
        ("amzn", (2,), False),
    ],
)
def test_an_operating_system_is_accepted_as_the_guide_says(
    system: str, version: tuple[int, ...], accepted: bool
) -> None:
    assert any(each.id == system and each.accepts(version) for each in hosts.OPERATING_SYSTEMS) is accepted


def test_the_accepted_systems_read_as_the_guide_writes_them() -> None:
    assert [each.text for each in hosts.OPERATING_SYSTEMS] == ["ubuntu 18.04", "rhel 7", "centos 7"]


@pytest.mark.parametrize(
    ("window", "version", "accepted"),
    [
        (docker.GUIDE_WINDOW, (1, 7, 0), False),
        (docker.GUIDE_WINDOW, (1, 7, 1), True),
        (docker.GUIDE_WINDOW, (18, 9, 2), True),
        (docker.GUIDE_WINDOW, (18, 9, 3), False),
        (docker.GUIDE_WINDOW, (19, 3, 8), False),
        (docker.LATER_WINDOW, (20, 10, 9), False),
        (docker.LATER_WINDOW, (20, 10, 10), True),
        (docker.LATER_WINDOW, (99, 0, 0), True),
    ],
)
def test_a_docker_is_inside_or_outside_its_release_s_window(
    window: docker.DockerWindow, version: tuple[int, int, int], accepted: bool
) -> None:
    assert window.accepts(version) is accepted


@given(versions)
def test_no_docker_fits_both_the_guide_and_the_later_releases(version: tuple[int, int, int]) -> None:
    assert [window.accepts(version) for window in docker.WINDOWS] != [True, True]


def test_a_window_reads_as_people_write_it() -> None:
    assert [window.text for window in docker.WINDOWS] == ["1.7.1 to 18.09.2", "20.10.10 or later"]


@pytest.mark.parametrize(
    ("version", "text"),
    [((1, 7, 1), "1.7.1"), ((17, 6, 2), "17.06.2"), ((20, 10, 7), "20.10.7"), ((24, 0, 2), "24.0.2")],
)
def test_a_docker_version_is_written_as_docker_writes_it(version: tuple[int, int, int], text: str) -> None:
    assert docker.written(version) == text
