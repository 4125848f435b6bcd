"""Running the real engine at the operator's place of a lab."""

import json
import signal
import subprocess
from dataclasses import dataclass
from typing import Any

from local.lab import Lab, LabError
from local.lab.addresses import OPERATOR
from local.lab.folder import CHECKOUT

STACK = "local"
UP = ("--yes", "--skip-preview", "--suppress-outputs")  # outputs are shown at the end, as lines that can be copied
INTERRUPTED = 128 + signal.SIGINT  # what a shell calls a command that Ctrl-C has ended


@dataclass(frozen=True)
class Pulumi:
    """The engine, in this checkout, on one lab."""

    lab: Lab

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
