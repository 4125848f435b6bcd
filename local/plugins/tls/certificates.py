"""Issuing: a request and a certificate, with the extensions and signatures of the real plugin."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from local.plugins.tls import pem, uses
from local.plugins.tls.keys import PrivateKey, PublicKey


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What the issuer grants: for how long, for what, and with which identifiers."""

    validity: timedelta
    allowed_uses: Sequence[str]
    is_ca: bool = False
    max_path_length: int | None = None
    set_subject_key_id: bool = False
    set_authority_key_id: bool = False


@dataclass(frozen=True, kw_only=True)
class Holder:
    """Whom a certificate is for."""

    subject: x509.Name
    names: Sequence[x509.GeneralName]
    public_key: PublicKey


def issue(
    holder: Holder, terms: Terms, *, signer: PrivateKey, authority: x509.Certificate | None, now: datetime
) -> x509.Certificate:
    """A certificate signed by an authority, or by its own key where there is none."""
    if terms.is_ca and not list(holder.subject):
        raise ValueError("a certificate authority needs at least one field in its subject")
    if authority and authority.public_key() != signer.public_key():
        raise ValueError("the authority's private key does not fit the authority's certificate")
    start = now.replace(microsecond=0)
    builder = (
        x509.CertificateBuilder()
        .subject_name(holder.subject)
        .issuer_name(authority.subject if authority else holder.subject)
        .public_key(holder.public_key)
        .serial_number(secrets.randbits(128) or 1)
        .not_valid_before(start)
        .not_valid_after(start + terms.validity)
    )
    for extension, critical in _extensions(holder, terms, authority):
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(signer, _digest(signer))


def request(subject: x509.Name, names: Sequence[x509.GeneralName], key: PrivateKey) -> x509.CertificateSigningRequest:
    """A signing request for a key, signed by it."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=not list(subject))
    return builder.sign(key, _digest(key))


def parse_certificate(text: str) -> x509.Certificate:
    """The one certificate in a PEM text."""
    _expect("CERTIFICATE", text)
    try:
        return x509.load_pem_x509_certificate(text.encode())
    except ValueError:
        raise ValueError("the PEM block 'CERTIFICATE' holds no readable certificate") from None


def parse_request(text: str) -> x509.CertificateSigningRequest:
    """The signing request in a PEM text."""
    _expect("CERTIFICATE REQUEST", text)
    try:
        return x509.load_pem_x509_csr(text.encode())
    except ValueError:
        raise ValueError("the PEM block 'CERTIFICATE REQUEST' holds no readable request") from None


def is_authority(certificate: x509.Certificate) -> bool:
    """Whether a certificate says that it may sign others."""
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _expect(label: str, text: str) -> None:
    found = pem.label(text)
    if found != label:
        raise ValueError(f"expected a PEM block {label!r}, found {f'{found!r}' if found else 'no PEM block'}")


def _extensions(
    holder: Holder, terms: Terms, authority: x509.Certificate | None
) -> list[tuple[x509.ExtensionType, bool]]:
    """The extensions with whether they are critical, in the real plugin's order."""
    found: list[tuple[x509.ExtensionType, bool]] = []
    if (key_usage := uses.key_usage(terms.allowed_uses)) is not None:
        found.append((key_usage, True))
    if (extended := uses.extended_key_usage(terms.allowed_uses)) is not None:
        found.append((extended, False))
    path_length = terms.max_path_length if terms.is_ca else None
    found.append((x509.BasicConstraints(ca=terms.is_ca, path_length=path_length), True))
    own = _subject_key_id(holder.public_key) if terms.is_ca or terms.set_subject_key_id else None
    if own is not None:
        found.append((x509.SubjectKeyIdentifier(own), False))
    if (issuer := _authority_key_id(own, terms, authority)) is not None:
        found.append((x509.AuthorityKeyIdentifier(issuer, None, None), False))
    if holder.names:
        found.append((x509.SubjectAlternativeName(holder.names), not list(holder.subject)))
    return found


def _authority_key_id(own: bytes | None, terms: Terms, authority: x509.Certificate | None) -> bytes | None:
    """An authority's identifier is always repeated in what it signs; one's own only on request."""
    if authority is not None:
        try:
            return authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
        except x509.ExtensionNotFound:
            return None
    if terms.set_authority_key_id and own is None:
        raise ValueError("setAuthorityKeyId has no identifier to repeat: give setSubjectKeyId too")
    return own if terms.set_authority_key_id else None


def _subject_key_id(key: PublicKey) -> bytes:
    if isinstance(key, ed25519.Ed25519PublicKey):
        # The real plugin hashes this key with its ASN.1 header (an octet string of 32 bytes).
        raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
        return hashlib.sha1(b"\x04\x20" + raw, usedforsecurity=False).digest()
    return x509.SubjectKeyIdentifier.from_public_key(key).digest


def _digest(key: PrivateKey) -> SHA256 | SHA384 | SHA512 | None:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return None
    bits = key.curve.key_size if isinstance(key, ec.EllipticCurvePrivateKey) else 0
    if bits == 384:
        return SHA384()
    return SHA512() if bits == 521 else SHA256()
