"""After a run that was killed the next one goes on by itself: the real engine, killed for real."""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from local.interrupted import State
from local.lab import Lab, LabError
from local.pulumi import Pulumi
from tests import session
from tests.engine import Engine

pytestmark = pytest.mark.engine

PROGRAM = """
import pulumi_command as command

command.local.Command("slow", create="touch begun; sleep 4")
"""


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    program = tmp_path / "program"
    program.mkdir()
    (program / "Pulumi.yaml").write_text("name: wickr\nruntime: python\n")
    (program / "__main__.py").write_text(PROGRAM)
    engine = Engine(tmp_path / "engine", program=program)
    engine.stack()
    return engine


@pytest.fixture
def state(engine: Engine) -> State:
    return State(engine.state, "test")


def note(state: State) -> Path:
    return state.folder / ".pulumi/stacks/wickr/test.json.attrs"


@contextmanager
def at_work(engine: Engine) -> Iterator["subprocess.Popen[bytes]"]:
    """While it lasts an engine makes the resource; then it is killed."""
    process = subprocess.Popen(
        ["pulumi", "--non-interactive", "up", "--yes", "--skip-preview"],
        cwd=engine.program,
        env=engine.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 60
        while not (engine.program / "begun").exists():
            assert process.poll() is None, "it ended"
            assert time.monotonic() < deadline, "it did not begin"
            time.sleep(0.02)
        yield process
    finally:
        session.kill(process.pid)
        process.wait()


def test_what_a_killed_run_had_locked_is_free_again_and_what_it_had_begun_is_known(
    engine: Engine, state: State
) -> None:
    with at_work(engine):
        pass
    assert "the stack is currently locked by 1 lock(s)" in engine.up().text
    assert list(state.free()) == ["the run before was killed: its lock is lifted"]
    assert list(state.free()) == []
    assert state.begun() == [("command:local:Command", "slow")]
    assert engine.refresh("--clear-pending-creates").code == 0
    assert state.begun() == []
    assert engine.up().changes["create"] == 1


def test_a_run_that_is_at_work_is_left_alone_and_named(engine: Engine, state: State) -> None:
    with at_work(engine) as process:
        (lock,) = state.folder.rglob("locks/**/*.json")
        with pytest.raises(LabError, match=rf"another engine is at work on the stack test \(process {process.pid}\)"):
            list(state.free())
        assert lock.exists()


def test_the_lock_of_a_process_whose_number_another_program_has_by_now_is_left_over(
    engine: Engine, state: State
) -> None:
    with at_work(engine):
        pass
    (lock,) = state.folder.rglob("locks/**/*.json")
    lock.write_text(json.dumps({**json.loads(lock.read_text()), "pid": 1}))
    assert list(state.free()) == ["the run before was killed: its lock is lifted"]


def test_an_empty_note_beside_a_state_ends_all_commands_until_it_is_gone(engine: Engine, state: State) -> None:
    """It is what a kill leaves between the note's emptying and its writing."""
    assert engine.up().code == 0
    resources = engine.resources()
    note(state).write_text("")
    for command in (["cancel", "--yes"], ["stack", "export"], ["up", "--yes", "--skip-preview"]):
        refused = engine.run(*command, "--stack", "test")
        assert refused.code != 0, command
        assert "failed to load checkpoint: EOF" in refused.text, command
    assert list(state.free()) == ["the run before was killed as it wrote test.json: the empty note beside that is gone"]
    assert engine.resources() == resources
    assert engine.up("--expect-no-changes").code == 0
    assert note(state).read_text(), "the engine no longer writes such notes"


def test_a_state_that_is_cut_off_is_named_with_the_command_that_puts_the_one_before_it_back(
    engine: Engine, state: State
) -> None:
    assert engine.up().code == 0
    file = note(state).with_suffix("")
    file.write_text(file.read_text()[:-9])
    with pytest.raises(LabError, match="is cut off") as told:
        state.begun()
    command = str(told.value).split("`")[1]
    assert subprocess.run(command, shell=True).returncode == 0  # noqa: S602 - as it is told
    assert state.begun() == []
    assert engine.up().code == 0


def test_what_may_not_be_made_twice_is_for_a_person_to_decide(tmp_path: Path) -> None:
    """Two hosts of one name would be worse than to begin anew."""
    pending = [
        {"resource": {"type": kind, "urn": f"urn:pulumi:local::wickr::{kind}::{name}"}}
        for kind, name in (("aws:ec2/instance:Instance", "messaging-host"), ("command:remote:Command", "ready"))
    ]
    lab = Lab(tmp_path)
    file = lab.path / "state/.pulumi/stacks/wickr/local.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"checkpoint": {"latest": {"pending_operations": pending}}}))
    with pytest.raises(LabError, match=r"killed while it made messaging-host, and whether .* `make down`"):
        list(Pulumi(lab).resume())


def test_a_folder_without_states_has_nothing_to_free(tmp_path: Path) -> None:
    state = State(tmp_path / "state", "test")
    assert (list(state.free()), state.begun()) == ([], [])
