"""How to reach a host over SSH: the input `connection` as typed values, and its keys."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import asyncssh

from local.plugins.command.transcript import CommandError

AGENT_VARIABLE = "SSH_AUTH_SOCK"


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One SSH server and how to log in there. Keys and passwords never show in its representation."""

    host: str
    user: str
    port: int
    private_key: str | None = None
    password: str | None = None
    private_key_password: str | None = None
    host_key: str | None = None
    agent_socket_path: str | None = None
    dial_error_limit: int
    per_dial_timeout: int

    def __repr__(self) -> str:
        return f"{self.user}@{self.address}"

    @property
    def address(self) -> str:
        """Host and port as error texts write them."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Endpoint":
        """From checked inputs with their defaults."""
        return cls(
            host=values["host"],
            user=values["user"],
            port=int(values["port"]),
            private_key=values.get("privateKey"),
            password=values.get("password"),
            private_key_password=values.get("privateKeyPassword"),
            host_key=values.get("hostKey"),
            agent_socket_path=values.get("agentSocketPath") or os.environ.get(AGENT_VARIABLE),
            dial_error_limit=values["dialErrorLimit"],
            per_dial_timeout=values["perDialTimeout"],
        )

    def identity(self) -> asyncssh.SSHKey | None:
        """The private key to log in with."""
        if self.private_key is None:
            return None
        try:
            return asyncssh.import_private_key(self.private_key, self.private_key_password)
        except asyncssh.KeyEncryptionError:
            raise CommandError("ssh: connection.privateKeyPassword does not open the private key") from None
        except ValueError as error:  # the library's own errors, and those of a library below it
            encrypted = "passphrase" in str(error).lower()
            wanted = "is encrypted: set connection.privateKeyPassword" if encrypted else "is no private key"
            raise CommandError(f"ssh: connection.privateKey {wanted}") from None

    def agent(self) -> str | None:
        """The agent's socket, which must answer, as in the real plugin even where a private key is given."""
        path = self.agent_socket_path
        if path is None:
            return None
        try:
            with socket.socket(socket.AF_UNIX) as caller:
                caller.connect(path)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise CommandError(f"dial unix {path}: connect: {reason} ({AGENT_VARIABLE})") from None
        # It is asked for its keys only where no private key is given.
        return path if self.private_key is None else None

    def pinned(self) -> asyncssh.SSHKey | None:
        """The host key that the server must show, or None where any will do."""
        if self.host_key is None:
            return None
        try:
            return asyncssh.import_public_key(self.host_key)
        except ValueError:
            raise CommandError(
                "ssh: connection.hostKey is no public key: expected one line like 'ssh-ed25519 AAAA…'"
            ) from None


@dataclass(frozen=True, kw_only=True)
class Connection:
    """A host, and the host in between where there is one."""

    target: Endpoint
    proxy: Endpoint | None = None

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Connection":
        """From checked inputs with their defaults."""
        proxy = values.get("proxy")
        return cls(target=Endpoint.of(values), proxy=Endpoint.of(proxy) if proxy else None)
