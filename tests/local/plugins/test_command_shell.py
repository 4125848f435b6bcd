"""Commands on this machine."""

import asyncio
import os
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from local.plugins.command import shell
from local.plugins.command.resources import LOCAL
from local.plugins.command.transcript import CommandError, Outcome, Transcript
from local.plugins.command.waiting import finish
from local.plugins.framework import Request

pytestmark = pytest.mark.slow


def run(command: str, **options: Any) -> Outcome:
    return asyncio.run(shell.run(command, Transcript(log=lambda _: None), **options))


def request(state: dict[str, str] | None = None, **inputs: Any) -> Request:
    return Request(inputs=inputs, settings={}, urn="urn:pulumi:t::p::command:local:Command::c", state=state or {})


def test_it_reads_its_input_its_folder_and_its_environment(tmp_path: Path) -> None:
    said = run("cat; pwd; echo $WORD >&2", stdin="in\n", directory=str(tmp_path), environment={"WORD": "env"})
    assert said == Outcome(stdout=f"in\n{tmp_path}", stderr="env")


def test_without_input_it_reads_an_end_at_once() -> None:
    assert run("cat; echo done").stdout == "done"


def test_an_input_that_nobody_reads_is_no_failure() -> None:
    assert run("exec true", stdin="x" * 1_000_000) == Outcome()


def test_another_interpreter_takes_the_command_as_its_last_argument() -> None:
    assert run("print(6 * 7)", interpreter=("python3", "-c")).stdout == "42"


def test_a_failure_names_the_exit_status_and_the_output() -> None:
    with pytest.raises(CommandError) as told:
        run("echo seen; exit 3")
    assert str(told.value) == 'exit status 3: running "echo seen; exit 3":\nseen\n'


def test_a_missing_folder_or_interpreter_is_named() -> None:
    with pytest.raises(CommandError, match="No such file or directory: /nowhere"):
        run("true", directory="/nowhere")
    with pytest.raises(CommandError, match="No such file or directory: no-such-shell"):
        run("true", interpreter=("no-such-shell",))


def test_at_the_time_limit_the_command_and_its_children_are_killed(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="context deadline exceeded"):
        run(f"sleep 300 & echo $! > {tmp_path}/pid; wait", timeout=0.5)
    child = int((tmp_path / "pid").read_text())
    assert _ended(child)


def test_a_cancelled_engine_stops_the_command(tmp_path: Path) -> None:
    cancelled = threading.Event()
    threading.Timer(0.4, cancelled.set).start()
    before = time.monotonic()
    work = shell.run(f"echo $$ > {tmp_path}/pid; sleep 300", Transcript(log=lambda _: None))
    with pytest.raises(CommandError, match="stopped, as was asked"):
        finish(work, cancelled)
    assert time.monotonic() - before < 5
    assert _ended(int((tmp_path / "pid").read_text()))


def test_an_update_runs_its_own_command_or_else_the_first_one() -> None:
    assert LOCAL.update
    assert LOCAL.update(request(create="echo made", update="echo changed"))["stdout"] == "changed"
    assert LOCAL.update(request(create="echo made"))["stdout"] == "made"


def test_without_commands_nothing_runs_and_the_old_output_stays() -> None:
    assert LOCAL.create(request()).outputs == {"stdout": "", "stderr": ""}
    assert LOCAL.update
    assert LOCAL.update(request(state={"stdout": "old", "stderr": ""})) == {}
    LOCAL.delete(request())


def test_the_previous_output_is_offered_unless_it_is_turned_off() -> None:
    assert LOCAL.update
    command, state = "echo [$PULUMI_COMMAND_STDOUT]", {"stdout": "before", "stderr": ""}
    assert LOCAL.update(request(state, create=command))["stdout"] == "[before]"
    assert LOCAL.update(request(state, create=command, addPreviousOutputInEnv=False))["stdout"] == "[]"


def test_a_deletion_sees_the_last_output(tmp_path: Path) -> None:
    command = f"echo $PULUMI_COMMAND_STDOUT > {tmp_path}/seen"
    LOCAL.delete(request({"stdout": "last", "stderr": ""}, create="true", delete=command))
    assert (tmp_path / "seen").read_text() == "last\n"


def _ended(process: int) -> bool:
    """Gone, or dead and waiting for its parent."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if not Path(f"/proc/{process}").exists():
            return True
        found = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True)
        if found.stdout.startswith("Z"):
            return True
        os.sched_yield()
        time.sleep(0.05)
    return False
