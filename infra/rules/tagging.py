"""Tags, as the strictest of the services that get them takes them: IAM."""

import unicodedata
from collections.abc import Iterator

from infra.settings import Settings

SIGNS = "_.:/=+-@"
"""What IAM allows in names and values of tags beside letters, digits and spaces; EC2 alone would allow more."""

OWN = "wickr:"
"""What the names of the program's own tags begin with."""


def own_names(settings: Settings) -> Iterator[str]:
    """The program's own tags are not for a stack to set."""
    for key in settings.tags:
        if key.lower().startswith(OWN):
            yield f"tags: {key!r} begins with {OWN}, as the tags of the program itself do; choose another name"
        elif key == "Name":
            yield "tags: 'Name' is each resource's own, set by the program; choose another name, such as Owner"


def characters(settings: Settings) -> Iterator[str]:
    """Only characters that AWS takes, in names and in values."""
    for key, text in settings.tags.items():
        for what, each in (("name", key), ("value", text)):
            wrong = sorted({letter for letter in each if not _allowed(letter)})
            if wrong:
                shown = " ".join(letter if letter.isprintable() else repr(letter) for letter in wrong)
                yield (
                    f"tags: {key!r}: its {what} has {shown}, which IAM refuses; letters, digits, spaces and "
                    "_ . : / = + - @ are allowed"
                )


def _allowed(letter: str) -> bool:
    return letter.isalnum() or letter in SIGNS or unicodedata.category(letter).startswith("Z")


def capitals(settings: Settings) -> Iterator[str]:
    """IAM takes names that differ in capitals alone for the same."""
    seen: dict[str, str] = {}
    for key in settings.tags:
        other = seen.setdefault(key.lower(), key)
        if other != key:
            yield f"tags: {other!r} and {key!r} differ in capitals alone, which IAM refuses; keep one of them"


RULES = (own_names, characters, capitals)
