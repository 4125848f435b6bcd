"""Private keys: making them, writing them in every form that the real plugin offers, reading them back."""

import base64
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import MD5, SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    ssh_key_fingerprint,
)

from local.plugins.tls import pem

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey

ALGORITHMS = ("RSA", "ECDSA", "ED25519")
CURVES: dict[str, type[ec.EllipticCurve]] = {
    "P224": ec.SECP224R1,
    "P256": ec.SECP256R1,
    "P384": ec.SECP384R1,
    "P521": ec.SECP521R1,
}
DEFAULT_CURVE = "P224"
DEFAULT_RSA_BITS = 2048
MINIMUM_RSA_BITS = 1024  # below, the real plugin's library refuses to make a key
MAXIMUM_RSA_BITS = 16384  # above, making one takes minutes: certainly a mistake

_checked: dict[str, PrivateKey] = {}
"""Keys that this process has made or read, by their texts. To check one of 4096 bits takes a third of a second, in
which the library lets no other thread of the process run: the engine would get no answer to its next question, and ask
nothing else meanwhile.
"""

PRIVATE_LABELS = ("RSA PRIVATE KEY", "EC PRIVATE KEY", "PRIVATE KEY")


@dataclass(frozen=True, kw_only=True)
class KeyTexts:
    """One key in all the forms that the resource puts out. A form that does not exist is an empty text."""

    private_pem: str
    private_pkcs8: str
    private_openssh: str
    public_pem: str
    public_openssh: str
    fingerprint_md5: str
    fingerprint_sha256: str
    identifier: str


def generate(algorithm: str, *, rsa_bits: int = DEFAULT_RSA_BITS, curve: str = DEFAULT_CURVE) -> PrivateKey:
    """A fresh private key."""
    if algorithm == "RSA":
        return rsa.generate_private_key(public_exponent=65537, key_size=rsa_bits)
    if algorithm == "ECDSA":
        return ec.generate_private_key(CURVES[curve]())
    if algorithm == "ED25519":
        return ed25519.Ed25519PrivateKey.generate()
    raise ValueError(f"{algorithm!r} is no key algorithm: choose one of {', '.join(ALGORITHMS)}")


def describe(key: PrivateKey) -> KeyTexts:
    """Every text that the real plugin derives from a key."""
    public = key.public_key()
    openssh = _speaks_openssh(key)
    # The older form of a PEM key has no room for Ed25519.
    form = PrivateFormat.PKCS8 if _is_ed25519(key) else PrivateFormat.TraditionalOpenSSL
    return KeyTexts(
        private_pem=_private_text(key, form),
        private_pkcs8=_private_text(key, PrivateFormat.PKCS8),
        private_openssh=_private_text(key, PrivateFormat.OpenSSH) if openssh else "",
        public_pem=public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        public_openssh=_openssh_text(public) if openssh else "",
        fingerprint_md5=_md5(public) if openssh else "",
        fingerprint_sha256=_sha256(public) if openssh else "",
        identifier=_identifier(public),
    )


def remember(text: str, key: PrivateKey) -> None:
    """Spares this process to check a key that it knows to be right."""
    _checked[text] = key


def parse(text: str) -> PrivateKey:
    """The private key in a PEM text. The error never repeats the text: it is a secret."""
    if text in _checked:
        return _checked[text]
    label = pem.label(text)
    if label not in PRIVATE_LABELS:
        found = f"a PEM block {label!r}" if label else "no PEM block"
        raise ValueError(f"expected a private key ({', '.join(PRIVATE_LABELS)}), found {found}")
    try:
        key = load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        message = f"the PEM block {label!r} holds no private key that is readable without a password"
        raise ValueError(message) from None
    if not isinstance(key, PrivateKey):
        raise ValueError(f"the private key is none of {', '.join(ALGORITHMS)}")
    remember(text, key)
    return key


def algorithm(key: PrivateKey) -> str:
    """The algorithm's name as the resources put it out."""
    if isinstance(key, rsa.RSAPrivateKey):
        return "RSA"
    return "ED25519" if _is_ed25519(key) else "ECDSA"


def _is_ed25519(key: PrivateKey) -> bool:
    return isinstance(key, ed25519.Ed25519PrivateKey)


def _speaks_openssh(key: PrivateKey) -> bool:
    """OpenSSH knows no curve P-224."""
    return not (isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP224R1))


def _private_text(key: PrivateKey, form: PrivateFormat) -> str:
    return key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()


def _openssh_text(public: PublicKey) -> str:
    return public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode() + "\n"


def _identifier(public: PublicKey) -> str:
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha1(der, usedforsecurity=False).hexdigest()


def _md5(public: PublicKey) -> str:
    return ssh_key_fingerprint(public, MD5()).hex(":")  # noqa: S303 - the form is asked for by name


def _sha256(public: PublicKey) -> str:
    return "SHA256:" + base64.b64encode(ssh_key_fingerprint(public, SHA256())).decode().rstrip("=")
