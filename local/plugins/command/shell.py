"""Running one command on this machine."""

import asyncio
import codecs
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress

from local.plugins.command.transcript import CommandError, Outcome, Stream, Transcript, quoted

INTERPRETER = ("/bin/sh", "-c")


async def run(
    command: str,
    transcript: Transcript,
    *,
    interpreter: Sequence[str] = INTERPRETER,
    directory: str | None = None,
    environment: Mapping[str, str] | None = None,
    stdin: str = "",
    timeout: float | None = None,
) -> Outcome:
    """Runs it to its end. At the time limit, or when it is to stop, it is killed with its children."""
    try:
        process = await asyncio.create_subprocess_exec(
            *(interpreter or INTERPRETER),
            command,
            cwd=directory,
            env={**os.environ, **(environment or {})},
            stdin=asyncio.subprocess.PIPE if stdin else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise CommandError(f"{error.strerror}: {error.filename}: running {quoted(command)}:\n") from None
    try:
        async with asyncio.timeout(timeout):
            await asyncio.gather(
                _feed(process, stdin),
                _read(process.stdout, "stdout", transcript),
                _read(process.stderr, "stderr", transcript),
            )
            status = await process.wait()
    except TimeoutError:
        raise transcript.failure("context deadline exceeded", command) from None
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    outcome = transcript.end()
    if status:
        raise transcript.failure(_reason(status), command)
    return outcome


async def _feed(process: asyncio.subprocess.Process, stdin: str) -> None:
    if process.stdin is None:
        return
    with suppress(BrokenPipeError, ConnectionResetError):  # a command may end without reading its input
        process.stdin.write(stdin.encode())
        await process.stdin.drain()
    process.stdin.close()


async def _read(pipe: asyncio.StreamReader | None, stream: Stream, transcript: Transcript) -> None:
    if pipe is None:
        return
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    while piece := await pipe.read(65536):
        transcript.add(stream, decoder.decode(piece))
    if rest := decoder.decode(b"", final=True):
        transcript.add(stream, rest)


def _reason(status: int) -> str:
    return f"exit status {status}" if status > 0 else f"signal: {signal.strsignal(-status) or -status}".lower()
