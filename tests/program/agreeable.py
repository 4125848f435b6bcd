"""The plugin `command` for tests without hosts: the stand-in's checks and plans, but nothing is run, all succeed."""

from dataclasses import replace

from local.plugins.command.__main__ import PROVIDER
from local.plugins.command.resources import LOCAL, REMOTE, identifier
from local.plugins.framework import Made, Provider, Refusal, Request, Values


class Agreeable:
    """A plugin, and the name of the command that fails, if one shall."""

    fails: str | None = None

    @property
    def plugin(self) -> Provider:
        resources = (
            replace(each, create=self._create, update=self._agree, delete=lambda _: None) for each in (LOCAL, REMOTE)
        )
        return replace(PROVIDER, resources=tuple(resources))

    def _create(self, request: Request) -> Made:
        return Made(identifier(request), self._agree(request))

    def _agree(self, request: Request) -> Values:
        if request.name == self.fails:
            raise Refusal("the host of this test says no")
        return {"stdout": "", "stderr": ""}
