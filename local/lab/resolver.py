"""The name server of VPCs, 169.254.169.253: AWS's own services, zones of Route 53, and names that were published.

A stand-in of the smallest kind: it answers questions for IPv4 addresses, over UDP and TCP; every other name does not
exist. The vendor's names are in the hosts' own tables.
"""

import socket
import socketserver
import struct
import threading
from collections.abc import Callable

HEADER = struct.Struct(">HHHHHH")
ANSWER, NO_SUCH_NAME, NOT_IMPLEMENTED = 0x8180, 0x8183, 0x8184
A, IN = 1, 1
SECONDS = 60  # that an answer may be kept
LONGEST = 512

Lookup = Callable[[str, str], str | None]
"""The address of a name, for who asks from an address."""


def answer(query: bytes, asker: str, lookup: Lookup) -> bytes | None:
    """The answer to one question; None for what is none."""
    try:
        number, flags, questions, *_ = HEADER.unpack_from(query)
        name, end = _name(query, HEADER.size)
        kind, family = struct.unpack_from(">HH", query, end)
    except (struct.error, IndexError, UnicodeDecodeError):
        return None
    if flags & 0x8000:
        return None
    question = query[HEADER.size : end + 4]
    if flags & 0x7800 or questions != 1:
        return HEADER.pack(number, NOT_IMPLEMENTED, 1, 0, 0, 0) + question
    address = lookup(name.lower(), asker)
    if address is None:
        return HEADER.pack(number, NO_SUCH_NAME, 1, 0, 0, 0) + question
    if (kind, family) != (A, IN):
        return HEADER.pack(number, ANSWER, 1, 0, 0, 0) + question
    record = struct.pack(">HHHIH", 0xC00C, A, IN, SECONDS, 4) + socket.inet_aton(address)
    return HEADER.pack(number, ANSWER, 1, 1, 0, 0) + question + record


def _name(query: bytes, at: int) -> tuple[str, int]:
    labels = []
    while length := query[at]:
        labels.append(query[at + 1 : at + 1 + length].decode("ascii"))
        at += 1 + length
    return ".".join(labels), at + 1


class _Udp(socketserver.BaseRequestHandler):
    server: "_UdpServer"

    def handle(self) -> None:
        packet, channel = self.request
        reply = answer(packet, self.client_address[0], self.server.lookup)
        if reply:
            channel.sendto(reply, self.client_address)


class _Tcp(socketserver.StreamRequestHandler):
    server: "_TcpServer"
    timeout = 5

    def handle(self) -> None:
        while len(size := self.rfile.read(2)) == 2:
            reply = answer(self.rfile.read(int.from_bytes(size)), self.client_address[0], self.server.lookup)
            if not reply:
                return
            self.wfile.write(len(reply).to_bytes(2) + reply)


class _UdpServer(socketserver.UDPServer):
    lookup: Lookup
    max_packet_size = LONGEST


class _TcpServer(socketserver.ThreadingTCPServer):
    lookup: Lookup
    daemon_threads = True


def serve(datagrams: socket.socket, listening: socket.socket, lookup: Lookup) -> None:
    """Answers in the background on sockets that are bound already."""
    pairs: tuple[tuple[type[_UdpServer] | type[_TcpServer], type[socketserver.BaseRequestHandler], socket.socket], ...]
    pairs = ((_UdpServer, _Udp, datagrams), (_TcpServer, _Tcp, listening))
    for kind, handler, bound in pairs:
        server = kind(bound.getsockname()[:2], handler, bind_and_activate=False)
        server.socket.close()
        server.socket = bound
        server.lookup = lookup
        threading.Thread(target=server.serve_forever, name="resolver", daemon=True).start()
