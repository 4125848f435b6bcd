"""The operator of the stand-in: joins the daemon with the token, stays connected, and runs containers for it."""

import json
import os
import queue
import secrets
import shutil
import sys
import threading
import time
from pathlib import Path
from typing import Any

from ..replicated.link import BEAT, Line, dial, proof
from ..replicated.options import environment
from ..replicated.paths import DOCKER
from ..wire import Refusal, call
from . import errands

IDENTITY = Path("/var/lib/replicated-operator/replicated-operator.conf")
TRUST = Path("/etc/docker/certs.d")


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


def trust(registry: dict[str, str]) -> None:
    """Let Docker trust the daemon's registry."""
    folder = TRUST / registry["name"]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ca.crt").write_text(registry["ca"])


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
    with dial(host, int(port)) as connection:
        line = Line(connection)
        challenge = line.hear()["challenge"]
        line.say({"proof": proof(os.environ["DAEMON_TOKEN"], challenge), "node": node})
        answer = line.hear()
        if "welcome" not in answer:
            raise Refusal(f"refused by {host}:{port}: {answer.get('error', 'no reason given')}")
        trust(answer["registry"])
        print(f"operator {node['id']}: connected to {host}:{port}", flush=True)
        work(line)


def work(line: Line) -> None:
    """Beat. Errands are run one after the other beside it, for a pull may take long."""
    asked: queue.Queue[dict[str, Any]] = queue.Queue()
    done: queue.Queue[dict[str, Any]] = queue.Queue()
    threading.Thread(target=errands.run_all, args=(asked, done), daemon=True).start()
    while True:
        line.say({"done": [done.get() for _ in range(done.qsize())]})
        for errand in line.hear()["errands"]:
            asked.put(errand)
        time.sleep(BEAT)


if __name__ == "__main__":
    try:
        main()
    except (OSError, ValueError, KeyError, Refusal) as fault:
        sys.exit(f"operator: cannot join the daemon, or lost it: {fault}")
