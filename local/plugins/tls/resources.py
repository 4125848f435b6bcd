"""The resources: a key, a request, a certificate signed by its own key, one signed by an authority."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from local.plugins.framework import UNKNOWN, Made, Output, Problem, Refusal, Request, Resource, Values
from local.plugins.framework import outputs as plain
from local.plugins.tls import certificates, inputs, keys, names, renewal
from local.plugins.tls.certificates import Holder, Terms


def _nothing_to_delete(_: Request) -> None:
    """These things exist in the state alone."""


def _create_key(request: Request) -> Made:
    given = request.inputs
    key = keys.generate(given["algorithm"], rsa_bits=given["rsaBits"], curve=given["ecdsaCurve"])
    texts = keys.describe(key)
    keys.remember(texts.private_pem, key)
    return Made(
        texts.identifier,
        {
            "privateKeyPem": texts.private_pem,
            "privateKeyPemPkcs8": texts.private_pkcs8,
            "privateKeyOpenssh": texts.private_openssh,
            "publicKeyPem": texts.public_pem,
            "publicKeyOpenssh": texts.public_openssh,
            "publicKeyFingerprintMd5": texts.fingerprint_md5,
            "publicKeyFingerprintSha256": texts.fingerprint_sha256,
        },
    )


def _create_request(request: Request) -> Made:
    key = keys.parse(request.inputs["privateKeyPem"])
    made = certificates.request(*_holder(request.inputs), key)
    return Made(
        hashlib.sha1(made.public_bytes(Encoding.DER), usedforsecurity=False).hexdigest(),
        {
            "certRequestPem": made.public_bytes(Encoding.PEM).decode(),
            "keyAlgorithm": keys.algorithm(key),
        },
    )


def _create_self_signed(request: Request) -> Made:
    key = keys.parse(request.inputs["privateKeyPem"])
    subject, alternatives = _holder(request.inputs)
    holder = Holder(subject=subject, names=alternatives, public_key=key.public_key())
    made = _issued(request, holder, key, None)
    return Made(made.id, {**made.outputs, "keyAlgorithm": keys.algorithm(key)})


def _create_locally_signed(request: Request) -> Made:
    given = request.inputs
    wanted = certificates.parse_request(given["certRequestPem"])
    authority = certificates.parse_certificate(given["caCertPem"])
    signer = keys.parse(given["caPrivateKeyPem"])
    if not certificates.is_authority(authority):
        request.warn("caCertPem is not marked as a certificate authority: what it signs may fail to verify")
    public_key = wanted.public_key()
    if not isinstance(public_key, keys.PublicKey):
        raise Refusal(f"certRequestPem holds a key that is none of {', '.join(keys.ALGORITHMS)}")
    holder = Holder(subject=wanted.subject, names=names.requested(wanted), public_key=public_key)
    made = _issued(request, holder, signer, authority)
    return Made(made.id, {**made.outputs, "caKeyAlgorithm": keys.algorithm(signer)})


def _holder(given: Values) -> tuple[x509.Name, list[x509.GeneralName]]:
    return names.subject(given.get("subject", {})), names.alternatives(
        dns_names=given.get("dnsNames", ()),
        ip_addresses=given.get("ipAddresses", ()),
        uris=given.get("uris", ()),
    )


def _issued(request: Request, holder: Holder, signer: keys.PrivateKey, authority: x509.Certificate | None) -> Made:
    given, now = request.inputs, datetime.now(UTC)
    length = given.get("maxPathLength", -1)
    terms = Terms(
        validity=timedelta(hours=given["validityPeriodHours"]),
        allowed_uses=given["allowedUses"],
        is_ca=given["isCaCertificate"],
        max_path_length=None if length < 0 else length,
        set_subject_key_id=given["setSubjectKeyId"],
        set_authority_key_id=given.get("setAuthorityKeyId", False),
    )
    try:
        certificate = certificates.issue(holder, terms, signer=signer, authority=authority, now=now)
    except ValueError as error:
        raise Refusal(f"The certificate cannot be issued: {error}") from None
    return Made(
        str(certificate.serial_number),
        {
            "certPem": certificate.public_bytes(Encoding.PEM).decode(),
            "readyForRenewal": False,
            "validityStartTime": renewal.stamp(now),
            "validityEndTime": renewal.stamp(now + terms.validity),
        },
    )


def _due(request: Request) -> bool:
    """Whether the certificate in the state is inside its renewal window, with the early hours of this run."""
    end, early = request.state.get("validityEndTime"), request.inputs.get("earlyRenewalHours", 0)
    if end is None or early is UNKNOWN:
        return False
    return renewal.is_due(end, early, datetime.now(UTC))


def _expired(request: Request) -> list[str]:
    return ["readyForRenewal"] if _due(request) else []


def _read_certificate(request: Request) -> Made:
    return Made(request.id, {"readyForRenewal": _due(request)})


def _keep_certificate(_: Request) -> Values:
    """Only the hours of early renewal changed: the certificate stays."""
    return {}


def _authority_has_subject(given: Mapping[str, Any]) -> Iterator[Problem]:
    subject = given.get("subject") or {}
    if given.get("isCaCertificate") is True and subject is not UNKNOWN and not any(subject.values()):
        yield Problem("subject", "must have at least one field, since isCaCertificate is true")


def _authority_id_exists(given: Mapping[str, Any]) -> Iterator[Problem]:
    sources = (given.get("isCaCertificate", False), given.get("setSubjectKeyId", False))
    if given.get("setAuthorityKeyId") is True and sources == (False, False):
        yield Problem("setAuthorityKeyId", "has no identifier to repeat: set setSubjectKeyId too")


def _key_fits_authority(given: Mapping[str, Any]) -> Iterator[Problem]:
    certificate, key = given.get("caCertPem"), given.get("caPrivateKeyPem")
    if not isinstance(certificate, str) or not isinstance(key, str):
        return
    if certificates.parse_certificate(certificate).public_key() != keys.parse(key).public_key():
        yield Problem("caPrivateKeyPem", "must be the key of the certificate in caCertPem; it is another one")


_ISSUED = (
    *plain("certPem", "validityStartTime", "validityEndTime"),
    Output("readyForRenewal", volatile=True),
)

PRIVATE_KEY = Resource(
    token="tls:index/privateKey:PrivateKey",
    inputs=inputs.KEY,
    outputs=(
        Output("privateKeyPem", secret=True),
        Output("privateKeyPemPkcs8", secret=True),
        Output("privateKeyOpenssh", secret=True),
        *plain("publicKeyPem", "publicKeyOpenssh", "publicKeyFingerprintMd5", "publicKeyFingerprintSha256"),
    ),
    create=_create_key,
    delete=_nothing_to_delete,
)

CERT_REQUEST = Resource(
    token="tls:index/certRequest:CertRequest",
    inputs=(*inputs.HOLDER, inputs.PRIVATE_KEY),
    outputs=plain("certRequestPem", "keyAlgorithm"),
    create=_create_request,
    delete=_nothing_to_delete,
)

SELF_SIGNED_CERT = Resource(
    token="tls:index/selfSignedCert:SelfSignedCert",
    inputs=inputs.SELF_SIGNED,
    outputs=(*_ISSUED, *plain("keyAlgorithm")),
    rules=(_authority_has_subject, _authority_id_exists),
    create=_create_self_signed,
    read=_read_certificate,
    update=_keep_certificate,
    delete=_nothing_to_delete,
    expired=_expired,
)

LOCALLY_SIGNED_CERT = Resource(
    token="tls:index/locallySignedCert:LocallySignedCert",
    inputs=inputs.LOCALLY_SIGNED,
    outputs=(*_ISSUED, *plain("caKeyAlgorithm")),
    rules=(_key_fits_authority,),
    create=_create_locally_signed,
    read=_read_certificate,
    update=_keep_certificate,
    delete=_nothing_to_delete,
    expired=_expired,
)

ALL = (PRIVATE_KEY, CERT_REQUEST, SELF_SIGNED_CERT, LOCALLY_SIGNED_CERT)
