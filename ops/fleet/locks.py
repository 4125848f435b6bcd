"""Who works on a stack, as far as its back end can be asked: folders and S3 keep a file for every lock."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from infra.configuration import PROJECT

LOCKS = ".pulumi/locks"
PLACES = (f"organization/{PROJECT}", "")
"""Below it: back ends that are no service have one owner of all stacks; old ones kept stacks without their project."""


def holder(url: str, stack: str) -> str | None:
    """Who has locked a stack; empty if nobody has, None where this cannot be known."""
    place = urlsplit(url)
    match place.scheme:
        case "file":
            found = _files(Path(place.path or place.netloc).expanduser(), stack)
        case "s3":
            found = _objects(url, stack)
        case _:
            return None
    try:
        return next((_named(text) for text in found), "")
    except OSError:
        return None


def _files(root: Path, stack: str) -> Iterator[str]:
    for place in PLACES:
        for path in sorted((root / LOCKS / place / stack).glob("*.json")):
            yield path.read_text(encoding="utf-8")


def _objects(url: str, stack: str) -> Iterator[str]:
    from ops.fleet import bucket

    place = urlsplit(url)
    for below in PLACES:
        prefix = "/".join(part for part in (place.path.strip("/"), LOCKS, below, stack) if part)
        yield from bucket.texts(place.netloc, place.query, prefix)


def _named(text: str) -> str:
    try:
        held = json.loads(text)
    except ValueError:
        held = {}
    return f"{held.get('username', 'somebody')}@{held.get('hostname', 'somewhere')} (pid {held.get('pid', '?')})"
