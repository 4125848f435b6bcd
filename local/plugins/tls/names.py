"""Who a certificate is for: its subject and its alternative names."""

import ipaddress
from collections.abc import Mapping, Sequence

from cryptography import x509
from cryptography.x509.oid import NameOID

SUBJECT_FIELDS = {
    "country": NameOID.COUNTRY_NAME,
    "organization": NameOID.ORGANIZATION_NAME,
    "organizationalUnit": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "locality": NameOID.LOCALITY_NAME,
    "province": NameOID.STATE_OR_PROVINCE_NAME,
    "streetAddresses": NameOID.STREET_ADDRESS,
    "postalCode": NameOID.POSTAL_CODE,
    "commonName": NameOID.COMMON_NAME,
    "serialNumber": NameOID.SERIAL_NUMBER,
    "emailAddress": NameOID.EMAIL_ADDRESS,
}
"""The subject's fields in the order in which the real plugin writes them."""


def subject(fields: Mapping[str, str | Sequence[str]]) -> x509.Name:
    """A distinguished name; empty fields are left out."""
    attributes = []
    for field, identifier in SUBJECT_FIELDS.items():
        value = fields.get(field, "")
        for text in [value] if isinstance(value, str) else value:
            if text:
                attributes.append(x509.NameAttribute(identifier, text))
    return x509.Name(attributes)


def alternatives(
    *, dns_names: Sequence[str] = (), ip_addresses: Sequence[str] = (), uris: Sequence[str] = ()
) -> list[x509.GeneralName]:
    """Subject alternative names in the real plugin's order: DNS names, addresses, URIs."""
    return [
        *(x509.DNSName(name) for name in dns_names),
        *(x509.IPAddress(ip_address(address)) for address in ip_addresses),
        *(x509.UniformResourceIdentifier(uri) for uri in uris),
    ]


def ip_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """An address without zone, as a certificate can hold it."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        raise ValueError(f"{text!r} is no IP address") from None
    if isinstance(address, ipaddress.IPv6Address) and address.scope_id:
        raise ValueError(f"{text!r} has a zone, which a certificate cannot hold")
    return address


def requested(request: x509.CertificateSigningRequest) -> list[x509.GeneralName]:
    """The alternative names of a request that pass into a certificate: DNS names, addresses, URIs."""
    try:
        names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    kinds = (x509.DNSName, x509.IPAddress, x509.UniformResourceIdentifier)
    return [name for kind in kinds for name in names if isinstance(name, kind)]
