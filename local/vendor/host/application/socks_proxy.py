"""SOCKS 5 on 8001: calls from behind networks that let nothing else through.

The stand-in leads to the calling host's own 443 whatever name is asked for, and refuses every other port: it is no
open relay.
"""

import os
import socket
import socketserver
import struct
import threading

VERSION, NO_LOGIN, NO_METHOD, CONNECT = 5, 0, 255, 1
SUCCEEDED, NOT_ALLOWED, UNREACHABLE = 0, 2, 4
ONLY_PORT = 443
ADDRESS_LENGTHS = {1: 4, 4: 16}
A_NAME = 3


class Handler(socketserver.StreamRequestHandler):
    """One connection: greeting, request, relay."""

    timeout = 30

    def handle(self) -> None:
        """Whoever speaks something else is not answered."""
        version, count = self.take(2)
        if version != VERSION:
            return
        welcome = NO_LOGIN in self.take(count)
        self.request.sendall(bytes([VERSION, NO_LOGIN if welcome else NO_METHOD]))
        if not welcome:
            return
        _, command, _, kind = self.take(4)
        self.take(self.take(1)[0] if kind == A_NAME else ADDRESS_LENGTHS[kind])
        (port,) = struct.unpack("!H", self.take(2))
        if command != CONNECT or port != ONLY_PORT:
            self.say(NOT_ALLOWED)
            return
        try:
            target = socket.create_connection(("127.0.0.1", ONLY_PORT), timeout=30)
        except OSError:
            self.say(UNREACHABLE)
            return
        with target:
            self.say(SUCCEEDED)
            threading.Thread(target=pass_on, args=(target, self.request), daemon=True).start()
            pass_on(self.request, target)

    def take(self, count: int) -> bytes:
        """Exactly so many bytes."""
        data = self.rfile.read(count)
        if len(data) < count:
            raise ConnectionError("hung up in the middle of a greeting")
        return data

    def say(self, code: int) -> None:
        """The reply to a request; the address in it is of no use to anybody here."""
        self.request.sendall(bytes([VERSION, code, 0, 1]) + bytes(6))


def pass_on(source: socket.socket, target: socket.socket) -> None:
    """Everything from one side, until it ends."""
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


class Server(socketserver.ThreadingTCPServer):
    """Connections that fail are log lines."""

    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A scanner that hangs up is no fault."""
        print(f"{client_address}: hung up, or no SOCKS 5", flush=True)


if __name__ == "__main__":
    Server(("0.0.0.0", int(os.environ["PORT_8001"])), Handler).serve_forever()
