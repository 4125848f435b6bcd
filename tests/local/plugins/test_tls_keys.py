"""Private keys of the stand-in for the tls plugin, held against OpenSSL and OpenSSH."""

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from local.plugins.framework import Request
from local.plugins.tls import keys
from local.plugins.tls.resources import PRIVATE_KEY

KINDS = [
    ("RSA", "P224", "RSA PRIVATE KEY"),
    ("ECDSA", "P256", "EC PRIVATE KEY"),
    ("ECDSA", "P384", "EC PRIVATE KEY"),
    ("ECDSA", "P521", "EC PRIVATE KEY"),
    ("ED25519", "P224", "PRIVATE KEY"),
]
"""Algorithm, curve, and the label of the PEM block that the real plugin writes."""


def texts(algorithm: str, curve: str = "P256") -> keys.KeyTexts:
    return keys.describe(keys.generate(algorithm, rsa_bits=1024, curve=curve))


def openssl(*arguments: str, stdin: str) -> str:
    return subprocess.run(["openssl", *arguments], input=stdin, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(("algorithm", "curve", "label"), KINDS)
def test_openssl_reads_every_form_and_finds_the_same_public_key(algorithm: str, curve: str, label: str) -> None:
    key = texts(algorithm, curve)
    assert key.private_pem.startswith(f"-----BEGIN {label}-----\n")
    assert key.private_pkcs8.startswith("-----BEGIN PRIVATE KEY-----\n")
    for text in (key.private_pem, key.private_pkcs8):
        assert text.endswith("-----\n")
        assert openssl("pkey", "-pubout", stdin=text) == key.public_pem


@pytest.mark.parametrize(("algorithm", "curve"), [("RSA", ""), ("ECDSA", "P384"), ("ED25519", "")])
def test_openssh_reads_the_key_and_finds_the_same_fingerprints(algorithm: str, curve: str, tmp_path: Path) -> None:
    key = texts(algorithm, curve)
    private = tmp_path / "key"
    private.write_text(key.private_openssh)
    private.chmod(0o600)

    def keygen(*arguments: str) -> str:
        return subprocess.run(["ssh-keygen", *arguments, "-f", private], capture_output=True, text=True).stdout

    assert keygen("-y").split()[:2] == key.public_openssh.split()
    assert key.public_openssh.endswith("\n")
    assert keygen("-l").split()[1] == key.fingerprint_sha256
    assert keygen("-l", "-E", "md5").split()[1] == f"MD5:{key.fingerprint_md5}"


def test_the_curve_that_openssh_does_not_know_has_no_openssh_forms() -> None:
    key = texts("ECDSA", "P224")
    assert key.private_pem
    forms = (key.private_openssh, key.public_openssh, key.fingerprint_md5, key.fingerprint_sha256)
    assert forms == ("", "", "", "")


def test_a_written_key_is_read_back_with_its_algorithm() -> None:
    for algorithm in keys.ALGORITHMS:
        key = texts(algorithm)
        for text in (key.private_pem, key.private_pkcs8):
            assert keys.algorithm(keys.parse(text)) == algorithm


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("canary", "found no PEM block"),
        ("", "found no PEM block"),
        ("-----BEGIN CERTIFICATE-----\ncanary\n-----END CERTIFICATE-----\n", "found a PEM block 'CERTIFICATE'"),
        ("-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----\n", "no private key that is readable"),
    ],
)
def test_what_is_no_key_is_refused_without_repeating_it(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint) as told:
        keys.parse(text)
    assert "canary" not in str(told.value)


def test_an_openssh_text_and_a_key_of_another_kind_are_refused() -> None:
    with pytest.raises(ValueError, match="OPENSSH PRIVATE KEY"):
        keys.parse(texts("ED25519").private_openssh)
    other = X25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(ValueError, match="none of RSA, ECDSA, ED25519"):
        keys.parse(other.decode())


def test_the_resource_puts_out_all_forms_and_an_id_that_follows_the_key() -> None:
    inputs = {"algorithm": "ECDSA", "ecdsaCurve": "P256", "rsaBits": 2048}
    made = PRIVATE_KEY.create(Request(inputs=inputs, settings={}))
    assert set(made.outputs) == {output.name for output in PRIVATE_KEY.outputs}
    assert len(made.id) == 40
    assert made.id == keys.describe(keys.parse(made.outputs["privateKeyPem"])).identifier


def test_a_key_is_checked_once_and_one_that_was_made_here_never(monkeypatch: pytest.MonkeyPatch) -> None:
    """While the library does so, nothing else in the process runs."""
    checked: list[bytes] = []

    def load(text: bytes, password: None) -> object:
        checked.append(text)
        return load_pem_private_key(text, password)

    made = PRIVATE_KEY.create(Request(inputs={"algorithm": "RSA", "ecdsaCurve": "P224", "rsaBits": 1024}, settings={}))
    brought = keys.describe(keys.generate("RSA", rsa_bits=1024)).private_pem
    monkeypatch.setattr(keys, "load_pem_private_key", load)
    for text in (made.outputs["privateKeyPem"], brought, brought):
        assert keys.describe(keys.parse(text)).private_pem == text
    assert checked == [brought.encode()]


def test_private_forms_are_marked_secret_and_public_ones_are_not() -> None:
    assert {output.name for output in PRIVATE_KEY.outputs if output.secret} == {
        "privateKeyPem",
        "privateKeyPemPkcs8",
        "privateKeyOpenssh",
    }
