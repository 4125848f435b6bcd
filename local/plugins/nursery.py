"""Plugins that are loaded before anybody asks for them: a lab keeps this process, and each plugin is a fork of it.

Nothing of one run stays for the next one: a plugin has the environment, the folder and the output of who asked for it,
ends when that one is told to end, and at once when that one is gone.
"""

import contextlib
import json
import os
import signal
import socket
import sys
import threading
from typing import Any, NoReturn

from local.plugins import server
from local.plugins.ask import ADDRESS
from local.plugins.aws import cloud
from local.plugins.aws.__main__ import PROVIDER as AWS
from local.plugins.command.__main__ import PROVIDER as COMMAND
from local.plugins.tls.__main__ import PROVIDER as TLS

PROVIDERS = {each.name: each for each in (AWS, COMMAND, TLS)}


def main() -> NoReturn:
    """Forks plugins until it is ended."""
    # Nobody waits for a plugin that has ended but who asked for it.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(ADDRESS)
        door.listen()
        cloud.load()  # whoever asks meanwhile waits
        while True:
            asker, _ = door.accept()
            if not os.fork():
                door.close()
                _be(asker)
            asker.close()


def _be(asker: socket.socket) -> NoReturn:
    """The plugin that is asked for, in a process of its own."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    wanted = _wanted(asker)
    os.chdir(wanted["folder"])
    os.environ.clear()
    os.environ.update(wanted["environment"])
    sys.argv = [wanted["name"], *wanted["words"]]
    threading.Thread(target=_heed, args=(asker,), daemon=True).start()
    server.serve(PROVIDERS[wanted["name"]])
    raise AssertionError("it serves until this process ends")


def _wanted(asker: socket.socket) -> dict[str, Any]:
    text, descriptors, _, _ = socket.recv_fds(asker, 65536, 3)
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    while not text.endswith(b"\n"):
        text += asker.recv(65536)
    return dict(json.loads(text))


def _heed(asker: socket.socket) -> None:
    """Ends this process as who asked for it is told to end, or is gone."""
    with contextlib.suppress(OSError):
        asker.recv(1)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
