"""Certificates of every kind that somebody may bring along, made on the spot with quick keys."""

import datetime
import functools
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = datetime.timedelta(days=1)
NOW = datetime.datetime.now(datetime.UTC)


@dataclass(frozen=True, kw_only=True)
class Issued:
    """A certificate with its key, both as PEM too."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def key_pem(self, *, passphrase: bytes | None = None) -> str:
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption(),
        ).decode()


def issue(
    common_name: str,
    *,
    by: Issued | None = None,
    names: Sequence[str] = (),
    addresses: Sequence[str] = (),
    days: tuple[float, float] = (-1, 300),
    authority: bool = False,
    server: bool = True,
    rsa_bits: int | None = None,
    signs: bool | None = None,
) -> Issued:
    """A certificate valid from and to these days from now; issued by itself unless `by` somebody. `signs` says whether
    its key usage, if it has one, is for signatures.
    """
    key = rsa.generate_private_key(65537, rsa_bits) if rsa_bits else ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + days[0] * DAY)
        .not_valid_after(NOW + days[1] * DAY)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    if signs is not None:
        others = dict.fromkeys(
            [
                *("content_commitment", "data_encipherment", "key_agreement", "key_cert_sign"),
                *("crl_sign", "encipher_only", "decipher_only"),
            ],
            False,
        )
        use = x509.KeyUsage(digital_signature=signs, key_encipherment=True, **others)
        builder = builder.add_extension(use, critical=True)
    alternative = [*map(x509.DNSName, names), *(x509.IPAddress(ipaddress.ip_address(each)) for each in addresses)]
    if alternative:
        builder = builder.add_extension(x509.SubjectAlternativeName(alternative), critical=False)
    if not authority:
        purpose = ExtendedKeyUsageOID.SERVER_AUTH if server else ExtendedKeyUsageOID.CLIENT_AUTH
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    return Issued(certificate=builder.sign(by.key if by else key, hashes.SHA256()), key=key)


@functools.cache
def authority() -> Issued:
    return issue("Example Root", authority=True)


@functools.cache
def intermediate() -> Issued:
    return issue("Example Intermediate", by=authority(), authority=True)


@functools.cache
def server() -> Issued:
    """For wickr.example.com, by the intermediate."""
    return issue("wickr.example.com", by=intermediate(), names=["wickr.example.com"])
