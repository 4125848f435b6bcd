"""What kind of block a PEM text holds, told before a parser is asked, so that errors can name it."""

import re

_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----\r?\n.*?-----END \1-----", re.DOTALL)


def label(text: str) -> str | None:
    """The label of the first PEM block, or None where there is no whole block."""
    found = _BLOCK.search(text)
    return found.group(1) if found else None
