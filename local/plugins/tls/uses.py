"""`allowedUses`: the real plugin's words, and the extensions that they stand for."""

from collections.abc import Sequence

from cryptography import x509
from cryptography.x509 import ObjectIdentifier

KEY_USES = {
    "digital_signature": "digital_signature",
    "content_commitment": "content_commitment",
    "key_encipherment": "key_encipherment",
    "data_encipherment": "data_encipherment",
    "key_agreement": "key_agreement",
    "cert_signing": "key_cert_sign",
    "crl_signing": "crl_sign",
    "encipher_only": "encipher_only",
    "decipher_only": "decipher_only",
}
"""Each word and the name of the same bit in `cryptography`."""

EXTENDED_USES = {
    "any_extended": "2.5.29.37.0",
    "server_auth": "1.3.6.1.5.5.7.3.1",
    "client_auth": "1.3.6.1.5.5.7.3.2",
    "code_signing": "1.3.6.1.5.5.7.3.3",
    "email_protection": "1.3.6.1.5.5.7.3.4",
    "ipsec_end_system": "1.3.6.1.5.5.7.3.5",
    "ipsec_tunnel": "1.3.6.1.5.5.7.3.6",
    "ipsec_user": "1.3.6.1.5.5.7.3.7",
    "timestamping": "1.3.6.1.5.5.7.3.8",
    "ocsp_signing": "1.3.6.1.5.5.7.3.9",
    "microsoft_server_gated_crypto": "1.3.6.1.4.1.311.10.3.3",
    "netscape_server_gated_crypto": "2.16.840.1.113730.4.1",
    "microsoft_commercial_code_signing": "1.3.6.1.4.1.311.2.1.22",
    "microsoft_kernel_code_signing": "1.3.6.1.4.1.311.61.1.1",
}
"""Each word and the object identifier of the extended use."""

ALL = tuple(sorted({*KEY_USES, *EXTENDED_USES}))


def key_usage(uses: Sequence[str]) -> x509.KeyUsage | None:
    """The key usage extension, or None where no word asks for a bit of it."""
    bits = {KEY_USES[use] for use in uses if use in KEY_USES}
    if not bits:
        return None
    return x509.KeyUsage(**{name: name in bits for name in KEY_USES.values()})


def extended_key_usage(uses: Sequence[str]) -> x509.ExtendedKeyUsage | None:
    """The extended key usage extension in the order of the words, or None where no word asks for one."""
    identifiers = [ObjectIdentifier(EXTENDED_USES[use]) for use in uses if use in EXTENDED_USES]
    return x509.ExtendedKeyUsage(identifiers) if identifiers else None
