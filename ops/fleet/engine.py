"""One stack at a time under the real engine, through the Automation API."""

import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from pulumi.automation import StackSummary, UpdateSummary
from pulumi.automation._stack import StackInitMode
from pulumi.automation.errors import CommandError, ConcurrentUpdateError, StackNotFoundError

from ops.checkout import OpsError
from ops.fleet import hosts
from ops.fleet.command import Command, FleetStack, Workspace, installed
from ops.fleet.interrupt import Interrupt
from ops.fleet.outcome import Outcome, State
from ops.fleet.programs import Programs
from ops.fleet.watch import Step, Watch

NO_CHANGES = "nothing to do"
MESSAGE = "wickr fleet up"
PLANNED = {"create": "to create", "update": "to update", "replace": "to replace", "delete": "to delete"}
MADE = {"create": "created", "update": "updated", "replace": "replaced", "delete": "deleted"}
QUIETLY = {"PULUMI_SKIP_UPDATE_CHECK": "true"}
"""Not every engine of a fleet has to ask whether there is a newer one."""

Words = Mapping[str, str]


class Engine:
    """The CLI, in a checkout. Raises OpsError if there is none."""

    def __init__(self, root: Path, interrupt: Interrupt, programs: Programs | None = None) -> None:
        self._root, self._interrupt, self._programs = root, interrupt, programs
        self._cli = installed()

    def known(self) -> dict[str, StackSummary]:
        """The stacks of this project in the back end, by name. Raises OpsError if the back end does not answer."""
        command = Command(self._cli, self._interrupt)
        try:
            found = self._workspace(command).list_stacks()
        except CommandError:
            raise OpsError(f"the back end does not answer: {_sentence(command.said)}") from None
        return {each.name.rpartition("/")[2]: each for each in found}

    def backend(self) -> str:
        """Where the states are, as a URL."""
        command = Command(self._cli, self._interrupt)
        try:
            return str(self._workspace(command).who_am_i().url or "")
        except CommandError:
            raise OpsError(f"the back end does not answer: {_sentence(command.said)}") from None

    def last(self, name: str) -> UpdateSummary | None:
        """The last update, refresh or destruction of a stack; None if there was none."""
        stack, command = self.stack(name)
        try:
            return next(iter(stack.history(page_size=1, show_secrets=False)), None)
        except CommandError:
            raise OpsError(f"{name}: {_sentence(command.said)}") from None

    def preview(self, stack: str, step: Step) -> Outcome:
        """What an update would do."""
        return self._judged(stack, step, PLANNED, lambda it, watch: it.preview(color="never", on_event=watch))

    def up(self, stack: str, step: Step) -> Outcome:
        """An update, without a preview of its own."""
        return self._judged(
            stack,
            step,
            MADE,
            lambda it, watch: it.up(
                color="never", on_event=watch, message=MESSAGE, show_secrets=False, suppress_outputs=True
            ),
        )

    def stack(self, name: str) -> tuple[FleetStack, Command]:
        """A stack, and the command that runs whatever is asked of it."""
        command = Command(self._cli, self._interrupt, self._programs)
        return FleetStack(name, self._workspace(command), StackInitMode.SELECT), command

    def _workspace(self, command: Command) -> Workspace:
        # The packages of this very Python come first on PATH: language hosts that know no `virtualenv` find them there.
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
        return Workspace(work_dir=str(self._root), pulumi_command=command, env_vars={"PATH": path, **QUIETLY})

    def _judged(self, name: str, step: Step, words: Words, run: Callable[[FleetStack, Watch], object]) -> Outcome:
        stack, command = self.stack(name)
        watch, began = Watch(step), time.monotonic()
        try:
            run(stack, watch)
        except CommandError as error:
            state, (sentence, *details) = self._failure(name, error, watch, command)
        else:
            state = State.DONE if watch.changed else State.UNCHANGED
            sentence, details = summary(watch.changed, words), []
        return Outcome(
            stack=name,
            state=state,
            sentence=sentence,
            details=tuple(details),
            seconds=round(time.monotonic() - began, 1),
            changes=watch.changed,
            hosts=hosts.verdicts(watch.steps),
        )

    def _failure(self, name: str, error: CommandError, watch: Watch, command: Command) -> tuple[State, list[str]]:
        """What a failed run is called, and the lines that say why."""
        said = [line.removeprefix("error: ") for line in command.said.splitlines() if line.strip()]
        match error:
            case StackNotFoundError():
                return State.FAILED, [f"there is no such stack in the back end: pulumi stack init {name}"]
            case ConcurrentUpdateError():
                return State.LOCKED, ["somebody else is working on it; it stays as it is", *_holders(said)]
        lines = [line for text in watch.errors or said[-5:] for line in text.splitlines() if line.strip()]
        if self._interrupt.asked.is_set():
            return State.INTERRUPTED, ["the engine ended in order, before it was done", *lines]
        return State.FAILED, lines or ["the engine fails and does not say why"]


def summary(changes: Mapping[str, int], words: Words) -> str:
    """`3 to create, 1 to update`; or that there is nothing to do."""
    return ", ".join(f"{number} {words.get(op, op)}" for op, number in changes.items()) or NO_CHANGES


def _holders(said: list[str]) -> list[str]:
    """The lines that name who holds a lock; the way out that the engine offers beside them is not for a fleet."""
    return [line.strip() for line in said if "created by" in line or "https://" in line]


def _sentence(text: str) -> str:
    lines = [line.removeprefix("error: ") for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it says nothing"
