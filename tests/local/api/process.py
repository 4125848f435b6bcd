"""The API as a process of its own: for what holds for everybody who asks it, and for who looks at all that is in it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tools import cache


@contextmanager
def serving() -> Iterator[str]:
    """Its URL, while it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "local.api.server", "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(command, cwd=cache.CHECKOUT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(600):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


@contextmanager
def environment(changed: Mapping[str, str]) -> Iterator[None]:
    """These variables in this process, for plugins that run in it."""
    kept = {key: os.environ.get(key) for key in changed}
    os.environ.update(changed)
    try:
        yield
    finally:
        for key, value in kept.items():
            if value is None:
                os.environ.pop(key)
            else:
                os.environ[key] = value
