"""The certificate that the stack issues, and what becomes of one that is brought along (IG 4.4.1, 4.4.2)."""

import pytest

from tests import certificates
from tests.recorder import Secret, reveal
from tests.stacks import deployed

AUTHORITY = "tls:index/selfSignedCert:SelfSignedCert"
REQUEST = "tls:index/certRequest:CertRequest"
SERVER = "tls:index/locallySignedCert:LocallySignedCert"


def test_the_authority_signs_and_serves_nothing() -> None:
    inputs = dict(deployed().the(AUTHORITY).inputs)
    assert inputs.pop("privateKeyPem") == Secret(deployed().named("certificate-ca-key").outputs["privateKeyPem"].value)
    assert inputs == {
        "isCaCertificate": True,
        "setSubjectKeyId": True,
        "allowedUses": ["cert_signing", "crl_signing", "digital_signature"],
        "validityPeriodHours": 3650 * 24,
        "subject": {"commonName": "Wickr CA for wickr.example.com", "organization": "Wickr Enterprise"},
    }


def test_the_server_s_certificate_is_for_servers_a_year_and_renewed_two_months_early() -> None:
    inputs = deployed().the(SERVER).inputs
    assert {key: value for key, value in inputs.items() if not isinstance(value, Secret) and "Pem" not in key} == {
        "allowedUses": ["digital_signature", "key_encipherment", "server_auth"],
        "setSubjectKeyId": True,
        "validityPeriodHours": 397 * 24,
        "earlyRenewalHours": 60 * 24,
    }
    assert reveal(inputs["caPrivateKeyPem"]) == reveal(deployed().named("certificate-ca-key").outputs["privateKeyPem"])


@pytest.mark.parametrize(
    ("variant", "names", "addresses"),
    [
        ("complete", ["wickr.example.com"], ["203.0.113.100"]),
        ("an address for a name", [], ["203.0.113.100"]),
        ("calling", ["wickr.example.com", "calling.example.com"], ["203.0.113.100", "203.0.113.101"]),
        ("calling at an address", ["wickr.example.com"], ["203.0.113.100", "203.0.113.101"]),
    ],
)
def test_the_one_certificate_is_for_every_name_and_address(
    variant: str, names: list[str], addresses: list[str]
) -> None:
    inputs = deployed(variant).the(REQUEST).inputs
    assert (inputs.get("dnsNames", []), sorted(set(inputs["ipAddresses"]))) == (names, addresses)
    assert inputs["subject"]["commonName"] == (names or addresses)[0]


@pytest.mark.parametrize("variant", ["complete", "calling"])
def test_there_is_one_authority_and_one_certificate_however_many_hosts(variant: str) -> None:
    tls = [each.name.removeprefix("certificate-") for each in deployed(variant).resources if "tls:" in each.type]
    assert {name for name in tls if "host" not in name and "secrets" not in name} == {
        *("ca-key", "ca", "server-key", "request", "server"),
    }


def test_authority_and_server_have_a_key_each() -> None:
    keys = [key for key in deployed().of("tls:index/privateKey:PrivateKey") if key.name.startswith("certificate-")]
    assert {key.name: (key.inputs["algorithm"], key.inputs["rsaBits"]) for key in keys} == {
        "certificate-ca-key": ("RSA", 4096),
        "certificate-server-key": ("RSA", 4096),
    }


@pytest.mark.parametrize(
    ("variant", "authority"),
    [
        ("complete", "-----BEGIN CERTIFICATE-----\ncertificate-ca\n-----END CERTIFICATE-----\n"),
        ("provided certificate", ""),
        ("provided certificate of a private CA", certificates.authority().pem),
        ("installer's certificate", ""),
    ],
)
def test_the_exported_authority_is_the_one_that_verifies(variant: str, authority: str) -> None:
    assert deployed(variant).outputs["caCertificate"] == authority


@pytest.mark.parametrize(
    "variant",
    [
        *("provided certificate", "provided certificate of a private CA"),
        *("installer's certificate", "calling with the installer's certificate, unverified"),
    ],
)
def test_a_stack_that_issues_nothing_makes_no_authority(variant: str) -> None:
    assert [each.name for each in deployed(variant).resources if each.name.startswith("certificate")] == []
