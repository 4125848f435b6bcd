"""The engine asks in threads, commands run in an event loop: one of these for each question."""

import asyncio
from collections.abc import Coroutine
from threading import Event
from typing import Any, TypeVar

from local.plugins.command.transcript import CommandError

_Result = TypeVar("_Result")

LOOK_EVERY = 0.2
"""Seconds between two looks at whether the engine wants to stop."""


def finish(work: Coroutine[Any, Any, _Result], cancelled: Event) -> _Result:
    """Runs the work to its end, or until the engine is told to stop (Ctrl-C)."""

    async def watch() -> _Result:
        task = asyncio.ensure_future(work)
        while not cancelled.is_set():
            done, _ = await asyncio.wait({task}, timeout=LOOK_EVERY)
            if done:
                return task.result()
        task.cancel()
        await asyncio.wait({task}, timeout=2)
        raise CommandError("stopped, as was asked; a command that was running may have done part of its work")

    return asyncio.run(watch())
