"""Asking the calling host for a call, as the messaging service does at the start of one."""

import json
import urllib.error
import urllib.request
from typing import Final

PORT: Final = 444
PATH: Final = "/calls"
"""A path of the stand-in: orville's own interface is not public."""
PATIENCE: Final = 5


def ask_orville(address: str) -> str:
    """The call info in one line of JSON, an error's status, or nothing when the host cannot be reached."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(f"http://{address}:{PORT}{PATH}", method="POST", data=b"{}")
    try:
        with direct.open(request, timeout=PATIENCE) as reply:
            return json.dumps(json.load(reply), separators=(",", ":"))
    except urllib.error.HTTPError as error:
        return f"{error.code} {error.reason}"
    except (OSError, ValueError):
        return ""
