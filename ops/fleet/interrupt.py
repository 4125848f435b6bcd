"""Ctrl-C for many engines: each is told once, ends as `pulumi` does, and its state is whole."""

import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any

GENTLE = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
"""What people, CI systems and closed terminals send, as far as the system knows them."""


class Interrupt:
    """While it is entered, a signal asks every engine that runs to end in order. A second Ctrl-C asks again, for
    which `pulumi` drops what it is doing.

    Engines run in sessions of their own: a terminal sends Ctrl-C to every process of its group, and an engine that
    heard it from there and from here would take it for the second one.
    """

    def __init__(self) -> None:
        self.asked = threading.Event()
        self._running: set[subprocess.Popen[str]] = set()
        self._lock = threading.RLock()
        self._before: dict[int, Any] = {}

    def __enter__(self) -> "Interrupt":
        self._before = {number: signal.signal(number, self._heard) for number in GENTLE if not _outlives(number)}
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """While nothing runs and a person is asked: Ctrl-C is what it is everywhere."""
        self.__exit__(None, None, None)
        try:
            yield
        finally:
            self.__enter__()

    def _heard(self, number: int, _frame: FrameType | None) -> None:
        again = self.asked.is_set()
        self.asked.set()
        # CI systems send SIGTERM after SIGINT when they lose patience; only a person's second Ctrl-C means "at once".
        if not again or number == signal.SIGINT:
            self._tell()

    def _tell(self) -> None:
        with self._lock:
            for process in self._running:
                process.send_signal(signal.SIGINT)

    def run(
        self, command: Sequence[str], *, cwd: str, env: Mapping[str, str], keeps: Sequence[int] = ()
    ) -> "subprocess.CompletedProcess[str]":
        """A command that ends in order when this is asked to end."""
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
            pass_fds=keeps,
        )
        with self._lock:
            self._running.add(process)
            if self.asked.is_set():
                process.send_signal(signal.SIGINT)
        try:
            out, err = process.communicate()
        finally:
            with self._lock:
                self._running.discard(process)
        return subprocess.CompletedProcess(command, process.returncode, out, err)


def _outlives(number: int) -> bool:
    """Whether this was started so that a closed terminal does not end it (`nohup`)."""
    return number != signal.SIGINT and signal.getsignal(number) is signal.SIG_IGN
