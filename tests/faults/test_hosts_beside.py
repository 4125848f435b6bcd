"""The hosts beside the messaging host, and what runs beside its phases: killed anywhere, it goes on to the same end."""

from collections.abc import Iterator

import pytest

from installer import phase as phases
from installer.phase import CALLS, CONTAINER, ENGINE, JOIN, MESSAGING_PHASES, SUPPLY_PHASES, VITALS, VOLUME, Phase
from tests.faults import moments
from tests.faults.scene import BOOTSTRAPS, Scene, Watched, lab_of
from tests.faults.test_interruptions import Record, resumes

pytestmark = pytest.mark.fault

BESIDE = {
    JOIN: ("calling", ("messaging", "calling")),  # it waits for a daemon that is made beside it
    CALLS: ("messaging", ()),  # it asks, and leaves nothing on the host
    **dict.fromkeys((VITALS, VOLUME, ENGINE, CONTAINER), ("compliance", ("compliance",))),
}
"""Phases that no other file has: the host that each is killed on, and those on which nothing has run before."""


def test_no_phase_is_left_out() -> None:
    every = {each.name for each in vars(phases).values() if isinstance(each, Phase)}
    assert {each.name for each in (*MESSAGING_PHASES, *SUPPLY_PHASES, *BESIDE)} == every


@pytest.fixture(scope="module")
def all_hosts(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Scene]:
    """Messaging, calling and a compliance host, which tell how they are."""
    with lab_of(request, "faults-all") as lab:
        scene = Scene(lab, tmp_path_factory.mktemp("all"), keys={}, hosts=tuple(BOOTSTRAPS))
        scene.build()
        yield scene


@pytest.mark.parametrize("when", moments.ALL)
@pytest.mark.parametrize("phase", BESIDE, ids=lambda phase: phase.name)
def test_a_killed_deployment_resumes(all_hosts: Scene, phase: Phase, when: str, record_property: Record) -> None:
    host, anew = BESIDE[phase]
    if anew:
        all_hosts.afresh(*anew)
    else:
        all_hosts.before(phase.name)
    run = all_hosts.up_until(moments.ALL[when](phase.name, host), Watched.kill)
    assert run.code != 0, "it was too late to kill it"
    fault = f"killed at the {when} of {phase.name} on the {host} host"
    resumes(all_hosts, all_hosts.undisturbed, record_property, fault)
