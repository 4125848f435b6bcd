"""`python -m ops.fleet.forks`: what all programs of a fleet load is loaded here, once; each is a fork of this process.

It starts no thread and speaks no gRPC itself: neither would survive the fork.
"""

import gc
import importlib
import os
import signal
import socket
from contextlib import suppress

MODULES = ("ops.fleet.program", "infra.start", "infra.program")
SERVICES = ("backup", "cloudwatch", "iam", "sns", "vpc")
"""What every stack has something of, and the SDK does not load before it is used."""


def main() -> None:
    """Forks for each socket that comes in through standard input, until no more can come."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for programs: their engines tell how they ended
    # Memory is shared for as long as nobody writes to it, as the search for garbage does.
    gc.disable()
    _load()
    gc.freeze()
    with socket.socket(fileno=0) as fleet:
        while engines := socket.recv_fds(fleet, 1, 1)[1]:
            if os.fork() == 0:
                fleet.close()
                _become_program(engines[0])
            os.close(engines[0])


def _load() -> None:
    # What fails here fails again when a program is run, and is told there.
    with suppress(Exception):
        for module in MODULES:
            importlib.import_module(module)
        sdk = importlib.import_module("pulumi_aws")
        for service in SERVICES:
            getattr(getattr(sdk, service), "Provider", None)  # any name will do


def _become_program(engine: int) -> None:
    try:
        from ops.fleet.program import serve

        serve(socket.socket(fileno=engine))
    finally:
        os._exit(1)


if __name__ == "__main__":
    main()
