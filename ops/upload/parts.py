"""A file as S3 takes it: in parts, each with a checksum that S3 compares when the part arrives."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ops.checkout import OpsError

PART = 64 << 20
"""Bytes of a part. S3 takes 10,000 of them at most, so a file may have 640 GB."""


@dataclass(frozen=True, kw_only=True)
class Content:
    """What a file holds. `checksum` is what S3 calls its SHA-256: that of the whole, or of the parts' own, if they are
    several.
    """

    size: int
    sha256: str
    checksum: str


def read(path: Path, told: Callable[[int], object], part: int = PART) -> Content:
    """Reads a file once; `told` hears of every piece, in bytes. Raises OpsError."""
    whole, parts = hashlib.sha256(), []
    size = 0
    try:
        with path.open("rb") as file:
            while piece := file.read(part):
                whole.update(piece)
                parts.append(hashlib.sha256(piece).digest())
                size += len(piece)
                told(len(piece))
    except OSError as error:
        raise OpsError(f"{path} cannot be read ({error.strerror}); name files of this machine") from None
    if not size:
        raise OpsError(f"{path} is empty; download it again")
    digest = whole.digest() if size < part else hashlib.sha256(b"".join(parts)).digest()
    return Content(size=size, sha256=whole.hexdigest(), checksum=base64.b64encode(digest).decode())
