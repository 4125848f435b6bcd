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

from local.api.services import CERTIFIED as SERVICES
from local.vendor.names import NAMES, PACKAGE_MIRRORS

LIFETIME = datetime.timedelta(days=90)
ADDRESS = ipaddress.ip_address("203.0.113.10")


@dataclass(frozen=True, kw_only=True)
class Authority:
    """The files that the vendor's server and the host image need."""

    ca: Path
    certificate: Path
    key: Path
    services_certificate: Path
    services_key: Path

    @property
    def leaves(self) -> dict[Path, tuple[Path, tuple[str, ...]]]:
        """Each certificate with its key and the names that it is for."""
        return {
            self.certificate: (self.key, (*NAMES, PACKAGE_MIRRORS)),
            self.services_certificate: (self.services_key, SERVICES),
        }


def make(folder: Path) -> Authority:
    """The authority of `folder`; made on the first call, and again when it is about to expire."""
    files = Authority(
        ca=folder / "ca.crt",
        certificate=folder / "server.crt",
        key=folder / "server.key",
        services_certificate=folder / "aws.crt",
        services_key=folder / "aws.key",
    )
    if not _usable(files):
        folder.mkdir(parents=True, exist_ok=True)
        _write(files)
    return files


def _usable(files: Authority) -> bool:
    return files.ca.exists() and all(_good(path, *rest) for path, rest in files.leaves.items())


def _good(path: Path, key: Path, names: tuple[str, ...]) -> bool:
    if not (path.exists() and key.exists()):
        return False
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    known = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    now = datetime.datetime.now(datetime.UTC)
    return set(names) <= set(known.get_values_for_type(x509.DNSName)) and certificate.not_valid_after_utc > (
        now + LIFETIME / 3
    )


def _write(files: Authority) -> None:
    now = datetime.datetime.now(datetime.UTC)
    ca_key, issuer = ec.generate_private_key(ec.SECP256R1()), _name("Lab vendor CA (stand-in)")
    ca = (
        _builder(issuer, issuer, ca_key, now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key()), critical=False)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(ca_key, hashes.SHA256())
    )
    files.ca.write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    for path, (key, names) in files.leaves.items():
        _write_leaf(path, key, names, issuer, ca_key)


def _write_leaf(
    path: Path, key_path: Path, names: tuple[str, ...], issuer: x509.Name, ca_key: ec.EllipticCurvePrivateKey
) -> None:
    now, key = datetime.datetime.now(datetime.UTC), ec.generate_private_key(ec.SECP256R1())
    held: list[x509.GeneralName] = [x509.DNSName(name) for name in names]
    if names is not SERVICES:
        held.append(x509.IPAddress(ADDRESS))
    identifier = x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key())
    certificate = (
        _builder(_name(names[0]), issuer, key, now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(held), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .sign(ca_key, hashes.SHA256())
    )
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_path.touch(mode=0o600)
    key_path.write_bytes(
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
