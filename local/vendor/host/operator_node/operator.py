"""The operator of the stand-in: joins the daemon with the token and stays connected."""

import json
import os
import secrets
import shutil
import socket
import sys
import time
from pathlib import Path
from typing import Any

from ..replicated.cluster import proof
from ..replicated.options import environment
from ..replicated.paths import DOCKER
from ..wire import call

IDENTITY = Path("/var/lib/replicated-operator/replicated-operator.conf")
BEAT = 2


def identity(wanted: str) -> str:
    """The node's id: given, remembered, or made now."""
    if IDENTITY.exists():
        return str(json.loads(IDENTITY.read_text())["OperatorID"])
    IDENTITY.parent.mkdir(parents=True, exist_ok=True)
    made = wanted or secrets.token_hex(16)
    IDENTITY.write_text(json.dumps({"OperatorID": made}))
    return made


def facts() -> dict[str, Any]:
    """What the preflight checks want to know of this host."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "os": sys.platform,
        "kernel": os.uname().release,
        "cpus": os.cpu_count() or 1,
        "memory": memory,
        "docker": call(DOCKER, {"do": "info"})["version"],
        "disks": {folder: shutil.disk_usage(folder).total for folder in ("/", "/var/lib/docker")},
    }


def main() -> None:
    """Join, then beat; any fault ends the program and the unit starts it again."""
    options = environment("REPLICATED_OPERATOR_OPTS")
    node = {
        "id": identity(options.get("OPERATOR_ID", "")),
        "private": os.environ.get("PRIVATE_ADDRESS", ""),
        "public": options.get("PUBLIC_ADDRESS", ""),
        "tags": [tag for tag in options.get("TAGS", "").split(",") if tag],
        "version": os.environ.get("REPLICATED_VERSION", "unknown"),
        "name": options.get("NODENAME", ""),
        "facts": facts(),
    }
    host, _, port = os.environ["DAEMON_ENDPOINT"].rpartition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection, connection.makefile("rwb") as stream:

        def say(message: dict[str, Any]) -> None:
            stream.write(json.dumps(message).encode() + b"\n")
            stream.flush()

        challenge = json.loads(stream.readline())["challenge"]
        say({"proof": proof(os.environ["DAEMON_TOKEN"], challenge), "node": node})
        answer = json.loads(stream.readline() or b"{}")
        if "welcome" not in answer:
            sys.exit(f"operator: refused by {host}:{port}: {answer.get('error', 'connection closed')}")
        print(f"operator {node['id']}: connected to {host}:{port}", flush=True)
        while True:
            say({"beat": True})
            time.sleep(BEAT)


if __name__ == "__main__":
    try:
        main()
    except (OSError, ValueError, KeyError) as fault:
        sys.exit(f"operator: cannot join the daemon: {fault}")
