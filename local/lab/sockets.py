"""Reaching into another network namespace without leaving one's own: a thread moves, not the process."""

import ctypes
import os
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

CLONE_NEWNET = 0x40000000


def thread_in(namespace: Path) -> ThreadPoolExecutor:
    """One thread that lives in a namespace: the sockets that it makes belong there, whoever uses them then."""
    return ThreadPoolExecutor(max_workers=1, initializer=_enter, initargs=(namespace,))


def listening(namespace: Path, address: str, port: int) -> socket.socket:
    """A listening socket inside a namespace."""
    with thread_in(namespace) as thread:
        return thread.submit(socket.create_server, (address, port), backlog=64).result()


def datagrams(namespace: Path, address: str, port: int) -> socket.socket:
    """A bound UDP socket inside a namespace."""

    def bound() -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.bind((address, port))
        return made

    with thread_in(namespace) as thread:
        return thread.submit(bound).result()


def _enter(namespace: Path) -> None:
    with namespace.open() as file:
        if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(namespace))
