"""The client file `conf.wickr` of the local cloud: whom to log in to, for who knows its password.

The vendor's format is not public. This one is a JSON object that says what it is; the network part is encrypted.
"""

import base64
import hashlib
import hmac
import json
from dataclasses import asdict, dataclass

from ..wire import Refusal

WHAT = "client file of the local cloud's stand-in, not the vendor's"
ROUNDS = 10_000


@dataclass(frozen=True)
class Network:
    """The messaging host, the bot's user there, and the CA of the host's certificate (empty: what the host trusts)."""

    host: str
    user: str
    ca: str = ""


def made(network: Network, password: str, salt: bytes) -> bytes:
    """A client file."""
    hidden = _mixed(json.dumps(asdict(network)).encode(), password, salt)
    proof = hmac.new(password.encode(), hidden, hashlib.sha256).hexdigest()
    whole = {"standIn": WHAT, "salt": salt.hex(), "network": base64.b64encode(hidden).decode(), "proof": proof}
    return json.dumps(whole, indent=1).encode()


def opened(content: bytes, password: str) -> Network:
    """What a client file says. Raises Refusal for another file, and for a wrong password."""
    try:
        whole = json.loads(content)
        if whole["standIn"] != WHAT:
            raise ValueError(whole["standIn"])
        salt, hidden, proof = bytes.fromhex(whole["salt"]), base64.b64decode(whole["network"]), whole["proof"]
    except (ValueError, KeyError, TypeError) as error:
        raise Refusal("the client file is none of the local cloud: make one with local.vendor.client_file") from error
    if not hmac.compare_digest(proof, hmac.new(password.encode(), hidden, hashlib.sha256).hexdigest()):
        raise Refusal("the client file cannot be decrypted: wrong configPassword, or a damaged file")
    return Network(**json.loads(_mixed(hidden, password, salt)))


def _mixed(data: bytes, password: str, salt: bytes) -> bytes:
    stream = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ROUNDS, len(data))
    return bytes(one ^ other for one, other in zip(data, stream, strict=True))
