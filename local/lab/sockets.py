"""A listening socket inside another network namespace: it stays there, whoever accepts on it."""

import ctypes
import os
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

CLONE_NEWNET = 0x40000000


def listening(namespace: Path, address: str, port: int) -> socket.socket:
    """Only a thread of its own enters the namespace, and ends there."""

    def listen() -> socket.socket:
        with namespace.open() as file:
            if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(namespace))
        return socket.create_server((address, port), backlog=64)

    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(listen).result()
