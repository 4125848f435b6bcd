"""What the stand-in for the tls plugin takes, and what it refuses at preview."""

from typing import Any

import pytest

from local.plugins import life
from local.plugins.framework import UNKNOWN, Refusal, Request, Resource
from local.plugins.schema import with_defaults
from local.plugins.sdk import arguments
from local.plugins.tls import keys, names, uses
from local.plugins.tls.__main__ import PROVIDER
from local.plugins.tls.resources import ALL, CERT_REQUEST, LOCALLY_SIGNED_CERT, PRIVATE_KEY, SELF_SIGNED_CERT
from local.plugins.values import Secret

KEY = keys.describe(keys.generate("ED25519")).private_pem
OTHER_KEY = keys.describe(keys.generate("ED25519")).private_pem

WRITE_ONLY = {"privateKeyPemWo", "privateKeyPemWoVersion", "caPrivateKeyPemWo", "caPrivateKeyPemWoVersion"}
"""Inputs that never reach the state: not implemented, and refused as such."""


def complaints(resource: Resource, **given: Any) -> list[str]:
    return [str(problem) for problem in life.check(PROVIDER, resource, given)]


def properties(found: type) -> set[str]:
    """The names on the wire of what a class of the SDK holds."""
    members = ((name, member) for name, member in vars(found).items() if isinstance(member, property))
    return {getattr(member.fget, "_pulumi_name", name) for name, member in members}


def self_signed(**changes: Any) -> list[str]:
    given = {
        "privateKeyPem": Secret(KEY),
        "validityPeriodHours": 24,
        "allowedUses": ["server_auth"],
        "subject": {"commonName": "x"},
    }
    return complaints(SELF_SIGNED_CERT, **(given | changes))


@pytest.mark.parametrize("resource", ALL, ids=lambda resource: resource.token.split(":")[-1])
def test_every_argument_of_the_sdk_is_taken_or_known_to_be_missing(resource: Resource) -> None:
    of_the_sdk = set(arguments("pulumi_tls", resource.token))
    taken = {field.name for field in resource.inputs}
    assert taken <= of_the_sdk
    assert of_the_sdk - taken <= WRITE_ONLY


def test_the_subject_has_the_fields_of_the_sdk() -> None:
    import pulumi_tls

    assert set(names.SUBJECT_FIELDS) == properties(pulumi_tls.SelfSignedCertSubjectArgs)


def test_the_words_for_uses_are_those_of_the_sdk() -> None:
    import pulumi_tls

    text = pulumi_tls.SelfSignedCertArgs.__init__.__doc__ or ""
    listed = text.split("Accepted values: ")[1].split(".\n")[0]
    assert tuple(word.strip("`") for word in listed.split(", ")) == uses.ALL


def test_every_output_of_the_sdk_is_put_out() -> None:
    import pulumi_tls

    for resource in ALL:
        of_the_sdk = properties(getattr(pulumi_tls, resource.token.split(":")[-1]))
        offered = {output.name for output in resource.outputs} | {field.name for field in resource.inputs}
        assert of_the_sdk - offered - WRITE_ONLY == set(), resource.token


def test_good_inputs_are_not_complained_about() -> None:
    assert self_signed(ipAddresses=["203.0.113.1", "2001:db8::1"], uris=["spiffe://x/y"]) == []
    assert complaints(PRIVATE_KEY, algorithm="RSA", rsaBits=3072) == []


def test_what_is_not_known_yet_is_taken_on_trust() -> None:
    unknown = dict.fromkeys(("certRequestPem", "caCertPem", "caPrivateKeyPem"), UNKNOWN)
    assert complaints(LOCALLY_SIGNED_CERT, **unknown, validityPeriodHours=1, allowedUses=[UNKNOWN]) == []
    assert self_signed(privateKeyPem=UNKNOWN, subject=UNKNOWN, isCaCertificate=True) == []
    assert complaints(CERT_REQUEST, privateKeyPem=UNKNOWN, ipAddresses=[UNKNOWN]) == []


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"algorithm": "DSA"}, "algorithm must be one of RSA, ECDSA, ED25519, not DSA"),
        ({"algorithm": "RSA", "rsaBits": 512}, "rsaBits must be 1024 or more, not 512"),
        ({"algorithm": "RSA", "rsaBits": "2048"}, "rsaBits must be a whole number"),
        ({"algorithm": "ECDSA", "ecdsaCurve": "P255"}, "ecdsaCurve must be one of P224, P256, P384, P521"),
        ({}, "algorithm is required"),
    ],
)
def test_keys_that_cannot_be_made_are_refused(given: dict[str, Any], complaint: str) -> None:
    found = complaints(PRIVATE_KEY, **given)
    assert len(found) == 1
    assert found[0].startswith(complaint)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"allowedUses": ["server_auht"]}, "allowedUses[0] must be one of any_extended, cert_signing"),
        ({"allowedUses": ["encipher_only"]}, "allowedUses has encipher_only, which means nothing without"),
        ({"ipAddresses": ["203.0.113.300"]}, "ipAddresses[0] cannot be read: '203.0.113.300' is no IP address"),
        ({"ipAddresses": ["fe80::1%eth0"]}, "ipAddresses[0] cannot be read: 'fe80::1%eth0' has a zone"),
        ({"dnsNames": ["wíckr.example.com"]}, "dnsNames[0] must be an ASCII name"),
        ({"uris": ["https://a b"]}, "uris[0] must be a URI without spaces"),
        ({"validityPeriodHours": -1}, "validityPeriodHours must be hours, 0 or more, not -1"),
        ({"earlyRenewalHours": -1}, "earlyRenewalHours must be hours, 0 or more, not -1"),
        ({"maxPathLength": -2}, "maxPathLength must be a length, -1 for none"),
        ({"isCaCertificate": True, "subject": {}}, "subject must have at least one field"),
        ({"setAuthorityKeyId": True}, "setAuthorityKeyId has no identifier to repeat"),
        ({"subject": {"commonNam": "x"}}, "subject.commonNam is no argument; did you mean commonName?"),
        ({"subject": {"country": "Germany"}}, "subject must have a country of two letters, not Germany"),
        ({"privateKeyPemWo": "x"}, "privateKeyPemWo is an argument of the real plugin that this stand-in does not"),
        ({"validityHours": 1}, "validityHours is no argument; did you mean validityPeriodHours?"),
    ],
)
def test_certificates_that_cannot_be_issued_are_refused(changes: dict[str, Any], complaint: str) -> None:
    found = self_signed(**changes)
    assert len(found) == 1
    assert found[0].startswith(complaint)


def test_a_text_that_is_no_key_is_refused_without_showing_it() -> None:
    for text in ("canary", Secret("canary")):
        (found,) = self_signed(privateKeyPem=text)
        assert found.startswith("privateKeyPem cannot be read: expected a private key")
        assert "canary" not in found


def test_a_key_that_does_not_fit_its_authority_is_refused() -> None:
    inputs = with_defaults(
        SELF_SIGNED_CERT.inputs,
        {
            "privateKeyPem": KEY,
            "validityPeriodHours": 1,
            "allowedUses": ["cert_signing"],
            "subject": {"commonName": "CA"},
            "isCaCertificate": True,
        },
    )
    root = SELF_SIGNED_CERT.create(Request(inputs=inputs, settings={})).outputs["certPem"]
    rest = {"certRequestPem": UNKNOWN, "caCertPem": root, "validityPeriodHours": 1, "allowedUses": []}
    assert complaints(LOCALLY_SIGNED_CERT, **rest, caPrivateKeyPem=Secret(KEY)) == []
    assert complaints(LOCALLY_SIGNED_CERT, **rest, caPrivateKeyPem=Secret(OTHER_KEY)) == [
        "caPrivateKeyPem must be the key of the certificate in caCertPem; it is another one"
    ]
    swapped = rest | {"caCertPem": KEY, "caPrivateKeyPem": Secret(root)}
    assert [text.split(" cannot")[0] for text in complaints(LOCALLY_SIGNED_CERT, **swapped)] == [
        "caCertPem",
        "caPrivateKeyPem",
    ]


def test_functions_of_the_plugin_are_refused_by_name() -> None:
    with pytest.raises(Refusal, match="function tls:index/getPublicKey:getPublicKey exists in the SDK but is not"):
        life.find(PROVIDER, PROVIDER.functions, "tls:index/getPublicKey:getPublicKey")
