"""Dialling a host that is not there (yet): how often, how long apart, and when to give up."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.plugins.command import dial, remote
from local.plugins.command.connection import AGENT_VARIABLE, Connection
from local.plugins.command.transcript import CommandError, Outcome, Transcript, Voice
from local.plugins.command.waiting import finish
from tests.local.plugins.sshd import free_port, needs_sshd, prepare, serving

pytestmark = pytest.mark.slow

NOWHERE = {"host": "127.0.0.1", "user": "root", "dialErrorLimit": 10, "perDialTimeout": 15}


async def attempt(log: list[str], timeout: float | None = None, **connection: Any) -> Outcome:
    return await remote.run(
        Connection.of(NOWHERE | connection),
        "echo reached",
        Transcript(log=lambda _: None),
        dial_timeout=timeout,
        voice=Voice(status=log.append, warn=lambda _: None),
    )


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits between dials, which take no time in these tests."""
    found: list[float] = []

    async def sleep(seconds: float) -> None:
        found.append(seconds)

    monkeypatch.setattr("local.plugins.command.dial.asyncio.sleep", sleep)
    return found


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_the_default_gives_up_after_ten_errors_about_eleven_seconds_in(waits: list[float]) -> None:
    log: list[str] = []
    with pytest.raises(CommandError, match=r"after 10 failed attempts: dial tcp .*: connection refused$"):
        asyncio.run(attempt(log, port=free_port()))
    assert waits[:3] == pytest.approx([0.1, 0.15, 0.225])
    assert 11 < sum(waits) < 12
    assert [line.split(" failed")[0] for line in log] == [f"Dial {n}/10" for n in range(1, 11)]


def test_waits_grow_to_five_seconds_and_no_further(waits: list[float]) -> None:
    with pytest.raises(CommandError):
        asyncio.run(attempt([], port=free_port(), dialErrorLimit=20))
    assert max(waits) == waits[-1] == dial.LONGEST_WAIT == 5


def test_a_limit_of_zero_dials_once(waits: list[float]) -> None:
    with pytest.raises(CommandError, match="after 0 failed attempts"):
        asyncio.run(attempt([], port=free_port(), dialErrorLimit=0))
    assert waits == []


def test_without_a_limit_the_time_limit_ends_it_and_the_last_reason_is_told() -> None:
    before = time.monotonic()
    with pytest.raises(CommandError, match=r"context deadline exceeded: .*the last one: dial tcp 127\.0\.0\.1"):
        asyncio.run(attempt([], timeout=0.6, port=free_port(), dialErrorLimit=-1))
    assert 0.5 < time.monotonic() - before < 3


def test_a_server_that_never_answers_costs_the_time_of_one_dial(silent_port: int) -> None:
    before = time.monotonic()
    with pytest.raises(CommandError, match="i/o timeout"):
        asyncio.run(attempt([], port=silent_port, dialErrorLimit=0, perDialTimeout=1))
    assert 0.9 < time.monotonic() - before < 4


def test_an_engine_that_is_told_to_stop_does_not_wait_any_longer(silent_port: int) -> None:
    cancelled = threading.Event()
    threading.Timer(0.3, cancelled.set).start()
    before = time.monotonic()
    with pytest.raises(CommandError, match="stopped, as was asked"):
        finish(attempt([], port=silent_port, dialErrorLimit=-1, perDialTimeout=0), cancelled)
    assert time.monotonic() - before < 5


def test_an_agent_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, waits: list[float]) -> None:
    monkeypatch.setenv(AGENT_VARIABLE, "/nowhere/agent")
    with pytest.raises(CommandError, match="/nowhere/agent"):
        asyncio.run(attempt([], port=free_port(), dialErrorLimit=3))
    assert waits == []


@needs_sshd
def test_a_host_that_comes_up_later_is_reached(tmp_path: Path) -> None:
    server, log = prepare(tmp_path), list[str]()

    async def late() -> Outcome:
        task = asyncio.ensure_future(attempt(log, **server.connection()))
        await asyncio.sleep(0.3)
        with serving(tmp_path, server):
            return await task

    assert asyncio.run(late()).stdout == "reached"
    assert log[0].startswith("Dial 1/10 failed: retrying (dial tcp")
