"""Releases of the application, as the vendor's service lists them for a channel."""

import json
from typing import Any

from ..web import Missing, get
from ..wire import Refusal

HOST = "api.replicated.com"
LIST = f"https://{HOST}/lab/channels/{{}}/releases"
"""A path of the stand-in: the vendor's own interface is not public."""


def fetch(channel: str) -> list[dict[str, Any]]:
    """The releases of a channel, newest first."""
    try:
        found: list[dict[str, Any]] = json.loads(get(LIST.format(channel)))
    except Missing as missing:
        raise Refusal(f"channel {channel} of this license does not exist") from missing
    except (Refusal, ValueError) as error:
        raise Refusal(f"cannot reach {HOST}: {error}") from error
    return found


def pick(releases: list[dict[str, Any]], sequence: int | None) -> dict[str, Any]:
    """The release of this sequence number, or the newest one."""
    for release in releases:
        if sequence is None or release["Sequence"] == sequence:
            return release
    raise Refusal(f"release sequence {sequence} does not exist on this channel")
