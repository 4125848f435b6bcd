"""The programs of a fleet's stacks: a process for each engine that runs, forked where their modules are loaded already.

A host of Python programs looks through the packages, starts a Python and loads the SDK: half of the work of a preview,
and the same for each stack. The Automation API has a way around it for programs within the process that calls it. But
Pulumi's runtime is there once in a process, and stacks are worked on side by side: so each has a process of its own.
"""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from pulumi.automation._stack import ExecKind

from ops.checkout import OpsError


@dataclass(frozen=True, kw_only=True)
class Served:
    """What the CLI is told, and the files that it keeps open. Nothing: it starts the program itself."""

    arguments: tuple[str, ...] = ()
    files: tuple[int, ...] = ()


class Programs:
    """While it is entered, programs are forked, where the system knows how to. A program ends with its engine, also
    when nobody is there any more who waits for either.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._forks: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        if hasattr(os, "fork"):
            self._asked, theirs = socket.socketpair()
            with theirs:
                self._forks = subprocess.Popen(
                    [sys.executable, "-m", "ops.fleet.forks"],
                    cwd=self._root,
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    # As engines do: a terminal's Ctrl-C is not for programs.
                    start_new_session=True,
                )
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._forks:
            self._asked.close()
            self._forks.terminate()  # it may still be loading
            self._forks.wait()
            self._forks = None

    @contextmanager
    def served(self) -> Iterator[Served]:
        """A program, for one run of the CLI. Raises OpsError if it does not come."""
        if self._forks is None:
            yield Served()
            return
        program, theirs = socket.socketpair()
        with program:
            port = self._port(program, theirs)
            arguments = (f"--client=127.0.0.1:{port}", f"--exec-kind={ExecKind.INLINE.value}")
            try:
                yield Served(arguments=arguments, files=(program.fileno(),))
            finally:
                # Not closed only: what the CLI started may hold it, too.
                program.shutdown(socket.SHUT_RDWR)

    def _port(self, program: socket.socket, theirs: socket.socket) -> int:
        try:
            with theirs:
                socket.send_fds(self._asked, [b"."], [theirs.fileno()])
            return int(program.recv(16))
        except (OSError, ValueError):
            raise OpsError("the process for the stack's program does not start") from None
