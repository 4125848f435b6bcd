"""Whatever ends a deployment halfway, `pulumi up` goes on from there to where an undisturbed one ends."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from installer.phase import MESSAGING_PHASES
from local.interrupted import State
from local.lab.folder import CHECKOUT
from local.pulumi import Pulumi
from tests.faults import moments
from tests.faults.scene import NAME, Scene, Watched
from tests.lab.installation import STACK

pytestmark = pytest.mark.fault

Record = Callable[[str, object], None]

UNREADABLE = "failed to load checkpoint: EOF"
CUT_OFF = "unexpected end of JSON input"

KILLED = {
    f"killed at the {when} of {phase.name}": moment(phase.name)
    for phase in MESSAGING_PHASES
    for when, moment in moments.ALL.items()
}
REACHES_THE_HOST = ("files", "install", "replicated", "configure", "application")
CUT = {f"SSH cut in {phase}": moments.middle(phase) for phase in REACHES_THE_HOST}
REBOOTED = {f"host rebooted in {phase}": moments.middle(phase) for phase in REACHES_THE_HOST}


def documented(begins: str) -> str:
    """The command of docs/faults.md that begins so, for the stack here."""
    lines = (CHECKOUT / "docs" / "faults.md").read_text().splitlines()
    (command,) = (line for line in lines if line.startswith(f"    {begins} "))
    return command.replace("acme", STACK).strip()


def typed(scene: Scene, command: str) -> None:
    done = scene.whole.on("operator", command)
    assert done.returncode == 0, done.stdout + done.stderr


def resumes(
    scene: Scene, undisturbed: set[str], record: Record, fault: str, *, after: str = "", within: float = 0
) -> None:
    """What a person types: `pulumi cancel`, for the lock that is left, what clears pending operations, `pulumi up`.

    A kill may hit the engine as it writes the note beside its state, which ends all commands: then that first.
    """
    record("fault", fault)
    cancelled = scene.whole.pulumi("cancel", "--yes")
    if UNREADABLE in cancelled.stderr:
        typed(scene, documented("find"))
        after = "without the empty note beside the state, "
        cancelled = scene.whole.pulumi("cancel", "--yes")
    assert cancelled.returncode == 0, cancelled.stdout + cancelled.stderr
    scene.booted()
    exported = json.loads(scene.whole.pulumi("stack", "export").stdout)
    if exported["deployment"].get("pending_operations"):
        cleared = scene.whole.pulumi(
            "refresh", "--yes", "--skip-preview", "--clear-pending-creates", config=scene.config
        )
        assert cleared.returncode == 0, cleared.stdout + cleared.stderr
    scene.mended(undisturbed, within=within)
    record("outcome", f"resumed: {after}by pulumi up, to the same end state")


@pytest.mark.parametrize("fault", KILLED)
def test_a_killed_deployment_resumes(scene: Scene, undisturbed: set[str], fault: str, record_property: Record) -> None:
    scene.afresh()
    run = scene.up_until(KILLED[fault], Watched.kill)
    assert run.code != 0, "it was too late to kill it"
    resumes(scene, undisturbed, record_property, fault)


def state(scene: Scene) -> Path:
    return State(scene.lab.path / "state", STACK).file


def test_an_engine_that_was_killed_at_the_note_beside_its_state_resumes(
    scene: Scene, undisturbed: set[str], record_property: Record
) -> None:
    """Between emptying it and writing it: too short a time to be hit at will."""
    scene.afresh()
    scene.up_until(moments.middle("install"), Watched.kill)
    note = state(scene).with_name(f"{STACK}.json.attrs")
    note.write_text("")
    assert UNREADABLE in scene.whole.pulumi("up", "--yes", config=scene.config).stderr
    resumes(scene, undisturbed, record_property, "killed as it wrote the note beside the state")
    assert note.read_text(), "it was no note of the engine's"


def test_a_state_that_is_cut_off_is_put_back_from_the_one_before_it(
    scene: Scene, undisturbed: set[str], record_property: Record
) -> None:
    """As after a machine that went down before the file was on its disk."""
    scene.afresh()
    scene.up_until(moments.middle("install"), Watched.kill)
    text = state(scene).read_text()
    state(scene).write_text(text[: len(text) // 2])
    assert CUT_OFF in scene.whole.pulumi("stack", "export").stderr
    typed(scene, documented("cp"))
    resumes(scene, undisturbed, record_property, "state cut off", after="with the state before it, ")


def test_make_up_goes_on_by_itself_after_one_that_was_killed(
    scene: Scene, undisturbed: set[str], record_property: Record
) -> None:
    record_property("fault", "make up killed")
    scene.afresh()
    scene.up_until(moments.middle("install"), Watched.kill)
    assert list(Pulumi(scene.lab).resume()) == [
        "the run before was killed: its lock is lifted",
        f"the run before was killed at {NAME}-install: begun anew",
    ]
    scene.mended(undisturbed)
    record_property("outcome", "resumed: by make up, to the same end state")


@pytest.mark.parametrize("fault", CUT)
def test_a_cut_connection_resumes(scene: Scene, undisturbed: set[str], fault: str, record_property: Record) -> None:
    scene.afresh()
    run = scene.up_until(CUT[fault], lambda _: print(scene.sh("pkill -KILL -u wickr-deploy sshd")))
    assert run.code != 0, "it did not notice"
    resumes(scene, undisturbed, record_property, fault)


@pytest.mark.parametrize("fault", REBOOTED)
def test_a_rebooted_host_resumes(scene: Scene, undisturbed: set[str], fault: str, record_property: Record) -> None:
    scene.afresh()
    run = scene.up_until(REBOOTED[fault], lambda _: scene.reboot("messaging"))
    if run.code == 0:  # a phase may be over before the host goes down: then nothing is left to do, and it boots yet
        scene.comes_back(undisturbed)
    # An operator that was up before its daemon tries again after seven seconds, which a run that has little left to do
    # does not wait for.
    resumes(scene, undisturbed, record_property, fault, within=30)
