"""Keys of SSH for tests."""

from functools import cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

LOCKED = """\
-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABBCb6S8UG
0uMX1M6KyabTsWAAAAEAAAAAEAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIOdXU9bZ0hw2Ltlv
PTn/CdyefwMACrKShiVgQbVwahVYAAAAkPIgHeFJlHMAnYm0bM99rWn3cifjwlktbcSJsx
HJ2IwsdqfYWFoh91aJufCO97z6YFORXTXBHtvhH5Eq2aAMHPQF3x8bM2Z/IwO4SlguHD/g
VZBBRdR0y0yiOF6eim1L86VIK/UoDDLMDMCzt/bKZR/kBlpvtjs8kIE4u9ewtwjqEtVjxb
mYKztWrrMDV39aKw==
-----END OPENSSH PRIVATE KEY-----
"""
"""A key that has a passphrase, as ssh-keygen writes it; it opens nothing."""


def _key(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(name.encode().ljust(32, b"."))


@cache
def private(name: str) -> str:
    """The file of somebody's private key; its form has a random part, so it is written once."""
    return _key(name).private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()


def locked_pkcs8(name: str) -> str:
    """The same with a passphrase, as other tools write it."""
    return _key(name).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")).decode()


def public(name: str) -> str:
    """The line that belongs to it."""
    return _key(name).public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
