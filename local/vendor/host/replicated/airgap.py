"""The airgap package of the stand-in: a release of the application with all of its images, in one file.

A gzipped tar: `airgap.json` (channel, release, images with their SHA-256) and the archives of the images. The
vendor's own format is not public.
"""

import gzip
import hashlib
import io
import json
import tarfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ..wire import Refusal

INDEX: Final = "airgap.json"
EXTENSION: Final = ".airgap"


@dataclass(frozen=True)
class Package:
    """What a package says of itself, and its images."""

    channel: str
    release: dict[str, Any]
    images: dict[str, bytes]


def read(path: Path) -> Package:
    """The package in a file; every byte is looked at, so a file that was cut off or damaged is refused."""
    if path.suffix != EXTENSION:
        raise Refusal(f"airgap package {path}: the name must end in {EXTENSION}")
    try:
        with tarfile.open(fileobj=io.BytesIO(gzip.decompress(path.read_bytes()))) as tar:
            content = {one.name: file.read() for one in tar if (file := tar.extractfile(one))}
    except FileNotFoundError as error:
        raise Refusal(f"airgap package {path}: no such file") from error
    except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
        raise Refusal(f"airgap package {path}: cannot be read, it may be truncated: {error}") from error
    try:
        index = json.loads(content.pop(INDEX))
        for name, digest in index["images"].items():
            if hashlib.sha256(content[name]).hexdigest() != digest:
                raise Refusal(f"airgap package {path}: {name} is damaged")
    except (KeyError, ValueError) as error:
        raise Refusal(f"airgap package {path}: this is no airgap package of the local cloud: {error}") from error
    return Package(index["channel"], index["release"], {name: content[name] for name in index["images"]})
