"""Requests and certificates of the stand-in for the tls plugin: what they carry, and that they verify."""

import ipaddress
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from local.plugins import life
from local.plugins.framework import Made, Refusal, Request, Resource
from local.plugins.schema import with_defaults
from local.plugins.tls import keys, names, renewal, uses
from local.plugins.tls.resources import CERT_REQUEST, LOCALLY_SIGNED_CERT, SELF_SIGNED_CERT

AUTHORITY_KEY = keys.describe(keys.generate("ECDSA", curve="P384"))
SERVER_KEY = keys.describe(keys.generate("RSA"))
SERVER_USES = ["digital_signature", "key_encipherment", "server_auth"]


def make(resource: Resource, **inputs: Any) -> Made:
    filled = with_defaults(resource.inputs, inputs)
    return resource.create(Request(inputs=filled, settings={}))


def authority(key: keys.KeyTexts = AUTHORITY_KEY, **changes: Any) -> Made:
    inputs = {
        "privateKeyPem": key.private_pem,
        "subject": {"commonName": "Test Authority", "organization": "Example"},
        "isCaCertificate": True,
        "validityPeriodHours": 240,
        "allowedUses": ["cert_signing", "crl_signing"],
    }
    return make(SELF_SIGNED_CERT, **(inputs | changes))


def request(**changes: Any) -> Made:
    inputs = {
        "privateKeyPem": SERVER_KEY.private_pem,
        "subject": {"commonName": "wickr.example.com"},
        "dnsNames": ["wickr.example.com"],
        "ipAddresses": ["203.0.113.100", "2001:db8::1"],
        "uris": ["https://wickr.example.com/"],
    }
    return make(CERT_REQUEST, **(inputs | changes))


@dataclass(frozen=True)
class Chain:
    """A server's certificate and the authority that signed it."""

    root: x509.Certificate
    leaf: x509.Certificate
    made: Made


def chain(signer: keys.KeyTexts = AUTHORITY_KEY, asked: Made | None = None, **changes: Any) -> Chain:
    root = authority(signer)
    inputs = {
        "certRequestPem": (asked or request()).outputs["certRequestPem"],
        "caCertPem": root.outputs["certPem"],
        "caPrivateKeyPem": signer.private_pem,
        "validityPeriodHours": 120,
        "allowedUses": SERVER_USES,
    }
    made = make(LOCALLY_SIGNED_CERT, **(inputs | changes))
    return Chain(parsed(root), parsed(made), made)


def parsed(made: Made) -> x509.Certificate:
    return x509.load_pem_x509_certificate(made.outputs["certPem"].encode())


def extensions(certificate: x509.Certificate) -> list[tuple[str, bool]]:
    return [(extension.oid._name, extension.critical) for extension in certificate.extensions]


@pytest.mark.parametrize(("algorithm", "curve"), [("RSA", ""), ("ECDSA", "P256"), ("ECDSA", "P521"), ("ED25519", "")])
def test_openssl_verifies_the_chain_for_the_name_and_for_the_address(
    algorithm: str, curve: str, tmp_path: Path
) -> None:
    found = chain(keys.describe(keys.generate(algorithm, curve=curve)))
    (tmp_path / "ca.pem").write_bytes(_pem(found.root))
    (tmp_path / "leaf.pem").write_bytes(_pem(found.leaf))

    def verify(*arguments: str) -> int:
        command = ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", "ca.pem", *arguments]
        return subprocess.run([*command, "leaf.pem"], cwd=tmp_path, capture_output=True).returncode

    assert verify("-verify_hostname", "wickr.example.com") == 0
    assert verify("-verify_ip", "203.0.113.100") == 0
    assert verify("-verify_hostname", "other.example.com") != 0


def test_a_strict_verifier_accepts_the_chain_for_its_name_and_no_other() -> None:
    found = chain()
    builder = PolicyBuilder().store(Store([found.root]))
    builder.build_server_verifier(x509.DNSName("wickr.example.com")).verify(found.leaf, [])
    builder.build_server_verifier(x509.IPAddress(ipaddress.ip_address("203.0.113.100"))).verify(found.leaf, [])
    with pytest.raises(VerificationError):
        builder.build_server_verifier(x509.DNSName("other.example.com")).verify(found.leaf, [])


def test_an_authority_carries_the_extensions_of_the_real_plugin_in_its_order() -> None:
    assert extensions(parsed(authority())) == [
        ("keyUsage", True),
        ("basicConstraints", True),
        ("subjectKeyIdentifier", False),
    ]


def test_a_server_certificate_carries_the_extensions_of_the_real_plugin_in_its_order() -> None:
    found = chain()
    assert extensions(found.leaf) == [
        ("keyUsage", True),
        ("extendedKeyUsage", False),
        ("basicConstraints", True),
        ("authorityKeyIdentifier", False),
        ("subjectAltName", False),
    ]
    constraints = found.leaf.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert (constraints.ca, constraints.path_length) == (False, None)
    own = found.root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    assert found.leaf.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier == own


def test_alternative_names_are_critical_where_there_is_no_subject() -> None:
    leaf = chain(asked=request(subject={})).leaf
    assert ("subjectAltName", True) in extensions(leaf)


def test_names_pass_from_the_request_into_the_certificate() -> None:
    leaf = chain().leaf
    found = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert found.get_values_for_type(x509.DNSName) == ["wickr.example.com"]
    assert [str(ip) for ip in found.get_values_for_type(x509.IPAddress)] == ["203.0.113.100", "2001:db8::1"]
    assert found.get_values_for_type(x509.UniformResourceIdentifier) == ["https://wickr.example.com/"]
    assert leaf.subject.rfc4514_string() == "CN=wickr.example.com"
    assert leaf.issuer == parsed(authority()).subject


def test_every_word_for_a_use_becomes_its_bit_or_its_identifier() -> None:
    leaf = chain(allowedUses=list(uses.ALL)).leaf
    usage = leaf.extensions.get_extension_for_class(x509.KeyUsage).value
    assert all(getattr(usage, name) for name in uses.KEY_USES.values())
    extended = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert {use.dotted_string for use in extended} == set(uses.EXTENDED_USES.values())


def test_identifiers_are_set_on_request() -> None:
    made = parsed(authority(isCaCertificate=False, setSubjectKeyId=True, setAuthorityKeyId=True))
    own = made.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    assert made.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier == own
    with pytest.raises(Refusal, match="setAuthorityKeyId has no identifier to repeat"):
        authority(isCaCertificate=False, setAuthorityKeyId=True)


def test_the_path_length_counts_for_authorities_only() -> None:
    def length(made: Made) -> int | None:
        return parsed(made).extensions.get_extension_for_class(x509.BasicConstraints).value.path_length

    assert length(authority(maxPathLength=0)) == 0
    assert length(authority(maxPathLength=2)) == 2
    assert length(authority(maxPathLength=-1)) is None
    assert length(authority(isCaCertificate=False, maxPathLength=2)) is None


def test_the_outputs_tell_the_certificates_times_serial_number_and_keys() -> None:
    found = chain()
    outputs = found.made.outputs
    start, end = (datetime.fromisoformat(outputs[name]) for name in ("validityStartTime", "validityEndTime"))
    assert end - start == timedelta(hours=120)
    assert abs(start - datetime.now(UTC)) < timedelta(minutes=1)
    assert found.leaf.not_valid_after_utc == end.replace(microsecond=0)
    assert found.made.id == str(found.leaf.serial_number)
    assert outputs["caKeyAlgorithm"] == "ECDSA"
    assert outputs["readyForRenewal"] is False
    assert outputs["certPem"].endswith("-----END CERTIFICATE-----\n")
    assert authority().outputs["keyAlgorithm"] == "ECDSA"


def test_the_subject_is_written_in_the_order_of_the_real_plugin() -> None:
    fields = dict.fromkeys(names.SUBJECT_FIELDS, "x") | {"country": "XX", "streetAddresses": ["one", "two"]}
    subject = names.subject(fields)
    assert [attribute.oid for attribute in subject] == [
        *[oid for name, oid in names.SUBJECT_FIELDS.items() for _ in range(2 if name == "streetAddresses" else 1)]
    ]
    assert list(names.subject({"commonName": ""})) == []


def test_a_request_verifies_with_its_own_key() -> None:
    text = request().outputs["certRequestPem"]
    checked = subprocess.run(
        ["openssl", "req", "-verify", "-noout"], input=text, capture_output=True, text=True, check=True
    )
    assert "OK" in checked.stderr + checked.stdout


def test_a_certificate_that_is_no_authority_signs_with_a_warning() -> None:
    warnings: list[str] = []
    root = authority(isCaCertificate=False)
    inputs = {
        "certRequestPem": request().outputs["certRequestPem"],
        "caCertPem": root.outputs["certPem"],
        "caPrivateKeyPem": AUTHORITY_KEY.private_pem,
        "validityPeriodHours": 1,
        "allowedUses": SERVER_USES,
    }
    filled = with_defaults(LOCALLY_SIGNED_CERT.inputs, inputs)
    LOCALLY_SIGNED_CERT.create(Request(inputs=filled, settings={}, warn=warnings.append))
    assert len(warnings) == 1


def aged(hours_left: float, **inputs: Any) -> Request:
    end = renewal.stamp(datetime.now(UTC) + timedelta(hours=hours_left))
    given = {"earlyRenewalHours": 24, "validityPeriodHours": 240} | inputs
    return Request(inputs=given, old_inputs=given, state={"validityEndTime": end}, settings={}, id="1")


@pytest.mark.parametrize("resource", [SELF_SIGNED_CERT, LOCALLY_SIGNED_CERT])
def test_a_certificate_in_its_renewal_window_plans_a_new_one(resource: Resource) -> None:
    def plan(asked: Request) -> list[tuple[str, bool]]:
        return [(change.path, change.replaces) for change in life.differences(resource, asked, ())]

    assert plan(aged(25)) == []
    assert plan(aged(23)) == [("readyForRenewal", True)]
    assert plan(aged(-1, earlyRenewalHours=0)) == [("readyForRenewal", True)]


@pytest.mark.parametrize("resource", [SELF_SIGNED_CERT, LOCALLY_SIGNED_CERT])
def test_a_refresh_tells_that_a_certificate_is_ready_for_renewal(resource: Resource) -> None:
    read: Callable[[Request], Made | None] | None = resource.read
    assert read
    assert read(aged(23)) == Made("1", {"readyForRenewal": True})
    assert read(aged(25)) == Made("1", {"readyForRenewal": False})


def test_only_the_early_renewal_changes_in_place() -> None:
    for resource in (SELF_SIGNED_CERT, LOCALLY_SIGNED_CERT):
        in_place = {field.name for field in resource.inputs if not field.replaces}
        assert in_place == {"earlyRenewalHours"}
    assert CERT_REQUEST.update is None


def _pem(certificate: x509.Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM)
