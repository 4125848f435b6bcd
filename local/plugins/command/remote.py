"""Running one command on a host over SSH."""

import shlex
import signal as signals
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import asyncssh

from local.plugins.command.connection import Connection
from local.plugins.command.dial import connected
from local.plugins.command.transcript import CommandError, Outcome, Transcript, Voice

ACCEPT_ENV = (
    "This only works if the SSH server accepts these variables (AcceptEnv). Where a shell runs the command, "
    "write 'NAME=value command' instead"
)


async def run(
    connection: Connection,
    command: str,
    transcript: Transcript,
    *,
    stdin: str = "",
    environment: Mapping[str, str] | None = None,
    previous: Mapping[str, str] | None = None,
    dial_timeout: float | None = None,
    voice: Voice,
) -> Outcome:
    """Runs it to its end. `environment` must reach the command; `previous` may be refused, with a warning."""
    async with connected(connection, voice, dial_timeout) as client:
        wanted = {**(previous or {}), **(environment or {})}
        for name in await _refused(client, wanted):
            if name in (environment or {}):
                raise CommandError(f'could not set environment variable "{name}": ssh: setenv failed. {ACCEPT_ENV}')
            voice.warn(f"Unable to set '{name}'. {ACCEPT_ENV}")
        return await _run(client, command, transcript, stdin, wanted)


async def _run(
    client: asyncssh.SSHClientConnection,
    command: str,
    transcript: Transcript,
    stdin: str,
    environment: Mapping[str, str],
) -> Outcome:
    channel, _ = await client.create_session(
        lambda: _Listener(transcript), command, env=_assignments(environment), encoding="utf-8", errors="replace"
    )
    with suppress(BrokenPipeError):  # a command may end without reading its input
        channel.write(stdin)
        channel.write_eof()
    await channel.wait_closed()
    outcome = transcript.end()
    reason = _failure(channel.get_exit_status(), channel.get_exit_signal())
    if reason:
        raise transcript.failure(reason, command)
    return outcome


async def _refused(client: asyncssh.SSHClientConnection, wanted: Mapping[str, str]) -> list[str]:
    """The variables that the server does not pass on. The host is asked: the library cannot."""
    if not wanted:
        return []
    asked = "; ".join(f"printenv {shlex.quote(name)}; echo '\x1e'" for name in wanted)
    answer = await client.run(asked, env=_assignments(wanted), encoding="utf-8", errors="replace")
    seen = str(answer.stdout or "").split("\x1e\n")
    arrived = {name for name, text in zip(wanted, seen, strict=False) if text == f"{wanted[name]}\n"}
    return [name for name in wanted if name not in arrived]


def _assignments(variables: Mapping[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in variables.items()]


class _Listener(asyncssh.SSHClientSession[str]):
    """Writes down what arrives, in the order in which it arrives."""

    def __init__(self, transcript: Transcript) -> None:
        self.transcript = transcript

    def data_received(self, data: str, datatype: asyncssh.DataType) -> None:
        self.transcript.add("stderr" if datatype == asyncssh.EXTENDED_DATA_STDERR else "stdout", data)


def _failure(status: int | None, killer: tuple[Any, ...] | None) -> str | None:
    if killer:
        number = getattr(signals, f"SIG{killer[0]}", 0)
        return f"Process exited with status {128 + number} from signal {killer[0]}"
    if status is None:
        return "wait: remote command exited without exit status or exit signal"
    return f"Process exited with status {status}" if status else None
