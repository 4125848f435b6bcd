"""The line between an operator and its daemon: TLS on 9879, one JSON message each way a beat.

The vendor's protocol is not public. Here the operator proves that it knows the token, then it asks for errands with
each beat and tells what became of earlier ones; so each side knows soon when the other has gone.
"""

import hashlib
import hmac
import json
import socket
import ssl
from typing import Any, Final

from ..wire import Refusal

ENDPOINT: Final = 9879
REGISTRY: Final = 9874
BEAT: Final = 0.5
SILENCE: Final = 8.0
"""Seconds without a word after which the other side counts as gone."""

Message = dict[str, Any]


def proof(token: str, challenge: str) -> str:
    """What an operator answers to a challenge: the token itself never travels."""
    return hmac.new(token.encode(), challenge.encode(), hashlib.sha256).hexdigest()


class Line:
    """Messages over a connection."""

    def __init__(self, connection: socket.socket) -> None:
        connection.settimeout(SILENCE)
        self.stream = connection.makefile("rwb")

    def say(self, message: Message) -> None:
        """Send one message."""
        self.stream.write(json.dumps(message).encode() + b"\n")
        self.stream.flush()

    def hear(self) -> Message:
        """The next message; a closed line is a refusal."""
        text = self.stream.readline()
        if not text:
            raise Refusal("the connection was closed")
        message: Message = json.loads(text)
        return message


def dial(host: str, port: int) -> ssl.SSLSocket:
    """A connection to a daemon. The token proves who is there; TLS keeps the keys on the line from others' eyes."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(socket.create_connection((host, port), timeout=10))
