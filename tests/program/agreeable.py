"""A plugin `command` for tests without hosts: the stand-in's checks and plans, but nothing is run, all succeed.

FAILS=name in the environment: the command of that name fails.
"""

import os
from dataclasses import replace

from local.plugins.command.__main__ import PROVIDER
from local.plugins.command.resources import LOCAL, REMOTE, identifier
from local.plugins.framework import Made, Refusal, Request, Values
from local.plugins.server import serve


def _agree(request: Request) -> Values:
    if request.name == os.environ.get("FAILS"):
        raise Refusal("the host of this test says no")
    return {"stdout": "", "stderr": ""}


def _create(request: Request) -> Made:
    return Made(identifier(request), _agree(request))


AGREEABLE = tuple(replace(each, create=_create, update=_agree, delete=lambda request: None) for each in (LOCAL, REMOTE))

if __name__ == "__main__":
    serve(replace(PROVIDER, resources=AGREEABLE))
