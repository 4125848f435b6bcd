"""What stands for a value that is encrypted: present, of a form that passes, and another one when the value changes.

The same encrypted text always gives the same stand-in, so that two plans differ where two secrets do.
"""

import base64
import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from infra import provided_certificate


def text(path: str, encrypted: str) -> str:
    """The stand-in for the value of a key, from what stands in its place in the stack file."""
    digest = hashlib.sha256(encrypted.encode()).hexdigest()
    match path:
        case "wickr:license":
            return base64.b64encode(f"This stands for an encrypted licence, {digest}.".encode()).decode()
        case "wickr:hostname":
            return f"encrypted-{digest[:12]}.invalid"
        case "wickr:installer.proxyCredentials":
            return f"encrypted:{digest[:12]}"
    return f"[encrypted {path} {digest[:12]}]"


@contextmanager
def unjudged(texts: Iterable[str]) -> Iterator[None]:
    """While it lasts, these texts are keys of certificates that cannot be compared with their certificate."""
    unreadable = getattr(provided_certificate, "UNREADABLE", None)
    if unreadable is None:  # the program of a revision that is older than this
        yield
        return
    token = unreadable.set(frozenset(texts))
    try:
        yield
    finally:
        unreadable.reset(token)
