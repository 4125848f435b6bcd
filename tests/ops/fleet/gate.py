"""The plugin `command` for fleets: each command waits at a gate, and the gate knows who came when."""

import threading
import time
from dataclasses import dataclass, field, replace

from local.plugins.command.__main__ import PROVIDER
from local.plugins.command.resources import REMOTE, identifier
from local.plugins.framework import Made, Provider, Refusal, Request, Values

PATIENCE_SECONDS = 120.0


@dataclass
class Gate:
    """Open unless `close` says so. `came` lists the stacks whose commands arrived, `gone` those that went on, `most`
    how many stood inside at once. Each command stays for `stay` seconds; those of the stacks in `fails` are refused.
    """

    came: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    fails: set[str] = field(default_factory=set)
    most: int = 0
    stay: float = 0.0
    _closed: set[str] = field(default_factory=set)
    _inside: set[str] = field(default_factory=set)
    _change: threading.Condition = field(default_factory=threading.Condition)

    @property
    def plugin(self) -> Provider:
        remote = replace(REMOTE, create=self._create, update=self._pass, delete=lambda _: None)
        return replace(PROVIDER, resources=(remote,))

    def close(self, *stacks: str) -> None:
        with self._change:
            self._closed |= {*stacks}

    def open(self) -> None:
        with self._change:
            self._closed.clear()
            self._change.notify_all()

    def await_arrival(self, stack: str) -> None:
        """Waits until a command of this stack stands at the gate."""
        with self._change:
            assert self._change.wait_for(lambda: stack in self._inside, PATIENCE_SECONDS), f"{stack} never came"

    def _create(self, request: Request) -> Made:
        return Made(identifier(request), self._pass(request))

    def _pass(self, request: Request) -> Values:
        stack = request.urn.split("::")[0].rpartition(":")[2]
        with self._change:
            self.came.append(stack)
            self._inside.add(stack)
            self.most = max(self.most, len(self._inside))
            self._change.notify_all()
        time.sleep(self.stay)
        try:
            self._wait(stack, request)
        finally:
            with self._change:
                self._inside.discard(stack)
                self.gone.append(stack)
        return {"stdout": "", "stderr": ""}

    def _wait(self, stack: str, request: Request) -> None:
        with self._change:
            while stack in self._closed:
                if request.cancelled.is_set():
                    raise Refusal("the engine wants to end")
                self._change.wait(0.05)
        if stack in self.fails:
            raise Refusal("the host of this test says no")
