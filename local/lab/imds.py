"""The instance metadata service: 169.254.169.254, answering each host about itself.

A stand-in for the part of it that set-up scripts ask: tokens, identity, addresses, user data, the name of the instance
role and the credentials of a session of it. Who asks is known by the source address, which the data plane vouches for.
"""

import base64
import json
import secrets
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from local.lab.addresses import ACCOUNT, REGION
from local.lab.snapshot import Instance

LONGEST = 21600  # seconds that a token may live


@dataclass
class Metadata:
    """What the service knows: how to find who asks, their user data, and the tokens it has given out."""

    who: Callable[[str], Instance | None]
    user_data: Callable[[str], str]
    role: Callable[[Instance], str]
    credentials: Callable[[Instance], dict[str, str]]
    tokens: dict[str, tuple[str, float]] = field(default_factory=dict)

    def new_token(self, instance: Instance, seconds: int) -> str:
        now = time.monotonic()
        self.tokens = {token: (who, end) for token, (who, end) in self.tokens.items() if end > now}
        token = secrets.token_urlsafe(40)
        self.tokens[token] = (instance.id, now + seconds)
        return token

    def good(self, token: str, instance: Instance) -> bool:
        who, end = self.tokens.get(token, ("", 0.0))
        return who == instance.id and end > time.monotonic()

    def answer(self, instance: Instance, path: str) -> str | None:
        """The text at a path, a folder's listing, or None."""
        items = self._items(instance)
        if path in items:
            return items[path]
        folder = f"{path}/" if path else ""
        below = (name.removeprefix(folder).partition("/") for name in items if name.startswith(folder))
        names = {first + slash for first, slash, _ in below}
        return "\n".join(sorted(names)) if names else None

    def _items(self, instance: Instance) -> dict[str, str]:
        name = f"ip-{instance.private.replace('.', '-')}.{REGION}.compute.internal"
        items = {
            "meta-data/ami-id": instance.image,
            "meta-data/hostname": name,
            "meta-data/instance-id": instance.id,
            "meta-data/instance-type": instance.type,
            "meta-data/local-hostname": name,
            "meta-data/local-ipv4": instance.private,
            "meta-data/placement/availability-zone": instance.zone,
            "meta-data/placement/region": REGION,
            "meta-data/security-groups": "\n".join(instance.groups),
            "dynamic/instance-identity/document": json.dumps(
                {
                    "accountId": ACCOUNT,
                    "architecture": "x86_64",
                    "availabilityZone": instance.zone,
                    "imageId": instance.image,
                    "instanceId": instance.id,
                    "instanceType": instance.type,
                    "privateIp": instance.private,
                    "region": REGION,
                },
                indent=2,
            ),
        }
        if instance.public:
            items["meta-data/public-ipv4"] = instance.public
        if instance.profile:
            items["meta-data/iam/info"] = json.dumps({"Code": "Success", "InstanceProfileArn": instance.profile})
            role = self.role(instance)
            if role:
                items[f"meta-data/iam/security-credentials/{role}"] = json.dumps(self.credentials(instance), indent=2)
        data = self.user_data(instance.id)
        if data:
            items["user-data"] = base64.b64decode(data).decode(errors="replace")
        return items


class Handler(BaseHTTPRequestHandler):
    """One request of a host."""

    server: "Server"
    server_version = "EC2ws"
    sys_version = ""
    timeout = 10

    def do_PUT(self) -> None:
        """Give out a token; its answer travels as many hops as the instance's options say."""
        instance = self._instance()
        if not instance:
            return
        seconds = self.headers.get("X-aws-ec2-metadata-token-ttl-seconds", "")
        if self.path != "/latest/api/token":
            self._send(405, "")
        elif self.headers.get("X-Forwarded-For"):
            self._send(403, "")
        elif not seconds.isdigit() or not 1 <= int(seconds) <= LONGEST:
            self._send(400, "")
        else:
            self.connection.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, instance.metadata.hop_limit)
            self._send(200, self.server.metadata.new_token(instance, int(seconds)))

    def do_GET(self) -> None:
        """Answer with a token (version 2), or without one where the instance's options allow that."""
        instance = self._instance()
        if not instance:
            return
        token = self.headers.get("X-aws-ec2-metadata-token")
        refused = not self.server.metadata.good(token, instance) if token else instance.metadata.tokens_required
        if refused:
            self._send(401, "")
            return
        _, _, path = self.path.split("?")[0].lstrip("/").partition("/")
        text = self.server.metadata.answer(instance, path.rstrip("/"))
        self._send(404 if text is None else 200, text or "")

    def _instance(self) -> Instance | None:
        instance = self.server.metadata.who(str(self.client_address[0]))
        if instance and instance.metadata.enabled:
            return instance
        self._send(403, "")
        return None

    def _send(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: hosts ask often, and a token would be no good in a log."""


class Server(ThreadingHTTPServer):
    """Serves on a socket that is listening already, in the cloud router's namespace."""

    daemon_threads = True

    def __init__(self, listening: socket.socket, metadata: Metadata) -> None:
        super().__init__(listening.getsockname()[:2], Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listening
        self.metadata = metadata

    def start(self, notice: float = 0.5) -> None:
        """Serve in the background; a shutdown is noticed within so many seconds."""
        threading.Thread(target=self.serve_forever, args=(notice,), name="metadata", daemon=True).start()
