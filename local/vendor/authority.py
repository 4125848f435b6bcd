"""The certification authority that the lab's hosts trust for the vendor's names, and the server certificate."""

import argparse
import datetime
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from local.vendor.names import NAMES, PACKAGE_MIRRORS

LIFETIME = datetime.timedelta(days=90)
ADDRESS = ipaddress.ip_address("203.0.113.10")


@dataclass(frozen=True, kw_only=True)
class Authority:
    """The files that the vendor's server and the host image need."""

    ca: Path
    certificate: Path
    key: Path


def make(folder: Path) -> Authority:
    """The authority of `folder`; made on the first call, and again when it is about to expire."""
    files = Authority(ca=folder / "ca.crt", certificate=folder / "server.crt", key=folder / "server.key")
    if not _usable(files):
        folder.mkdir(parents=True, exist_ok=True)
        _write(files)
    return files


def _usable(files: Authority) -> bool:
    if not (files.ca.exists() and files.certificate.exists() and files.key.exists()):
        return False
    certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    known = set(names.get_values_for_type(x509.DNSName))
    now = datetime.datetime.now(datetime.UTC)
    return {*NAMES, PACKAGE_MIRRORS} <= known and certificate.not_valid_after_utc > now + LIFETIME / 3


def _write(files: Authority) -> None:
    now = datetime.datetime.now(datetime.UTC)
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = _name("Lab vendor CA (stand-in)")
    ca_identifier = x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key())
    ca = (
        _builder(issuer, issuer, ca_key, now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(ca_identifier, critical=False)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(ca_key, hashes.SHA256())
    )
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in (*NAMES, PACKAGE_MIRRORS)]
    names.append(x509.IPAddress(ADDRESS))
    certificate = (
        _builder(_name(NAMES[0]), issuer, key, now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(ca_identifier), critical=False)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .sign(ca_key, hashes.SHA256())
    )
    files.ca.write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    files.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files.key.touch(mode=0o600)
    files.key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime.datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + LIFETIME)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m local.vendor.authority", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where ca.crt, server.crt and server.key go")
    print(make(parser.parse_args().folder).ca)
