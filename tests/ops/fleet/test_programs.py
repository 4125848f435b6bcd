"""The processes that the programs of a fleet's stacks run in: as many as engines, gone with them, whatever happens."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ops.checkout import OpsError
from ops.fleet import forks
from ops.fleet.programs import Programs, Served
from tests.ops.fleet.stacks import PROGRAM, Fleet, ended, states
from tests.program.graph import WHOLE
from tools import cache

ALL = ("alpha", "beta")
NOTES = """\
import json, os, sys, threading
from pathlib import Path

facts = {
    "folder": os.getcwd(),
    "arguments": sys.argv,
    "first on the path": sys.path[0],
    "stack": pulumi.get_stack(),
    "project": pulumi.get_project(),
    "organization": pulumi.get_organization(),
    "preview": pulumi.runtime.is_dry_run(),
    "zone": config.require("zone"),
    "secrets": sorted(key for key in ("wickr:zone", "wickr:license") if pulumi.runtime.is_config_secret(key)),
}
note = {"pid": os.getpid(), "facts": facts}
Path("notes", f"{pulumi.get_stack()}-{os.getpid()}.json").write_text(json.dumps(note))
"""
"""What a program finds where it runs, and in which process."""


class Noting:
    """A fleet whose programs leave notes."""

    def __init__(self, folder: Path) -> None:
        self.fleet = Fleet(folder, "ap-northeast-3", *ALL)
        (self.fleet.root / "__main__.py").write_text(PROGRAM + NOTES)
        self._notes = self.fleet.root / "notes"
        self._notes.mkdir()

    def taken(self) -> list[dict[str, Any]]:
        """The notes since the last time."""
        found = sorted(self._notes.iterdir())
        notes = [json.loads(path.read_text()) for path in found]
        for path in found:
            path.unlink()
        return notes

    def updating(self) -> int:
        """The process of the one program that is at an update now."""
        (pid,) = (note["pid"] for note in self.taken() if not note["facts"]["preview"])
        return int(pid)

    @contextmanager
    def held(self, stack: str) -> Iterator["subprocess.Popen[str]"]:
        """A fleet that brings a stack up, while that waits at the gate."""
        self.taken()
        self.fleet.gate.close(stack)
        with self.fleet.begun("up", stack, "--yes", "--json") as process:
            try:
                self.fleet.gate.await_arrival(stack)
                yield process
            finally:
                self.fleet.gate.open()


@pytest.fixture(scope="module")
def noting(tmp_path_factory: pytest.TempPathFactory) -> Noting:
    return Noting(tmp_path_factory.mktemp("programs"))


def alive(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def children(pid: int) -> list[int]:
    """The processes that a process has begun."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def await_end(pid: int, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while alive(pid):
        assert time.monotonic() < end, f"process {pid} of a program is still there"
        time.sleep(0.05)


@pytest.mark.engine
def test_each_program_has_a_process_of_its_own_that_is_gone_afterwards(noting: Noting) -> None:
    answer = noting.fleet.run("up", "--yes", "--json")
    assert states(answer) == dict.fromkeys(ALL, "done"), answer.err
    notes = noting.taken()
    assert [note["facts"]["stack"] for note in notes] == ["alpha", "alpha", "beta", "beta"]
    assert len({note["pid"] for note in notes}) == len(notes)
    for note in notes:
        await_end(note["pid"], 2)


@pytest.mark.engine
def test_a_program_finds_there_what_it_finds_by_hand(noting: Noting) -> None:
    noting.fleet.engine.stack(
        {"aws:region": noting.fleet.cloud.region, "wickr:zone": f"{noting.fleet.cloud.region}a"},
        secrets={"wickr:license": "a canary"},
        name="alpha",
    )
    noting.fleet.run("preview", "alpha")
    (in_fleet,) = noting.taken()
    noting.fleet.engine.run("preview", "--stack", "alpha")
    (by_hand,) = noting.taken()
    assert in_fleet["facts"] == by_hand["facts"]
    assert by_hand["facts"]["secrets"] == ["wickr:license"]


@pytest.mark.engine
def test_after_an_interrupt_they_are_gone_too(noting: Noting) -> None:
    noting.fleet.configure("alpha", round="2")
    with noting.held("alpha") as process:
        program = noting.updating()
        assert alive(program)
        process.send_signal(signal.SIGINT)
        assert states(ended(process)) == {"alpha": "interrupted"}
    await_end(program, 2)


@pytest.mark.engine
def test_a_fault_of_one_program_is_that_stack_s_alone_and_is_told_from_the_program_s_first_line(
    noting: Noting,
) -> None:
    main = noting.fleet.root / "__main__.py"
    before = main.read_text()
    main.write_text(before + "if pulumi.get_stack() == 'alpha':\n    raise KeyError('no such key')\n")
    answer = noting.fleet.run("preview", "--keep-going", "--json")
    main.write_text(before)
    alpha, beta = answer.data["stacks"]
    assert (alpha["state"], beta["state"] == "failed") == ("failed", False)
    assert alpha["sentence"] == "Program failed with an unhandled exception:"
    assert [line.strip() for line in alpha["details"]] == [
        "Traceback (most recent call last):",
        f'File "{main}", line {before.count(chr(10)) + 2}, in <module>',
        "raise KeyError('no such key')",
        "KeyError: 'no such key'",
    ]


@pytest.mark.engine
@pytest.mark.parametrize("who", ["fleet", "engine"])
def test_whoever_is_killed_no_program_is_left(noting: Noting, who: str) -> None:
    stack = {"fleet": "alpha", "engine": "beta"}[who]
    noting.fleet.configure(stack, round="3")
    with noting.held(stack) as process:
        program = noting.updating()
        engines = [pid for pid in children(process.pid) if b"pulumi" in Path(f"/proc/{pid}/cmdline").read_bytes()]
        (engine,) = engines
        os.kill({"fleet": process.pid, "engine": engine}[who], signal.SIGKILL)
        process.communicate()
        noting.fleet.gate.open()
        await_end(engine)
        await_end(program, 2)


@pytest.mark.slow
def test_what_is_forked_has_one_thread_and_no_terminal_reaches_it() -> None:
    with Programs(cache.CHECKOUT) as programs, programs.served():
        (origin,) = children(os.getpid())
        (program,) = children(origin)
        assert len(list(Path(f"/proc/{origin}/task").iterdir())) == 1
        assert os.getsid(program) == os.getsid(origin) == origin
    await_end(program, 2)
    assert not alive(origin)


def test_of_the_sdk_there_is_loaded_before_what_every_stack_has_something_of() -> None:
    used = {token.split(":")[1].partition("/")[0] for token, _ in WHOLE if token.startswith("aws:")}
    assert {*forks.SERVICES} == used - {"ec2"}


@pytest.mark.slow
def test_a_program_that_does_not_start_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "ops").mkdir()
    (tmp_path / "ops" / "__init__.py").touch()
    with (
        Programs(tmp_path) as programs,
        pytest.raises(OpsError, match="process for the stack's program does not start"),
        programs.served(),
    ):
        pass


def test_where_a_system_cannot_fork_the_cli_starts_programs_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "fork")
    with Programs(cache.CHECKOUT) as programs, programs.served() as served:
        assert served == Served()
