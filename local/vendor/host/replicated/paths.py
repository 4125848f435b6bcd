"""Where the daemon keeps things on the host; the same places as the vendor's."""

from pathlib import Path
from typing import Final

CONFIGURATION: Final = Path("/etc/replicated.conf")
STATE: Final = Path("/var/lib/replicated")
SECRETS: Final = STATE / "secrets"
CONSOLE_PEM: Final = SECRETS / "console.pem"
APPLICATION_PEM: Final = SECRETS / "application.pem"
SOCKET: Final = Path("/var/run/replicated/replicated-cli.sock")
DOCKER: Final = Path("/var/run/docker.sock")
ALIASES: Final = Path("/etc/replicated.alias")
"""Aliases of the application's commands; bash's interactive start file reads it."""
