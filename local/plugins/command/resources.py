"""The resources: when which command runs, and with what.

`create` runs when the resource is created, `update` (or else `create` again) when any input changes, `delete` (if
given) when it is deleted. A preview runs nothing. The SSH library is loaded when the first command needs it.
"""

import secrets
from collections.abc import Callable

from local.plugins.command import inputs, shell
from local.plugins.command.transcript import EVERYTHING, SHOWN, Outcome, Transcript, Voice
from local.plugins.command.waiting import finish
from local.plugins.framework import STRING, Field, ListOf, Made, Output, Request, Resource, Values

Runner = Callable[[Request, str], Outcome]
"""Runs one command of a resource to its end."""


def identifier(request: Request) -> str:
    """The id of a new resource: its name and eight hex digits."""
    return f"{request.name}{secrets.token_hex(4)}"


def previous(request: Request) -> dict[str, str]:
    """What the last command of this resource said, offered to the next one."""
    if not request.inputs.get("addPreviousOutputInEnv", True):
        return {}
    said = {name: request.state.get(name) for name in ("stdout", "stderr")}
    return {f"PULUMI_COMMAND_{name.upper()}": text for name, text in said.items() if text}


def transcript(request: Request) -> Transcript:
    """A fresh one that shows what the input `logging` asks for."""
    logging = request.inputs.get("logging")
    return Transcript(log=request.status, shown=SHOWN[logging] if logging else EVERYTHING)


def _run_here(request: Request, command: str) -> Outcome:
    given = request.inputs
    work = shell.run(
        command,
        transcript(request),
        interpreter=given.get("interpreter") or shell.INTERPRETER,
        directory=given.get("dir"),
        environment={**given.get("environment", {}), **previous(request)},
        stdin=given.get("stdin", ""),
        timeout=request.timeout or None,
    )
    return finish(work, request.cancelled)


def _run_there(request: Request, command: str) -> Outcome:
    from local.plugins.command import remote
    from local.plugins.command.connection import Connection

    given = request.inputs
    work = remote.run(
        Connection.of(given["connection"]),
        command,
        transcript(request),
        stdin=given.get("stdin", ""),
        environment=given.get("environment", {}),
        previous=previous(request),
        dial_timeout=request.timeout or None,
        voice=Voice(status=request.status, warn=request.warn),
    )
    return finish(work, request.cancelled)


def _command(token: str, fields: tuple[Field, ...], run: Runner) -> Resource:
    def create(request: Request) -> Made:
        command = request.inputs.get("create")
        outcome = Outcome() if command is None else run(request, command)
        return Made(identifier(request), _outputs(outcome))

    def update(request: Request) -> Values:
        given = request.inputs
        command = given.get("update", given.get("create"))
        return {} if command is None else _outputs(run(request, command))

    def delete(request: Request) -> None:
        command = request.inputs.get("delete")
        if command is not None:
            run(request, command)

    return Resource(
        token=token,
        inputs=fields,
        outputs=(Output("stdout", volatile=True), Output("stderr", volatile=True)),
        create=create,
        update=update,
        delete=delete,
    )


def _outputs(outcome: Outcome) -> Values:
    return {"stdout": outcome.stdout, "stderr": outcome.stderr}


LOCAL = _command(
    "command:local:Command",
    (*inputs.COMMAND, Field("dir"), Field("interpreter", ListOf(STRING))),
    _run_here,
)
REMOTE = _command("command:remote:Command", (*inputs.COMMAND, inputs.CONNECTION), _run_there)


def _copy(request: Request) -> None:
    from local.plugins.command import copying
    from local.plugins.command.connection import Connection

    given = request.inputs
    work = copying.copy(
        Connection.of(given["connection"]),
        given["source"],
        given["remotePath"],
        Voice(status=request.status, warn=request.warn),
        request.timeout or None,
    )
    finish(work, request.cancelled)


def _create_copy(request: Request) -> Made:
    _copy(request)
    return Made(secrets.token_hex(4))


def _update_copy(request: Request) -> Values:
    """Only another source or another path copies again: a new way to reach the same host does not."""
    if request.changed("source", "remotePath"):
        _copy(request)
    return {}


def _leave_copy(_: Request) -> None:
    """The real plugin leaves the copy on the host too."""


COPY = Resource(
    token="command:remote:CopyToRemote",
    inputs=inputs.COPY,
    create=_create_copy,
    update=_update_copy,
    delete=_leave_copy,
)
