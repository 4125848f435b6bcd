"""Running the real engine at the operator's place of a lab."""

import json
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from local.interrupted import State
from local.lab import Lab, LabError
from local.lab.addresses import OPERATOR
from local.lab.folder import CHECKOUT

STACK = "local"
UP = ("--yes", "--skip-preview", "--suppress-outputs")  # outputs are shown at the end, as lines that can be copied
MADE_TWICE = ("command:", "tls:")
"""How types begin of which nothing is left when their making is forgotten: phases may run twice, keys are numbers."""
INTERRUPTED = 128 + signal.SIGINT  # what a shell calls a command that Ctrl-C has ended


@dataclass(frozen=True)
class Pulumi:
    """The engine, in this checkout, on one lab."""

    lab: Lab

    def resume(self) -> Iterator[str]:
        """Make what a killed run left ready for the next one, and say what that was.

        Raises LabError where only a person can: another run is at work, or nobody knows what is there.
        """
        state = State(self.lab.path / "state", STACK)
        yield from state.free()
        begun = state.begun()
        if unknown := ", ".join(name for kind, name in begun if not kind.startswith(MADE_TWICE)):
            raise LabError(
                f"the run before was killed while it made {unknown}, and whether that is there is not in the state: "
                "`make down` removes it all, `make up` then begins anew (on a real account: docs/faults.md)"
            )
        if begun:
            words = ("refresh", "--yes", "--skip-preview", "--clear-pending-creates", "--stack", STACK)
            if (done := self._quietly(*words)).returncode:
                raise LabError(f"`pulumi refresh` failed:\n{(done.stderr or done.stdout).strip()}")
            yield f"the run before was killed at {', '.join(name for _, name in begun)}: begun anew"

    def select(self) -> None:
        """Make the stack, if it is not there yet, and select it."""
        done = self._quietly("stack", "select", "--create", STACK)
        if done.returncode:
            raise LabError(f"`pulumi stack select` failed:\n{(done.stderr or done.stdout).strip()}")

    def up(self) -> int:
        """Bring the stack up, showing the engine's own lines; its exit code."""
        command = self.lab.command(OPERATOR.name, ["pulumi", "up", *UP, "--stack", STACK])
        # Ctrl-C reaches the engine by itself, which ends in order; this process then waits for it.
        # A handler, not SIG_IGN: that would be inherited, and the engine would no longer hear it.
        heard: list[int] = []
        before = signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
        try:
            code = subprocess.run(command, cwd=CHECKOUT, env=self.lab.environment()).returncode
        finally:
            signal.signal(signal.SIGINT, before)
        return INTERRUPTED if heard and code else code

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs; secrets stay masked."""
        done = self._quietly("stack", "output", "--json", "--stack", STACK)
        if done.returncode:
            raise LabError(f"`pulumi stack output` failed:\n{done.stderr.strip()}")
        return dict(json.loads(done.stdout))

    def _quietly(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        command = self.lab.command(OPERATOR.name, ["pulumi", *arguments])
        return subprocess.run(
            command, cwd=CHECKOUT, env=self.lab.environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
