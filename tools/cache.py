"""The user's cache folder: results of slow steps, keyed by what they were made from, shared by all clones."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

# Written last into a folder of the cache. A stamp and not a rename: a virtual environment cannot be moved.
COMPLETE = ".complete"
CHECKOUT = Path(__file__).resolve().parent.parent


class SetupError(Exception):
    """A step of the set-up that cannot go on; the text says why and what the way out is."""


def folder() -> Path:
    """The project's part of the user's cache."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "wickr-on-aws"


def key(*parts: str | Path) -> str:
    """A short name for what a result is made from: texts as they are, files by their content."""
    digest = hashlib.sha256()
    for part in parts:
        content = part.read_bytes() if isinstance(part, Path) else part.encode()
        digest.update(len(content).to_bytes(8, "big") + content)
    return digest.hexdigest()[:12]


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """One maker at a time; a second one waits, and finds the result there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"  waiting for another checkout that works on {path.stem}", file=sys.stderr, flush=True)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def is_kept(name: str) -> bool:
    """True if the folder `name` of the cache is there, and complete."""
    return (folder() / name / COMPLETE).exists()


def kept(name: str, make: Callable[[Path], None]) -> Path:
    """The complete folder `name` of the cache, made by `make` where it is if it is not there yet."""
    result = folder() / name
    if is_kept(name):
        return result
    with locked(folder() / f"{name}.lock"):
        if not is_kept(name):
            shutil.rmtree(result, ignore_errors=True)
            result.mkdir(parents=True)
            make(result)
            (result / COMPLETE).touch()
    return result
