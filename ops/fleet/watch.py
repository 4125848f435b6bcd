"""What the engine tells while it works on a stack: how far it is, what it does, and why it failed."""

import re
from collections.abc import Callable
from typing import Any

from pulumi.automation import EngineEvent
from pulumi.automation.events import StepEventMetadata

COLORS = re.compile(r"<\{%.*?%\}>")
ENGINES_OWN = ("update failed", "preview failed", "update canceled", "preview canceled")
"""Errors that only say that there was one."""

QUIET = ("same", "read", "refresh")

Step = Callable[[int, str], Any]


class Watch:
    """Listens to the events of one run. `step` hears how many resources are done, and which one is worked on."""

    def __init__(self, step: Step = lambda _number, _name: None) -> None:
        self.steps: list[StepEventMetadata] = []
        self.errors: list[str] = []
        self.changes: dict[str, int] = {}
        self._done = 0
        self._step = step

    def __call__(self, event: EngineEvent) -> None:
        if event.resource_pre_event:
            metadata = event.resource_pre_event.metadata
            self.steps.append(metadata)
            if metadata.op.value not in QUIET:
                self._step(self._done, metadata.urn.rpartition("::")[2])
        elif event.res_outputs_event:
            self._done += event.res_outputs_event.metadata.op.value not in QUIET
        elif event.diagnostic_event and event.diagnostic_event.severity == "error":
            self._error(COLORS.sub("", event.diagnostic_event.message).strip())
        elif event.summary_event:
            changes = event.summary_event.resource_changes or {}
            self.changes = {str(getattr(op, "value", op)): number for op, number in changes.items() if number}

    def _error(self, text: str) -> None:
        if text and text not in ENGINES_OWN and text not in self.errors:
            self.errors.append(text)

    @property
    def changed(self) -> dict[str, int]:
        """How many resources are touched, by kind."""
        return {op: number for op, number in sorted(self.changes.items()) if op not in QUIET}
