"""The plugin `command` for fleets: each command waits at a gate, and the gate knows who came when."""

import threading
from dataclasses import dataclass, field, replace

from local.plugins.command.__main__ import PROVIDER
from local.plugins.command.resources import REMOTE, identifier
from local.plugins.framework import Made, Provider, Refusal, Request, Values

PATIENCE_SECONDS = 120.0


@dataclass
class Gate:
    """Open unless `close` says so. `came` lists the stacks whose commands arrived, `gone` those that went on,
    `gone_before` who had gone on when a stack came. Those in `meet` go on when all of them have come; those in `fails`
    are refused.
    """

    came: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    gone_before: dict[str, tuple[str, ...]] = field(default_factory=dict)
    fails: set[str] = field(default_factory=set)
    meet: set[str] = field(default_factory=set)
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
        # Engines that share this plugin say that they want to end whenever one of them has ended.
        request.cancelled.clear()
        with self._change:
            self.came.append(stack)
            self.gone_before[stack] = tuple(self.gone)
            self._inside.add(stack)
            self._change.notify_all()
        try:
            self._wait(stack, request)
        finally:
            with self._change:
                self._inside.discard(stack)
                self.gone.append(stack)
        return {"stdout": "", "stderr": ""}

    def _wait(self, stack: str, request: Request) -> None:
        with self._change:
            while stack in self._closed or (stack in self.meet and not self.meet <= {*self.came}):
                if request.cancelled.is_set():
                    raise Refusal("the engine wants to end")
                self._change.wait(0.05)
        if stack in self.fails:
            raise Refusal("the host of this test says no")
