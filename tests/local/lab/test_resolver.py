"""The name server of VPCs knows the services of AWS and nothing else."""

import socket
import struct

import pytest

from local.lab.resolver import answer, serve

NAMES = {"s3.eu-west-1.amazonaws.com": "203.0.113.74"}
ASKER = "127.0.0.1"


def lookup(name: str, asker: str) -> str | None:
    return NAMES.get(name) if asker == ASKER else None


def question(name: str, kind: int = 1, flags: int = 0x0100) -> bytes:
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack(">HHHHHH", 7, flags, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", kind, 1)


def test_a_service_has_an_address_however_its_name_is_written() -> None:
    for name in ("s3.eu-west-1.amazonaws.com", "S3.EU-West-1.amazonaws.com"):
        reply = answer(question(name), ASKER, lookup)
        assert reply
        assert reply[:12] == struct.pack(">HHHHHH", 7, 0x8180, 1, 1, 0, 0)
        assert reply[-4:] == socket.inet_aton("203.0.113.74")


def test_it_has_no_ipv6_address_but_does_exist() -> None:
    asked = question("s3.eu-west-1.amazonaws.com", kind=28)
    assert answer(asked, ASKER, lookup) == struct.pack(">HHHHHH", 7, 0x8180, 1, 0, 0, 0) + asked[12:]


def test_other_names_do_not_exist() -> None:
    asked = question("example.org")
    assert answer(asked, ASKER, lookup) == struct.pack(">HHHHHH", 7, 0x8183, 1, 0, 0, 0) + asked[12:]


@pytest.mark.parametrize("packet", [b"", b"\0" * 12, question("a.b")[:-3], question("a.b", flags=0x8180)])
def test_what_is_no_question_gets_no_answer(packet: bytes) -> None:
    assert answer(packet, ASKER, lookup) is None


def test_it_answers_over_udp_and_tcp() -> None:
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.bind(("127.0.0.1", 0))
    listening = socket.create_server(("127.0.0.1", 0))
    serve(datagrams, listening, lookup)
    asked = question("s3.eu-west-1.amazonaws.com")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.settimeout(5)
        udp.sendto(asked, datagrams.getsockname())
        by_udp = udp.recv(512)
    with socket.create_connection(listening.getsockname(), timeout=5) as tcp:
        tcp.sendall(len(asked).to_bytes(2) + asked)
        by_tcp = tcp.makefile("rb").read(2 + len(by_udp))[2:]
    assert by_udp == by_tcp == answer(asked, ASKER, lookup)
