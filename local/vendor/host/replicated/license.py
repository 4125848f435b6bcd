"""The lab's own licence format. The vendor's is not public; this one is binary and signed too, and fits no other use.

A line that names the format, zlib-compressed JSON, and an HMAC over both. The key is no secret: it makes a damaged
file detectable, as the vendor's signature does.
"""

import datetime
import hashlib
import hmac
import json
import zlib
from dataclasses import asdict, dataclass
from typing import Any

from ..wire import Refusal

FORMAT = b"LAB-LICENSE 1 (local cloud; not a vendor's license)\n"
KEY = b"the local cloud signs its own licenses"


@dataclass(frozen=True, kw_only=True)
class License:
    """What a licence allows."""

    id: str
    assignee: str
    channel: str
    expires: str = ""
    calling: bool = False
    compliance: bool = False
    airgap: bool = False
    online: bool = True

    @property
    def expired(self) -> bool:
        """Whether its last day is over."""
        today = datetime.datetime.now(datetime.UTC).date()
        return bool(self.expires) and datetime.date.fromisoformat(self.expires) < today

    def describe(self) -> dict[str, Any]:
        """As `replicatedctl license inspect` shows it."""
        fields = {"calling": self.calling, "compliance": self.compliance}
        return {
            "ID": self.id,
            "Assignee": self.assignee,
            "ExpirationTime": f"{self.expires}T00:00:00Z" if self.expires else "",
            "ExpirationPolicy": "noupdate-norestart",
            "IsExpired": self.expired,
            "IsActivationRequired": False,
            "Fields": [{"Field": name, "Value": str(value).lower()} for name, value in fields.items()],
        }


def pack(license: License) -> bytes:
    """The file's bytes."""
    body = FORMAT + zlib.compress(json.dumps(asdict(license)).encode())
    return body + hmac.digest(KEY, body, hashlib.sha256)


def unpack(data: bytes) -> License:
    """The licence of a file; anything but an undamaged one is refused."""
    if not data:
        raise Refusal("failed to load license: the input is empty")
    if not data.startswith(FORMAT):
        raise Refusal("failed to load license: this is not a license file")
    body, signature = data[:-32], data[-32:]
    if not hmac.compare_digest(hmac.digest(KEY, body, hashlib.sha256), signature):
        raise Refusal("failed to load license: the signature does not match; the file is damaged")
    return License(**json.loads(zlib.decompress(body[len(FORMAT) :])))
