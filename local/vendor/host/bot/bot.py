"""The container's program: configuration, client file, connection, and then a word now and then that it runs."""

import json
import os
import socket
import sqlite3
import ssl
import sys
import time
from pathlib import Path

from ..wire import Refusal
from . import aws, client_file, configuration
from .client_file import Network
from .configuration import INTEGRATION, Client

HOME = "/opt/WickrIO"
CONFIGURATION = "/usr/local/wickr/WickrIO/clientConfig.json"
REGISTRATIONS = "wickrbot.database.sqlite"
MOST_DEVICES = 10
PORT = 443
CHECK = 30  # seconds between two looks at the messaging host
LIFE = 1440  # minutes, unless the configuration says otherwise


def say(text: str) -> None:
    """A line of `docker logs`."""
    print(text, flush=True)


def bound(inside: str) -> Path:
    """Where a path of the container is on the host, by its `-v`."""
    for bind in json.loads(os.environ.get("BINDS", "[]")):
        outside, target, *_ = bind.split(":")
        if inside == target or inside.startswith(f"{target}/"):
            return Path(outside + inside[len(target) :])
    return Path(inside)


def configured() -> list[Client]:
    """The clients, from Secrets Manager or from a file that is mounted."""
    name, file = os.environ.get("AWS_SECRET_NAME", ""), bound(CONFIGURATION)
    if name:
        say(f"Reading the configuration from {name}")
        return configuration.clients(aws.secret(name), of_secret=True)
    if file.is_file():
        say(f"Reading the configuration from {CONFIGURATION}")
        return configuration.clients(file.read_text(), of_secret=False)
    raise Refusal("There are no clients currently configured!")


def connect(client: Client, network: Network) -> None:
    """Once to the messaging host and back, over TLS that the client file vouches for."""
    context = ssl.create_default_context(cadata=network.ca or None)
    try:
        with (
            socket.create_connection((network.host, PORT), timeout=10) as plain,
            context.wrap_socket(plain, server_hostname=network.host),
        ):
            pass
    except OSError as error:
        raise Refusal(f"Failed to create connection to host: {network.host}:{PORT}: {error}") from error


def register(home: Path, client: Client, network: Network) -> str:
    """Each bot once: the next start finds it in its database. More devices than allowed lock it."""
    with sqlite3.connect(home / REGISTRATIONS) as database:
        database.execute("CREATE TABLE IF NOT EXISTS registrations (bot TEXT, host TEXT, device INTEGER)")
        devices = database.execute("SELECT host FROM registrations WHERE bot = ?", (client.name,)).fetchall()
        if (network.host,) in devices:
            return "was registered before"
        if len(devices) >= MOST_DEVICES:
            raise Refusal(f"client {client.name}: more than {MOST_DEVICES} devices")
        row = (client.name, network.host, len(devices) + 1)
        database.execute("INSERT INTO registrations VALUES (?, ?, ?)", row)
    return "is registered now"


def start(home: Path, client: Client) -> Network:
    """One bot, as far as running."""
    file = client.file
    content = aws.object_(file["bucket"], file["key"], file["region"])
    network = client_file.opened(content, client.file_password)
    if network.user != client.name:
        raise Refusal(f"client {client.name}: its client file is of {network.user}")
    connect(client, network)
    folder = home / "clients" / client.name / "integration" / INTEGRATION
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "receivedMessages.log").touch()
    say(f"Client {client.name} {register(home, client, network)} at {network.host}")
    say(f"Client {client.name}: Running, integration {INTEGRATION}")
    return network


def main() -> int:
    """Until its time is over, or something is wrong; Docker starts it again."""
    say("Compliance bot of the local cloud: a stand-in. Nothing of it is the vendor's, and it captures nothing.")
    home = bound(HOME)
    try:
        if not os.access(home, os.W_OK):
            raise Refusal(f"{HOME} is not there or cannot be written to: mount a folder there")
        clients = configured()
        networks = [(client, start(home, client)) for client in clients]
        minutes = min(int(client.tokens.get("RUNTIME_DURATION", LIFE)) for client in clients)
        ends = time.monotonic() + 60 * minutes
        while time.monotonic() < ends:
            time.sleep(CHECK)
            for client, network in networks:
                connect(client, network)
    except Refusal as refusal:
        print(f"ERROR: {refusal}", file=sys.stderr, flush=True)
        return 1
    say(f"{minutes} minutes are over")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
