"""Whatever ends a deployment halfway, `pulumi up` goes on from there to where an undisturbed one ends."""

import json
from collections.abc import Callable

import pytest

from installer.phase import MESSAGING_PHASES
from tests.faults import moments
from tests.faults.scene import Scene, Watched

pytestmark = pytest.mark.fault

KILLED = {
    f"killed at the {when} of {phase.name}": moment(phase.name)
    for phase in MESSAGING_PHASES
    for when, moment in (("start", moments.start), ("middle", moments.middle), ("end", moments.end))
}
REACHES_THE_HOST = ("files", "install", "replicated", "configure", "application")
CUT = {f"SSH cut in {phase}": moments.middle(phase) for phase in REACHES_THE_HOST}
REBOOTED = {f"host rebooted in {phase}": moments.middle(phase) for phase in REACHES_THE_HOST}


def resumes(scene: Scene, undisturbed: set[str], record: Callable[[str, object], None], fault: str) -> None:
    """What a person types: `pulumi cancel`, for the lock that is left, what clears pending operations, `pulumi up`."""
    record("fault", fault)
    cancelled = scene.whole.pulumi("cancel", "--yes")
    assert cancelled.returncode == 0, cancelled.stdout + cancelled.stderr
    scene.booted()
    exported = json.loads(scene.whole.pulumi("stack", "export").stdout)
    if exported["deployment"].get("pending_operations"):
        cleared = scene.whole.pulumi(
            "refresh", "--yes", "--skip-preview", "--clear-pending-creates", config=scene.config
        )
        assert cleared.returncode == 0, cleared.stdout + cleared.stderr
    scene.mended(undisturbed)
    record("outcome", "resumed: by pulumi up, to the same end state")


@pytest.mark.parametrize("fault", KILLED)
def test_a_killed_deployment_resumes(
    scene: Scene, undisturbed: set[str], fault: str, record_property: Callable[[str, object], None]
) -> None:
    scene.afresh()
    run = scene.up_until(KILLED[fault], Watched.kill)
    assert run.code != 0, "it was too late to kill it"
    resumes(scene, undisturbed, record_property, fault)


@pytest.mark.parametrize("fault", CUT)
def test_a_cut_connection_resumes(
    scene: Scene, undisturbed: set[str], fault: str, record_property: Callable[[str, object], None]
) -> None:
    scene.afresh()
    run = scene.up_until(CUT[fault], lambda _: print(scene.sh("pkill -KILL -u wickr-deploy sshd")))
    assert run.code != 0, "it did not notice"
    resumes(scene, undisturbed, record_property, fault)


@pytest.mark.parametrize("fault", REBOOTED)
def test_a_rebooted_host_resumes(
    scene: Scene, undisturbed: set[str], fault: str, record_property: Callable[[str, object], None]
) -> None:
    scene.afresh()
    run = scene.up_until(REBOOTED[fault], lambda _: print(scene.instance("reboot")))
    if run.code == 0:  # a phase may be over before the host goes down: then nothing is left to do, and it boots yet
        scene.comes_back(undisturbed)
    resumes(scene, undisturbed, record_property, fault)
