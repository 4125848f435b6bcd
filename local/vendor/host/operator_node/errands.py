"""What a daemon asks of its operators: place containers on this host, and take them away."""

import queue
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..replicated.engine import docker
from ..wire import Refusal

LISTENING = 10.0
"""Seconds that the ports of a container may take."""


def run_all(asked: "queue.Queue[dict[str, Any]]", done: "queue.Queue[dict[str, Any]]") -> None:
    """Carry out errands in the order in which they came."""
    actions: dict[str, Callable[..., None]] = {"place": place, "remove": remove}
    while True:
        errand = asked.get()
        name, what = errand.pop("id"), errand.pop("do")
        try:
            actions[what](**errand)
            done.put({"id": name})
        except (Refusal, OSError) as error:
            print(f"operator: {what}: {error}", flush=True)
            done.put({"id": name, "refusal": str(error)})


def place(containers: list[dict[str, Any]], files: dict[str, str]) -> None:
    """Write the files, run the containers, and wait until each listens where it should."""
    for path, text in files.items():
        file = Path(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(text)
    remove([spec["name"] for spec in containers])
    for spec in containers:
        docker("run", spec=spec)
        print(f"operator: runs {spec['name']}", flush=True)
    for spec in containers:
        for port, _ in spec["ports"]:
            _await(spec["name"], port)


def remove(names: list[str]) -> None:
    """Take containers away; there may be none."""
    there = {one["Name"][1:] for one in docker("list")["containers"]}
    for name in names:
        if name in there:
            docker("remove", name=name, force=True)
            print(f"operator: removed {name}", flush=True)


def _await(name: str, port: int) -> None:
    until = time.monotonic() + LISTENING
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise Refusal(f"timeout waiting for ports to enter listening state: {port} ({name})")
