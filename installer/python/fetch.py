"""Fetches one object of S3 onto the host that it runs on, with the instance's role: `python3 -`.

Environment: BUCKET, KEY, REGION, DNS_SUFFIX (that of the partition), SHA256, TARGET (the file; its folder is there),
LIMIT in seconds. METADATA_ADDRESS and S3_ADDRESS (`host:port`) are dialled in the place of AWS's own, the names that
are asked for stay. A download that was cut off goes on where it ended, in the next run, too. Ends in one sentence on
failure: `class: what is wrong, the way out`.
"""
# ruff: noqa: UP035, UP045 - for the Python of an older host

import datetime
import errno
import hashlib
import http.client
import os
import re
import socket
import ssl
import sys
import time
from contextlib import closing
from email.utils import parsedate_to_datetime
from typing import Mapping, NamedTuple, NoReturn, Optional
from urllib.parse import quote

from installer.python.connection import clock, connected, tls_failure
from installer.python.metadata import METADATA, Credentials, credentials
from installer.python.sentence import PassingError, SentenceError
from installer.python.signature import Request, signed

PATIENCE = 30
"""Seconds that one connection may be silent."""

FRUITLESS = 6
"""Attempts in a row that bring no byte, before the network is called broken."""

RESERVE = 1 << 30
"""Bytes that a download leaves free on the disk."""

PIECE = 1 << 20


class Wanted(NamedTuple):
    """The object, and where it is to lie."""

    bucket: str
    key: str
    region: str
    suffix: str
    sha256: str
    target: str

    @property
    def host(self) -> str:
        """The regional name of the bucket: the gateway endpoint of the region is for it."""
        return f"{self.bucket}.s3.{self.region}.{self.suffix}"

    @property
    def path(self) -> str:
        return "/" + quote(self.key, safe="/-_.~")

    @property
    def request(self) -> Request:
        """What S3 is asked for."""
        return Request("GET", self.host, "s3", self.region, self.path)

    @property
    def text(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    @property
    def part(self) -> str:
        """What is there of it so far; named by the content, so that two versions never mix."""
        return os.path.join(os.path.dirname(self.target), f".{self.sha256}.part")  # noqa: PTH118, PTH120


class Download:
    """An object on its way: what is there, and the digest of that."""

    def __init__(self, wanted: Wanted, deadline: float) -> None:
        self.wanted, self.deadline = wanted, deadline
        self.resumed = os.path.exists(wanted.part)  # noqa: PTH110
        self.file = os.open(wanted.part, os.O_RDWR | os.O_CREAT, 0o600)
        self.have, self.digest = 0, hashlib.sha256()
        while True:
            piece = os.read(self.file, PIECE)
            if not piece:
                break
            self._count(piece)

    def _count(self, piece: bytes) -> None:
        self.digest.update(piece)
        self.have += len(piece)

    def begin_anew(self) -> None:
        """Forgets what is there."""
        os.ftruncate(self.file, 0)
        os.lseek(self.file, 0, os.SEEK_SET)
        self.have, self.digest, self.resumed = 0, hashlib.sha256(), False

    def go_on(self, who: Credentials, address: str) -> None:
        """One request for the rest. Raises PassingError or SentenceError unless all of it is there afterwards."""
        try:
            with closing(connected(self.wanted.host, address, PATIENCE)) as connection:
                headers = signed(self.wanted.request, who, datetime.datetime.now(datetime.timezone.utc))  # noqa: UP017
                if self.have:
                    headers["range"] = f"bytes={self.have}-"
                connection.request("GET", self.wanted.path, headers=headers)
                self._take(connection.getresponse())
        except ssl.SSLError as error:
            tls_failure(self.wanted.host, error)
        except socket.gaierror as error:
            raise PassingError(
                f"the name {self.wanted.host} does not resolve ({error}); the VPC's DNS must be on"
            ) from None
        except http.client.HTTPException as error:
            raise PassingError(f"{self.wanted.host} gives no answer in HTTP ({type(error).__name__})") from None
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise SentenceError("disk", f"the disk is full while {self.wanted.text} arrives; make room") from None
            raise PassingError(
                f"{self.wanted.host} port 443 cannot be reached ({error}); the route table of the host's subnet must "
                "lead to a gateway endpoint for S3, and the security group to its prefix list"
            ) from None

    def _take(self, answer: http.client.HTTPResponse) -> None:
        total = None
        if answer.status == 200:
            if self.have:
                self.begin_anew()
            total = _number(answer.getheader("Content-Length"))
        elif answer.status == 206:
            first, total = _range(answer.getheader("Content-Range"))
            if first != self.have:
                raise PassingError(f"{self.wanted.host} answers with another range than the one that was asked for")
        elif answer.status == 416 and self.have:
            if _number((answer.getheader("Content-Range") or "").rpartition("/")[2]) == self.have:
                return
            self.begin_anew()
            raise PassingError(f"{self.wanted.text} is shorter than what was there of it")
        else:
            _refusal(self.wanted, answer)
        if total is None:
            raise PassingError(f"{self.wanted.host} does not say how long {self.wanted.text} is")
        _room(self.wanted, total - self.have)
        while self.have < total:
            if time.monotonic() > self.deadline:
                raise SentenceError(
                    "timeout", f"{self.wanted.text}: {self.have} of {total} bytes arrived in the time for it"
                )
            piece = answer.read(min(PIECE, total - self.have))
            if not piece:
                raise PassingError(f"{self.wanted.text} was cut off after {self.have} of {total} bytes")
            rest = piece
            while rest:
                rest = rest[os.write(self.file, rest) :]
            self._count(piece)

    def finish(self) -> bool:
        """Puts the file in its place, if it is what the stack names; otherwise nothing of it stays."""
        if self.digest.hexdigest() != self.wanted.sha256:
            return False
        os.fsync(self.file)
        os.replace(self.wanted.part, self.wanted.target)  # noqa: PTH105
        return True


def _refusal(wanted: Wanted, answer: http.client.HTTPResponse) -> NoReturn:
    """What another status than success means."""
    body = answer.read(65536).decode("utf-8", "replace")
    code = (re.findall("<Code>(.*?)</Code>", body) or [""])[0]
    what = f"S3 answers with {answer.status} {code}".rstrip()
    if answer.status >= 500 or answer.status == 429 or code in ("RequestTimeout", "ExpiredToken"):
        raise PassingError(f"{what} for {wanted.text}")
    if code == "RequestTimeTooSkewed":
        there = answer.getheader("Date")
        apart = (
            f", {abs(parsedate_to_datetime(there).timestamp() - time.time()) / 60:.0f} minutes apart" if there else ""
        )
        raise SentenceError(
            "clock", f"this host's clock says {clock()}, S3's {there}{apart}; set it, then run pulumi up again"
        )
    if code == "NoSuchBucket" or (answer.status == 404 and code != "NoSuchKey"):
        raise SentenceError("bucket", f"there is no bucket {wanted.bucket} ({what}); check installer.airgap.bucket")
    if code == "NoSuchKey":
        raise SentenceError("bucket", f"there is no {wanted.text}; upload it, or check installer.airgap")
    home = answer.getheader("x-amz-bucket-region")
    if home and home != wanted.region:
        raise SentenceError(
            "bucket", f"the bucket {wanted.bucket} is in {home}, the gateway endpoint reaches those of {wanted.region}"
        )
    raise SentenceError(
        "permission",
        f"{what} for {wanted.text}: the instance's role may not read it, a policy of the bucket or its key forbids "
        "that, or there is no such object",
    )


def _room(wanted: Wanted, size: int) -> None:
    disk = os.statvfs(os.path.dirname(wanted.target))  # noqa: PTH120
    free = disk.f_bavail * disk.f_frsize
    if free < size + RESERVE:
        raise SentenceError(
            "disk",
            f"{wanted.text} needs {size} more bytes and {RESERVE} to spare, {free} are free; raise diskGiB or "
            "make room",
        )


def _range(text: Optional[str]) -> "tuple[Optional[int], Optional[int]]":
    found = re.match(r"bytes (\d+)-\d+/(\d+)$", text or "")
    return (int(found.group(1)), int(found.group(2))) if found else (None, None)


def _number(text: Optional[str]) -> Optional[int]:
    return int(text) if text and text.isdigit() else None


def _sha256(path: str) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:  # noqa: PTH123
        for piece in iter(lambda: file.read(PIECE), b""):
            digest.update(piece)
    return digest.hexdigest()


def fetch(wanted: Wanted, environment: Mapping[str, str], limit: float) -> str:
    """Brings the object here, and says what it did. Raises SentenceError."""
    if os.path.exists(wanted.target) and _sha256(wanted.target) == wanted.sha256:  # noqa: PTH110
        return f"{wanted.target} is {wanted.text} already"
    began = time.monotonic()
    try:
        download = Download(wanted, began + limit)
    except OSError as error:
        raise SentenceError("disk", f"{wanted.part} cannot be written ({error})") from None
    fruitless = 0
    while True:
        before = download.have
        try:
            who = credentials(environment.get("METADATA_ADDRESS") or METADATA)
            download.go_on(who, environment.get("S3_ADDRESS") or "")
        except PassingError as broken:
            fruitless = 0 if download.have > before else fruitless + 1
            pause = min(2**fruitless, 20)
            if fruitless >= FRUITLESS or time.monotonic() + pause > download.deadline:
                raise SentenceError("network", f"{broken}; what is there is kept, run pulumi up again") from None
            time.sleep(pause)
            continue
        if download.finish():
            return f"{wanted.target} is {wanted.text}, {download.have} bytes in {time.monotonic() - began:.0f} s"
        if not download.resumed:
            break
        download.begin_anew()  # the first part was of an earlier run, and may not have been what it should
    os.unlink(wanted.part)  # noqa: PTH108
    raise SentenceError(
        "checksum",
        f"{wanted.text} has {download.have} bytes and the SHA-256 {download.digest.hexdigest()}, the stack names "
        f"{wanted.sha256}; it was replaced or cut off before it got there: delete it there and upload it again, or "
        "correct the stack",
    )


def main(environment: Mapping[str, str]) -> int:
    """0 or 1 for the shell; one sentence either way."""
    given = (environment[name] for name in ("BUCKET", "KEY", "REGION", "DNS_SUFFIX", "SHA256", "TARGET"))
    os.umask(0o077)
    try:
        print(fetch(Wanted(*given), environment, float(environment["LIMIT"])))
    except SentenceError as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ))
