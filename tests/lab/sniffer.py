"""What really arrives at an interface of the lab, packet by packet, and packets of every kind to try it with."""

import socket
import struct
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from local.lab import Lab
from local.lab.sockets import thread_in

ETH_P_ALL: Final = 3
IPV4, IPV6 = 0x0800, 0x86DD
NAMES: Final = {1: "icmp", 6: "tcp", 17: "udp"}
KINDS: Final[Sequence[Sequence[str]]] = (
    ("-sS", "-p-"),  # TCP, each port
    ("-sU", "-p-"),  # UDP, each port
    ("-sO",),  # each protocol of IP, such as GRE and ESP
    ("-sn", "-PE", "-PP", "-PM"),  # pings of three kinds
)
"""Scans of nmap's that make a host send what there is to send."""


@dataclass(frozen=True, order=True)
class Packet:
    """Who sent what where. The port is the destination's; 0 where the protocol has none."""

    source: str
    protocol: str
    destination: str
    port: int


@dataclass
class Arrived:
    """Packets that came in at an interface, each kind once."""

    packets: set[Packet] = field(default_factory=set)


@contextmanager
def listening(namespace: Path, interface: str) -> Iterator[Arrived]:
    """While it lasts, what comes in there from the other side is noted, whatever the packet rules do with it then."""
    with thread_in(namespace) as thread:
        at = thread.submit(_socket, interface).result()
    arrived, over = Arrived(), threading.Event()
    reader = threading.Thread(target=_read, args=(at, arrived, over), daemon=True)
    reader.start()
    try:
        yield arrived
    finally:
        over.set()
        reader.join()
        lost = struct.unpack("II", at.getsockopt(263, 6, 8))[1]  # SOL_PACKET, PACKET_STATISTICS
        at.close()
    assert lost == 0, f"{lost} packets came too fast to be looked at"


def send(lab: Lab, host: str, address: str) -> None:
    """Packets of every kind from a host's network to an address; the scanner is this machine's."""
    inside = ["nsenter", f"--net={lab.folder.namespace_file(lab.host(host)['id'])}"]
    for kind in KINDS:
        pace = [] if "-sn" in kind else ["-Pn", "--min-rate", "20000", "--max-retries", "0"]
        done = subprocess.run(
            [*inside, "nmap", "-n", *pace, *kind, address],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True, timeout=120,
        )  # fmt: skip
        # Where there is nothing that it can send it says so, and ends well.
        assert "Nmap done: 1 IP address" in done.stdout, done.stdout + done.stderr


def forge(lab: Lab, host: str, source: str, address: str) -> None:
    """A datagram and a ping from a host's network under somebody else's address."""
    with thread_in(lab.folder.namespace_file(lab.host(host)["id"])) as thread:
        at = thread.submit(socket.socket, socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW).result()
    datagram = struct.pack("!HHHH", 53, 53, 8, 0)  # without a checksum, which UDP allows
    ping = struct.pack("!BBHHH", 8, 0, 0xF7FF, 0, 0)
    with at:
        for number, content in ((socket.IPPROTO_UDP, datagram), (socket.IPPROTO_ICMP, ping)):
            ends = socket.inet_aton(source) + socket.inet_aton(address)
            # The kernel fills in the length, the number and the checksum.
            header = struct.pack("!BBHHHBBH", 0x45, 0, 0, 0, 0, 64, number, 0) + ends
            at.sendto(header + content, (address, 0))


def _socket(interface: str) -> socket.socket:
    made = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
    made.setsockopt(socket.SOL_SOCKET, 33, 64 * 1024 * 1024)  # SO_RCVBUFFORCE: scans are quick
    made.bind((interface, ETH_P_ALL))
    made.settimeout(0.2)
    return made


def _read(at: socket.socket, arrived: Arrived, over: threading.Event) -> None:
    """Until it is over, and the packets that had come by then are read."""
    while True:
        try:
            data, (_, kind, direction, *_) = at.recvfrom(96)
        except TimeoutError:
            if over.is_set():
                return
            continue
        if direction != socket.PACKET_OUTGOING and kind in (IPV4, IPV6):
            arrived.packets.add(_packet(data) if kind == IPV4 else Packet("", "ipv6", "", 0))


def _packet(data: bytes) -> Packet:
    number, header = data[9], (data[0] & 15) * 4
    port = struct.unpack("!H", data[header + 2 : header + 4])[0] if number in (6, 17) else 0
    source, destination = (socket.inet_ntoa(data[start : start + 4]) for start in (12, 16))
    return Packet(source, NAMES.get(number, str(number)), destination, port)
