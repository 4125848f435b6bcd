"""What a log file has that was not told yet, though it may have been rotated, or written anew, meanwhile."""
# ruff: noqa: UP006, UP035 - for the Python of an older host

import datetime
import hashlib
import os
import re
from glob import glob
from typing import Any, BinaryIO, Dict, Iterator, Mapping

from installer.python.lines import CHARACTERS, Line

HEAD = 1024
"""Bytes by whose digest a file is known again: a number of an inode is given to another file later."""

STAMP = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)Z ")


def tail(path: str, position: Mapping[str, Any], now: float) -> Iterator[Line]:
    """Lines after a position; an empty one is the beginning. `now` is in seconds since 1970.

    A line has the time that it begins with, or that of the line before, or that at which the file was last written. A
    last line without an end is told when it has not grown since the run before: it may be a question that nobody
    answers. What was left of a rotated file is told first, if that still lies beside, and not compressed.
    """
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            begin, waited = 0, None
            if position and os.fstat(file.fileno()).st_ino != position["inode"]:
                yield from _rotated(path, position, now)
            elif position and _is(file, position):
                begin, waited = position["offset"], position.get("waits")
            yield from _read(file, begin, now, waited)
    except FileNotFoundError:
        return


def _rotated(path: str, position: Mapping[str, Any], now: float) -> Iterator[Line]:
    for other in sorted(glob(path + "?*")):  # noqa: PTH207
        with open(other, "rb") as file:  # noqa: PTH123
            if os.fstat(file.fileno()).st_ino == position["inode"] and _is(file, position):
                yield from _read(file, position["offset"], now, os.fstat(file.fileno()).st_size)


def _is(file: BinaryIO, position: Mapping[str, Any]) -> bool:
    """Whether this is the file that a position is in: nobody wrote it anew."""
    size = os.fstat(file.fileno()).st_size
    return bool(size >= position["offset"] and _digest(_head(file, size), position["offset"]) == position["head"])


def _head(file: BinaryIO, size: int) -> bytes:
    file.seek(0)
    return file.read(min(size, HEAD))


def _digest(head: bytes, offset: int) -> str:
    return hashlib.sha256(head[:offset]).hexdigest()


def _read(file: BinaryIO, begin: int, now: float, waited: Any) -> Iterator[Line]:
    """From an offset to the present end. `waited` is the size that the file had when its last line had no end yet."""
    there = os.fstat(file.fileno())
    head = _head(file, there.st_size)
    stamp, at = min(there.st_mtime, now), begin
    file.seek(begin)

    def position(offset: int) -> Dict[str, Any]:
        return {"inode": there.st_ino, "offset": offset, "head": _digest(head, offset)}

    while at < there.st_size:
        piece = file.readline(min(CHARACTERS, there.st_size - at))
        if not piece:
            return  # it was cut meanwhile
        if not piece.endswith(b"\n") and len(piece) < CHARACTERS and waited != there.st_size:
            yield Line(0, "", dict(position(at), waits=there.st_size))
            return
        stamp, at = _stamp(piece, stamp), at + len(piece)
        yield Line(int(stamp * 1000), piece.decode("utf-8", "replace").rstrip("\r\n"), position(at))


def _stamp(piece: bytes, otherwise: float) -> float:
    found = STAMP.match(piece)
    if not found:
        return otherwise
    try:
        time = datetime.datetime.strptime(found.group(1).decode(), "%Y-%m-%dT%H:%M:%S")  # noqa: DTZ007 - next line
    except ValueError:
        return otherwise
    return time.replace(tzinfo=datetime.timezone.utc).timestamp()  # noqa: UP017
