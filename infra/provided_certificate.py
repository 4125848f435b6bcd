"""Whether a certificate that somebody brings along will work: chain, names, key, dates, uses (IG 4.4.2)."""

import datetime
import ipaddress
import itertools
from collections.abc import Sequence
from contextvars import ContextVar
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID

Extension = TypeVar("Extension", bound=x509.ExtensionType)

WARN_DAYS = 30

LEAST_RSA_BITS = 2048
BROKEN_HASHES = ("md5", "sha1")
"""What no client accepts any more in a key or in a signature."""

LONGEST_DAYS = 825
"""Apple's systems refuse a server certificate that is valid for longer, whoever issued it."""

UNREADABLE: ContextVar[frozenset[str]] = ContextVar("unreadable", default=frozenset())
"""Texts that stand for keys which are encrypted where nobody can open them: present, and not judged."""


def problems(
    *, chain_pem: str, private_key_pem: str, ca_pem: str | None, names: Sequence[str], now: datetime.datetime
) -> tuple[list[str], list[str]]:
    """Errors and warnings, each a sentence that begins with the key inside `certificate`. No key material in any."""
    for key, text in (("chainPem", chain_pem), ("caPem", ca_pem or "")):
        if "PRIVATE KEY-----" in text:
            return [
                f"{key} holds a private key, which would stand in the stack file for everybody to read; take it out, "
                "and have another one made, since this one is known by now"
            ], []
    try:
        chain = x509.load_pem_x509_certificates(chain_pem.encode())
    except ValueError:
        return ["chainPem is no PEM certificate; paste the server's certificate, then its intermediates"], []
    errors, warnings = (
        [*_key(chain[0], private_key_pem), *_order(chain, ca_pem, now), *_weak(chain), *_kinds(chain)],
        [],
    )
    leaf = chain[0]
    if leaf.not_valid_after_utc <= now:
        errors.append(f"chainPem expired on {leaf.not_valid_after_utc:%Y-%m-%d}; provide one that is valid")
    elif leaf.not_valid_after_utc - now < datetime.timedelta(days=WARN_DAYS):
        warnings.append(f"chainPem expires on {leaf.not_valid_after_utc:%Y-%m-%d}; renew it and run pulumi up")
    days = (leaf.not_valid_after_utc - leaf.not_valid_before_utc).days
    if days > LONGEST_DAYS:
        warnings.append(
            f"chainPem is valid for {days} days; clients on Apple's systems refuse more than {LONGEST_DAYS}"
        )
    if leaf.not_valid_before_utc > now:
        errors.append(f"chainPem is not valid before {leaf.not_valid_before_utc:%Y-%m-%d}; check the clock or the date")
    for number, above in enumerate(chain[1:], start=2):
        if above.not_valid_after_utc <= now:
            errors.append(f"chainPem: certificate {number} expired on {above.not_valid_after_utc:%Y-%m-%d}")
    errors += [
        f"chainPem is for {', '.join(itertools.chain.from_iterable(_names(leaf))) or 'no name'} and not for {name}; "
        "clients compare the subject alternative names: provide one that has it"
        for name in names
        if not _covers(leaf, name)
    ]
    if not _server_use(leaf):
        errors.append("chainPem lacks the extended key usage serverAuth: clients refuse it; request one that has it")
    return errors, warnings


def _key(leaf: x509.Certificate, private_key_pem: str) -> list[str]:
    if private_key_pem in UNREADABLE.get():
        return []
    try:
        key = serialization.load_pem_private_key(private_key_pem.encode(), password=None)
    except TypeError:
        return ["privateKeyPem is encrypted with a passphrase; provide it without one (it is kept as a secret)"]
    except (ValueError, UnsupportedAlgorithm):
        return ["privateKeyPem is no PEM private key; paste the key that belongs to chainPem"]
    if _same(key.public_key(), leaf.public_key()):
        return []
    return ["privateKeyPem does not fit the first certificate of chainPem; provide the key that it was made with"]


def _weak(chain: Sequence[x509.Certificate]) -> list[str]:
    """Keys and signatures that clients refuse."""
    errors = []
    for number, each in enumerate(chain, start=1):
        key, hash_ = each.public_key(), each.signature_hash_algorithm
        if isinstance(key, rsa.RSAPublicKey) and key.key_size < LEAST_RSA_BITS:
            errors.append(
                f"chainPem: certificate {number} has an RSA key of {key.key_size} bits, clients refuse less than "
                f"{LEAST_RSA_BITS}; have one made with a longer key"
            )
        # Nobody looks at the signature that a root gives itself.
        if hash_ and hash_.name in BROKEN_HASHES and each.subject != each.issuer:
            errors.append(
                f"chainPem: certificate {number} is signed with {hash_.name.upper()}, which clients refuse; have it "
                "issued anew with SHA-256"
            )
    return errors


def _kinds(chain: Sequence[x509.Certificate]) -> list[str]:
    """Whether the first is a server's and each other one a CA's."""
    errors = []
    if len(chain) > 1 and _authority(chain[0]):
        errors.append("chainPem begins with the certificate of a CA; the server's own comes first, then its issuers")
    errors += [
        f"chainPem: certificate {number} ({each.subject.rfc4514_string()}) is no CA's, so that it vouches for nobody; "
        "after the server's certificate come its issuers alone"
        for number, each in enumerate(chain[1:], start=2)
        if not _authority(each)
    ]
    use = _extension(chain[0], x509.KeyUsage)
    if use and not use.digital_signature:
        errors.append(
            "chainPem lacks the key usage digitalSignature, with which TLS signs: clients refuse it; request one that "
            "has it"
        )
    return errors


def _authority(certificate: x509.Certificate) -> bool:
    constraints = _extension(certificate, x509.BasicConstraints)
    return constraints is not None and constraints.ca


def _extension(certificate: x509.Certificate, kind: type[Extension]) -> Extension | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _order(chain: Sequence[x509.Certificate], ca_pem: str | None, now: datetime.datetime) -> list[str]:
    errors = []
    for number, (below, above) in enumerate(itertools.pairwise(chain), start=2):
        if not _issued(below, above):
            errors.append(
                f"chainPem: certificate {number} ({above.subject.rfc4514_string()}) did not issue the one before it; "
                "the order is the server's certificate first, then each issuer"
            )
    if ca_pem is not None:
        try:
            ca = x509.load_pem_x509_certificate(ca_pem.encode())
        except ValueError:
            return [
                *errors,
                "caPem is no PEM certificate; paste the CA that issued the last certificate of chainPem",
            ]
        if chain[-1] != ca and not _issued(chain[-1], ca):
            errors.append("caPem did not issue the last certificate of chainPem; provide the CA that did")
        if not _authority(ca):
            errors.append("caPem is no CA's certificate: clients that pin it trust nobody; provide the CA's own")
        if ca.not_valid_after_utc <= now:
            errors.append(f"caPem expired on {ca.not_valid_after_utc:%Y-%m-%d}; provide a CA that is valid")
    return errors


def _issued(below: x509.Certificate, above: x509.Certificate) -> bool:
    try:
        below.verify_directly_issued_by(above)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _same(one: PublicKeyTypes, other: PublicKeyTypes) -> bool:
    form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    return one.public_bytes(*form) == other.public_bytes(*form)


def _names(leaf: x509.Certificate) -> tuple[list[str], list[str]]:
    """The DNS names and the addresses that a certificate is for: clients look for either among its own kind."""
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return [], []
    dns = [name.lower() for name in names.get_values_for_type(x509.DNSName)]
    return dns, [str(address) for address in names.get_values_for_type(x509.IPAddress)]


def _covers(leaf: x509.Certificate, name: str) -> bool:
    dns, addresses = _names(leaf)
    try:
        return str(ipaddress.ip_address(name)) in addresses
    except ValueError:
        return name in dns or f"*.{name.partition('.')[2]}" in dns


def _server_use(leaf: x509.Certificate) -> bool:
    uses = _extension(leaf, x509.ExtendedKeyUsage)
    return uses is not None and ExtendedKeyUsageOID.SERVER_AUTH in uses
