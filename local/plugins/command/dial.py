"""Reaching a host that may still be booting: dial, wait, dial again, as long as the connection allows."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import asyncssh

from local.plugins.command.connection import Connection, Endpoint
from local.plugins.command.transcript import CommandError, Voice

FIRST_WAIT = 0.1
WAIT_GROWTH = 1.5
LONGEST_WAIT = 5.0
"""The real plugin's waits between two dials, in seconds. Nobody can set them."""

UNLIMITED = -1


@asynccontextmanager
async def connected(
    connection: Connection, voice: Voice, timeout: float | None = None
) -> AsyncIterator[asyncssh.SSHClientConnection]:
    """An SSH connection for the time of the block. The timeout bounds the dialling, not what follows."""
    async with AsyncExitStack() as stack:
        async with asyncio.timeout(timeout) as bound:
            tunnel = None
            if connection.proxy:
                tunnel = await _dial(connection.proxy, None, voice, bound)
                await stack.enter_async_context(tunnel)
            client = await _dial(connection.target, tunnel, voice, bound)
        await stack.enter_async_context(client)
        yield client


async def _dial(
    endpoint: Endpoint, tunnel: asyncssh.SSHClientConnection | None, voice: Voice, bound: asyncio.Timeout
) -> asyncssh.SSHClientConnection:
    options = _options(endpoint, voice)
    limit = "inf" if endpoint.dial_error_limit == UNLIMITED else str(endpoint.dial_error_limit)
    wait, tries, reason = FIRST_WAIT, 0, "no answer yet"
    try:
        while True:
            visitor = HostKeyCheck(endpoint)
            try:
                return await _attempt(endpoint, options, visitor, tunnel)
            except (OSError, asyncssh.Error) as error:
                reason = visitor.objection or _reason(error, endpoint)
            if tries == endpoint.dial_error_limit:
                raise CommandError(f"after {tries} failed attempts: {reason}")
            tries += 1
            voice.status(f"Dial {tries}/{limit} failed: retrying ({reason.partition('. ')[0]})")
            await asyncio.sleep(wait)
            wait = min(wait * WAIT_GROWTH, LONGEST_WAIT)
    except asyncio.CancelledError:
        if not bound.expired():
            raise
        raise CommandError(
            f"context deadline exceeded: no SSH connection to {endpoint.address} within the time limit "
            f"of this resource ({tries} failed attempts; the last one: {reason})"
        ) from None


async def _attempt(
    endpoint: Endpoint,
    options: asyncssh.SSHClientConnectionOptions,
    visitor: "HostKeyCheck",
    tunnel: asyncssh.SSHClientConnection | None,
) -> asyncssh.SSHClientConnection:
    client, _ = await asyncssh.create_connection(
        lambda: visitor, endpoint.host, endpoint.port, tunnel=tunnel or (), options=options
    )
    return client


class HostKeyCheck(asyncssh.SSHClient):
    """Compares the key that the server shows with the pinned one, and keeps what to say when they differ."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.address = endpoint.address
        self.pinned = endpoint.pinned()
        self.objection: str | None = None

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        """Asked by the library for every key, because it is told of no known host."""
        if self.pinned is None or key.public_data == self.pinned.public_data:
            return True
        self.objection = (
            f"ssh: handshake failed: ssh: host key mismatch: {self.address} shows {key.get_fingerprint()}, "
            f"but connection.hostKey is {self.pinned.get_fingerprint()}. If the host was rebuilt on purpose, "
            f"give its new key; otherwise something else answers at this address"
        )
        return False


def _options(endpoint: Endpoint, voice: Voice) -> asyncssh.SSHClientConnectionOptions:
    """Nothing of the user's own SSH settings takes part."""
    identity, pinned = endpoint.identity(), endpoint.pinned()
    if pinned is None:
        voice.warn(f"connection.hostKey is not set: whoever answers at {endpoint.address} is trusted")
    return asyncssh.SSHClientConnectionOptions(
        config=None,
        username=endpoint.user,
        client_keys=[identity] if identity else None,
        password=endpoint.password,
        agent_path=endpoint.agent(),
        known_hosts=None if pinned is None else b"#",
        server_host_key_algs="default" if pinned is None else [pinned.get_algorithm()],
        preferred_auth="publickey,password,keyboard-interactive",
        gss_host=None,
        connect_timeout=endpoint.per_dial_timeout or None,
        login_timeout=None,
    )


def _reason(error: Exception, endpoint: Endpoint) -> str:
    """Why a dial failed, in the words of the real plugin where they are known."""
    if isinstance(error, TimeoutError):
        return f"dial tcp {endpoint.address}: i/o timeout"
    if isinstance(error, OSError) and not isinstance(error, ConnectionResetError):
        text = os.strerror(error.errno) if error.errno else str(error)
        return f"dial tcp {endpoint.address}: connect: {text.lower()}"
    return f"ssh: handshake failed: {_objection(error, endpoint)}"


def _objection(error: Exception, endpoint: Endpoint) -> str:
    if isinstance(error, asyncssh.PermissionDenied):
        who = f"user {endpoint.user} at {endpoint.address}"
        return f"ssh: unable to authenticate, no supported methods remain ({who})"
    pinned = endpoint.pinned()
    if isinstance(error, asyncssh.KeyExchangeFailed) and "host key" in str(error):
        return f"ssh: no common algorithm for host key: {endpoint.address} has none of the pinned type"
    if isinstance(error, asyncssh.ConnectionLost | ConnectionResetError):
        kind = f", as a server does that has no {pinned.get_algorithm()} key (connection.hostKey)" if pinned else ""
        return f"{endpoint.address} hung up{kind}"
    return str(error)
