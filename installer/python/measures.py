"""How full a host is, and how long its certificate is good for."""
# ruff: noqa: UP006, UP017, UP035, UP045 - for the Python of an older host

import datetime
import os
import re
import socket
import ssl
from typing import Iterable, Iterator, Optional, Tuple

FOLDERS = ("/", "/var", "/var/lib", "/var/log", "/var/lib/docker", "/var/lib/replicated", "/opt/WickrIO")
"""What is written to on a host, each perhaps a file system of its own; the last one is the compliance host's data."""

VERSION, UTC_TIME = 0xA0, 0x17
"""Kinds of fields of a certificate in DER."""


def disk_used(folders: Iterable[str] = FOLDERS) -> float:
    """Percent of the fullest file system of these folders, of its bytes or of its inodes, whichever are fewer. Blocks
    that are kept for root count as used, as `df` counts them.
    """
    found = [0.0]
    for folder in folders:
        try:
            disk = os.statvfs(folder)
        except OSError:
            continue
        for all_, free, available in (
            (disk.f_blocks, disk.f_bfree, disk.f_bavail),
            (disk.f_files, disk.f_ffree, disk.f_favail),
        ):
            used = all_ - free
            if used + available > 0:
                found.append(100.0 * used / (used + available))
    return max(found)


def memory_used(meminfo: str) -> float:
    """Percent of the memory that nothing new could have; the text is that of /proc/meminfo."""
    known = {name: int(value) for name, value in re.findall(r"^(\w+): +(\d+) kB$", meminfo, re.MULTILINE)}
    return 100.0 * (known["MemTotal"] - known["MemAvailable"]) / known["MemTotal"]


def certificate_days(address: Tuple[str, int], now: datetime.datetime) -> Optional[int]:
    """Whole days for which the certificate is good that is served there, below zero once it is not; None if nothing
    answers. Whether it is trusted is nobody's question here.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with socket.create_connection(address, 10) as plain, context.wrap_socket(plain) as secured:
            certificate = secured.getpeercert(binary_form=True)
        return (not_after(certificate or b"") - now).days
    except (OSError, ValueError):
        return None


def not_after(certificate: bytes) -> datetime.datetime:
    """The end of a certificate in DER (RFC 5280, 4.1). Raises ValueError for what is none."""
    try:
        (_, whole), *_ = _parts(certificate)
        (_, signed_part), *_ = _parts(whole)
        fields = [(kind, content) for kind, content in _parts(signed_part) if kind != VERSION]
        (_, _), (kind, end) = _parts(fields[3][1])  # serial number, algorithm, issuer, validity
    except (IndexError, ValueError):
        raise ValueError("this is no certificate") from None
    text = end.decode("ascii")
    if kind == UTC_TIME:
        text = ("19" if text[:2] >= "50" else "20") + text
    return datetime.datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=datetime.timezone.utc)


def _parts(content: bytes) -> Iterator[Tuple[int, bytes]]:
    """The kinds and contents that stand one after the other. Raises IndexError where they are cut off."""
    at = 0
    while at < len(content):
        kind, size, at = content[at], content[at + 1], at + 2
        if size & 0x80:
            count = size & 0x7F
            size, at = int.from_bytes(content[at : at + count], "big"), at + count
        if at + size > len(content):
            raise IndexError(at)
        yield kind, content[at : at + size]
        at += size
