"""Ctrl-C for many engines: each hears it once, and a second time only if a person insists."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from ops.fleet.interrupt import Interrupt

pytestmark = pytest.mark.slow

ENGINE = """\
import signal, sys, time
from pathlib import Path

heard = []
signal.signal(signal.SIGINT, lambda *_: heard.append(1))
Path(sys.argv[1]).touch()
end = time.monotonic() + 20
while len(heard) < int(sys.argv[2]) and time.monotonic() < end:
    time.sleep(0.01)
time.sleep(0.3)
print(len(heard), signal.getsignal(signal.SIGTERM) is signal.SIG_DFL)
"""
"""Counts what it hears: it waits for so many, and a while longer in case there are more."""


@pytest.fixture(autouse=True)
def as_in_a_terminal() -> Iterator[None]:
    """Whoever runs the tests may have them outlive a terminal, under which a closed one is not heard of."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


Engines = Callable[[Interrupt, int, int], list["Future[subprocess.CompletedProcess[str]]"]]


@pytest.fixture
def engines(tmp_path: Path) -> Iterator[Engines]:
    """So many of them, running, each waiting for so many signals."""
    with ThreadPoolExecutor() as pool:

        def start(
            interrupt: Interrupt, number: int, waits_for: int
        ) -> list["Future[subprocess.CompletedProcess[str]]"]:
            marks = [tmp_path / f"running-{each}" for each in range(number)]
            begun = [
                pool.submit(
                    interrupt.run,
                    [sys.executable, "-c", ENGINE, str(mark), str(waits_for)],
                    cwd=str(tmp_path),
                    env=dict(os.environ),
                )
                for mark in marks
            ]
            while not all(mark.exists() for mark in marks):
                time.sleep(0.01)
            return begun

        yield start


def heard(running: list["Future[subprocess.CompletedProcess[str]]"]) -> list[int]:
    return [int(each.result().stdout.split()[0]) for each in running]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_whoever_asks_every_engine_hears_it_once(engines: Engines, number: int) -> None:
    with Interrupt() as interrupt:
        running = engines(interrupt, 2, 1)
        os.kill(os.getpid(), number)
        assert heard(running) == [1, 1]
    assert interrupt.asked.is_set()


def test_a_person_who_insists_is_passed_on_and_an_impatient_ci_system_is_not(engines: Engines) -> None:
    with Interrupt() as interrupt:
        running = engines(interrupt, 1, 2)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGTERM):
            os.kill(os.getpid(), number)
        assert not running[0].done()
        time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGINT)
        assert heard(running) == [2]


def test_an_engine_that_begins_too_late_is_told_at_once(engines: Engines) -> None:
    with Interrupt() as interrupt:
        os.kill(os.getpid(), signal.SIGINT)
        done = interrupt.run([sys.executable, "-c", "import time; time.sleep(20)"], cwd="/", env=dict(os.environ))
        assert done.returncode != 0
        assert "Time" not in done.stderr


def test_an_engine_is_in_no_group_that_a_terminal_would_reach(tmp_path: Path) -> None:
    interrupt = Interrupt()
    told = interrupt.run([sys.executable, "-c", "import os; print(os.getpgid(0))"], cwd="/", env=dict(os.environ))
    assert int(told.stdout) != os.getpgid(0)


def test_what_was_started_to_outlive_its_terminal_does() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Interrupt() as interrupt:
            os.kill(os.getpid(), signal.SIGHUP)
            assert not interrupt.asked.is_set()
    finally:
        signal.signal(signal.SIGHUP, before)


def test_while_a_person_is_asked_ctrl_c_is_what_it_is_everywhere() -> None:
    def asked() -> None:
        with interrupt.paused():
            os.kill(os.getpid(), signal.SIGINT)
            threading.Event().wait(5)

    with Interrupt() as interrupt:
        with pytest.raises(KeyboardInterrupt):
            asked()
        os.kill(os.getpid(), signal.SIGTERM)
        assert interrupt.asked.is_set()
