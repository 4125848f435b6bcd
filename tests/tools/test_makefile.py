"""`make shell` is a pipe: the command arrives as it was written, and nothing else is printed."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tools import cache

SHOW_ARGUMENTS = """#!/bin/sh
for word in "$@"; do printf '<%s>' "$word"; done
"""
SHOW_IGNORED_SIGNALS = """#!/bin/sh
sed -n 's/^SigIgn:[[:space:]]*//p' /proc/self/status
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the Makefile and, in place of the environment's Python, a script that shows its arguments."""
    shutil.copy(cache.CHECKOUT / "Makefile", tmp_path)
    python(tmp_path, SHOW_ARGUMENTS)
    return tmp_path


def python(checkout: Path, text: str) -> None:
    path = checkout / ".venv" / "bin" / "python"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def make(checkout: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    # Without what a `make test` around this test hands down.
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))}
    environment |= variables
    return subprocess.run(["make", "-s", *arguments], cwd=checkout, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize("command", ["id", "echo $HOME $(id -u)", "awk '{print $1}' \"a b\"", "echo ${x:-`id`} \\n"])
def test_a_command_arrives_as_it_was_written(checkout: Path, command: str) -> None:
    done = make(checkout, "shell", "AT=client", f"RUN={command}")
    assert (done.stdout, done.stderr) == (f"<-m><local><shell><--at><client><--run><{command}>", "")


def test_a_shell_without_a_place_and_a_command_leaves_both_to_the_local_cloud(checkout: Path) -> None:
    assert make(checkout, "shell").stdout == "<-m><local><shell>"


def test_the_exit_code_of_the_command_is_not_hidden(checkout: Path) -> None:
    python(checkout, "#!/bin/sh\nexit 3\n")
    assert make(checkout, "shell", "RUN=false").returncode != 0


def test_before_any_set_up_the_message_says_what_to_run(checkout: Path) -> None:
    shutil.rmtree(checkout / ".venv")
    done = make(checkout, "shell", "RUN=id")
    assert done.returncode != 0
    assert done.stderr.startswith("Nothing is set up in this checkout yet: make up\n")
    assert make(checkout, "down").stdout == "Nothing to remove: nothing was set up.\n"


TIERS = (
    "tools.check",
    "not engine and not scan and not lab and not fault",
    "-m lab",
    "engine or scan",
    "-m fault",
)
SHOW_AND_FAIL = """#!/bin/sh
echo "$*"
case "$*" in *"$FAILS"*) exit 1 ;; esac
"""


def shown(checkout: Path, target: str, *, fails: str) -> "tuple[list[str], int]":
    """What a target runs in Python, a line each, and its exit code, when what has these words fails."""
    python(checkout, SHOW_AND_FAIL)
    python3 = checkout / "bin" / "python3"
    python3.parent.mkdir()
    python3.write_text("#!/bin/sh\n")
    python3.chmod(0o755)
    done = make(checkout, target, PATH=f"{python3.parent}:{os.environ['PATH']}", FAILS=fails)
    return done.stdout.splitlines(), done.returncode


def run_tests(checkout: Path, *, fails: str) -> "tuple[list[str], int]":
    """The tiers that `make test` runs, in their order, and its exit code, when one of them fails."""
    lines, code = shown(checkout, "test", fails=fails)
    return [next(tier for tier in TIERS if line.startswith("-m ") and tier in line) for line in lines], code


def test_all_tiers_run_and_are_shown_one_after_the_other(checkout: Path) -> None:
    assert run_tests(checkout, fails="nothing of this") == ([*TIERS], 0)


@pytest.mark.parametrize("tier", TIERS)
def test_one_tier_that_fails_is_a_failure_and_the_others_run(checkout: Path, tier: str) -> None:
    tiers, code = run_tests(checkout, fails=tier)
    assert tiers == [*TIERS]
    assert code != 0


@pytest.mark.parametrize("fails", ["nothing of this", "--ignore", "fault tests/components"])
def test_the_unit_tests_are_run_in_two_halves_that_are_everything(checkout: Path, fails: str) -> None:
    lines, code = shown(checkout, "test-unit", fails=fails)
    (one, *_), (other, *left_out) = (line.partition(" not fault ")[2].split(" --ignore=") for line in lines)
    assert other == "tests"
    assert one.split() == left_out
    assert {each for each in left_out if not (cache.CHECKOUT / each).is_dir()} == set()
    assert (code == 0) == (fails == "nothing of this")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc, which only Linux has")
def test_an_interrupt_that_the_caller_ignores_is_not_ignored_further_down(checkout: Path) -> None:
    python(checkout, SHOW_IGNORED_SIGNALS)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        ignored = int(make(checkout, "shell").stdout, 16)
    finally:
        signal.signal(signal.SIGINT, before)
    assert not ignored & 1 << (signal.SIGINT - 1)


def test_every_target_is_explained(checkout: Path) -> None:
    lines = (checkout / "Makefile").read_text().splitlines()
    declared = next(line for line in lines if line.startswith(".PHONY:")).split()[1:]
    explained = {line.split()[1] for line in make(checkout, "help").stdout.splitlines()}
    assert explained == set(declared) - {"environment"}
